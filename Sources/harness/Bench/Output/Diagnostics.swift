import Foundation
import Glibc
import Measure
import Report
import Synchronization

/// Lines on standard error, and files that the user named.
public enum Diagnostics {
    private static let hasNotes = Atomic(true)

    /// `--quiet`: from here on only warnings and errors are said.
    public static func leaveNotesOut() { hasNotes.store(false, ordering: .relaxed) }

    /// A line that is said in any case: an error or a warning.
    public static func line(_ text: String) { _ = Output.put(text + "\n", to: STDERR_FILENO) }

    /// A line that `--quiet` leaves out.
    public static func note(_ text: String) { if hasNotes.load(ordering: .relaxed) { line(text) } }

    /// - Parameter isSilent: whether not even warnings are said, since somebody else says them.
    public static func progressLine(isSilent: Bool = false) -> ProgressLine {
        ProgressLine(verbosity: isSilent ? .silent : hasNotes.load(ordering: .relaxed) ? .full : .warnings)
    }

    /// - Throws: `ExplainedEnd`.
    public static func writeFile(_ text: String, to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw unwritable(path, errno) }
        let error = Output.put(text, to: file)
        // Some file systems say only here that there was no room.
        let closing = close(file) == 0 ? 0 : errno
        if let error = error ?? (closing == 0 ? nil : closing) {
            line("zabbench: \(path): \(words(error)): the file is incomplete; make room and run again")
            throw ExplainedEnd(.failed)
        }
    }

    /// Finds out before anything is done whether a file can be written at the end. Nothing is opened: a pipe's reader would
    /// take that for the end, and an empty file for a result.
    ///
    /// - Throws: `ExplainedEnd`.
    public static func checkFile(_ path: String) throws {
        var information = stat()
        if stat(path, &information) == 0 {
            guard information.st_mode & S_IFMT != S_IFDIR else { throw unwritable(path, EISDIR) }
            guard access(path, W_OK) == 0 else { throw unwritable(path, errno) }
            return
        }
        guard errno == ENOENT else { throw unwritable(path, errno) }
        guard !path.hasSuffix("/") else { throw unwritable(path, EISDIR) }
        let folder = (path as NSString).deletingLastPathComponent
        guard access(folder.isEmpty ? "." : folder, W_OK | X_OK) == 0 else { throw unwritable(path, errno) }
    }

    private static func words(_ error: Int32) -> String { SystemReason(code: error).words }

    private static func unwritable(_ path: String, _ error: Int32) -> ExplainedEnd {
        line("zabbench: \(path): cannot be written: \(words(error)); name a file in a folder that exists")
        return ExplainedEnd(.failed)
    }
}

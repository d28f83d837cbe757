import Foundation
import Glibc

/// A file of history entries, one JSON object a line.
public struct HistoryFile: Sendable, Equatable {
    /// A line that cannot be used; the others can.
    public struct Broken: Sendable, Equatable {
        /// From 1.
        public let line: Int
        public let reason: String
    }

    public let entries: [HistoryEntry]
    public let broken: [Broken]

    public init(parsing text: String) {
        var entries: [HistoryEntry] = []
        var broken: [Broken] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard !line.allSatisfy(\.isWhitespace) else { continue }
            do {
                entries.append(try HistoryEntry(line: String(line)))
            } catch {
                broken.append(Broken(line: index + 1, reason: error.description))
            }
        }
        self.entries = entries
        self.broken = broken
    }

    /// - Throws: `HistoryError.unreadable`.
    public init(path: String) throws(HistoryError) {
        self.init(parsing: try Self.text(path))
    }

    private static func text(_ path: String) throws(HistoryError) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        defer { close(file) }
        do {
            let data = try FileHandle(fileDescriptor: file, closeOnDealloc: false).readToEnd() ?? Data()
            return String(decoding: data, as: UTF8.self)
        } catch {
            throw .unreadable(path: path, reason: "it cannot be read")
        }
    }

    /// Appends the entries of a results folder to a file, which is made if there is none. A load of a folder that is in
    /// the file already is not appended again, so a job may be repeated.
    ///
    /// - Returns: how many lines were written, and how many were there.
    public static func append(_ runs: StoredRuns, to path: String) throws(HistoryError) -> (added: Int, present: Int) {
        let entries = try HistoryEntry.entries(of: runs)
        guard !entries.isEmpty else { throw .nothingValid(path: runs.path) }
        let old = access(path, F_OK) == 0 ? try text(path) : ""
        let known = HistoryFile(parsing: old).entries
        let new = entries.filter { entry in !known.contains { $0.run == entry.run && $0.load == entry.load } }
        guard !new.isEmpty else { return (0, entries.count) }
        // A writer that died may have left half a line: ours begins on its own.
        var text = old.isEmpty || old.hasSuffix("\n") ? "" : "\n"
        do { for entry in new { text += try entry.line() } } catch {
            throw .unwritable(path: path, reason: "a number in it is none")
        }
        try write(text, to: path)
        return (new.count, entries.count - new.count)
    }

    private static func write(_ text: String, to path: String) throws(HistoryError) {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + offset, bytes.count - offset) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
            offset += count
        }
    }
}

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
        for (index, line) in TextLines.of(text).enumerated() {
            guard !line.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { continue }
            do {
                entries.append(try HistoryEntry(line: line))
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
        var information = stat()
        guard fstat(file, &information) != 0 || information.st_mode & S_IFMT != S_IFDIR else {
            throw .unreadable(path: path, reason: "a folder")
        }
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
        guard !entries.isEmpty else {
            throw runs.disturbed.isEmpty ? .nothingValid(path: runs.path) : .nothingQuiet(path: runs.path)
        }
        try checkAppendable(path)
        let old = try text(path)
        let known = HistoryFile(parsing: old).entries.filter { known in entries.contains { $0.run == known.run } }
        let new = entries.filter { entry in !known.contains { $0.run == entry.run && $0.load == entry.load } }
        guard !new.isEmpty else { return (0, entries.count) }
        // A writer that died may have left half a line: ours begins on its own.
        var text = old.isEmpty || old.utf8.last == 0x0a || old.utf8.last == 0x0d ? "" : "\n"
        do { for entry in new { text += try entry.line() } } catch {
            throw .unwritable(path: path, reason: "a number in it is none")
        }
        try write(text, to: path)
        return (new.count, entries.count - new.count)
    }

    /// Finds out whether lines can be appended to a file. It is made if there is none: no other look can promise it.
    ///
    /// - Throws: `HistoryError.unwritable`, and `notHistory` for a file that is full of something else.
    public static func checkAppendable(_ path: String) throws(HistoryError) {
        close(try appendable(path))
        guard isHistory(try text(path)) else { throw .notHistory(path: path) }
    }

    /// Whether a line can be used, or there is none.
    private static func isHistory(_ text: String) -> Bool {
        let lines = TextLines.of(text).lazy.filter { line in line.utf8.contains { $0 != 0x20 && $0 != 0x09 } }
        return lines.isEmpty || lines.contains { (try? HistoryEntry(line: $0)) != nil }
    }

    /// - Returns: the file, open to be read and appended to.
    private static func appendable(_ path: String) throws(HistoryError) -> Int32 {
        // A pipe without a reader must not hold us up.
        let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
        var information = stat()
        guard fstat(file, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw .unwritable(path: path, reason: "it is no file that lines stay in")
        }
        return file
    }

    private static func write(_ text: String, to path: String) throws(HistoryError) {
        let file = try appendable(path)
        defer { close(file) }
        let end = lseek(file, 0, SEEK_END)
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + offset, bytes.count - offset) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = String(cString: strerror(errno))
                // All or nothing, unless somebody else has appended since.
                if end >= 0, lseek(file, 0, SEEK_END) == end + offset { _ = ftruncate(file, end) }
                throw .unwritable(path: path, reason: reason)
            }
            offset += count
        }
    }
}

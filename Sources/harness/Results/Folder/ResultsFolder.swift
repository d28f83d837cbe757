import Foundation
import Glibc
import Measure
import Synchronization

/// Results could not be written or read; the text is for the user.
public struct ResultsError: Error, CustomStringConvertible, Equatable {
    public var path: String
    public var code: Int32
    /// Whether the folder was to be made, and not to be there.
    var isNew = false

    /// Whether the user has named a folder that cannot be one, which another name sets right.
    public var isMistake: Bool { code == ENOENT || code == ENOTDIR }

    public var description: String {
        switch code {
        case ENOTDIR where isNew: return "\(path): not a folder; choose another with --results"
        case ENOENT where isNew: return "\(path): no folder can be made there; choose another with --results"
        case ENOENT: return "\(path): no such folder or file; name a results folder, results/latest for instance"
        case ENOTDIR: return "\(path): not a folder; name a results folder, results/latest for instance"
        default: return "\(path): \(SystemReason(code: code).words(or: "choose another folder with --results"))"
        }
    }
}

/// The folder of one invocation: `<root>/<UTC>-<workload>/`, and `<root>/latest` that points to the newest in which
/// a run was completed.
///
/// Each row is written at once, unbuffered: whatever ends the harness, the rows before stay.
public final class ResultsFolder: Sendable {
    public let url: URL
    /// The folder's name, the stem of the run ids in it.
    public let name: String
    private let files: Mutex<[String: Int32]>

    /// Makes the folder; a second one of the same second gets `-2`, `-3` and so on at its end.
    public init(root: URL, workload: String, startedAt: Timestamp) throws(ResultsError) {
        try Self.makeFolders(root.path)
        let stem = Self.name(workload: workload, startedAt: startedAt)
        var attempt = 1
        while true {
            let candidate = attempt == 1 ? stem : "\(stem)-\(attempt)"
            let path = root.appendingPathComponent(candidate).path
            if mkdir(path, 0o755) == 0 {
                name = candidate
                break
            }
            guard errno == EEXIST, attempt < 1000 else { throw ResultsError(path: path, code: errno) }
            attempt += 1
        }
        url = root.appendingPathComponent(name)
        files = Mutex([:])
    }

    /// A folder that was made before.
    ///
    /// - Throws: `ResultsError` if there is none.
    public init(existing path: String) throws(ResultsError) {
        var information = stat()
        guard stat(path, &information) == 0 else { throw ResultsError(path: path, code: errno) }
        guard information.st_mode & S_IFMT == S_IFDIR else { throw ResultsError(path: path, code: ENOTDIR) }
        url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        name = url.lastPathComponent
        files = Mutex([:])
    }

    deinit {
        files.withLock { files in for file in files.values { close(file) } }
    }

    /// `20261121T012405Z-quick`; what a folder's name should not hold is replaced by `-`.
    static func name(workload: String, startedAt: Timestamp) -> String {
        let safe = workload.unicodeScalars.map { scalar -> Character in
            let isSafe = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(Character(scalar)))
            return isSafe || scalar == "-" || scalar == "_" || scalar == "." ? Character(scalar) : "-"
        }
        return startedAt.compact + "-" + (safe.isEmpty ? "run" : String(safe))
    }

    /// Appends a row to its file, after the header if the file is new.
    public func append<Row: CSVRow>(_ row: Row) throws(ResultsError) {
        try append(row.line, to: Row.file, header: Row.header)
    }

    /// Appends text to `file`; `header` is written first where the file is new.
    public func append(_ text: String, to file: String, header: @autoclosure () -> String = "") throws(ResultsError) {
        let path = url.appendingPathComponent(file).path
        let outcome: Result<Void, ResultsError> = files.withLock { files in
            do throws(ResultsError) {
                if let open = files[file] { return .success(try Self.write(text, to: open, path: path)) }
                let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
                guard descriptor >= 0 else { return .failure(ResultsError(path: path, code: errno)) }
                files[file] = descriptor
                return .success(try Self.write(header() + text, to: descriptor, path: path))
            } catch {
                return .failure(error)
            }
        }
        try outcome.get()
    }

    /// Writes a whole file, so that a reader finds the old or the new one and never half of it.
    public func replace(_ file: String, with text: String) throws(ResultsError) {
        let path = url.appendingPathComponent(file).path
        let draft = path + ".tmp"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw ResultsError(path: path, code: errno) }
        defer { close(descriptor) }
        do {
            try Self.write(text, to: descriptor, path: path)
        } catch {
            unlink(draft)
            throw error
        }
        guard rename(draft, path) == 0 else { throw ResultsError(path: path, code: errno) }
    }

    /// The whole text of a file written before; empty if there is none.
    public func read(_ file: String) -> String {
        guard let data = FileManager.default.contents(atPath: url.appendingPathComponent(file).path) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }

    /// The rows of one of its files; none where it has none.
    public func rows<Row: ResultRow>(_: Row.Type) throws(ResultsFileError) -> [Row] {
        try ResultsFile<Row>(parsing: read(Row.file), name: url.appendingPathComponent(Row.file).path).rows
    }

    /// Finds out before anything is run whether `markLatest` can do its work.
    ///
    /// - Throws: `ResultsError` where `<root>/latest` is no link: it is somebody's own, and stays.
    public func checkLatest() throws(ResultsError) {
        let link = url.deletingLastPathComponent().appendingPathComponent("latest").path
        var information = stat()
        if lstat(link, &information) == 0, information.st_mode & S_IFMT != S_IFLNK {
            throw ResultsError(path: link, code: EEXIST)
        }
    }

    /// Points `<root>/latest` to this folder, by one atomic rename.
    ///
    /// - Throws: `ResultsError`, as `checkLatest` does, and where it cannot be written.
    public func markLatest() throws(ResultsError) {
        try checkLatest()
        let root = url.deletingLastPathComponent()
        let link = root.appendingPathComponent("latest").path
        let draft = root.appendingPathComponent(".latest-\(getpid())").path
        unlink(draft)
        guard symlink(name, draft) == 0 else { throw ResultsError(path: link, code: errno) }
        guard rename(draft, link) == 0 else {
            let code = errno
            unlink(draft)
            throw ResultsError(path: link, code: code)
        }
    }

    private static func write(_ text: String, to file: Int32, path: String) throws(ResultsError) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + offset, bytes.count - offset) }
            if written < 0 {
                if errno == EINTR { continue }
                throw ResultsError(path: path, code: errno)
            }
            offset += written
        }
    }

    /// Makes a folder and those above it. Foundation's own function does not say which call failed, and why.
    private static func makeFolders(_ path: String) throws(ResultsError) {
        if try isFolder(path) { return }
        let parent = (path as NSString).deletingLastPathComponent
        if !parent.isEmpty, parent != path { try makeFolders(parent) }
        guard mkdir(path, 0o777) != 0 else { return }
        let code = errno
        // Somebody else may have made it since.
        if code == EEXIST, try isFolder(path) { return }
        throw ResultsError(path: path, code: code, isNew: true)
    }

    /// - Throws: `ResultsError` for anything but a folder; false where there is nothing.
    private static func isFolder(_ path: String) throws(ResultsError) -> Bool {
        var information = stat()
        guard stat(path, &information) == 0 else {
            // Of a path below a file, its parent is what is wrong.
            if errno == ENOENT || errno == ENOTDIR { return false }
            throw ResultsError(path: path, code: errno, isNew: true)
        }
        guard information.st_mode & S_IFMT == S_IFDIR else {
            throw ResultsError(path: path, code: ENOTDIR, isNew: true)
        }
        return true
    }
}

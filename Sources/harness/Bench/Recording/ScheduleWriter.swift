import Glibc
import Report
import Workload

/// Writes a recording, `at_us,operation,path,bytes`, a line at a time.
///
/// A file gets its name when it is whole: what was there before stays until then, and may even be one of the logs.
struct ScheduleWriter: ~Copyable {
    private let path: String?
    /// Where the file is until it is whole; nil where it is written in place: a device, a pipe, standard output.
    private var draft: String?
    private let file: Int32
    private var buffer: [UInt8]
    private var failure: Int32?
    private var first: Int64?
    private var last: Int64 = 0
    private(set) var count = 0
    private(set) var counts = [Int](repeating: 0, count: RecordedKind.allCases.count)
    /// Times that were before the one above, and count as that.
    private(set) var backwards = 0

    /// - Parameter path: nil for standard output.
    /// - Throws: `ExplainedEnd`.
    init(_ path: String?) throws {
        let opened = try path.map(Self.opened) ?? (nil, STDOUT_FILENO)
        self.path = path
        (draft, file) = opened
        buffer = Array("at_us,operation,path,bytes\n".utf8)
    }

    private static func opened(_ path: String) throws -> (draft: String?, file: Int32) {
        try Diagnostics.checkFile(path)
        var information = stat()
        let isInPlace = stat(path, &information) == 0 && information.st_mode & S_IFMT != S_IFREG
        let name = isInPlace ? path : "\(path).part-\(getpid())"
        let file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        // It was looked at just now, so it is the disk or somebody else.
        guard file >= 0 else { throw unwritten(path, errno) }
        return (isInPlace ? nil : name, file)
    }

    deinit {
        if let draft { unlink(draft) }
    }

    /// Of the recording: the time between its first and its last operation.
    var milliseconds: Int64 { first.map { last - $0 } ?? 0 }

    mutating func add(_ operation: LoggedOperation) {
        if first == nil { (first, last) = (operation.milliseconds, operation.milliseconds) }
        if operation.milliseconds < last { backwards += 1 }
        last = max(last, operation.milliseconds)
        count += 1
        counts[Int(operation.kind.rawValue)] += 1
        let bytes = operation.bytes.map { "\($0)" } ?? ""
        buffer += "\(milliseconds * 1000),\(operation.kind.name),\(Self.field(operation.path)),\(bytes)\n".utf8
        if buffer.count > 1 << 16 { flush() }
    }

    /// RFC 4180.
    private static func field(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    private mutating func flush() {
        if failure == nil { failure = buffer.withUnsafeBytes { Output.put($0, to: file) } }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes the rest, and gives the file its name if anything is in it.
    ///
    /// - Throws: `ExplainedEnd` if the recording is not whole.
    mutating func finish() throws {
        flush()
        if let path {
            let closing = close(file) == 0 ? 0 : errno
            if let error = failure ?? (closing == 0 ? nil : closing) { throw Self.unwritten(path, error) }
            guard let draft, count > 0 else { return }
            guard rename(draft, path) == 0 else { throw Self.unwritten(path, errno) }
            self.draft = nil
        } else if let failure {
            try Output.explain(failure)
        }
    }

    private static func unwritten(_ path: String, _ error: Int32) -> ExplainedEnd {
        let advice = [ENOSPC, EDQUOT].contains(error) ? "make room and run again" : "name another file"
        Diagnostics.line("zabbench: \(path): \(String(cString: strerror(error))): nothing is recorded; \(advice)")
        return ExplainedEnd(.failed)
    }
}

import CPlatform

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads a recording: CSV with the header `at_us,operation,path,bytes`, in the order of time.
///
/// The time counts from the start of the recording; its unit is in the column's name (`at_us`, `at_ms` or `at_s`), and it
/// may have decimals. `bytes` are those of the data; only a set and a create need them. A line is read at a time, and what is
/// kept of it are 16 bytes.
struct ReplayFile {
    /// More would take more than 80 MB and longer than anybody waits.
    static let operationsMax = 5_000_000
    static let pathsMax = 1_000_000
    static let bytesMax = 1_000_000
    private static let lineMax = 64 << 10
    /// A week.
    private static let secondsMax = 604_800.0
    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]
    private static let units = ["at_us": 1e3, "at_ms": 1e6, "at_s": 1e9]

    /// Which field is what.
    private struct Columns {
        var time = 0
        var unit = 0.0
        var timeName = ""
        var operation = 0
        var path = 0
        var bytes = 0
        var count = 0
    }

    private let source: String
    private var columns: Columns?
    private var line = 0
    private var operations: [RecordedOperation] = []
    private var numbers: [String: UInt32] = [:]
    private var start: [ReplaySchedule.StartingNode] = []
    /// Whether a path has been written, so that no later line says what was there before.
    private var isDecided: [Bool] = []

    /// - Throws: `WorkloadError` with file, line and what is allowed there.
    static func read(_ path: String, speed: Double) throws(WorkloadError) -> ReplaySchedule {
        var information = stat()
        if stat(path, &information) == 0, information.st_mode & S_IFMT != S_IFREG {
            throw WorkloadError("\(path): no regular file; name a recording, a CSV file")
        }
        guard let file = fopen(path, "rb") else { throw unreadable(path) }
        defer { fclose(file) }
        var reader = ReplayFile(source: path)
        var pending: [UInt8] = []
        var checksum: UInt32 = 0
        var chunk = [UInt8](repeating: 0, count: lineMax)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            guard ferror(file) == 0 else { throw unreadable(path) }
            checksum = chunk.withUnsafeBytes { zb_crc32c(checksum, $0.baseAddress, count) }
            var rest = chunk[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                pending += rest[..<end]
                try reader.add(pending)
                pending.removeAll(keepingCapacity: true)
                rest = rest[(end + 1)...]
            }
            pending += rest
            if count < chunk.count { break }
            // A line that does not end is no line.
            if pending.count > lineMax { try reader.add(pending) }
        }
        if !pending.isEmpty { try reader.add(pending) }
        return try reader.finish(speed: speed, checksum: checksum)
    }

    private init(source: String) { self.source = source }

    private static func unreadable(_ path: String) -> WorkloadError {
        WorkloadError("\(path): the recording cannot be read: \(String(cString: strerror(errno)))")
    }

    private func wrong(_ problem: String) -> WorkloadError { WorkloadError("\(source):\(line): \(problem)") }

    private mutating func add(_ bytes: [UInt8]) throws(WorkloadError) {
        line += 1
        var bytes = bytes
        // Spreadsheets begin UTF-8 with a byte-order mark, which says nothing.
        if line == 1, bytes.starts(with: Self.byteOrderMark) { bytes.removeFirst(Self.byteOrderMark.count) }
        guard bytes.count <= Self.lineMax else { throw wrong("longer than any line of a recording; is it one?") }
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw wrong("not UTF-8 text; a recording is a CSV file")
        }
        if text.unicodeScalars.last == "\r" { text = String(text.unicodeScalars.dropLast()) }
        guard !text.isEmpty else { return }
        guard let fields = Self.fields(text) else { throw wrong("a quote (\") that is not closed") }
        guard let columns else { return columns = try header(fields) }
        guard fields.count == columns.count else {
            throw wrong("\(fields.count) fields, and the header has \(columns.count)")
        }
        try add(fields, columns)
    }

    /// RFC 4180; nil where a quote is not closed.
    static func fields(_ text: String) -> [Substring]? {
        guard text.utf8.contains(UInt8(ascii: "\"")) else {
            return text.split(separator: ",", omittingEmptySubsequences: false)
        }
        var fields: [Substring] = []
        var field = ""
        var isQuoted = false
        var last: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"":
                // The second of two within quotes stands for itself.
                if !isQuoted, last == "\"" { field.unicodeScalars.append(scalar) }
                isQuoted.toggle()
            case "," where !isQuoted:
                fields.append(Substring(field))
                field = ""
            default: field.unicodeScalars.append(scalar)
            }
            last = scalar
        }
        return isQuoted ? nil : fields + [Substring(field)]
    }

    private func header(_ fields: [Substring]) throws(WorkloadError) -> Columns {
        let names = fields.map(String.init)
        let example = "a header such as at_us,operation,path,bytes expected"
        func place(_ name: String) throws(WorkloadError) -> Int {
            let places = names.indices.filter { names[$0] == name }
            guard let first = places.first else { throw wrong("no column \(name); \(example)") }
            guard places.count == 1 else { throw wrong("the column \(name) is there twice; \(example)") }
            return first
        }
        for (mark, word) in [(";", "semicolons"), ("\t", "tabs")] where names.count == 1 && names[0].contains(mark) {
            throw wrong("\(word) between the fields; a recording has commas")
        }
        let times = names.filter { Self.units[$0] != nil }
        if let second = times.first(where: { $0 != times[0] }) {
            throw wrong("\(times[0]) and \(second) are both times; keep just one of them")
        }
        guard let time = times.first, let unit = Self.units[time] else {
            throw wrong("one of the columns at_us, at_ms and at_s expected; \(example)")
        }
        return Columns(
            time: try place(time),
            unit: unit,
            timeName: time,
            operation: try place("operation"),
            path: try place("path"),
            bytes: try place("bytes"),
            count: names.count
        )
    }

    private mutating func add(_ fields: [Substring], _ columns: Columns) throws(WorkloadError) {
        guard operations.count < Self.operationsMax else {
            throw wrong("more than \(Self.operationsMax) operations; play the recording in parts")
        }
        guard let time = Double(fields[columns.time]), time >= 0, time * columns.unit <= Self.secondsMax * 1e9 else {
            throw wrong(
                "\(columns.timeName): \"\(fields[columns.time])\" is not a time from the start of the recording, a week at most"
            )
        }
        let at = UInt64((time * columns.unit).rounded())
        if let last = operations.last, at < last.at {
            throw wrong(
                "\(columns.timeName): \(fields[columns.time]) is before the line above; sort the recording by time"
            )
        }
        guard let kind = RecordedKind(name: fields[columns.operation]) else {
            let names = RecordedKind.allCases.map(\.name).joined(separator: ", ")
            throw wrong(
                "operation: \"\(fields[columns.operation])\" is not one of \(names)"
                    + (fields[columns.operation] == "multi" ? "; list its parts, each on a line of its own" : "")
            )
        }
        guard fields[columns.path].utf8.first == UInt8(ascii: "/") else {
            throw wrong("path: \"\(fields[columns.path])\" does not begin with /")
        }
        let bytes = try bytes(fields[columns.bytes], kind)
        let path = try number(of: String(fields[columns.path]))
        noteStart(of: Int(path), kind, bytes)
        operations.append(RecordedOperation(at: at, key: path, kind: kind, bytes: bytes))
    }

    private func bytes(_ text: Substring, _ kind: RecordedKind) throws(WorkloadError) -> Int {
        if text.isEmpty, kind != .set, kind != .create { return 0 }
        guard let bytes = Int(text), (0...Self.bytesMax).contains(bytes) else {
            throw wrong("bytes: \"\(text)\" is not a whole number from 0 to \(Self.bytesMax)")
        }
        return bytes
    }

    private mutating func number(of path: String) throws(WorkloadError) -> UInt32 {
        if let number = numbers[path] { return number }
        guard start.count < Self.pathsMax else {
            throw wrong("more than \(Self.pathsMax) different paths; play the recording in parts")
        }
        let number = UInt32(start.count)
        numbers[path] = number
        // Of what is only read nobody knows more than that it is there.
        start.append(ReplaySchedule.StartingNode(isThere: true, bytes: 0))
        isDecided.append(false)
        return number
    }

    private mutating func noteStart(of path: Int, _ kind: RecordedKind, _ bytes: Int) {
        guard !isDecided[path] else { return }
        switch kind {
        case .create: start[path] = ReplaySchedule.StartingNode(isThere: false, bytes: 0)
        case .set, .get: if start[path].bytes == 0 { start[path].bytes = UInt32(bytes) }
        case .exists, .delete: break
        }
        isDecided[path] = kind != .get && kind != .exists
    }

    private func finish(speed: Double, checksum: UInt32) throws(WorkloadError) -> ReplaySchedule {
        guard columns != nil else {
            throw WorkloadError("\(source): the file is empty; a header such as at_us,operation,path,bytes expected")
        }
        guard !operations.isEmpty else { throw wrong("no operation follows the header") }
        return ReplaySchedule(
            source: source,
            speed: speed,
            checksum: checksum,
            operations: operations,
            start: start
        )
    }
}

import Wire

/// One value of an answer, and how it is compared.
enum Value: Hashable {
    case number(Int64)
    /// The zxid of a change.
    case change(Int64)
    /// A zxid up to which changes are known.
    case moment(Int64)
    /// An `ephemeralOwner`.
    case owner(Int64)
    /// Milliseconds by a server's clock: only whether there is one.
    case time(Int64)
    case text([UInt8]?)
    /// In any order, sorted here.
    case names([[UInt8]]?)
    /// Entries whose order is that of a hash where they are a session's identities.
    case entries([[UInt8]])
    /// What is left over, or cannot be read.
    case bytes([UInt8])
}

struct Item: Hashable {
    var name: String
    var value: Value
}

/// A frame of a server, taken apart.
struct Answer {
    var frame: [UInt8]
    var items: [Item] = []
    /// A watch's event, and no answer to anything.
    var isEvent = false
    var xid: Int32 = 0
    var error: Int32 = 0
    /// Of the header; nil where it says nothing of the tree: in events, and in answers to addAuth and unknown operations.
    var zxid: Int64?

    /// - Parameter op: what it answers, if it is no event.
    init(_ frame: [UInt8], to op: Int32) {
        self.frame = frame
        frame.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            do {
                try read(&reader, op)
            } catch {
                items.append(Item(name: "unreadable", value: .bytes(Array(reader.rest))))
                return
            }
            if reader.remaining > 0 { items.append(Item(name: "left over", value: .bytes(Array(reader.rest)))) }
        }
    }

    static func isEvent(_ frame: [UInt8]) -> Bool { frame.starts(with: [255, 255, 255, 255]) }

    private mutating func add(_ name: String, _ value: Value) { items.append(Item(name: name, value: value)) }

    private mutating func read(_ reader: inout ByteReader, _ op: Int32) throws(WireError) {
        xid = try reader.int32()
        let zxid = try reader.int64()
        error = try reader.int32()
        isEvent = xid == ReservedXid.watchEvent
        add("xid", .number(Int64(xid)))
        add("error", .number(Int64(error)))
        let place = items.count
        guard !isEvent else {
            add("zxid", .number(zxid))
            add("type", .number(Int64(try reader.int32())))
            add("state", .number(Int64(try reader.int32())))
            return add("path", .text(try reader.bytesOrNull()))
        }
        guard op != OpCode.auth.rawValue else { return add("zxid", .number(zxid)) }
        self.zxid = error == ErrorCode.unimplemented.rawValue ? nil : zxid
        let operation = OpCode(rawValue: op)
        // An error may have a body, too: what a multiRead had read before it.
        if reader.remaining > 0, let operation { try readBody(of: operation, &reader) }
        let hasFailed = error != 0 || items.contains { $0.name.hasSuffix("failure") }
        let isChange = operation?.isWrite == true && !hasFailed
        items.insert(Item(name: "zxid", value: isChange ? .change(zxid) : .moment(zxid)), at: place)
    }

    private mutating func readBody(of op: OpCode, _ reader: inout ByteReader) throws(WireError) {
        switch op {
        case .create, .sync: add("path", .text(try reader.bytesOrNull()))
        case .create2, .createContainer, .createTTL:
            add("path", .text(try reader.bytesOrNull()))
            try readStat(&reader)
        case .setData, .setACL, .exists: try readStat(&reader)
        case .getData:
            add("data", .text(try reader.bytesOrNull()))
            try readStat(&reader)
        case .getACL:
            try readEntries("acl", &reader) { reader throws(WireError) in
                let permissions = Array("\(try reader.int32()) ".utf8)
                return permissions + (try reader.bytesOrNull() ?? [0]) + [UInt8(ascii: ":")]
                    + (try reader.bytesOrNull() ?? [0])
            }
            try readStat(&reader)
        case .getChildren, .getEphemerals: try readNames(&reader)
        case .getChildren2:
            try readNames(&reader)
            try readStat(&reader)
        case .getAllChildrenNumber, .addWatch: add("number", .number(Int64(try reader.int32())))
        case .whoAmI:
            try readEntries("clients", &reader) { reader throws(WireError) in
                (try reader.bytesOrNull() ?? [0]) + [UInt8(ascii: ":")] + (try reader.bytesOrNull() ?? [0])
            }
        case .multi, .multiRead: try readResults(&reader)
        default: break
        }
    }

    private mutating func readEntries(
        _ name: String,
        _ reader: inout ByteReader,
        _ element: (inout ByteReader) throws(WireError) -> [UInt8]
    ) throws(WireError) {
        let count = try reader.int32()
        add("count", .number(Int64(count)))
        var entries: [[UInt8]] = []
        for _ in 0..<max(0, Int(count)) { entries.append(try element(&reader)) }
        add(name, .entries(entries))
    }

    private mutating func readNames(_ reader: inout ByteReader) throws(WireError) {
        guard let count = try reader.vectorCount(minimumSize: 4) else { return add("names", .names(nil)) }
        var names: [[UInt8]] = []
        for _ in 0..<count { names.append(try reader.bytesOrNull() ?? []) }
        add("names", .names(names.sorted { $0.lexicographicallyPrecedes($1) }))
    }

    private mutating func readResults(_ reader: inout ByteReader) throws(WireError) {
        while true {
            let type = try reader.int32()
            let isDone = try reader.bool()
            let error = try reader.int32()
            add("type", .number(Int64(type)))
            add("done", .number(isDone ? 1 : 0))
            add("header error", .number(Int64(error)))
            if isDone { return }
            switch OpCode(rawValue: type) {
            case .create: add("path", .text(try reader.bytesOrNull()))
            case .create2:
                add("path", .text(try reader.bytesOrNull()))
                try readStat(&reader)
            case .setData: try readStat(&reader)
            case .getData:
                add("data", .text(try reader.bytesOrNull()))
                try readStat(&reader)
            case .getChildren: try readNames(&reader)
            default:
                guard type == TransactionHeader.errorType else { continue }
                add("failure", .number(Int64(try reader.int32())))
            }
        }
    }

    private mutating func readStat(_ reader: inout ByteReader) throws(WireError) {
        let stat = try Stat(from: &reader)
        add("czxid", .change(stat.czxid))
        add("mzxid", .change(stat.mzxid))
        add("ctime", .time(stat.ctime))
        add("mtime", .time(stat.mtime))
        add("mtime before ctime", .number(stat.mtime < stat.ctime ? 1 : 0))
        add("version", .number(Int64(stat.version)))
        add("cversion", .number(Int64(stat.cversion)))
        add("aversion", .number(Int64(stat.aversion)))
        add("ephemeralOwner", .owner(stat.ephemeralOwner))
        add("dataLength", .number(Int64(stat.dataLength)))
        add("numChildren", .number(Int64(stat.numChildren)))
        add("pzxid", .change(stat.pzxid))
    }
}

extension ByteReader {
    mutating func bytesOrNull() throws(WireError) -> [UInt8]? { try buffer().map(Array.init) }
}

extension Answer: CustomStringConvertible {
    var description: String {
        let words = items.map { item in
            switch item.value {
            case .number(let value): "\(item.name) \(value)"
            case .change(let zxid), .moment(let zxid), .owner(let zxid):
                "\(item.name) 0x\(String(UInt64(bitPattern: zxid), radix: 16))"
            case .time(let time): "\(item.name) \(time)"
            case .text(let bytes): "\(item.name) \(bytes.map(quoted) ?? "null")"
            case .names(let names): "\(item.name) \(names.map { $0.map(quoted).joined(separator: " ") } ?? "null")"
            case .entries(let entries): "\(item.name) \(entries.map(quoted).joined(separator: " "))"
            case .bytes(let bytes): "\(item.name) x\(hexadecimal(bytes))"
            }
        }
        return (isEvent ? "event: " : "") + words.joined(separator: ", ") + "\n      " + hexadecimal(frame)
    }

    func value(_ name: String) -> Value? { items.first { $0.name == name }?.value }
    func number(_ name: String) -> Int64? { if case .number(let value)? = value(name) { value } else { nil } }
}

import Wire

/// A value of a request's body. Zxids and session ids are others on each side, so they are written when it is sent.
enum Field: Hashable, Sendable {
    case byte(UInt8)
    case int(Int32)
    case long(Int64)
    /// A Jute string or buffer; nil is null.
    case text([UInt8]?)
    /// The zxid of the change so many changes ago.
    case changesAgo(Int)
    /// The newest zxid that the session was answered.
    case lastSeen

    static func text(_ string: String) -> Field { .text(Array(string.utf8)) }
}

/// One request of a client.
struct Call: Hashable, Sendable {
    enum Damage: Hashable, Sendable {
        case none
        /// So many bytes of the body are missing at its end.
        case cutShort(Int)
        case followed(by: [UInt8])
    }

    var op: Int32
    var fields: [Field]
    var damage = Damage.none
    /// Nil for the next of the session.
    var xid: Int32?

    init(_ op: OpCode, _ fields: [Field] = [], xid: Int32? = nil) {
        self.op = op.rawValue
        self.fields = fields
        self.xid = xid
    }

    static let ping = Call(.ping, xid: ReservedXid.ping)

    var isPing: Bool { op == OpCode.ping.rawValue }

    init(code: Int32, _ fields: [Field] = []) {
        op = code
        self.fields = fields
    }

    /// The frame, with its length.
    func frame(xid: Int32, _ side: Side, _ chronicle: Chronicle, lastSeen: Int64 = 0) -> [UInt8] {
        let writer = ByteWriter()
        writer.append(Int32(0))
        writer.append(xid)
        writer.append(op)
        for field in fields {
            switch field {
            case .byte(let value): writer.append(value)
            case .int(let value): writer.append(value)
            case .long(let value): writer.append(value)
            case .text(nil): writer.appendNull()
            case .text(.some(let bytes)): bytes.withUnsafeBytes { writer.append(buffer: $0) }
            case .changesAgo(let count):
                writer.append(chronicle.changes[max(0, chronicle.changes.count - 1 - count)][side])
            case .lastSeen: writer.append(lastSeen)
            }
        }
        switch damage {
        case .none: break
        case .cutShort(let count): writer.truncate(to: max(12, writer.count - count))
        case .followed(let bytes): bytes.withUnsafeBytes { writer.append(bytes: $0) }
        }
        writer.set(Int32(writer.count - 4), at: 0)
        return Array(writer.bytes)
    }

    /// Whether ZooKeeper's leader looks at what is applied, and not at what is under way, when it judges what comes behind
    /// this: the list that a setACL sets, and what counts towards a quota.
    var countsWhenApplied: Bool {
        guard OpCode(rawValue: op)?.isWrite == true else { return false }
        if op == OpCode.setACL.rawValue { return true }
        return fields.contains { field in
            guard case .text(let text?) = field else { return false }
            return text.starts(with: "/q".utf8) || text.starts(with: "/zookeeper/quota".utf8)
        }
    }

    /// Paths that this may give an access list that keeps somebody from reading, also in parts of a multi: all of it, if
    /// there is such a list.
    var restrictedPaths: [[UInt8]] {
        let open: [Field] = [.int(31), .text("world"), .text("anyone")]
        var lists = 0
        var openLists = 0
        var paths: [[UInt8]] = []
        for index in fields.indices {
            guard case .text(let text?) = fields[index] else { continue }
            if text.first == UInt8(ascii: "/") { paths.append(text) }
            if index > 0, case .int = fields[index - 1], index + 1 < fields.count, case .text = fields[index + 1] {
                lists += 1
                if Array(fields[index - 1...index + 1]) == open { openLists += 1 }
            }
        }
        return lists == openLists ? [] : paths
    }

    var name: String { OpCode(rawValue: op).map { "\($0)" } ?? "opcode \(op)" }
}

extension Call: CustomStringConvertible {
    var description: String {
        var words = fields.map { field in
            switch field {
            case .byte(let value): "\(value)"
            case .int(let value): "\(value)"
            case .long(let value): "\(value)L"
            case .text(let bytes): bytes.map(quoted) ?? "null"
            case .changesAgo(let count): "zxid of \(count) changes ago"
            case .lastSeen: "zxid seen last"
            }
        }
        switch damage {
        case .none: break
        case .cutShort(let count): words.append("cut short by \(count)")
        case .followed(let bytes): words.append("followed by \(hexadecimal(bytes))")
        }
        if let xid { words.append("xid \(xid)") }
        return "\(name)(\(words.joined(separator: ", ")))"
    }
}

/// Text as it is where it can be printed, in hexadecimal otherwise; long ones are cut.
func quoted(_ bytes: [UInt8]) -> String {
    guard bytes.allSatisfy({ (32..<127).contains($0) }) else { return "x" + hexadecimal(bytes) }
    let text = String(decoding: bytes.prefix(120), as: UTF8.self)
    return bytes.count > 120 ? "\"\(text)…\" of \(bytes.count) bytes" : "\"\(text)\""
}

func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = bytes.prefix(256).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    return bytes.count > 256 ? "\(digits)… of \(bytes.count) bytes" : digits
}

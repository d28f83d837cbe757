import Client
import Wire

/// The requests that crowds make, and what of their answers they need.
extension CrowdSession {
    /// - Parameter then: gets the error's code, and of a znode that is there its data and metadata.
    func getData(
        _ path: String,
        watch: Bool,
        then: @escaping (ErrorCode?, _ data: UnsafeRawBufferPointer?, Stat) throws(WireError) -> Void
    ) {
        request(.getData) { writer in
            writer.append(string: path)
            writer.append(watch)
        } then: { (reply: Reply) throws(WireError) in
            guard reply.error == 0 else { return try then(Self.code(reply), nil, Stat()) }
            var reader = ByteReader(reply.body)
            let data = try reader.buffer()
            try then(.ok, data, try Stat(from: &reader))
        }
    }

    /// - Parameter then: gets the error's code and the metadata after the write.
    func setData(
        _ path: String,
        data: [UInt8],
        version: Int32,
        then: @escaping (ErrorCode?, Stat) throws(WireError) -> Void
    ) {
        request(.setData) { writer in
            writer.append(string: path)
            data.withUnsafeBytes { writer.append(buffer: $0) }
            writer.append(version)
        } then: { (reply: Reply) throws(WireError) in
            guard reply.error == 0 else { return try then(Self.code(reply), Stat()) }
            var reader = ByteReader(reply.body)
            try then(.ok, try Stat(from: &reader))
        }
    }

    /// - Parameter then: gets the error's code, the path that was made, and the zxid of the create.
    func create(
        _ path: String,
        data: [UInt8],
        mode: CreateMode,
        then: @escaping (ErrorCode?, _ path: String, _ zxid: Int64) throws(WireError) -> Void
    ) {
        request(.create) { writer in
            writer.append(string: path)
            data.withUnsafeBytes { writer.append(buffer: $0) }
            ACL.encode(ACL.openUnsafe, into: writer)
            writer.append(mode.rawValue)
        } then: { (reply: Reply) throws(WireError) in
            guard reply.error == 0 else { return try then(Self.code(reply), "", reply.zxid) }
            var reader = ByteReader(reply.body)
            try then(.ok, try reader.string(), reply.zxid)
        }
    }

    /// - Parameter then: gets the error's code and the zxid of the delete.
    func delete(_ path: String, then: @escaping (ErrorCode?, _ zxid: Int64) throws(WireError) -> Void) {
        request(.delete) { writer in
            writer.append(string: path)
            writer.append(Int32(-1))
        } then: { (reply: Reply) throws(WireError) in
            try then(Self.code(reply), reply.zxid)
        }
    }

    /// - Parameters:
    ///   - prefix: of all children's names, before their numbers.
    ///   - then: gets the error's code, the children's sequence numbers, in no order, and the name of a child that is not named
    ///     like that; nil where all are.
    func getChildren(
        _ path: String,
        prefix: String,
        watch: Bool,
        then: @escaping (ErrorCode?, [SequentialName], _ stranger: String?) throws(WireError) -> Void
    ) {
        request(.getChildren) { writer in
            writer.append(string: path)
            writer.append(watch)
        } then: { (reply: Reply) throws(WireError) in
            guard reply.error == 0 else { return try then(Self.code(reply), [], nil) }
            var reader = ByteReader(reply.body)
            let count = try reader.vectorCount(minimumSize: 4) ?? 0
            var names: [SequentialName] = []
            names.reserveCapacity(count)
            var stranger: String?
            for _ in 0..<count {
                let child = try reader.nonNullBuffer()
                if let name = SequentialName(child, after: prefix) {
                    names.append(name)
                } else {
                    stranger = String(decoding: child, as: UTF8.self)
                }
            }
            try then(.ok, names, stranger)
        }
    }

    /// - Parameter then: called once all that was committed before has come, its watch events included.
    func sync(_ path: String, then: @escaping () -> Void) {
        request(.sync) {
            $0.append(string: path)
        } then: { (_: Reply) throws(WireError) in
            then()
        }
    }

    /// Nil where ZooKeeper has no such code.
    private static func code(_ reply: Reply) -> ErrorCode? { ErrorCode(rawValue: reply.error) }
}

/// The number that a server has given to a sequential znode: the last ten digits of its name.
struct SequentialName: Hashable, Comparable {
    static let digits = 10
    let number: Int

    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.digits else { return nil }
        var number = 0
        for byte in bytes[(bytes.count - Self.digits)...] {
            guard (0x30...0x39).contains(byte) else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        self.number = number
    }

    /// Nil where the whole name is not `prefix` and a number.
    init?(_ bytes: UnsafeRawBufferPointer, after prefix: String) {
        guard bytes.count == prefix.utf8.count + Self.digits, bytes.starts(with: prefix.utf8) else { return nil }
        self.init(bytes)
    }

    init?(path: String) {
        var text = path
        guard let name = text.withUTF8({ Self(UnsafeRawBufferPointer($0)) }) else { return nil }
        self = name
    }

    init(number: Int) { self.number = number }

    /// The whole name, of which `prefix` is the part that was asked for.
    func text(after prefix: String) -> String {
        let digits = String(number)
        return prefix + String(repeating: "0", count: max(0, Self.digits - digits.count)) + digits
    }

    static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

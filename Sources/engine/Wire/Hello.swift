import Zab

/// The first bytes of a link between two servers, from the side that dialled:
///
///     magic u32 | version u16 | 0 u16 | server id i64 | identity u64 | secret 64 bytes
///
/// The identity is that of the sender's ensemble, if it is confirmed (`Membership`), else 0.
public struct Hello: Hashable, Sendable {
    /// The first part, which is the same in all versions, so that each can tell the other's.
    public static let headSize = 8
    public static let size = headSize + 16 + PeerSecret.size

    public var id: ServerID
    public var identity: UInt64
    public var secret: PeerSecret

    public init(id: ServerID, identity: UInt64 = 0, secret: PeerSecret = PeerSecret()) {
        self.id = id
        self.identity = identity
        self.secret = secret
    }

    public func encode(magic: UInt32, into writer: ByteWriter) {
        writer.append(magic)
        writer.append(UInt8(PeerLink.version >> 8))
        writer.append(UInt8(PeerLink.version & 0xff))
        writer.append(0 as UInt8)
        writer.append(0 as UInt8)
        writer.append(id.rawValue)
        writer.append(identity)
        secret.bytes.withUnsafeBytes { writer.append(bytes: $0) }
    }

    /// - Parameter bytes: at least `headSize`: a peer of another version is told apart before the rest is there.
    /// - Returns: nil if more bytes are to come; `size` of them are the whole.
    public static func decode(magic: UInt32, _ bytes: UnsafeRawBufferPointer) throws(WireError) -> Hello? {
        guard bytes.count >= headSize else { return nil }
        var reader = ByteReader(bytes)
        let found = try reader.uint32()
        guard found == magic else { throw WireError("not a zabbench peer (first bytes \(String(found, radix: 16)))") }
        let high = try reader.uint8()
        let low = try reader.uint8()
        guard UInt16(high) << 8 | UInt16(low) == PeerLink.version else {
            throw WireError("peer speaks version \(UInt16(high) << 8 | UInt16(low)), this server \(PeerLink.version)")
        }
        guard bytes.count >= size else { return nil }
        _ = try reader.uint8()
        _ = try reader.uint8()
        let id = ServerID(rawValue: try reader.int64())
        let identity = try reader.uint64()
        return Hello(id: id, identity: identity, secret: PeerSecret(field: Array(try reader.bytes(PeerSecret.size))))
    }
}

/// What all servers of an ensemble know and a stranger does not: `zabbench.peerSecret`.
///
/// It is sent as it is with each link's first bytes. So it keeps out whoever merely reaches the ports, a misconfigured
/// server or a scanner; it does not keep out who can read the wire.
public struct PeerSecret: Hashable, Sendable, CustomStringConvertible {
    /// The longest, in bytes; shorter ones are filled with zeros.
    public static let size = 64

    let bytes: [UInt8]

    /// None.
    public init() { bytes = Array(repeating: 0, count: Self.size) }

    /// - Returns: nil unless the text has 1 to 64 bytes, none of them zero.
    public init?(_ text: String) {
        let given = Array(text.utf8)
        guard (1...Self.size).contains(given.count), !given.contains(0) else { return nil }
        bytes = given + Array(repeating: 0, count: Self.size - given.count)
    }

    init(field: [UInt8]) {
        precondition(field.count == Self.size)
        bytes = field
    }

    public var isEmpty: Bool { bytes.allSatisfy { $0 == 0 } }

    /// Whether both are the same. Takes the same time wherever they differ, so that nobody finds one byte after
    /// another.
    public func matches(_ other: PeerSecret) -> Bool {
        var difference: UInt8 = 0
        for index in 0..<Self.size { difference |= bytes[index] ^ other.bytes[index] }
        return difference == 0
    }

    /// Never what it is.
    public var description: String { isEmpty ? "none" : "set" }
}

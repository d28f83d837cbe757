/// Somebody, as an access list names them (`org.apache.zookeeper.data.Id`).
public struct Identity: Hashable, Sendable {
    public var scheme: String
    public var id: String

    public init(scheme: String, id: String) {
        self.scheme = scheme
        self.id = id
    }

    /// Who may do everything.
    public static let superUser = Identity(scheme: "super", id: "")

    /// Who knows this password: the user, a colon and the Base64 of the SHA-1 of all of it
    /// (`DigestAuthenticationProvider.generateDigest`).
    ///
    /// - Parameter secret: `user:password`; without a colon all of it is the user's name, too. Ill-formed UTF-8 is
    ///   repaired first, as ZooKeeper does by reading it into a string.
    public static func digest(of secret: UnsafeRawBufferPointer) -> Identity {
        var text = String(decoding: secret, as: UTF8.self)
        let hash = text.withUTF8 { SHA1.digest(UnsafeRawBufferPointer($0)) }
        let user = text.utf8.prefix { $0 != UInt8(ascii: ":") }
        return Identity(scheme: "digest", id: "\(Substring(user)):\(base64(hash))")
    }

    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0...group.count { text.append(digits[bits >> (18 - 6 * place) & 63]) }
            text += repeatElement(UInt8(ascii: "="), count: 3 - group.count)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends a vector of Id.
    public static func encode(_ list: [Identity], into writer: ByteWriter) {
        writer.append(Int32(list.count))
        for identity in list {
            writer.append(string: identity.scheme)
            writer.append(string: identity.id)
        }
    }
}

/// What a client says of itself with addAuth: `AuthPacket{type, scheme, auth}`. Views of the bytes read from.
public struct AuthPacket {
    /// Nil: null, which no provider has for a name.
    public var scheme: UnsafeRawBufferPointer?
    public var secret: UnsafeRawBufferPointer?

    public init(from reader: inout ByteReader) throws(WireError) {
        _ = try reader.int32()
        scheme = try reader.buffer()
        secret = try reader.buffer()
    }
}

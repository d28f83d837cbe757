import Wire

/// Who a session says that it is: a scheme of ZooKeeper's and what that scheme wants to know, for `digest` a user and a
/// password.
public struct Credential: Hashable, Sendable, CustomStringConvertible {
    public var scheme: String
    public var secret: [UInt8]

    public init(scheme: String, secret: [UInt8]) {
        self.scheme = scheme
        self.secret = secret
    }

    /// Parses `scheme:credential`, such as `digest:user:password`.
    ///
    /// - Throws: `ClientError.badCredential`, which does not repeat the text.
    public init(_ text: String) throws(ClientError) {
        guard let colon = text.firstIndex(of: ":") else { throw .badCredential("a credential has no scheme") }
        let secret = text[text.index(after: colon)...]
        self.init(scheme: String(text[..<colon]), secret: Array(secret.utf8))
        let isWord = scheme.utf8.allSatisfy { (0x61...0x7a).contains($0 | 0x20) || (0x30...0x39).contains($0) }
        guard !scheme.isEmpty, isWord else { throw .badCredential("a credential's scheme is no word") }
        guard !secret.isEmpty else { throw .badCredential("nothing follows \(scheme):") }
        if scheme == "digest" {
            guard let second = secret.firstIndex(of: ":"), second != secret.startIndex else {
                throw .badCredential("digest wants a user and a password")
            }
        }
    }

    /// Without the secret.
    public var description: String { "\(scheme):***" }

    /// The frame that says it to a server (`AuthPacket`), its length included.
    var frame: [UInt8] {
        let writer = ByteWriter(capacity: 128)
        writer.append(Int32(0))
        writer.append(ReservedXid.auth)
        writer.append(OpCode.auth.rawValue)
        writer.append(Int32(0))
        writer.append(string: scheme)
        secret.withUnsafeBytes { writer.append(buffer: $0) }
        writer.set(Int32(writer.count - 4), at: 0)
        return Array(writer.bytes)
    }
}

import CCertificate
import Foundation

/// What a controller and its agents have in common, and nobody else: who holds it may give orders, and take them.
///
/// It is a seed and the fingerprint of the certificate that the seed makes. Everybody who has the token makes the same key
/// and the same certificate from it, shows it, and wants to see it; so one token serves both directions, whoever dials.
/// The fingerprint shows a token that was copied wrongly before anybody is dialled.
public struct AgentToken: Sendable, Hashable {
    /// So that a token is known for one wherever it is seen.
    private static let prefix = "zabbench-token-1-"
    private static let seedBytes = Int(ZB_SEED_BYTES)
    private static let fingerprintBytes = Int(ZB_FINGERPRINT_BYTES)

    private let seed: [UInt8]
    /// PKCS #8, DER.
    let key: [UInt8]
    /// X.509, DER.
    let certificate: [UInt8]
    /// SHA-256 of the certificate.
    let fingerprint: [UInt8]

    /// A new one, from the system's random numbers.
    public init() throws(AgentError) {
        var random = SystemRandomNumberGenerator()
        try self.init(seed: (0..<Self.seedBytes).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    private init(seed: [UInt8]) throws(AgentError) {
        var identity = zb_identity()
        guard zb_identity_of(seed, &identity) else { throw AgentError("OpenSSL cannot make a key and a certificate") }
        self.seed = seed
        key = withUnsafeBytes(of: identity.key) { Array($0.prefix(identity.key_bytes)) }
        certificate = withUnsafeBytes(of: identity.certificate) { Array($0.prefix(identity.certificate_bytes)) }
        fingerprint = withUnsafeBytes(of: identity.fingerprint) { Array($0) }
    }

    /// - Throws: `AgentError` where it is no token, or a damaged one. The text is a secret and is not in the message.
    public init(text: some StringProtocol) throws(AgentError) {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.hasPrefix(Self.prefix) else {
            throw AgentError("that is no token: one begins with \(Self.prefix); zabbench token makes one")
        }
        guard let bytes = Self.bytes(base64: text.dropFirst(Self.prefix.count)),
            bytes.count == Self.seedBytes + Self.fingerprintBytes
        else { throw Self.damaged }
        try self.init(seed: Array(bytes[..<Self.seedBytes]))
        guard fingerprint == Array(bytes[Self.seedBytes...]) else { throw Self.damaged }
    }

    private static let damaged = AgentError("the token was not copied whole: its fingerprint is not that of its key")

    /// One line of 103 characters, for a file or the environment. Other users of a machine see its processes' arguments.
    public var text: String {
        Self.prefix
            + Data(seed + fingerprint).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// RFC 4648, section 5, without padding.
    private static func bytes(base64 text: Substring) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/") + padding).map { Array($0) }
    }
}

extension AgentToken: CustomStringConvertible {
    /// A log is no place for a secret.
    public var description: String {
        "token " + fingerprint.prefix(4).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

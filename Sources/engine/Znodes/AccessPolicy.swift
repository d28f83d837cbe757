import Wire

/// What a server's configuration says about who may do what.
public struct AccessPolicy: Sendable {
    /// Everybody may do everything (`skipACL=yes`).
    public var isSkipped = false
    /// Whose password makes its client the super user, as `user:digest`; nil for nobody's
    /// (`DigestAuthenticationProvider.superDigest`).
    public var superDigest: String?
    /// Schemes whose ids may stand in access lists beside ZooKeeper's own, although nobody can prove here that he has one:
    /// `x509` needs TLS and `sasl` needs SASL. ZooKeeper, too, knows them only where `authProvider.*` names their classes.
    public var unproven: Set<String> = []

    public init() {}
}

/// The permissions of access lists (`ZooDefs.Perms`).
enum Permission {
    static let read: Int32 = 1
    static let write: Int32 = 2
    static let create: Int32 = 4
    static let delete: Int32 = 8
    static let admin: Int32 = 16
}

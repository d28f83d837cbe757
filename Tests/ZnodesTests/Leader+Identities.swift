import Wire

@testable import Znodes

extension Leader {
    /// Somebody who is known by these.
    func somebody(_ ids: [Identity]) -> IdentitiesID { state.somebody(ids) }
    func user(_ secret: String) -> IdentitiesID { somebody([.digest(secret)]) }
    var superUser: IdentitiesID { somebody([.superUser]) }
}

extension ReplicatedState {
    func somebody(_ ids: [Identity]) -> IdentitiesID {
        let writer = ByteWriter()
        Identity.encode(ids, into: writer)
        return try! identities(named: writer.bytes)
    }
}

extension Identity {
    /// Who knows `user:password`.
    static func digest(_ secret: String) -> Identity {
        Array(secret.utf8).withUnsafeBytes { Identity.digest(of: $0) }
    }
}

extension ACL {
    init(_ permissions: Int32, _ identity: Identity) {
        self.init(permissions: permissions, scheme: identity.scheme, id: identity.id)
    }

    static func anybody(_ permissions: Int32) -> ACL {
        ACL(permissions: permissions, scheme: "world", id: "anyone")
    }
}

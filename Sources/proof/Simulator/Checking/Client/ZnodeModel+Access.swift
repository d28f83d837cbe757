import Wire

/// Who may do what, once more and simply; knows what simulated clients use.
extension ZnodeModel {
    static let read: Int32 = 1
    static let admin: Int32 = 16

    /// Whether the list with this number allows one of `permissions` to somebody.
    func allows(_ acl: Int32, _ permissions: Int32, to ids: [Identity]) -> Bool {
        // The list that allows everything.
        if acl == 0 || ids.contains(.superUser) { return true }
        return acls[Int(acl)].contains { entry in
            entry.permissions & permissions != 0
                && (entry.scheme == "world" || ids.contains { Self.isMeant($0, by: entry) })
        }
    }

    private static func isMeant(_ identity: Identity, by entry: ACL) -> Bool {
        guard entry.scheme == identity.scheme else { return false }
        guard entry.scheme == "ip" else { return entry.id == identity.id }
        // Networks have 8, 16 or 24 bits.
        let parts = entry.id.split(separator: "/")
        let count = parts.count == 2 ? Int(parts[1])! / 8 : 4
        return parts[0].split(separator: ".").prefix(count).elementsEqual(
            identity.id.split(separator: ".").prefix(count)
        )
    }

    /// The list as somebody sees it who may read the node and not set the list.
    static func masked(_ acl: [ACL]) -> [ACL] {
        acl.map { entry in
            guard entry.scheme == "digest", let user = entry.id.split(separator: ":").first else { return entry }
            return ACL(permissions: entry.permissions, scheme: entry.scheme, id: "\(user):x")
        }
    }
}

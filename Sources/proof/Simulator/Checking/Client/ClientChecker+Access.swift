import Wire
import Zab

/// Who clients are, and what they may see and do.
///
/// A connection is known by its address, and by what the addAuths before a request have proved: an operation's ids are
/// those of the moment when it was sent. Events do not say when the server looked at who their client is. What is due for
/// certain is due by what had been proved before the last reply with a zxid; what may come is what may be heard by all that
/// has been sent.
extension ClientChecker {
    /// Numbers of lists in `identityLists`.
    struct Known {
        /// With everything that the client has sent.
        var sent: Int32 = 0
        /// With everything that has been answered.
        var answered: Int32 = 0
        /// With what had been answered at the last reply that has a zxid.
        var certain: Int32 = 0
    }

    mutating func number(of ids: [Identity]) -> Int32 {
        if let known = identityLists.firstIndex(of: ids) { return Int32(known) }
        identityLists.append(ids)
        return Int32(identityLists.count - 1)
    }

    func identities(of id: Int) -> [Identity] { identityLists[Int(operations[id].identities)] }

    /// A connection begins.
    mutating func isKnown(client: Int, by address: ClientAddress) {
        let ids = number(of: address.identity.map { [$0] } ?? [])
        clients[client].known = Known(sent: ids, answered: ids, certain: ids)
    }

    /// What an addAuth proves; nil if nothing.
    private static func proof(_ scheme: String, _ secret: String) -> [Identity]? {
        switch scheme {
        case "ip": []
        case "digest":
            (secret == AccessWorkload.superSecret ? [.superUser] : [])
                + [Array(secret.utf8).withUnsafeBytes { Identity.digest(of: $0) }]
        default: nil
        }
    }

    private mutating func adding(_ scheme: String, _ secret: String, to known: Int32) -> Int32 {
        var ids = identityLists[Int(known)]
        for identity in Self.proof(scheme, secret) ?? [] where !ids.contains(identity) { ids.append(identity) }
        return number(of: ids)
    }

    /// An addAuth is sent.
    mutating func claims(client: Int, _ scheme: String, _ secret: String) {
        clients[client].known.sent = adding(scheme, secret, to: clients[client].known.sent)
    }

    mutating func checkAuth(_ id: Int, _ scheme: String, _ secret: String, _ code: Int32, at time: Nanoseconds) {
        let client = Int(operations[id].client)
        let expected: ErrorCode = Self.proof(scheme, secret) == nil ? .authFailed : .ok
        if code != expected.rawValue {
            report(.unjustifiedError, at: time, "\(show(id)) is answered with \(code), where it is \(expected)")
        }
        clients[client].known.answered = adding(scheme, secret, to: clients[client].known.answered)
    }

    mutating func checkWhoAmI(_ id: Int, _ zxid: UInt64, _ reader: inout ByteReader, at time: Nanoseconds)
        throws(WireError)
    {
        let count = try reader.vectorCount(minimumSize: 8) ?? 0
        var names: [String] = []
        for _ in 0..<count { names.append("\(try reader.string()):\(try reader.string())") }
        let expected = identities(of: id).map { identity in
            "\(identity.scheme):\(identity.scheme == "digest" ? String(identity.id.prefix { $0 != ":" }) : identity.id)"
        }
        if names != expected { wrongRead(id, zxid, "\(names) read, \(expected) expected", at: time) }
    }

    /// Whether the operation's client may do one of `permissions` to the node.
    func allows(_ id: Int, _ permissions: Int32, _ node: ZnodeModel.NodeChange) -> Bool {
        model.allows(node.acl, permissions, to: identities(of: id))
    }

    /// The permissions of which a read needs one; 0 for none.
    static func permissionsNeeded(_ operation: ClientOperation) -> Int32 {
        switch operation {
        case .getData, .getChildren, .more(.getAllChildrenNumber): ZnodeModel.read
        case .getACL: ZnodeModel.read | ZnodeModel.admin
        default: 0
        }
    }

    /// What a read of the node is answered with, beside its result.
    func readCode(_ id: Int, _ path: Int32, _ zxid: UInt64) -> ErrorCode {
        guard let node = model.node(path, at: zxid) else { return .noNode }
        let needed = Self.permissionsNeeded(operations[id].operation)
        return needed == 0 || allows(id, needed, node) ? .ok : .noAuth
    }

    /// Whether an event is due for a client, if it watches, and whether it may come.
    func standing(_ event: Due, _ client: Int) -> (isDue: Bool, isPossible: Bool) {
        if event.acl == 0 { return (true, true) }
        let known = clients[client].known
        return (
            model.allows(event.acl, ZnodeModel.read, to: identityLists[Int(known.certain)]),
            model.allows(event.acl, ZnodeModel.read, to: identityLists[Int(known.sent)])
        )
    }

    /// A transaction for whose operation its client has no right is nobody's.
    mutating func checkRight(_ number: Int, _ index: Int, at time: Nanoseconds) {
        // The two lists that every tree has.
        guard model.acls.count > 2 else { return }
        let operation = operations[number]
        var rehearsal = Rehearsal(at: model.transactions[index].zxid - 1, as: identities(of: number))
        let outcome: ErrorCode =
            if case .multi(let parts) = operation.operation {
                rehearsal.multi(parts, session: Int(operation.session), &model).error
            } else {
                rehearsal.outcome(
                    operation.operation,
                    path: operation.path,
                    session: Int(operation.session),
                    &model
                )
            }
        guard outcome == .noAuth else { return }
        let shown = show(model.transactions[index])
        report(.noRight, at: time, "\(show(number)) is committed as \(shown), and its client has no right to it")
    }
}

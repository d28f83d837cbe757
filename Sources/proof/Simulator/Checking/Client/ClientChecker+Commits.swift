import Wire
import Zab

/// Committed transactions, and the operations that they belong to.
extension ClientChecker {
    /// The next transaction is committed: `TransactionHeader` and record.
    /// - Parameter proposedAt: when its leader made it. Only the expiry of sessions asks for it: their time is over when
    ///   the leader says so, and not when a later leader, perhaps, commits it. Without it `time` counts.
    mutating func committed(
        zxid: Zxid,
        payload: UnsafeRawBufferPointer,
        at time: Nanoseconds,
        proposedAt: Nanoseconds? = nil
    ) {
        lastTime = time
        commitsChecked += 1
        if zxid.rawValue <= model.newest, let number = operation(of: payload),
            zxid.rawValue <= operations[number].acknowledgedBefore
        {
            report(.realTimeOrder, at: time, realTime(number, zxid))
            return
        }
        let count = model.transactions.count
        if let finding = model.apply(zxid: zxid, payload: payload, at: time) {
            report(finding.kind, at: time, finding.text)
        }
        guard model.transactions.count > count else { return }
        let transaction = model.transactions[count]
        guard transaction.type != TransactionHeader.errorType else { return }
        noteEvents()
        // The leader's own, of which the model has judged.
        if transaction.cxid == 0, transaction.type == OpCode.deleteContainer.rawValue { return }
        if transaction.cxid == 0, transaction.type == OpCode.createSession.rawValue {
            // Nothing can be heard of a session before it is proposed.
            while views.count <= transaction.session { views.append(SessionView()) }
            if let proposedAt { views[transaction.session].heard.insert(proposedAt, at: 0) }
            return
        }
        if transaction.cxid == 0, transaction.type == OpCode.closeSession.rawValue {
            return checkExpiry(count, proposedAt: proposedAt ?? time, at: time)
        }
        guard let number = operation(of: count) else { return orphans.append(count) }
        belong(count, to: number, at: time)
    }

    private func realTime(_ number: Int, _ zxid: Zxid) -> String {
        "\(show(number)) commits at \(zxid), but \(Zxid(rawValue: operations[number].acknowledgedBefore)) was acknowledged before it was invoked"
    }

    /// The newest write with the session and xid of this transaction.
    private mutating func operation(of payload: UnsafeRawBufferPointer) -> Int? {
        var reader = ByteReader(payload)
        guard let header = try? TransactionHeader(from: &reader) else { return nil }
        return views[view(header.sessionID)].operations(xid: header.cxid).last
    }

    /// The write that asked for a transaction. Of several with its xid, on several connections, the one that asks for
    /// just that; if none does, something is wrong with the newest.
    private mutating func operation(of index: Int) -> Int? {
        let transaction = model.transactions[index]
        guard transaction.session < views.count else { return nil }
        let candidates = views[transaction.session].operations(xid: transaction.cxid)
        guard candidates.count > 1 else { return candidates.first }
        for number in candidates where difference(operations[number], index) == nil { return number }
        return candidates.last
    }

    private mutating func belong(
        _ index: Int,
        to number: Int,
        at time: Nanoseconds
    ) {
        let transaction = model.transactions[index]
        let operation = operations[number]
        guard operation.transaction < 0 else {
            let first = model.transactions[operation.transaction]
            report(.committedTwice, at: time, "\(show(number)) is \(show(first)) and \(show(transaction))")
            return
        }
        operations[number].transaction = index
        if operation.state == .failed {
            report(.errorButCommitted, at: time, "\(show(number)) failed, and is committed as \(show(transaction))")
        }
        if transaction.zxid <= operation.acknowledgedBefore {
            report(.realTimeOrder, at: time, realTime(number, Zxid(rawValue: transaction.zxid)))
        }
        noteOrder(number, transaction.zxid, at: time)
        checkRight(number, index, at: time)
        // Whoever asked when the quota was there already must not get beyond it.
        for limit in model.exceeded where limit.changed <= operation.committedBefore {
            report(.wrongEffect, at: time, "\(show(number)) exceeds a hard limit: \(limit.text)")
        }
        if let reason = difference(operation, index) {
            report(.wrongEffect, at: time, "\(show(number)) is committed as \(show(transaction)): \(reason)")
        }
    }

    /// What a session's client sent commits in the order in which it was sent, over whichever connections and servers it
    /// went: once a newer write is done, an older one that was under way on a lost connection must not follow.
    private mutating func noteOrder(_ number: Int, _ zxid: UInt64, at time: Nanoseconds) {
        let session = Int(operations[number].session)
        let last = views[session].lastCommitted
        guard last < number else {
            let isSame = operations[last].connection == operations[number].connection
            let place = isSame ? "" : " on a later connection"
            return report(
                .sessionOrder,
                at: time,
                "\(show(number)) commits at \(Zxid(rawValue: zxid)) after \(show(last)), which was sent after it\(place)"
                    + (operations[last].state == .acknowledged ? " and is acknowledged" : "")
            )
        }
        views[session].lastCommitted = number
        let client = Int(operations[number].client)
        let connection = operations[number].connection
        if connection >= 0, clients[client].connection == connection {
            clients[client].committedWrites.append((number, zxid))
        }
    }

    // MARK: Effects

    /// What the transaction does that the operation did not ask for; nil if they agree.
    private mutating func difference(
        _ operation: Operation,
        _ index: Int
    ) -> String? {
        let transaction = model.transactions[index]
        let ids = identityLists[Int(operation.identities)]
        switch operation.operation {
        case .multi(let parts):
            guard transaction.type == OpCode.multi.rawValue else { return "type \(transaction.type)" }
            guard transaction.stepCount == parts.count else {
                return "\(transaction.stepCount) operations instead of \(parts.count)"
            }
            for (offset, part) in parts.enumerated() {
                let path = partPath(part)
                let step = model.steps[transaction.firstStep + offset]
                if let reason = difference(part, path, step, transaction, ids) {
                    return "operation \(offset): \(reason)"
                }
            }
            return nil
        case .closeSession:
            return transaction.type == OpCode.closeSession.rawValue ? nil : "type \(transaction.type)"
        default:
            guard transaction.stepCount == 1 else { return "type \(transaction.type)" }
            let step = model.steps[transaction.firstStep]
            guard step.type == transaction.type else { return "type \(transaction.type)" }
            return difference(operation.operation, operation.path, step, transaction, ids)
        }
    }

    mutating func partPath(_ part: ClientOperation) -> Int32 {
        switch part {
        case .setData(let path, _, _), .create(let path, _, _, _, _, _), .createSwept(let path, _, _),
            .delete(let path, _), .check(let path, _):
            model.path(path)
        default: -1
        }
    }

    private func difference(
        _ operation: ClientOperation,
        _ path: Int32,
        _ step: ZnodeModel.Step,
        _ transaction: ZnodeModel.Transaction,
        _ ids: [Identity]
    ) -> String? {
        let changes = model.paths[Int(step.path)].changes
        guard step.change >= 0 else { return "\(model.text(step.path)) never existed" }
        let node = changes[step.change]
        if case .create(_, _, _, true, _, _) = operation {
            guard hasPrefix(step.path, path), node.isNumbered else {
                return "\(model.text(step.path)) is not \(model.text(path)) and the parent's number"
            }
        } else if step.path != path {
            return "\(model.text(step.path)) instead of \(model.text(path))"
        }
        switch operation {
        case .setData(_, let data, let version):
            guard step.type == OpCode.setData.rawValue else { return "type \(step.type)" }
            guard version == -1 || node.version == version &+ 1 else { return "it leaves version \(node.version)" }
            return agree(node, data)
        case .create(_, let data, let ephemeral, _, let acl, _):
            // In a multi they are one.
            let type = transaction.type == OpCode.multi.rawValue ? .create : operation.code
            guard step.type == type.rawValue else { return "type \(step.type)" }
            if let reason = disagree(node, acl, ids) { return reason }
            let owner = ephemeral ? model.sessions[transaction.session].id : 0
            guard node.ephemeralOwner == owner else { return "its owner is \(Self.hex(node.ephemeralOwner))" }
            guard node.sweeping == .never else { return "it goes by itself" }
            // Every server puts its own words there.
            return ZnodeModel.isStatistics(model.text(step.path)) ? nil : agree(node, data)
        case .createSwept(_, let data, let ttl):
            guard step.type == operation.code.rawValue else { return "type \(step.type)" }
            let sweeping = ttl.map { ZnodeModel.Sweeping.ttl($0) } ?? .container
            guard node.ephemeralOwner == 0, node.sweeping == sweeping else { return "it is a node of another kind" }
            return agree(node, data)
        case .delete(_, let version):
            guard step.type == OpCode.delete.rawValue else { return "type \(step.type)" }
            guard version == -1 || node.version == version else { return "it deletes version \(node.version)" }
        case .check(_, let version):
            guard step.type == OpCode.check.rawValue else { return "type \(step.type)" }
            guard version == -1 || node.version == version else { return "the version is \(node.version)" }
        case .setACL(_, let acl, let version):
            guard step.type == OpCode.setACL.rawValue else { return "type \(step.type)" }
            guard version == -1 || node.aversion == version &+ 1 else { return "it leaves version \(node.aversion)" }
            return disagree(node, acl, ids)
        default: return "type \(step.type)"
        }
        return nil
    }

    /// What is wrong with the node's access list, if the operation asked for this one.
    private func disagree(_ node: ZnodeModel.NodeChange, _ acl: [ACL], _ ids: [Identity]) -> String? {
        model.acl(of: node) == Rehearsal.accepted(acl, of: ids)
            ? nil : "its access list is \(ClientOperation.show(model.acl(of: node)))"
    }

    private func agree(_ node: ZnodeModel.NodeChange, _ data: [UInt8]?) -> String? {
        let same = data.map { $0.withUnsafeBytes { model.hasData(node, $0) } } ?? model.hasData(node, nil)
        return same ? nil : "its data are \(ClientOperation.show(model.bytes(of: node)))"
    }

    /// Whether `path` is `prefix` and ten digits.
    private func hasPrefix(_ path: Int32, _ prefix: Int32) -> Bool {
        model.names.withBytes(of: path) { path in
            model.names.withBytes(of: prefix) { prefix in
                path.count == prefix.count + 10 && path.starts(with: prefix)
            }
        }
    }
}

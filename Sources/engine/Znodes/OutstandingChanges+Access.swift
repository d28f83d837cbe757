import Wire
import Zab

/// Access lists of what is proposed. A record has a reference to its list, and so has a step of a multi's journal: a list
/// that only a transaction under way has given to a node is in the state's table, too.
extension OutstandingChanges {
    /// Whether whoever asks may do this to a node with this list.
    @inline(__always)
    func mayAsk(_ permission: Int32, of acl: Int32, _ state: ReplicatedState) -> Bool {
        state.allows(acl, permission, to: asker) || PlantedBug.rightsIgnoredInMulti.isPlanted && journal.isActive
    }

    /// Reads the list that a node is to have into `listScratch`.
    func readList(_ reader: inout ByteReader, _ state: ReplicatedState) throws(WireError) -> ACLRules.Verdict {
        let before = reader.remaining
        let verdict = try ACLRules.read(
            &reader,
            of: state.identities.bytes(asker),
            unproven: state.access.unproven,
            into: listScratch
        )
        guard case .accepted = verdict else { return verdict }
        // What the client has proved may take more room than its request did.
        room -= max(0, listScratch.count - (before - reader.remaining))
        return room < 0 ? .refused : verdict
    }

    /// What is told of a list that the node at `key` cannot have; nil if it can.
    func refusal(of list: ACLRules.Verdict, at key: PathKey) throws(WireError) -> ErrorCode? {
        switch list {
        case .open, .accepted: return nil
        case .refused: return refusal(.invalidACL, of: key)
        case .malformed:
            let code = refusal(.marshallingError, of: key)
            guard code == .badArguments else { throw WireError("an access list with an id that is null") }
            return code
        }
    }

    /// The slot of the list in `listScratch`, with a reference more.
    @inline(__always)
    func keepList(_ list: ACLRules.Verdict, _ state: ReplicatedState) -> Int32 {
        if case .open = list { return ACLTable.openUnsafe }
        if PlantedBug.proposedListNotSeen.isPlanted { return ACLTable.openUnsafe }
        return state.acls.intern(listScratch.bytes)
    }

    /// Puts down how a path stands now. The reference to the old list ends; the caller has one to the new.
    @inline(__always)
    func replace(_ change: UnsafeMutablePointer<PathChange>, _ standing: Standing, in state: ReplicatedState) {
        state.acls.release(change.pointee.standing.acl)
        change.pointee.standing = standing
    }
}

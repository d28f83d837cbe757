import Wire
import Zab
import Znodes

/// Who this server's clients are: by their addresses, and by what they prove with addAuth.
///
/// A connection is known by one set of ids when it sends a write and by another, for a moment, when it reads: a read that
/// waits behind a write is judged when it is done, but by what had been proved when it was sent.
extension Member {
    /// The connection's first frame is there: from now on it is somebody.
    mutating func identify(_ id: ConnectionID) {
        let identities = state.identities(at: connections[Int(id)].address)
        connections[Int(id)].identities = identities
        state.setIdentities(of: id, to: identities)
    }

    /// The connection is gone, and nobody any more. Its watcher has been removed.
    mutating func forgetIdentities(of id: ConnectionID) {
        state.release(connections[Int(id)].identities)
        connections[Int(id)].identities = ReplicatedState.nobody
        for identities in connections[Int(id)].identitiesToCome { state.release(identities) }
        connections[Int(id)].identitiesToCome = []
    }

    /// addAuth. It takes its turn among the answers, and holds for every request that is sent behind it. What is not
    /// proved ends the connection, but not its session: the client may try again elsewhere.
    mutating func authenticate(
        _ id: ConnectionID,
        xid: Int32,
        _ reader: inout ByteReader,
        size: Int,
        into effects: MemberEffects
    ) throws(WireError) {
        let packet = try AuthPacket(from: &reader)
        let old = connections[Int(id)].identities
        let proved = state.identities(old, with: packet, from: connections[Int(id)].address)
        if let proved {
            state.retain(proved)
            connections[Int(id)].identitiesToCome.append(proved)
            if PlantedBug.rightsLostWithTheMove.isPlanted, connections[Int(id)].question != 0 {
                state.release(proved)
            } else {
                state.release(old)
                connections[Int(id)].identities = proved
                if !PlantedBug.proofNotTold.isPlanted { connections[Int(id)].isIdentified = false }
            }
        } else {
            connections[Int(id)].state = .closing
        }
        settleAtOnce(
            id,
            xid: xid,
            op: .auth,
            code: proved == nil ? .authFailed : .ok,
            size: size,
            into: effects
        )
    }

    /// The answer to an addAuth has been written: what it proved holds for reads, too, or the connection ends.
    mutating func authenticated(_ id: ConnectionID, _ code: ErrorCode, into effects: MemberEffects) {
        guard code == .ok else {
            return refuse(id, "it cannot be authenticated as it says", into: effects)
        }
        let identities = connections[Int(id)].identitiesToCome.removeFirst()
        state.setIdentities(of: id, to: identities)
        state.release(identities)
    }

    // MARK: between servers

    /// Says to the leader who this connection's client is, once, and again after each addAuth. It remembers that with the
    /// session, so no write pays for it, however many hosts the clients are on.
    mutating func tellWhoAsks(_ id: ConnectionID) {
        guard !connections[Int(id)].isIdentified else { return }
        connections[Int(id)].isIdentified = true
        if PlantedBug.askerNotTold.isPlanted, forward.count > 0 { return }
        let ids = state.bytes(of: connections[Int(id)].identities)
        forward.append(UInt32(ids.count + 16))
        forward.append(connections[Int(id)].sessionID)
        forward.append(Int32(0))
        forward.append(OpCode.auth.rawValue)
        forward.append(bytes: ids)
    }

    /// Nothing of sessions is known any more, and nothing of whose they are.
    mutating func forgetSessions() {
        for asker in tracker.askers { state.release(asker) }
        tracker.removeAll()
    }
}

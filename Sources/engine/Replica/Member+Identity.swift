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

    /// Where the next request for the leader is of somebody else than the one before it on the link, says who that is. So
    /// clients that are all known as the same cost one entry a link, and no write pays for it.
    ///
    /// What is collected goes to the link that the leader has now: with the link the role ends, and what was collected.
    mutating func appendAsker(_ identities: IdentitiesID) {
        guard let leader = peer.leader, let place = place(ofLinkWith: leader), identities != links[place].asker else {
            return
        }
        if PlantedBug.askerOfPreviousRequest.isPlanted, forward.count > 0 { return }
        // A set that nobody has any more would leave its number to another while the link remembers it.
        state.retain(identities)
        state.release(links[place].asker)
        links[place].asker = identities
        let ids = state.bytes(of: identities)
        forward.append(UInt32(ids.count + 16))
        forward.append(Int64(0))
        forward.append(Int32(0))
        forward.append(OpCode.auth.rawValue)
        forward.append(bytes: ids)
    }

    /// Who the next request on the link with this server is of, retained for the caller.
    func asker(from server: ServerID) -> IdentitiesID {
        guard let place = place(ofLinkWith: server) else { return ReplicatedState.nobody }
        let asker = links[PlantedBug.askerSharedByLinks.isPlanted ? 0 : place].asker
        state.retain(asker)
        return asker
    }

    /// From here on the requests on the link with this server are of these.
    mutating func hearAsker(_ identities: IdentitiesID, from server: ServerID) {
        guard let place = place(ofLinkWith: server) else { return }
        let at = PlantedBug.askerSharedByLinks.isPlanted ? 0 : place
        state.retain(identities)
        state.release(links[at].asker)
        links[at].asker = identities
    }
}

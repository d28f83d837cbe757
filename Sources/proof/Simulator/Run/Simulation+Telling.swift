import Host
import Log
import Randomness
import Replica
import Wire
import Zab
import Znodes

/// What servers do, as the checkers are told of it.
extension Simulation {
    /// Whether everything up to `zxid` would be there after a power loss at this moment that spares nothing unsynced.
    ///
    /// Names of files that nobody needs may wait for the next sync of their directory, so a disk that is not clean is
    /// asked by starting a server on what would be left.
    func logIsOnPlatter(_ index: Int, through zxid: Zxid) -> Bool {
        if losses != nil { return false }
        let disk = servers[index].disk
        if disk.isClean(under: logDirectory) { return true }
        let end = SimulatedProcess.recoveredEnd(of: disk.afterCrash(.lost), in: self)
        return end.map { $0 >= zxid } ?? false
    }

    func logged(_ index: Int, _ batch: RecordBatch) {
        probe?.logged(index, batch)
        zab.logged(index, life: servers[index].life, batch, at: servers[index].process?.tickOfRound ?? now)
    }

    func synced(_ index: Int, through zxid: Zxid) {
        counters.syncs += 1
        probe?.committedGroup()
        zab.synced(index, through: zxid, isOnPlatter: logIsOnPlatter(index, through: zxid))
    }

    func promised(_ index: Int, _ zxid: Zxid) { zab.promised(index, zxid) }

    func delivered(_ index: Int, _ position: LogPosition, digest: UInt64) {
        if losses != nil { return }
        let new = zab.delivered(index, position, digest: digest)
        for place in new {
            let broadcast = zab.broadcasts[zab.committed[place]]
            trace.mix(broadcast.position.zxid.rawValue)
            broadcast.payload.withUnsafeBytes {
                checker?.committed(
                    zxid: broadcast.position.zxid,
                    payload: $0,
                    at: now,
                    proposedAt: broadcast.at
                )
            }
        }
    }

    func led(_ index: Int, life: Int, epoch: Epoch) {
        counters.reigns += 1
        zab.led(index, life: life, epoch: epoch)
        guard epoch > newestEpoch else { return }
        newestEpoch = epoch
        checker?.leaderEstablished(at: now)
    }

    /// A server begins something that it does seldom. Some power losses lie in wait for that.
    func rareStep(_ index: Int) {
        let server = servers[index]
        guard server.armedUntil > now else { return }
        server.armedUntil = 0
        server.disk.crash(after: server.disk.mutationCount + 1 + diskRandom.below(16))
    }

    /// What one hears that does not know that it is deposed prolongs nothing.
    private func leadsNewestEpoch(_ index: Int) -> Bool {
        guard case .leading(let epoch) = servers[index].process?.host.member.peer.phase else { return false }
        return epoch == newestEpoch
    }

    /// A frame of a client has reached a server. It counts for its session where the leader itself hears it.
    func heard(_ connection: Connection, through index: Int) {
        guard leadsNewestEpoch(index) else { return }
        clients[connection.hosts.0 - setup.servers].wasHeard(on: connection, at: now)
    }

    /// A follower has told the leader which sessions it has heard.
    private func touched(_ sessions: UnsafeRawBufferPointer, at index: Int) {
        guard leadsNewestEpoch(index) else { return }
        var reader = ByteReader(sessions)
        while let session = try? reader.int64() { checker?.heard(session: session, at: now) }
    }

    /// A server will say something on a quorum link when its round ends.
    func decidedToSend(_ bytes: UnsafeRawBufferPointer, by index: Int) {
        guard case .preparing = servers[index].process?.host.member.peer.phase,
            case .zab(.newLeader(let epoch, _)) = try? PeerFrame(
                decoding: UnsafeRawBufferPointer(rebasing: bytes[4...])
            )
        else { return }
        promises.begins(index, epoch: epoch)
    }

    /// A server says something on a quorum link.
    func sent(_ bytes: UnsafeRawBufferPointer, by index: Int, to peer: Int) {
        guard let frame = try? PeerFrame(decoding: UnsafeRawBufferPointer(rebasing: bytes[4...])),
            case .zab(let message) = frame
        else { return }
        if closings.said(message, by: index, to: peer) {
            trace.say("server \(index + 1): says \(Closings.text(message)) to server \(peer + 1)")
        }
        switch message {
        case .ack(let zxid): zab.acknowledged(index, zxid)
        case .ackNewLeader: zab.joined(index)
        default:
            if let broken = promises.sent(message, by: index, to: peer) { report(broken) }
        }
    }

    /// A server hears something on a quorum link.
    func received(_ frame: PeerFrame, by index: Int, from peer: Int) {
        switch frame {
        case .touched(let sessions): touched(sessions, at: index)
        case .zab(.newLeader(_, let end)): zab.newLeader(index, historyEnd: end)
        case .zab(let message): promises.received(message, by: index, from: peer)
        default: break
        }
    }

    /// The server is about to put the epoch on its disk as the one that it has accepted.
    func acceptsEpoch(_ index: Int, _ epoch: Epoch) {
        if losses == nil, let broken = promises.accepts(index, epoch: epoch) { report(broken) }
        accepting(index, epoch)
    }

    /// The server's current epoch is on its disk, or was found there.
    func tookEpoch(_ index: Int, _ epoch: Epoch) {
        promises.took(index, epoch: epoch)
        zab.took(index, epoch: epoch)
    }

    func contradicted(_ index: Int, _ reason: String) {
        let found = Violation(kind: .contradiction, text: "server \(index + 1): \(reason)")
        guard losses != nil else { return report(found) }
        // It stops by itself, and stays down until somebody has seen to it that its data are not needed.
        losses?.excluded(found)
        servers[index].damage = reason
    }
}

import Host
import Replica
import Stepped
import Wire
import Zab
import Znodes

extension FuzzTarget {
    /// What a leader sends to its follower, from the first word to the broadcast.
    static let follower = FuzzTarget("follower", seeds: PeerScript.seeds) { bytes in
        let rig = Rig(ServerID(2), of: [ServerID(1), ServerID(2), ServerID(3)])
        PeerScript.join(rig)
        precondition(rig.host.member.peer.leader == ServerID(1))
        PeerScript.run(bytes, rig, peer: ServerID(1))
    }

    /// What followers send to their leader.
    static let leader = FuzzTarget("leader", seeds: PeerScript.seeds) { bytes in
        let rig = Rig(ServerID(1), of: [ServerID(1), ServerID(2), ServerID(3)])
        PeerScript.join(rig)
        PeerScript.learn(rig, ServerID(2))
        guard case .leading = rig.host.member.peer.phase else { preconditionFailure("two of three make a leader") }
        rig.link(ServerID(3), up: true)
        PeerScript.run(bytes, rig, peer: ServerID(2))
    }
}

/// Scripts for a member among three, of which 1 leads.
enum PeerScript {
    /// Everybody votes for 1, and the link between 1 and 2 opens.
    static func join(_ rig: Rig) {
        let myself = rig.host.member.configuration.myself
        let vote = Vote(peerEpoch: 0xffff, zxid: Zxid(epoch: 0xffff, counter: .max), leader: ServerID(1))
        let mine = myself == ServerID(1) ? rig.host.member.peer.vote : vote
        for id in rig.host.member.configuration.voters where id != myself {
            rig.electionLink(id, up: true)
            rig.notify(Notification(state: .looking, round: rig.host.member.peer.round, vote: mine), from: id)
        }
        rig.settle()
        rig.link(myself == ServerID(1) ? ServerID(2) : ServerID(1), up: true)
    }

    /// A follower's side of the handshake with the leader in the rig.
    static func learn(_ rig: Rig, _ id: ServerID) {
        rig.link(id, up: true)
        rig.receive(.zab(.learnerInfo(acceptedEpoch: 0, observer: false)), from: id)
        rig.receive(.zab(.ackEpoch(currentEpoch: 0, history: rig.host.member.peer.history)), from: id)
        rig.settle()
        rig.receive(.zab(.ackNewLeader(rig.host.member.peer.acceptedEpoch)), from: id)
        rig.settle()
    }

    /// The leader's side of the handshake with the follower in the rig.
    private static func lead(_ rig: Rig) {
        let id = ServerID(1)
        let epoch = rig.host.member.peer.acceptedEpoch &+ 1
        rig.receive(.zab(.leaderInfo(newEpoch: epoch)), from: id)
        rig.receive(.zab(.diff), from: id)
        rig.receive(.zab(.newLeader(epoch, historyEnd: rig.host.member.peer.lastLogged)), from: id)
        rig.settle()
        rig.receive(.zab(.upToDate(committed: rig.host.member.peer.lastLogged)), from: id)
        rig.settle()
    }

    static func run(_ bytes: UnsafeRawBufferPointer, _ rig: Rig, peer: ServerID) {
        var script = Script(bytes)
        while rig.failure == nil, let order = script.order() {
            let connection = Int(order >> 5 & 3)
            let other = order & 0x80 == 0 ? peer : ServerID(3)
            switch order & 31 {
            case 0...7: rig.receive(script.blob(), from: order & 7 == 7 ? ServerID(3) : peer)
            case 8, 9: proposals(&script, rig, from: peer)
            case 10: rig.settle()
            case 11: rig.advance(milliseconds: 20)
            case 12: rig.advance(milliseconds: 2000)
            case 13: rig.close(connection)
            case 14: rig.open(connection)
            case 15: rig.clientFrame(connection, script.blob())
            case 16: if peer == ServerID(1) { lead(rig) } else { learn(rig, other) }
            case 17: rig.link(other, up: true)
            case 18: rig.link(other, up: false)
            case 19: rig.notify(script.blob(), from: other)
            case 20: rig.electionLink(other, up: order & 32 == 0)
            case 21: join(rig)
            case 22: snapshot(&script, rig, from: peer)
            case 23: rig.endRound()
            case 24: rig.receive(unframed: script.blob(), from: peer)
            default: rig.receive(script.blob(), from: peer)
            }
        }
        rig.settle()
    }

    /// Payloads (each with its length) as records that follow the member's last one, checksums right: what a leader
    /// sends that is broken behind its encoder.
    private static func proposals(_ script: inout Script, _ rig: Rig, from id: ServerID) {
        let flags = script.byte()
        var payloads = Script(script.blob())
        var builder = RecordBatchBuilder(chain: rig.host.member.history.chain)
        var zxid = rig.host.member.history.last
        while !payloads.isAtEnd, builder.count < 16 {
            let payload = payloads.blob()
            let epoch = flags & 1 == 0 ? max(rig.host.member.peer.acceptedEpoch, zxid.epoch) : zxid.epoch
            zxid = epoch == zxid.epoch ? Zxid(rawValue: zxid.rawValue &+ 1) : Zxid(epoch: epoch, counter: 1)
            builder.beginRecord()
            let start = builder.writer.count
            builder.writer.append(bytes: payload)
            if payload.count >= TransactionHeader.encodedSize, flags & 2 == 0 {
                builder.writer.set(Int32(bitPattern: zxid.epoch), at: start + 12)
                builder.writer.set(Int32(bitPattern: zxid.counter), at: start + 16)
            }
            builder.endRecord(zxid: zxid)
        }
        guard !builder.isEmpty else { return }
        let committed = flags & 4 == 0 ? zxid : Zxid(rawValue: UInt64(flags))
        let batch = builder.finish()
        rig.receive(.proposals(committed: committed, records: batch.bytes), from: id)
    }

    /// A snapshot, announced and sent: zxid (as two bytes of epoch and counter each) and bytes in pieces.
    private static func snapshot(_ script: inout Script, _ rig: Rig, from id: ServerID) {
        let zxid = Zxid(epoch: Epoch(script.word()), counter: UInt32(script.word()))
        let payload = script.blob()
        rig.receive(.zab(.snap(zxid)), from: id)
        rig.receive(.snapshotBegin(zxid: zxid, chain: 7), from: id)
        let half = payload.count / 2
        rig.receive(.snapshotChunk(UnsafeRawBufferPointer(rebasing: payload[..<half])), from: id)
        rig.receive(.snapshotChunk(UnsafeRawBufferPointer(rebasing: payload[half...])), from: id)
        rig.receive(.snapshotEnd, from: id)
    }
}

import Replica
import Wire
import Zab
import Znodes

/// Members wired together in memory: links always up unless a server is down, logs durable at once unless held,
/// everything in one fixed order.
final class MemberCluster {
    final class Box {
        var member: Member
        let effects = MemberEffects()
        var epochs: (accepted: Epoch, current: Epoch) = (0, 0)
        var appended = Zxid.zero
        var isUp = true
        var replies: [ConnectionID: [UInt8]] = [:]
        var closed: [ConnectionID] = []
        var fatal: String?
        var links: Set<ServerID> = []

        init(_ member: consuming Member) { self.member = member }
    }

    private enum Delivery {
        case notification(from: ServerID, to: ServerID, Notification)
        case frame(from: ServerID, to: ServerID, [UInt8])
        case link(ServerID, with: ServerID)
        case durable(ServerID, Zxid)
    }

    let ids: [ServerID]
    private(set) var boxes: [ServerID: Box] = [:]
    private var queue: [Delivery] = []
    private var now: Nanoseconds = 1_000_000_000
    /// While true, appended records do not become durable.
    var holdsDurability = false
    private var held: [Delivery] = []

    init(_ count: UInt8, limits: MemberLimits = MemberLimits()) {
        ids = (1...count).map { ServerID($0) }
        for id in ids {
            let configuration = Configuration(
                myself: id,
                voters: ids,
                tick: 100_000_000,
                initLimit: 10,
                syncLimit: 5
            )
            boxes[id] = Box(
                Member(
                    configuration: configuration,
                    limits: limits,
                    durable: DurableState(),
                    state: ReplicatedState(),
                    history: RecentHistory(),
                    now: now,
                    wallClockMilliseconds: 1_700_000_000_000
                )
            )
        }
        for id in ids { boxes[id]!.member.start(into: boxes[id]!.effects) }
        for id in ids {
            for other in ids where other != id { step(id, .electionLink(other, up: true)) }
        }
        settle()
    }

    subscript(id: ServerID) -> Box { boxes[id]! }

    var leader: ServerID? {
        ids.first { id in
            if case .leading = self[id].member.peer.phase { self[id].isUp } else { false }
        }
    }

    func step(_ id: ServerID, _ input: MemberInput) {
        guard self[id].isUp else { return }
        self[id].member.step(input, into: self[id].effects)
    }

    /// Rounds and deliveries until nothing is left to do.
    func settle() {
        repeat {
            for id in ids { endRound(id) }
            guard !queue.isEmpty else { return }
            let deliveries = queue
            queue.removeAll()
            for delivery in deliveries { deliver(delivery) }
        } while true
    }

    /// Lets time go by, tick by tick.
    func advance(milliseconds: UInt64) {
        for _ in 0..<(milliseconds / 10) {
            now += 10_000_000
            for id in ids {
                step(id, .tick(now: now, wallClockMilliseconds: 1_700_000_000_000 + Int64(now / 1_000_000)))
            }
            settle()
        }
    }

    func release() {
        holdsDurability = false
        queue += held
        held.removeAll()
        settle()
    }

    func kill(_ id: ServerID) {
        self[id].isUp = false
        for other in ids where other != id {
            step(other, .electionLink(id, up: false))
            if self[other].links.remove(id) != nil { step(other, .quorumLink(id, up: false)) }
        }
        settle()
    }

    private func deliver(_ delivery: Delivery) {
        switch delivery {
        case .notification(let from, let to, let notification):
            step(to, .notification(from: from, notification))
        case .frame(let from, let to, let bytes):
            guard self[to].links.contains(from) else { return }
            bytes.withUnsafeBytes { raw in
                var offset = 0
                while offset < raw.count {
                    let length = Int(UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
                    let body = UnsafeRawBufferPointer(rebasing: raw[(offset + 4)..<(offset + 4 + length)])
                    step(to, .frame(from: from, try! PeerFrame(decoding: body)))
                    offset += 4 + length
                }
            }
        case .link(let learner, let leader):
            guard self[learner].isUp, self[leader].isUp else { return }
            self[learner].links.insert(leader)
            self[leader].links.insert(learner)
            step(leader, .quorumLink(learner, up: true))
            step(learner, .quorumLink(leader, up: true))
        case .durable(let id, let zxid): step(id, .durable(zxid))
        }
    }

    private func endRound(_ id: ServerID) {
        let box = self[id]
        guard box.isUp else { return }
        step(id, .endOfRound)
        var index = 0
        while index < box.effects.list.count {
            carryOut(box.effects.list[index], of: id, box)
            index += 1
        }
        for connection in box.effects.dirty {
            box.member.takeReplies(connection) { box.replies[connection, default: []] += Array($0) }
        }
        box.effects.removeAll()
    }

    private func carryOut(_ effect: MemberEffect, of id: ServerID, _ box: Box) {
        switch effect {
        case .notify(let to, let notification): queue.append(.notification(from: id, to: to, notification))
        case .connect(let leader): queue.append(.link(id, with: leader))
        case .disconnect(let peer, _):
            guard box.links.remove(peer) != nil else { return }
            if self[peer].links.remove(id) != nil { step(peer, .quorumLink(id, up: false)) }
        case .send(let to, let range):
            queue.append(.frame(from: id, to: to, Array(box.effects.bytes.bytes[range])))
        case .stream(let to, let after, let through): stream(from: id, to: to, after: after, through: through)
        case .append(let batch, _):
            box.appended = batch.last
            if holdsDurability { held.append(.durable(id, batch.last)) } else { queue.append(.durable(id, batch.last)) }
        case .truncate(let zxid): box.appended = zxid
        case .persistAcceptedEpoch(let epoch): box.epochs.accepted = epoch
        case .persistCurrentEpoch(let epoch): box.epochs.current = epoch
        case .closeClient(let connection, _): box.closed.append(connection)
        case .fatal(let reason): box.fatal = reason
        case .sendSnapshot, .beginSnapshotFile, .writeSnapshotFile, .installSnapshotFile, .changed: break
        }
    }

    private func stream(from id: ServerID, to: ServerID, after: Zxid, through: Zxid) {
        var after = after
        while after < through, let run = self[id].member.history.run(after: after, through: through, maxBytes: 1 << 16)
        {
            let writer = ByteWriter()
            let records = UnsafeRawBufferPointer(rebasing: run.batch.bytes[run.range])
            PeerFrame.proposals(committed: min(self[id].member.committed, run.last), records: records).encode(
                into: writer
            )
            queue.append(.frame(from: id, to: to, Array(writer.bytes)))
            after = run.last
        }
    }
}

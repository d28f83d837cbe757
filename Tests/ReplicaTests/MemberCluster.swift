import Replica
import TestSupport
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
        var links: [ServerID: Link] = [:]

        init(_ member: consuming Member) { self.member = member }
    }

    private enum Delivery {
        case notification(from: ServerID, to: ServerID, Notification)
        case frame(on: Link, to: ServerID, [UInt8])
        case link(ServerID, Wish)
        case durable(ServerID, Zxid)
    }

    let ids: [ServerID]
    private(set) var boxes: [ServerID: Box] = [:]
    private var queue: [Delivery] = []
    private var now: Nanoseconds = 1_000_000_000
    /// While true, appended records do not become durable.
    var holdsDurability = false
    private var held: [Delivery] = []
    private var linkCount: UInt64 = 0
    /// These servers' rounds do not end: they go on reading.
    var stillReading: Set<ServerID> = []
    /// Connections whose clients do not read: nobody takes their replies.
    var notReading: Set<ConnectionID> = []
    /// The most bytes of replies that a member had for all its connections at the end of a round, and that it gave to
    /// one connection at once.
    private(set) var mostReplyBytes = 0
    private(set) var mostTaken = 0

    init(_ count: UInt8, limits: MemberLimits = MemberLimits()) {
        ids = (1...count).map { ServerID($0) }
        for id in ids {
            let configuration = Configuration.quick(id, of: ids)
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

    /// A client's frames come. Returns how many bytes of them the member took.
    @discardableResult func take(_ frames: UnsafeRawBufferPointer, of connection: ConnectionID, at id: ServerID) -> Int
    {
        self[id].isUp ? self[id].member.take(frames, of: connection, into: self[id].effects) : 0
    }

    /// A frame comes on the link with that peer.
    func receive(_ frame: PeerFrame, from peer: ServerID, at id: ServerID) {
        step(id, .frame(self[id].links[peer]!, frame))
    }

    /// Rounds and deliveries until nothing is left to do.
    func settle() {
        repeat {
            for id in ids { endRound(id) }
            guard !queue.isEmpty || ids.contains(where: { self[$0].isUp && self[$0].member.hasAnswersLeft }) else {
                return
            }
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
            if let link = self[other].links.removeValue(forKey: id) { step(other, .linkClosed(link)) }
        }
        settle()
    }

    private func deliver(_ delivery: Delivery) {
        switch delivery {
        case .notification(let from, let to, let notification):
            step(to, .notification(from: from, notification))
        case .frame(let link, let to, let bytes):
            bytes.withUnsafeBytes { raw in
                var frames = FrameCursor(raw)
                while let frame = frames.next() { step(to, .frame(link, try! PeerFrame(decoding: frame))) }
            }
        case .link(let learner, let wish):
            guard self[learner].isUp, self[wish.peer].isUp, self[learner].member.wish == wish else { return }
            linkCount += 1
            for (id, other) in [(wish.peer, learner), (learner, wish.peer)] {
                let link = Link(other, number: linkCount)
                self[id].links[other] = link
                step(id, .linkOpened(link))
            }
        case .durable(let id, let zxid): step(id, .durable(zxid))
        }
    }

    private func endRound(_ id: ServerID) {
        let box = self[id]
        guard box.isUp, !stillReading.contains(id) else { return }
        step(id, .endOfRound)
        var index = 0
        while index < box.effects.list.count {
            carryOut(box.effects.list[index], of: id, box)
            index += 1
        }
        mostReplyBytes = max(mostReplyBytes, box.member.replyBytes)
        for connection in box.effects.dirty where !notReading.contains(connection) {
            take(connection, of: box)
        }
        box.effects.removeAll()
    }

    /// Its client reads what is there.
    func take(_ connection: ConnectionID, of box: Box) {
        box.member.takeReplies(connection) {
            mostTaken = max(mostTaken, $0.count)
            box.replies[connection, default: []] += Array($0)
        }
    }

    private func carryOut(_ effect: MemberEffect, of id: ServerID, _ box: Box) {
        switch effect {
        case .notify(let to, let notification): queue.append(.notification(from: id, to: to, notification))
        case .dial(let wish): queue.append(.link(id, wish))
        case .close(let link, _):
            guard box.links[link.peer] == link else { return }
            box.links[link.peer] = nil
            let other = Link(id, number: link.number)
            guard self[link.peer].links[id] == other else { return }
            self[link.peer].links[id] = nil
            step(link.peer, .linkClosed(other))
        case .send(let link, let range):
            queue.append(frame(Array(box.effects.bytes.bytes[range]), of: id, on: link))
        case .stream(let link, let after, let through): stream(from: id, on: link, after: after, through: through)
        case .append(let batch, _):
            box.appended = batch.last
            if holdsDurability { held.append(.durable(id, batch.last)) } else { queue.append(.durable(id, batch.last)) }
        case .truncate(let zxid): box.appended = zxid
        case .persistAcceptedEpoch(let epoch): box.epochs.accepted = epoch
        case .persistCurrentEpoch(let epoch, _): box.epochs.current = epoch
        case .closeClient(let connection, _): box.closed.append(connection)
        case .fatal(let reason): box.fatal = reason
        case .stopDialling, .confirmIdentity, .disbelieved, .sendSnapshot, .beginSnapshotFile, .writeSnapshotFile,
            .installSnapshotFile, .changed:
            break
        }
    }

    /// The other side has the same number for the link.
    private func frame(_ bytes: [UInt8], of id: ServerID, on link: Link) -> Delivery {
        .frame(on: Link(id, number: link.number), to: link.peer, bytes)
    }

    private func stream(from id: ServerID, on link: Link, after: Zxid, through: Zxid) {
        var after = after
        while after < through, let run = self[id].member.history.run(after: after, through: through, maxBytes: 1 << 16)
        {
            let writer = ByteWriter()
            let records = UnsafeRawBufferPointer(rebasing: run.batch.bytes[run.range])
            PeerFrame.proposals(committed: min(self[id].member.committed, run.last), records: records).encode(
                into: writer
            )
            queue.append(frame(Array(writer.bytes), of: id, on: link))
            after = run.last
        }
    }
}

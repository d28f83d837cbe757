import CPlatform
import Host
import Logging
import Measure
import NIOCore
import Replica
import Wire
import Zab
import Znodes

/// What the host does goes to the log, to the figures, and, while somebody asks for it, to the timeline.
extension ServerLoop: HostObserver {
    private var time: UInt64 { zb_monotonic_nanoseconds() }

    var isAlive: Bool { true }

    // MARK: times

    func willStep() {
        if timeline.isRecording { stepBegan = (host.member.committed, time) }
    }

    func didStep() {
        if let next = batchTimes.next, host.member.committed >= next {
            batchTimes.committed(host.member.committed, at: time)
        }
        guard let began = stepBegan else { return }
        stepBegan = nil
        if let readAt = proposalsReadAt {
            proposalsReadAt = nil
            timeline.noteProposals(through: host.member.history.last, readAt: readAt)
        }
        guard host.member.committed > began.committed else { return }
        timeline.noteCommit(host.member.committed, known: began.at, applied: time)
    }

    func willTakeClient() { if timeline.isRecording { timeline.noteRead(time) } }

    func willTake(_ frame: PeerFrame, on link: Link) {
        if case .zab(let message) = frame { note(message, on: link) }
        guard timeline.isRecording else { return }
        let now = time
        timeline.noteRead(now)
        if case .proposals = frame { proposalsReadAt = now }
    }

    /// What of the protocol's words the harness wants to know the time of.
    private func note(_ message: Message, on link: Link) {
        let peer = link.peer
        switch message {
        case .ackEpoch: learnerSyncs.began(link)
        case .ackNewLeader: learnerSyncs.ended(link)
        case .diff: phases.note(synchronizedBy: "diff", leader: peer, at: time)
        case .trunc: phases.note(synchronizedBy: "trunc", leader: peer, at: time)
        case .snap: phases.note(synchronizedBy: "snap", leader: peer, at: time)
        case .ack(let zxid):
            guard timeline.isRecording || batchTimes.next != nil else { break }
            let now = time
            batchTimes.acknowledged(zxid, by: peer, at: now)
            if timeline.isRecording { timeline.noteAck(zxid, of: peer, at: now) }
        default: break
        }
    }

    func roundCloses() { if timeline.isRecording { timeline.noteEndOfRound(time) } }
    func roundIsOver() { if timeline.isRecording { timeline.noteRoundIsOver() } }

    /// Before they are sent: a client may have its answer before the last of them is.
    func willReply() {
        if timeline.isRecording { timeline.noteReplies(through: host.member.committed, at: time) }
    }

    // MARK: effects

    func willCarryOut(_ effect: MemberEffect) {
        switch effect {
        case .append(let batch, _):
            let records = batch.last.counter &- batch.first.counter &+ 1
            burnInjected(transactions: records)
            noteHanded(batch, records: UInt64(records))
        case .sendSnapshot(let link, _): learnerSyncs.sendsSnapshot(link)
        case .installSnapshotFile(let zxid, _): storeTimes.installed(zxid, second: wallClockSeconds)
        case .disbelieved(let id, let reason): logger.warning("dropped: server \(id) \(reason)")
        case .softLimitExceeded(let quota):
            let path = String(decoding: quota.path, as: UTF8.self)
            logger.warning("quota exceeded: \(path) has \(quota.count) \(quota.unit), its soft limit is \(quota.limit)")
        case .changed(let phase): changed(to: phase)
        default: break
        }
    }

    private func noteHanded(_ batch: RecordBatch, records: UInt64) {
        if case .leading = host.member.peer.phase {
            let now = time
            batchTimes.handed(batch.last, records: records, at: now)
            guard timeline.isRecording else { return }
            timeline.noteHanded(first: batch.first, last: batch.last, bytes: batch.bytes.count, at: now)
        } else {
            batchTimes.received(records)
            guard timeline.isRecording else { return }
            timeline.noteHanded(first: batch.first, last: batch.last, bytes: batch.bytes.count, at: time)
        }
    }

    func isDurable(_ zxid: Zxid) { if batchTimes.waitsForSync { batchTimes.synced(zxid, at: time) } }

    func didCarryOut(_ effect: MemberEffect) {
        guard case .confirmIdentity = effect else { return }
        logger.info("belongs to ensemble \(Membership.text(host.member.peer.membership.identity))")
    }

    private func changed(to phase: Phase) {
        let last = host.member.history.last
        settleCommits()
        batchTimes.phaseChanged()
        // A server alone elects nobody, and ZooKeeper counts nothing of it.
        if !isAlone { phaseTimes.note(phase, at: time) }
        phases.note(phase, leader: host.member.peer.leader, last: last, at: time)
        switch phase {
        case .looking: logger.info("LOOKING, last zxid \(last)")
        case .preparing(let epoch): logger.info("elected, preparing epoch \(epoch)")
        case .leading(let epoch): logger.info("LEADING epoch \(epoch)")
        case .joining(let leader): logger.info("joining server \(leader)")
        case .following(let leader, let epoch): logger.info("FOLLOWING server \(leader) in epoch \(epoch)")
        case .observing(let leader, let epoch): logger.info("OBSERVING server \(leader) in epoch \(epoch)")
        }
    }

    /// Processor time that a test of the harness wants this loop to waste.
    private func burnInjected(transactions: UInt32) {
        guard configuration.injectedLeaderLoopMicroseconds > 0 || configuration.injectedWriteNanoseconds > 0 else {
            return
        }
        var burnt = UInt64(configuration.injectedWriteNanoseconds) * UInt64(transactions)
        if case .leading = host.member.peer.phase {
            burnt += UInt64(configuration.injectedLeaderLoopMicroseconds) * 1000
        }
        let end = zb_thread_nanoseconds() + burnt
        while zb_thread_nanoseconds() < end {}
    }

    func beganSnapshot() { storeTimes.snapshotBegan(at: time) }
    func finishedSnapshot() { snapshots += 1 }

    func closes(_ link: Link, reason: String?) { learnerSyncs.closed(link) }
    func lost(_ link: Link) { learnerSyncs.closed(link) }

    // MARK: connections

    func becameKnown(_ socket: SocketHandler) {
        if socket.port == .client { connectRequests += 1 }
        if let channel = socket.channel { doors[socket.port].becameKnown(channel) }
    }

    func gaveUp(_ link: Link, _ reason: String, _ error: (any Error)?) {
        logger.error("quorum link with server \(link.peer) closed: \(reason)")
    }

    func complains(_ complaint: HostComplaint, about socket: SocketHandler?) {
        switch complaint {
        // `Acquaintance` says how often.
        case .refused(let port, let line): if let line { logger.warning("\(port) link refused: \(line)") }
        case .broken(let port, let peer, let reason):
            let who = peer.map { "server \($0)" } ?? socket?.remoteName ?? "an unknown peer"
            complain("\(port) link with \(who): \(reason); connection closed", about: socket)
        case .deaf(let peer):
            complain(
                "election link with server \(peer): the peer does not read its notifications; connection closed",
                about: socket
            )
        case .closed(let link, let reason):
            complain("quorum link with server \(link.peer) closed: \(reason)", about: socket)
        case .client(let reason): complainOfClient(reason, socket)
        case .brokenClient(let reason): complainOfClient("\(reason); connection closed", socket)
        }
    }

    /// One line about what a link's other end has done, if there was none about a link of its address within the last
    /// minute.
    private func complain(_ line: String, about socket: SocketHandler?) {
        guard let channel = socket?.channel else { return logger.warning("\(line)") }
        doors.complain(.brokenLink, about: channel, line)
    }

    private func complainOfClient(_ what: String, _ socket: SocketHandler?) {
        guard let socket, let channel = socket.channel else { return }
        doors.complain(about: channel, "client \(socket.remoteName): \(what)")
    }
}

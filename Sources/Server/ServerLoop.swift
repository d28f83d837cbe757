import CPlatform
import Log
import Logging
import Measure
import NIOCore
import NIOPosix
import Replica
import Storage
import Wire
import Zab
import Znodes

/// What a server counts at its edges.
struct ServerCounters {
    var bytesIn = 0
    var bytesOut = 0
    var messagesIn = 0
    var messagesOut = 0
    var snapshots = 0
    var rounds = 0
}

/// A server's one event loop: everything that is read in one turn is stepped, then the effects are carried out in
/// order, then what is ready is sent. Confined to `eventLoop`; nothing here is locked.
final class ServerLoop: @unchecked Sendable {
    static let version = "3.8.0-zabbench, built for the ZooKeeper client protocol"

    let configuration: ServerConfiguration
    let eventLoop: any EventLoop
    let logger: Logger
    var member: Member
    let effects = MemberEffects()
    let storage: ServerStore
    let store: LocalStore
    let doors: Doors
    var counters = ServerCounters()
    let clientFrameMax: Int
    /// Called once, when this server cannot go on; the line says why.
    private let onFailure: @Sendable (String) -> Void

    private var election: ElectionLinks!
    private(set) var quorum: QuorumLinks!
    /// Who may speak on the links that others dial.
    private var acquaintance: Acquaintance
    private var clients: [ClientHandler?] = []
    private var freeIDs: [ConnectionID] = []
    private var freedThisRound: [ConnectionID] = []
    private var addresses: [String: Int] = [:]
    private var waitingClients = WaitingClients()
    private var endOfRoundIsScheduled = false
    private var isEndingRound = false
    private var isCarryingOut = false
    private var timer: RepeatedTask?
    private(set) var failed = false
    /// What waits for the sockets of clients whose connections are ending.
    var bytesOfEnding = 0
    private var drained: EventLoopPromise<Void>?
    private var stopped = false
    /// Ports listen a moment before the election begins; what peers say until then they say again.
    private var hasStarted = false
    /// The run of records encoded last: the same bytes go to every follower.
    private var newestRun: (batch: RecordBatch, range: Range<Int>, bytes: ByteBuffer)?
    private let proposalsHeader = ByteWriter(capacity: 32)
    private var brake = PeerBrake()
    private var phases = PhaseJournal()
    private var timeline = BatchTimeline()
    let startedAt: NIODeadline = .now()

    init(
        configuration: ServerConfiguration,
        eventLoop: any EventLoop,
        logger: Logger,
        member: consuming Member,
        storage: ServerStore,
        doors: Doors,
        onFailure: @escaping @Sendable (String) -> Void
    ) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.logger = logger
        clientFrameMax = member.limits.clientFrameMax
        self.member = member
        self.storage = storage
        store = storage.store
        self.doors = doors
        self.onFailure = onFailure
        acquaintance = Acquaintance(secret: configuration.peerSecret, servers: configuration.servers.count)
        election = ElectionLinks(server: self)
        quorum = QuorumLinks(server: self)
    }

    // MARK: life

    func start() {
        hasStarted = true
        zb_name_thread("zab-loop")
        election.start()
        member.start(into: effects)
        let interval = TimeAmount.milliseconds(max(1, min(20, Int64(configuration.tickTime) / 20)))
        timer = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [self] _ in tick() }
        scheduleEndOfRound()
    }

    func stop() {
        guard !stopped else { return }
        stopped = true
        timer?.cancel()
        election.stop()
        quorum.stop()
        for client in clients { client?.closeAfterReplies() }
    }

    /// Stops, and waits for the clients to get what is ready for them, for as long as `Farewell` has patience.
    func drain() -> EventLoopFuture<Void> {
        stop()
        let promise = eventLoop.makePromise(of: Void.self)
        drained = promise
        finishDraining()
        return promise.futureResult
    }

    private func finishDraining() {
        guard let drained, clients.allSatisfy({ $0 == nil }) else { return }
        self.drained = nil
        drained.succeed()
    }

    func fail(_ reason: String) {
        guard !failed else { return }
        failed = true
        stop()
        onFailure(reason)
    }

    private func tick() {
        let now = Clocks.monotonicNanoseconds()
        doors.tick(now)
        timeline.tick(now, groups: storage.timings)
        waitingClients.forEach { id in
            if clients[Int(id)]?.isHolding == true { member.step(.heldBack(id), into: effects) }
        }
        for client in clients { client?.noteProgress() }
        if brake.isHolding { for id in quorum.ids { member.step(.held(id), into: effects) } }
        step(.tick(now: now, wallClockMilliseconds: Clocks.wallClockMilliseconds()))
        scheduleEndOfRound()
    }

    func schedule(milliseconds: Int64, _ body: @escaping () -> Void) -> Scheduled<Void> {
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds), body)
    }

    /// Steps the member where that may commit something.
    private func step(_ input: MemberInput) {
        guard timeline.isRecording else { return member.step(input, into: effects) }
        let before = member.committed
        let known = Clocks.monotonicNanoseconds()
        member.step(input, into: effects)
        guard member.committed > before else { return }
        timeline.noteCommit(member.committed, known: known, applied: Clocks.monotonicNanoseconds())
    }

    // MARK: rounds

    /// Everything readable in this turn of the loop is read first; then one end of round makes one batch of it.
    func scheduleEndOfRound() {
        guard !endOfRoundIsScheduled, !stopped else { return }
        endOfRoundIsScheduled = true
        // One that a round asks for comes when that round is over.
        if !isEndingRound { eventLoop.execute { [self] in endRound() } }
    }

    /// Before a round that follows a round, the sockets are looked at: NIO carries out tasks until there are none, and only
    /// then asks the kernel. What is due a little later is not among them.
    private static let pauseBetweenRounds = TimeAmount.microseconds(50)

    private func endRound() {
        endOfRoundIsScheduled = false
        guard !stopped else { return }
        isEndingRound = true
        carryOutRound()
        isEndingRound = false
        guard endOfRoundIsScheduled, !stopped else { return }
        _ = eventLoop.assumeIsolated().scheduleTask(in: Self.pauseBetweenRounds) { [self] in endRound() }
    }

    private func carryOutRound() {
        counters.rounds += 1
        if !waitingClients.isEmpty {
            for id in waitingClients.beginTurn() where member.mayTake(id) {
                waitingClients.remove(id)
                clients[Int(id)]?.process()
            }
            waitingClients.endTurn()
        }
        if timeline.isRecording { timeline.noteEndOfRound(Clocks.monotonicNanoseconds()) }
        step(.endOfRound)
        carryOut()
        if timeline.isRecording { timeline.noteRoundIsOver() }
        // Replies that were sent just now may have made the room that these wait for.
        if member.hasAnswersLeft || waitingClients.contains(where: { member.accepts($0) }) { scheduleEndOfRound() }
        if store.snapshotIsDue(applied: member.committed, dataBytes: member.state.approximateDataSize) {
            store.beginSnapshot(of: &member)
        }
        if store.advanceSnapshot(of: &member) { scheduleEndOfRound() }
        holdPeers()
    }

    /// The log thread synced something (or failed); called on the loop, once for one or more syncs.
    func logAdvanced() {
        guard !stopped else { return }
        if let error = storage.takeLogFailure() {
            fail("\(error)")
            return
        }
        store.drainBacklog()
        step(.durable(store.durable))
        holdPeers()
        scheduleEndOfRound()
        // Acks and replies go out now, not after whatever else this turn of the loop holds.
        carryOut()
    }

    /// Not while frames of a link are being taken: letting go of it goes on with them.
    private func holdPeers() {
        switch brake.change(isBehind: store.isBehind) {
        case nil: break
        case .hold: for link in quorum.ordered { link.handler.setPaused(true) }
        case .release:
            // What one says may fill the log again.
            for link in quorum.ordered where !brake.isHolding { link.handler.setPaused(false) }
        }
    }

    func snapshotThreadSaid(_ event: SnapshotEvent) {
        guard !stopped else { return }
        switch event {
        case .room: break
        case .failed(_, let error): fail("\(error)")
        case .finished(let position):
            counters.snapshots += 1
            // What waits to be streamed is needed too: on the links first, then asked for.
            carryOut()
            do { try finishSnapshot(position.zxid) } catch { fail("\(error)") }
        }
        scheduleEndOfRound()
    }

    private func finishSnapshot(_ zxid: Zxid) throws {
        let needed = quorum.ordered.compactMap(\.oldestNeeded).min()
        guard let base = try store.snapshotIsDurable(zxid, neededByLinks: needed) else { return }
        member.step(.snapshotTaken(snapshot: zxid, logBase: base), into: effects)
    }

    // MARK: effects

    private func carryOut() {
        // A write that fails closes its channel, whose end may lead here again.
        guard !isCarryingOut else { return }
        isCarryingOut = true
        defer { isCarryingOut = false }
        var index = 0
        while index < effects.list.count, !failed {
            do { try carryOut(effects.list[index]) } catch { fail("\(error)") }
            index += 1
        }
        let dirty = effects.dirty
        // Before they are sent: a client may have its answer before the last of them is.
        if timeline.isRecording, !dirty.isEmpty {
            timeline.noteReplies(through: member.committed, at: Clocks.monotonicNanoseconds())
        }
        for id in dirty { clients[Int(id)]?.sendReplies() }
        effects.removeAll()
        freeIDs += freedThisRound
        freedThisRound.removeAll(keepingCapacity: true)
        pump()
    }

    private func carryOut(_ effect: MemberEffect) throws {
        switch effect {
        case .notify(let id, let notification): election.send(notification, to: id)
        case .connect(let id): quorum.connect(to: id)
        case .disconnect(let id, let reason):
            if let reason { complain("quorum link with server \(id) closed: \(reason)", of: quorum[id]?.handler) }
            quorum.disconnect(id)
        case .disbelieved(let id, let reason): logger.warning("dropped: server \(id) \(reason)")
        case .send(let id, let range):
            counters.messagesOut += 1
            guard let link = quorum[id] else { break }
            if !link.enqueue(UnsafeRawBufferPointer(rebasing: effects.bytes.bytes[range])) {
                giveUp(id, "more than \(link.waitingBytesMax) bytes of frames wait for it to read")
            }
        case .stream(let id, let after, let through): quorum[id]?.enqueueRecords(after: after, through: through)
        case .sendSnapshot(let id, let zxid): sendSnapshot(zxid, to: id)
        case .append(let batch, let committed):
            burnInjected(transactions: batch.last.counter &- batch.first.counter &+ 1)
            if timeline.isRecording {
                timeline.noteHanded(
                    first: batch.first,
                    last: batch.last,
                    bytes: batch.bytes.count,
                    at: Clocks.monotonicNanoseconds()
                )
            }
            store.append(batch, committed: committed)
            if store.isBehind { holdPeers() }
        case .truncate(let zxid): try store.truncate(after: zxid)
        case .persistAcceptedEpoch(let epoch): try store.persistAcceptedEpoch(epoch)
        case .persistCurrentEpoch(let epoch, let identity):
            try store.persistCurrentEpoch(epoch, identity: identity)
        case .confirmIdentity:
            try store.confirmIdentity()
            logger.info("belongs to ensemble \(Membership.text(member.peer.membership.identity))")
        case .beginSnapshotFile(let zxid, let chain):
            try store.beginIncomingSnapshot(zxid, chain: chain, member: &member)
        case .writeSnapshotFile(let range):
            try store.writeIncomingSnapshot(UnsafeRawBufferPointer(rebasing: effects.bytes.bytes[range]))
        case .installSnapshotFile(let zxid, let chain):
            try store.installIncomingSnapshot(zxid, chain: chain, member: &member)
        case .changed(let phase): changed(to: phase)
        case .closeClient(let id, let reason):
            if let reason { clients[Int(id)]?.complain("closed: \(reason)") }
            clients[Int(id)]?.closeAfterReplies()
        case .fatal(let reason): fail(reason)
        }
    }

    /// Processor time that a test of the harness wants this loop to waste.
    private func burnInjected(transactions: UInt32) {
        guard configuration.injectedLeaderLoopMicroseconds > 0 || configuration.injectedWriteNanoseconds > 0 else {
            return
        }
        var burnt = UInt64(configuration.injectedWriteNanoseconds) * UInt64(transactions)
        if case .leading = member.peer.phase { burnt += UInt64(configuration.injectedLeaderLoopMicroseconds) * 1000 }
        let end = Clocks.threadNanoseconds() + burnt
        while Clocks.threadNanoseconds() < end {}
    }

    private func changed(to phase: Phase) {
        if phase.isServing { quorum.settled() }
        phases.note(phase, leader: member.peer.leader, last: member.history.last, at: Clocks.monotonicNanoseconds())
        switch phase {
        case .looking: logger.info("LOOKING, last zxid \(member.history.last)")
        case .preparing(let epoch): logger.info("elected, preparing epoch \(epoch)")
        case .leading(let epoch): logger.info("LEADING epoch \(epoch)")
        case .joining(let leader): logger.info("joining server \(leader)")
        case .following(let leader, let epoch): logger.info("FOLLOWING server \(leader) in epoch \(epoch)")
        case .observing(let leader, let epoch): logger.info("OBSERVING server \(leader) in epoch \(epoch)")
        }
    }

    private func pump() {
        guard !stopped else { return }
        for link in quorum.ordered where !link.isIdle { pump(link) }
    }

    private func pump(_ link: QuorumLink) {
        do { try link.pump(self) } catch { giveUp(link.handler.peer!, "the history cannot be read: \(error)") }
    }

    private func sendSnapshot(_ zxid: Zxid, to id: ServerID) {
        guard let link = quorum[id] else { return }
        do { link.enqueueSnapshot(try store.snapshotSender(zxid)) } catch {
            giveUp(id, "snapshot \(zxid) cannot be read: \(error)")
        }
    }

    /// What one learner needs is not to be had: that costs its link, not this server.
    private func giveUp(_ peer: ServerID, _ reason: String) {
        logger.error("quorum link with server \(peer) closed: \(reason)")
        quorum.disconnect(peer)
        member.step(.quorumLink(peer, up: false), into: effects)
        scheduleEndOfRound()
    }

    /// Writes one run of the history to a link, from memory if it is there, else from the log. Returns its last zxid.
    func writeRecords(after: Zxid, through: Zxid, to handler: PeerHandler) throws -> Zxid {
        let records: ByteBuffer
        let last: Zxid
        if let run = member.history.run(after: after, through: through, maxBytes: PeerLink.chunkMax) {
            last = run.last
            if let newest = newestRun, newest.batch === run.batch, newest.range == run.range {
                records = newest.bytes
            } else {
                records = ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: run.batch.bytes[run.range]))
                newestRun = (run.batch, run.range, records)
            }
        } else {
            let batch = try store.read(after: after, through: through, maxBytes: PeerLink.chunkMax)
            last = batch.last
            records = ByteBuffer(bytes: batch.bytes)
        }
        proposalsHeader.removeAll()
        PeerFrame.encodeProposalsHeader(
            committed: min(member.committed, last),
            recordBytes: records.readableBytes,
            into: proposalsHeader
        )
        handler.write(ByteBuffer(bytes: proposalsHeader.bytes))
        handler.write(records)
        counters.messagesOut += 1
        return last
    }

    // MARK: peers

    /// The first word on a link that we dial.
    var hello: Hello {
        Hello(
            id: configuration.myself,
            identity: member.peer.membership.shown,
            secret: configuration.peerSecret
        )
    }

    /// What to say to the first word on a link that another server dialled.
    func judge(_ hello: Hello) -> Acquaintance.Answer {
        acquaintance.judge(hello, mine: member.peer.membership, now: Clocks.monotonicNanoseconds())
    }

    func linkOpened(_ handler: PeerHandler) {
        guard hasStarted, !stopped else { return handler.close() }
        let peer = handler.peer!
        switch handler.port {
        case .election:
            if handler.dialled {
                election.opened(handler, to: peer)
                member.step(.electionLink(peer, up: true), into: effects)
            } else {
                election.openedInbound(handler, from: peer)
                election.heardFrom(peer)
            }
        case .quorum:
            // Effects name a peer, not a link: nothing that was meant for an older link may reach this one.
            carryOut()
            guard !stopped, quorum.opened(handler, with: peer) else {
                handler.close()
                return
            }
            member.step(.quorumLink(peer, up: true), into: effects)
            if brake.isHolding { handler.setPaused(true) }
        }
        scheduleEndOfRound()
    }

    func linkClosed(_ handler: PeerHandler) {
        guard !stopped, let peer = handler.peer else { return }
        switch handler.port {
        case .election:
            // The closing of an inbound link tells only where we have no way of our own, whose closing would.
            guard
                handler.dialled
                    ? election.closed(handler, to: peer)
                    : election.closedInbound(handler, from: peer) && !election.isOpen(peer)
            else { return }
            member.step(.electionLink(peer, up: false), into: effects)
        case .quorum:
            guard quorum.closed(handler, with: peer) else { return }
            member.step(.quorumLink(peer, up: false), into: effects)
        }
        scheduleEndOfRound()
    }

    func linkWritable(_ handler: PeerHandler) {
        if handler.port == .quorum, let peer = handler.peer, let link = quorum[peer], link.handler === handler {
            pump(link)
        }
    }

    func received(_ frame: UnsafeRawBufferPointer, on handler: PeerHandler, from peer: ServerID) throws(WireError) {
        guard !stopped else { return }
        switch handler.port {
        case .election:
            member.step(.notification(from: peer, try Notification(decoding: frame)), into: effects)
        case .quorum:
            // A link that is to be closed has nothing more to say.
            if effects.disconnects.contains(peer) { carryOut() }
            guard quorum[peer]?.handler === handler else { return }
            try receive(frame, from: peer)
        }
        scheduleEndOfRound()
    }

    private func receive(_ bytes: UnsafeRawBufferPointer, from peer: ServerID) throws(WireError) {
        let frame = try PeerFrame(decoding: bytes)
        if case .zab(let message) = frame { note(message, from: peer) }
        guard timeline.isRecording else { return member.step(.frame(from: peer, frame), into: effects) }
        let now = Clocks.monotonicNanoseconds()
        timeline.noteRead(now)
        step(.frame(from: peer, frame))
        if case .proposals = frame { timeline.noteProposals(through: member.history.last, readAt: now) }
    }

    /// What of the protocol's words the harness wants to know the time of.
    private func note(_ message: Message, from peer: ServerID) {
        switch message {
        case .diff: phases.note(synchronizedBy: "diff", leader: peer, at: Clocks.monotonicNanoseconds())
        case .trunc: phases.note(synchronizedBy: "trunc", leader: peer, at: Clocks.monotonicNanoseconds())
        case .snap: phases.note(synchronizedBy: "snap", leader: peer, at: Clocks.monotonicNanoseconds())
        case .ack(let zxid):
            if timeline.isRecording { timeline.noteAck(zxid, of: peer, at: Clocks.monotonicNanoseconds()) }
        default: break
        }
    }

    var phaseHistory: String { "server\t\(configuration.myself)\n" + phases.text }

    func takeTimeline() -> String {
        timeline.take(server: configuration.myself, now: Clocks.monotonicNanoseconds(), groups: storage.timings)
    }

    /// Records that wait for the sockets of all links.
    var recordsForLinks: Int { quorum.ordered.reduce(0) { $0 + $1.waitingRecords } }

    // MARK: clients

    /// Nil if the connection is one too many.
    func clientOpened(_ handler: ClientHandler, on channel: any Channel) -> ConnectionID? {
        guard !stopped else { return nil }
        let host = channel.remoteAddress?.ipAddress ?? "local"
        let limit = configuration.maxClientConnections
        // Whoever says something goes before those that only hold their place.
        if limit > 0, addresses[host, default: 0] >= limit { _ = doors.client.makeRoom(for: channel) }
        guard limit == 0 || addresses[host, default: 0] < limit else {
            doors.complain(
                .tooMany,
                about: channel,
                "too many connections from \(host); maxClientCnxns is \(limit); connection closed"
            )
            return nil
        }
        addresses[host, default: 0] += 1
        let id = freeIDs.popLast() ?? ConnectionID(clients.count)
        if Int(id) == clients.count { clients.append(handler) } else { clients[Int(id)] = handler }
        handler.address = host
        member.step(.clientOpened(id), into: effects)
        return id
    }

    func clientClosed(_ id: ConnectionID) {
        guard let handler = clients[Int(id)] else { return }
        addresses[handler.address, default: 1] -= 1
        if addresses[handler.address] == 0 { addresses[handler.address] = nil }
        clients[Int(id)] = nil
        waitingClients.remove(id)
        // Not before the effects of this round are carried out: one of them may still close this id.
        freedThisRound.append(id)
        member.step(.clientClosed(id), into: effects)
        scheduleEndOfRound()
        finishDraining()
    }

    /// Nothing more comes from this client, and its member has no connection any more; its id is free only when the
    /// socket is closed, since effects may name it until then.
    func clientEnds(_ id: ConnectionID) {
        member.step(.clientClosed(id), into: effects)
        scheduleEndOfRound()
    }

    /// Frames of a client, or its heartbeat. What the member has no room for changes nothing: it is asked again when
    /// something else has.
    func clientStep(_ input: MemberInput) {
        if timeline.isRecording { timeline.noteRead(Clocks.monotonicNanoseconds()) }
        member.step(input, into: effects)
        if effects.consumed > 0 || !effects.list.isEmpty { scheduleEndOfRound() }
    }

    var consumed: Int { effects.consumed }

    var allClients: [ClientHandler] { clients.compactMap { $0 } }

    /// The client has read some of its replies.
    func clientHeard(_ id: ConnectionID) { member.step(.heard(id), into: effects) }

    func tryAgainNextRound(_ id: ConnectionID) { waitingClients.add(id) }

    func takeReplies(_ id: ConnectionID, _ body: (UnsafeRawBufferPointer) -> Void) {
        member.takeReplies(id, body)
    }
}

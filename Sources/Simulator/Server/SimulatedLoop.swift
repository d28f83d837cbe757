import Log
import Replica
import Storage
import Wire
import Zab
import Znodes

/// One server process: `Member` and its disk, with the shell's rules about rounds and links, as the Server has them in
/// `ServerLoop`, on virtual time.
final class SimulatedLoop {
    typealias Store = DurableStore<SimulatedDisk, SimulatedLogWorker, SimulatedSnapshotWorker>

    unowned(unsafe) let world: Simulation
    unowned(unsafe) let server: SimulatedServer
    let life: Int
    @exclusivity(unchecked) var member: Member
    let effects = MemberEffects()
    let store: Store
    let log: SimulatedLogWorker
    let snapshots: SimulatedSnapshotWorker

    private var acquaintance: Acquaintance
    private var election: SimulatedElectionLinks!
    private(set) var quorum: SimulatedQuorumLinks!
    @exclusivity(unchecked) var clients: [Client?] = []
    var freeIDs: [ConnectionID] = []
    var freedThisRound: [ConnectionID] = []
    @exclusivity(unchecked) var waitingClients = WaitingClients()
    @exclusivity(unchecked) private var endOfRoundIsPlanned = false
    @exclusivity(unchecked) private var isCarryingOut = false
    @exclusivity(unchecked) private var brake = PeerBrake()
    @exclusivity(unchecked) private var heldSince: Nanoseconds = 0
    @exclusivity(unchecked) private(set) var failed: String?
    /// What the checker knows to be applied here.
    @exclusivity(unchecked) private var observed = LogPosition.zero

    init(
        world: Simulation,
        server: SimulatedServer,
        life: Int,
        member: consuming Member,
        store: Store,
        log: SimulatedLogWorker,
        snapshots: SimulatedSnapshotWorker
    ) {
        self.world = world
        self.server = server
        self.life = life
        self.member = member
        self.store = store
        self.log = log
        self.snapshots = snapshots
        acquaintance = Acquaintance(servers: world.setup.servers)
        election = SimulatedElectionLinks(loop: self)
        quorum = SimulatedQuorumLinks(loop: self)
    }

    var index: Int { server.index }

    // MARK: life

    func start() {
        observed = LogPosition(zxid: member.history.applied, chain: member.history.appliedChain)
        log.clock = { [unowned self] in world.now }
        log.beginCall = { [unowned self] turn in
            world.events.plan(.log(server: index, life: life, turn: turn), at: world.now + world.syncTime(index))
        }
        log.planAlarm = { [unowned self] turn, time in
            world.events.plan(.log(server: index, life: life, turn: turn), at: time)
        }
        log.didSync = { [unowned self] in didSync() }
        snapshots.beginWork = { [unowned self] in
            world.events.plan(.snapshot(server: index, life: life), at: world.now + world.syncTime(index))
        }
        election.start()
        member.start(into: effects)
        observe()
        planTick()
        scheduleEndOfRound()
    }

    private func planTick() {
        let interval = server.virtual(world.setup.tick / 10)
        world.events.plan(.tick(server: index, life: life), at: world.now + interval)
    }

    func tick() {
        planTick()
        endFarewells()
        waitingClients.forEach { id in
            if clients[Int(id)]?.inlet.isHolding == true { step(.heldBack(id)) }
        }
        if brake.isHolding { for (peer, _) in quorum.open { step(.held(ServerID(UInt8(peer + 1)))) } }
        let before = (phase: member.peer.phase, effects: effects.disconnects.count)
        step(.tick(now: server.clock(world.now), wallClockMilliseconds: server.wallClock(world.now)))
        if brake.isHolding, before.phase.isServing {
            judgeBlame(of: effects.disconnects[before.effects...], before.phase)
        }
        scheduleEndOfRound()
    }

    /// A peer that has said something, which we have not read, is not silent: not for twice syncLimit. What a leader that
    /// resigns closes is another matter.
    private func judgeBlame(of dropped: ArraySlice<ServerID>, _ phase: Phase) {
        let patience = server.virtual(2 * world.setup.tick * UInt64(world.setup.syncLimit))
        guard world.now - heldSince < patience, dropped.count == 1 else { return }
        if case .leading = phase, member.peer.phase != phase { return }
        for (peer, link) in quorum.open where dropped.contains(ServerID(UInt8(peer + 1))) {
            guard link.isPaused, link.connection.with(1 - link.end, { $0.isHeldBack }) else { continue }
            let text = "server \(server.id) gives \(peer + 1) up as silent, and has not read what it said"
            world.report(Violation(kind: .heartbeats, text: text))
        }
    }

    /// Whether nothing that is logged waits for the disk.
    var hasSyncedAll: Bool { store.durable >= member.history.last }

    func fail(_ reason: String) {
        guard failed == nil else { return }
        failed = reason
        world.trace.say("server \(server.id): stops: \(reason)")
    }

    private func fail(_ error: any Error) { fail("\(error)") }

    // MARK: steps

    func step(_ input: MemberInput) {
        guard failed == nil else { return }
        let before = effects.list.count
        counted { member.step(input, into: effects) }
        for effect in effects.list[min(before, effects.list.count)...] {
            switch effect {
            case .truncate(let zxid): world.zab.decidedToCut(index, after: zxid)
            case .send(_, let range):
                world.decidedToSend(UnsafeRawBufferPointer(rebasing: effects.bytes.bytes[range]), by: index)
            default: break
            }
        }
        if world.probe == nil, let wrong = member.boundsViolation {
            world.report(Violation(kind: .bounds, text: "server \(server.id): \(wrong)"))
        }
        observe()
    }

    /// What is between these braces is the engine's own: its allocations are counted, where somebody counts.
    @inline(__always)
    func counted<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let gauge = world.probe?.gauge else { return try body() }
        let wasCounting = gauge.exchange(true)
        defer { gauge.restore(wasCounting) }
        return try body()
    }

    /// What of it is the simulator's all the same.
    @inline(__always)
    func uncounted(_ body: () -> Void) {
        let wasCounting = world.probe?.gauge?.exchange(false)
        body()
        world.probe?.gauge?.restore(wasCounting)
    }

    /// Everything that anybody could see of this step is checked before anything else happens.
    private func observe() {
        let history = LogPosition(zxid: member.history.applied, chain: member.history.appliedChain)
        if history != observed {
            observed = history
            world.delivered(index, history, digest: member.state.digest)
        }
    }

    private func didSync() { world.synced(index, through: log.durable) }

    // MARK: rounds

    func scheduleEndOfRound() {
        guard !endOfRoundIsPlanned else { return }
        endOfRoundIsPlanned = true
        world.events.plan(.endOfRound(server: index, life: life), at: world.now + world.setup.roundTime)
    }

    func endRound() {
        endOfRoundIsPlanned = false
        world.probe?.rounds += 1
        if !waitingClients.isEmpty {
            for id in waitingClients.beginTurn() where member.mayTake(id) {
                waitingClients.remove(id)
                process(id)
            }
            waitingClients.endTurn()
        }
        judgeWaiting()
        step(.endOfRound)
        carryOut()
        guard failed == nil else { return }
        if member.hasAnswersLeft || waitingClients.contains(where: { member.accepts($0) }) { scheduleEndOfRound() }
        if store.snapshotIsDue(applied: member.committed, dataBytes: member.state.approximateDataSize) {
            store.beginSnapshot(of: &member)
        }
        if store.advanceSnapshot(of: &member) { scheduleEndOfRound() }
        holdPeers()
    }

    /// Not while frames of a link are being taken: letting go of it goes on with them.
    private func holdPeers() {
        switch brake.change(isBehind: store.isBehind) {
        case nil: break
        case .hold:
            heldSince = world.now
            for (_, link) in quorum.open { link.setPaused(true) { _ in 0 } }
        case .release:
            for (peer, link) in quorum.open where !brake.isHolding {
                link.setPaused(false) { take($0, on: link, from: peer) }
                scheduleEndOfRound()
            }
        }
    }

    func logAdvanced(_ turn: Int) {
        guard log.advance(turn) else { return }
        if let error = log.failure { return fail(error) }
        store.drainBacklog()
        world.promised(index, store.durable)
        step(.durable(store.durable))
        holdPeers()
        scheduleEndOfRound()
        carryOut()
    }

    func snapshotAdvanced() {
        for event in snapshots.advance() {
            switch event {
            case .room: break
            case .failed(_, let error): fail(error)
            case .finished(let position):
                world.counters.snapshots += 1
                carryOut()
                do { try finishSnapshot(position.zxid) } catch { fail(error) }
            }
        }
        scheduleEndOfRound()
    }

    private func finishSnapshot(_ zxid: Zxid) throws {
        guard let base = try store.snapshotIsDurable(zxid, neededByLinks: quorum.oldestNeeded) else { return }
        step(.snapshotTaken(snapshot: zxid, logBase: base))
    }

    // MARK: effects

    func carryOut() {
        guard !isCarryingOut else { return }
        isCarryingOut = true
        defer { isCarryingOut = false }
        var index = 0
        while index < effects.list.count, isAlive {
            do { try carryOut(effects.list[index]) } catch { fail(error) }
            index += 1
        }
        if isAlive {
            let dirty = effects.dirty
            for id in dirty { sendReplies(id) }
        }
        effects.removeAll()
        freeIDs += freedThisRound
        freedThisRound.removeAll(keepingCapacity: true)
        if isAlive { quorum.pump() }
    }

    /// False once the process has given up, or the machine has lost its power in the middle of an operation.
    private var isAlive: Bool { failed == nil && !server.disk.isCrashed }

    private func carryOut(_ effect: MemberEffect) throws {
        switch effect {
        case .notify(let id, let notification): election.send(notification, to: peer(id))
        case .connect(let id): quorum.connect(to: peer(id))
        case .disconnect(let id, let reason):
            closing(peer(id), reason)
            quorum.disconnect(peer(id))
        case .disbelieved(let id, let reason): world.trace.say("server \(server.id): dropped: server \(id) \(reason)")
        case .send(let id, let range): send(range, to: id)
        case .stream(let id, let after, let through):
            let link = quorum[peer(id)]
            counted { link?.queue.appendRecords(after: after, through: through) }
        case .sendSnapshot(let id, let zxid): sendSnapshot(zxid, to: peer(id))
        case .append(let batch, let committed): append(batch, committed)
        case .truncate(let zxid):
            world.rareStep(index)
            world.zab.truncating(index, after: zxid)
            try store.truncate(after: zxid)
            world.zab.truncated(index, after: zxid, isOnPlatter: world.logIsOnPlatter(index, through: zxid))
        case .persistAcceptedEpoch(let epoch):
            world.rareStep(index)
            world.acceptsEpoch(index, epoch)
            try store.persistAcceptedEpoch(epoch)
            if case .preparing = member.peer.phase { world.isAtTurningPoint(index, hasChosenEpoch: true) }
        case .persistCurrentEpoch(let epoch, let identity):
            if case .joining = member.peer.phase { world.zab.joined(index) }
            world.rareStep(index)
            try store.persistCurrentEpoch(epoch, identity: identity)
            world.tookEpoch(index, epoch)
        case .confirmIdentity:
            world.rareStep(index)
            try store.confirmIdentity()
            world.confirmedServers.insert(index)
        case .beginSnapshotFile(let zxid, let chain):
            try store.beginIncomingSnapshot(zxid, chain: chain, member: &member)
        case .writeSnapshotFile(let range):
            try store.writeIncomingSnapshot(UnsafeRawBufferPointer(rebasing: effects.bytes.bytes[range]))
        case .installSnapshotFile(let zxid, let chain):
            world.rareStep(index)
            world.zab.installing(index, LogPosition(zxid: zxid, chain: chain))
            try store.installIncomingSnapshot(zxid, chain: chain, member: &member)
            world.zab.installed(index)
            world.counters.installedSnapshots += 1
        case .changed(let phase): changed(to: phase)
        case .closeClient(let id, _): closeClient(id)
        case .fatal(let reason): world.contradicted(index, reason)
        }
    }

    private func peer(_ id: ServerID) -> Int { Int(id.rawValue) - 1 }

    private func append(_ batch: RecordBatch, _ committed: Zxid) {
        world.logged(index, batch)
        // What is wrong already might trap further on.
        guard world.zab.violation == nil else { return }
        store.append(batch, committed: committed)
        if store.isBehind { holdPeers() }
    }

    private func changed(to phase: Phase) {
        world.trace.say(
            "server \(server.id): \(phase), logged \(member.history.last), applied \(member.history.applied)"
        )
        if phase.isServing {
            quorum.settled()
            world.noteServing()
        } else {
            world.isUnexplained("server \(server.id) serves no more: it is \(phase)")
        }
        if case .preparing = phase { world.isAtTurningPoint(index, hasChosenEpoch: false) }
        switch phase {
        case .leading(let epoch): world.led(index, life: life, epoch: epoch)
        case .following(let leader, let epoch), .observing(let leader, let epoch):
            world.zab.serves(index, under: peer(leader), epoch: epoch)
        case .looking, .preparing, .joining: break
        }
    }

    private func send(_ range: Range<Int>, to id: ServerID) {
        let bytes = UnsafeRawBufferPointer(rebasing: effects.bytes.bytes[range])
        world.sent(bytes, by: index, to: peer(id))
        guard let link = quorum[peer(id)] else { return }
        if !link.enqueue(bytes) { giveUp(peer(id), "more than \(link.queue.bytesMax) bytes of frames wait for it") }
    }

    private func sendSnapshot(_ zxid: Zxid, to peer: Int) {
        guard let link = quorum[peer] else { return }
        do { link.queue.append(snapshot: try store.snapshotSender(zxid)) } catch {
            giveUp(peer, "snapshot \(zxid) cannot be read: \(error)")
        }
    }

    /// A link needs what the log does not hold any more: it should have been kept for it.
    func isTrimmedUnder(_ peer: Int, _ error: any Error) {
        guard case .notInLog(let after, let base, _) = error as? LogError, after < base else { return }
        world.report(
            Violation(
                kind: .retention,
                text:
                    "server \(server.id) has trimmed its log to \(base), but its link with \(peer + 1) needs what comes "
                    + "after \(after)"
            )
        )
    }

    /// A quorum link is about to be closed by this server, if it is there.
    private func closing(_ peer: Int, _ reason: String?) {
        guard quorum[peer] != nil else { return }
        let why = reason.map { ": \($0)" } ?? ""
        world.trace.say("server \(server.id): closes its link with server \(peer + 1)\(why)")
        world.isUnexplained("server \(server.id) closes its link with \(peer + 1)\(why)")
        world.closings.closed(by: index, peer, while: member.peer.phase, reason: reason)
    }

    /// What one learner needs is not to be had: that costs its link, not this server.
    func giveUp(_ peer: Int, _ reason: String) {
        closing(peer, reason)
        quorum.disconnect(peer)
        step(.quorumLink(ServerID(UInt8(peer + 1)), up: false))
        scheduleEndOfRound()
    }

    // MARK: peers

    func linkOpened(_ connection: Connection, end: Int) {
        let peer = connection.host(1 - end)
        let id = ServerID(UInt8(peer + 1))
        switch connection.kind {
        case .election:
            if end == 0 {
                election.opened(connection, to: peer)
                step(.electionLink(id, up: true))
            } else {
                election.heardFrom(peer)
            }
        case .quorum:
            // Effects name a peer, not a link: nothing that was meant for an older link may reach this one.
            carryOut()
            guard failed == nil, quorum.opened(connection, end: end, with: peer) else {
                world.close(connection, end)
                return
            }
            step(.quorumLink(id, up: true))
            if brake.isHolding { quorum[peer]?.setPaused(true) { _ in 0 } }
        case .client: break
        }
        scheduleEndOfRound()
    }

    func dialSucceeded(_ connection: Connection) { linkOpened(connection, end: 0) }

    func dialFailed(_ connection: Connection) {
        switch connection.kind {
        case .election: election.dialFailed(connection.hosts.1)
        case .quorum: quorum.dialFailed(connection)
        case .client: break
        }
    }

    /// The first word on a link that we dial.
    var hello: Hello { Hello(id: server.id, identity: member.peer.membership.shown) }

    func accepted(_ connection: Connection, _ hello: Hello) {
        if connection.kind == .client { return openClient(connection) }
        switch acquaintance.judge(hello, mine: member.peer.membership, now: server.clock(world.now)) {
        case .welcome: linkOpened(connection, end: 1)
        case .refused(let line):
            if let line { world.trace.say("server \(server.id): link refused: \(line)") }
            world.close(connection, 1)
        }
    }

    func received(_ bytes: [UInt8], on connection: Connection) {
        let end = connection.hosts.0 == index && connection.kind != .client ? 0 : 1
        let peer = connection.host(1 - end)
        switch connection.kind {
        case .election: readNotifications(bytes, on: connection, from: ServerID(UInt8(peer + 1)))
        case .quorum:
            // A link that is to be closed has nothing more to say.
            if effects.disconnects.contains(ServerID(UInt8(peer + 1))) { carryOut() }
            guard failed == nil, let link = quorum[peer], link.connection === connection else { return }
            readFrames(bytes, on: link, from: peer)
        case .client: clientBytes(bytes, on: connection)
        }
        scheduleEndOfRound()
    }

    private func readNotifications(_ bytes: [UInt8], on connection: Connection, from id: ServerID) {
        let problem = bytes.withUnsafeBytes {
            connection.notifications.receive($0) { frames in
                forEachFrame(frames, while: true) { frame in
                    guard let notification = try? Notification(decoding: frame) else { return illegible(id) }
                    step(.notification(from: id, notification))
                }
            }
        }
        if problem != nil { illegible(id) }
    }

    private func readFrames(_ bytes: [UInt8], on link: SimulatedQuorumLink, from peer: Int) {
        let problem = bytes.withUnsafeBytes { link.frames.receive($0) { take($0, on: link, from: peer) } }
        if problem != nil { illegible(ServerID(UInt8(peer + 1))) }
        judge(link.frames.memory, link.frames.memoryMax)
    }

    private func take(_ bytes: UnsafeRawBufferPointer, on link: SimulatedQuorumLink, from peer: Int) -> Int {
        let id = ServerID(UInt8(peer + 1))
        return forEachFrame(bytes, while: quorum[peer] === link && !link.isPaused) { body in
            guard let frame = counted({ try? PeerFrame(decoding: body) }) else { return illegible(id) }
            world.received(frame, by: index, from: peer)
            step(.frame(from: id, frame))
        }
    }

    /// Returns how many bytes were taken.
    private func forEachFrame(
        _ bytes: UnsafeRawBufferPointer,
        while goesOn: @autoclosure () -> Bool,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) -> Int {
        var offset = 0
        while offset < bytes.count, goesOn() {
            let length = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            body(UnsafeRawBufferPointer(rebasing: bytes[(offset + 4)..<(offset + 4 + length)]))
            offset += 4 + length
        }
        return offset
    }

    /// Every server is ours, so every frame is one.
    private func illegible(_ id: ServerID) {
        world.report(Violation(kind: .integrity, text: "server \(server.id) got what is no frame of server \(id)"))
    }

    func ended(_ connection: Connection) {
        let end = connection.hosts.0 == index && connection.kind != .client ? 0 : 1
        let peer = connection.host(1 - end)
        switch connection.kind {
        case .election:
            guard end == 0 ? election.closed(connection, to: peer) : !election.isOpen(peer) else { return }
            // One that is half open may be found out at any time.
            if !world.hadFault { world.isUnexplained("server \(server.id) loses its election link with \(peer + 1)") }
            step(.electionLink(ServerID(UInt8(peer + 1)), up: false))
        case .quorum:
            guard quorum.closed(connection, with: peer) else { return }
            world.trace.say("server \(server.id): loses its link with server \(peer + 1)")
            world.isUnexplained("server \(server.id) loses its link with \(peer + 1)")
            step(.quorumLink(ServerID(UInt8(peer + 1)), up: false))
        case .client:
            guard let id = clientID(of: connection) else { return }
            step(.clientClosed(id))
            forget(id)
        }
        scheduleEndOfRound()
    }

    func becameWritable(_ connection: Connection) {
        switch connection.kind {
        case .quorum: quorum.becameWritable(connection)
        case .client: if let id = clientID(of: connection) { clientReads(id) }
        case .election: break
        }
    }

    func dialElection(_ peer: Int) { election.dial(peer) }
    func dialQuorum(_ attempt: Int) { quorum.dialAgain(attempt) }

    // MARK: the history, for links

    /// One run of the history as one frame, from memory if it is there, else from the log. Returns its last zxid.
    func recordFrame(after: Zxid, through: Zxid, into frame: ByteWriter) throws -> Zxid {
        let chunk = world.setup.frameBytesMax
        let sent: Zxid? = counted {
            guard let run = member.history.run(after: after, through: through, maxBytes: chunk) else { return nil }
            let records = UnsafeRawBufferPointer(rebasing: run.batch.bytes[run.range])
            PeerFrame.proposals(committed: min(member.committed, run.last), records: records).encode(into: frame)
            return run.last
        }
        if let sent { return sent }
        let batch = try store.read(after: after, through: through, maxBytes: chunk)
        world.counters.readsFromLog += 1
        PeerFrame.proposals(committed: min(member.committed, batch.last), records: batch.bytes).encode(into: frame)
        return batch.last
    }
}

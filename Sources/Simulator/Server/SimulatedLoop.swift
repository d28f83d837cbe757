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
    @exclusivity(unchecked) private var clients: [Client?] = []
    private var freeIDs: [ConnectionID] = []
    private var freedThisRound: [ConnectionID] = []
    @exclusivity(unchecked) private var waitingClients: [ConnectionID] = []
    @exclusivity(unchecked) private var endOfRoundIsPlanned = false
    @exclusivity(unchecked) private var isCarryingOut = false
    private var logIsBehind = false
    @exclusivity(unchecked) private(set) var failed: String?
    /// What the checker knows to be applied here.
    @exclusivity(unchecked) private var observed = LogPosition.zero

    private final class Client {
        let connection: Connection
        var inbound: [UInt8] = []
        init(_ connection: Connection) { self.connection = connection }
    }

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
        log.beginSync = { [unowned self] turn in
            world.events.plan(.log(server: index, life: life, turn: turn), at: world.now + world.syncTime(index))
        }
        log.didSync = { [unowned self] in didSync() }
        log.planFlush = { [unowned self] interval in
            let time = world.now + server.virtual(interval) + world.syncTime(index)
            world.events.plan(.flush(server: index, life: life), at: time)
        }
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
        step(.tick(now: server.clock(world.now), wallClockMilliseconds: server.wallClock(world.now)))
        scheduleEndOfRound()
    }

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
    private func uncounted(_ body: () -> Void) {
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
            let waiting = waitingClients
            waitingClients.removeAll(keepingCapacity: true)
            for id in waiting { process(id) }
        }
        step(.endOfRound)
        carryOut()
        guard failed == nil else { return }
        if waitingClients.contains(where: { member.accepts($0) }) { scheduleEndOfRound() }
        if store.snapshotIsDue(applied: member.committed, dataBytes: member.state.approximateDataSize) {
            store.beginSnapshot(of: &member)
        }
        if store.advanceSnapshot(of: &member) { scheduleEndOfRound() }
    }

    func logAdvanced(_ turn: Int) {
        guard log.advance(turn) else { return }
        if let error = log.failure { return fail(error) }
        store.drainBacklog()
        world.promised(index, store.durable)
        step(.durable(store.durable))
        if logIsBehind, !store.isBehind { logIsBehind = false }
        scheduleEndOfRound()
        carryOut()
    }

    func flushLog() {
        log.flush()
        if let error = log.failure { fail(error) }
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
            if let reason { world.trace.say("server \(server.id): link with \(id) closed: \(reason)") }
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
            world.accepting(index, epoch)
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
        if store.isBehind { logIsBehind = true }
    }

    private func changed(to phase: Phase) {
        world.trace.say(
            "server \(server.id): \(phase), logged \(member.history.last), applied \(member.history.applied)"
        )
        if phase.isServing { quorum.settled() }
        if case .preparing = phase { world.isAtTurningPoint(index, hasChosenEpoch: false) }
        if case .leading(let epoch) = phase { world.led(index, life: life, epoch: epoch) }
    }

    private func send(_ range: Range<Int>, to id: ServerID) {
        let bytes = UnsafeRawBufferPointer(rebasing: effects.bytes.bytes[range])
        world.sent(bytes, by: index, to: peer(id))
        quorum[peer(id)]?.enqueue(bytes)
    }

    private func sendSnapshot(_ zxid: Zxid, to peer: Int) {
        guard let link = quorum[peer] else { return }
        do { link.queue.append(snapshot: try store.snapshotSender(zxid)) } catch {
            giveUp(peer, "snapshot \(zxid) cannot be read: \(error)")
        }
    }

    /// What one learner needs is not to be had: that costs its link, not this server.
    func giveUp(_ peer: Int, _ reason: String) {
        world.trace.say("server \(server.id): link with \(peer + 1) closed: \(reason)")
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
        case .election:
            let frame = bytes.withUnsafeBytes {
                try? Notification(decoding: UnsafeRawBufferPointer(rebasing: $0[4...]))
            }
            if let frame { step(.notification(from: ServerID(UInt8(peer + 1)), frame)) }
        case .quorum:
            let id = ServerID(UInt8(peer + 1))
            // A link that is to be closed has nothing more to say.
            if effects.disconnects.contains(id) { carryOut() }
            guard failed == nil, quorum[peer]?.connection === connection else { return }
            bytes.withUnsafeBytes { raw in
                var offset = 0
                while offset < raw.count, quorum[peer]?.connection === connection {
                    let length = Int(UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
                    let body = UnsafeRawBufferPointer(rebasing: raw[(offset + 4)..<(offset + 4 + length)])
                    offset += 4 + length
                    guard let frame = counted({ try? PeerFrame(decoding: body) }) else {
                        preconditionFailure("a frame of ours cannot be decoded")
                    }
                    world.received(frame, by: index, from: peer)
                    step(.frame(from: id, frame))
                }
            }
        case .client: clientBytes(bytes, on: connection)
        }
        scheduleEndOfRound()
    }

    func ended(_ connection: Connection) {
        let end = connection.hosts.0 == index && connection.kind != .client ? 0 : 1
        let peer = connection.host(1 - end)
        switch connection.kind {
        case .election:
            guard end == 0 ? election.closed(connection, to: peer) : !election.isOpen(peer) else { return }
            step(.electionLink(ServerID(UInt8(peer + 1)), up: false))
        case .quorum:
            guard quorum.closed(connection, with: peer) else { return }
            step(.quorumLink(ServerID(UInt8(peer + 1)), up: false))
        case .client:
            guard let id = clientID(of: connection) else { return }
            step(.clientClosed(id))
            forget(id)
        }
        scheduleEndOfRound()
    }

    func becameWritable(_ connection: Connection) {
        if connection.kind == .quorum { quorum.becameWritable(connection) }
    }

    func dialElection(_ peer: Int) { election.dial(peer) }
    func dialQuorum(_ attempt: Int) { quorum.dialAgain(attempt) }

    // MARK: clients

    private func clientID(of connection: Connection) -> ConnectionID? {
        clients.firstIndex { $0?.connection === connection }.map { ConnectionID($0) }
    }

    private func openClient(_ connection: Connection) {
        let id = freeIDs.popLast() ?? ConnectionID(clients.count)
        if Int(id) == clients.count { clients.append(nil) }
        clients[Int(id)] = Client(connection)
        step(.clientOpened(id))
    }

    private func clientBytes(_ bytes: [UInt8], on connection: Connection) {
        guard let id = clientID(of: connection) else { return }
        world.heard(connection, through: index)
        clients[Int(id)]!.inbound += bytes
        process(id)
    }

    /// Hands what has come of whole frames to the member; what it does not take waits.
    private func process(_ id: ConnectionID) {
        guard let client = clients[Int(id)], !client.inbound.isEmpty else { return }
        guard member.accepts(id) else {
            if !waitingClients.contains(id) { waitingClients.append(id) }
            return
        }
        let inbound = client.inbound
        inbound.withUnsafeBytes { step(.clientFrames(id, $0)) }
        guard let client = clients[Int(id)] else { return }
        client.inbound.removeFirst(min(effects.consumed, client.inbound.count))
        if !client.inbound.isEmpty, !waitingClients.contains(id) { waitingClients.append(id) }
    }

    private func sendReplies(_ id: ConnectionID) {
        guard let client = clients[Int(id)] else { return }
        var bytes: [UInt8] = []
        counted {
            member.takeReplies(id) { replies in uncounted { bytes = Array(replies) } }
        }
        if !bytes.isEmpty { world.send(.bytes(bytes), on: client.connection, from: 1) }
    }

    private func closeClient(_ id: ConnectionID) {
        guard let client = clients[Int(id)] else { return }
        sendReplies(id)
        world.close(client.connection, 1)
        forget(id)
    }

    private func forget(_ id: ConnectionID) {
        guard clients[Int(id)] != nil else { return }
        clients[Int(id)] = nil
        waitingClients.removeAll { $0 == id }
        freedThisRound.append(id)
    }

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

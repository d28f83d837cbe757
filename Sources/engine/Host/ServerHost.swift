import Log
import Replica
import Wire
import Zab
import Znodes

/// What a server counts at its edges.
public struct HostCounters: Sendable {
    public var bytesIn = 0
    public var bytesOut = 0
    public var messagesIn = 0
    public var messagesOut = 0
    public var rounds = 0
    /// Frames and words of clients, and their bytes.
    public var clientPacketsIn = 0
    public var clientBytesIn = 0
    /// Bytes to clients.
    public var clientBytesOut = 0
    /// Words that were answered.
    public var words = 0
}

/// One whole server but its IO: the member, its store, its connections, and the order in which things happen.
///
/// Everything that can be read in one turn is stepped first, then the effects are carried out in order, then what is
/// ready is sent. The Server gives it sockets, threads and a clock, the simulator its events: both run this, and nothing
/// else decides. Confined to one thread, and never entered while one of its methods runs.
public final class ServerHost<Platform: HostPlatform> {
    public typealias Network = Platform.Network
    public typealias Socket = Platform.Network.Socket
    public typealias Store = DurableStore<Platform.Storage, Platform.Log, Platform.Snapshots>
    public typealias Connection = PeerConnection<Platform>
    public typealias Client = ServedClient<Platform.Network.Socket>

    public let configuration: HostConfiguration
    @exclusivity(unchecked) public internal(set) var member: Member
    public let effects = MemberEffects()
    public let store: Store
    unowned(unsafe) let network: Network
    unowned(unsafe) let observer: Platform.Observer
    @exclusivity(unchecked) public internal(set) var counters = HostCounters()
    /// As of the last tick.
    @exclusivity(unchecked) var now: Nanoseconds
    /// Why this server cannot go on.
    @exclusivity(unchecked) public private(set) var failure: String?
    @exclusivity(unchecked) public private(set) var isStopped = false
    /// Ports listen a moment before the election begins; what peers say until then they say again.
    @exclusivity(unchecked) private var hasStarted = false

    // Rounds.
    @exclusivity(unchecked) private var endOfRoundIsScheduled = false
    @exclusivity(unchecked) private var isEndingRound = false
    /// The member knows when what is read of clients in this turn came.
    @exclusivity(unchecked) var isTurnTimed = false
    /// A snapshot of our own has become whole in this round.
    @exclusivity(unchecked) private var finishedSnapshot: Zxid?

    // Peers.
    var acquaintance: Acquaintance
    @exclusivity(unchecked) var dialer = QuorumDialer()
    /// In the order of the ids.
    @exclusivity(unchecked) var ways: [ElectionWay<Connection>]
    /// The quorum links that are open, in the order of the peers' ids and of their age. More than one with a peer only
    /// until the end of the round.
    @exclusivity(unchecked) public internal(set) var links: [Connection] = []
    var linkCount: UInt64 = 0
    @exclusivity(unchecked) var brake = PeerBrake()
    /// The run of records encoded last: the same bytes go to every follower.
    @exclusivity(unchecked) var newestRun: (batch: RecordBatch, range: Range<Int>, bytes: Network.Bytes)?
    let frameWriter = ByteWriter(capacity: 4096)

    // Clients.
    @exclusivity(unchecked) public internal(set) var clients: [Client?] = []
    @exclusivity(unchecked) public internal(set) var waitingClients = WaitingClients()
    @exclusivity(unchecked) var freeIDs: [ConnectionID] = []
    /// Ids of this round's closed connections. Not used again before the effects of the round, which may name them, are
    /// carried out.
    @exclusivity(unchecked) var freedThisRound: [ConnectionID] = []
    /// Those whose sockets are full, and those whose connections are ending: a tick looks at nobody else, however many
    /// there are.
    @exclusivity(unchecked) var full: [(id: ConnectionID, client: Client)] = []
    @exclusivity(unchecked) var ending: [(id: ConnectionID, client: Client)] = []
    /// Those whose words have answers of several parts.
    @exclusivity(unchecked) var asking: [(id: ConnectionID, client: Client)] = []
    /// What waits for the sockets of clients whose connections are ending.
    @exclusivity(unchecked) var bytesOfEnding = 0

    /// - Parameters:
    ///   - member: made at `now`.
    ///   - network: outlives the host, as does the observer: whoever makes the host is or has both.
    public init(
        _ configuration: HostConfiguration,
        member: consuming Member,
        store: Store,
        network: Network,
        observer: Platform.Observer,
        now: Nanoseconds
    ) {
        self.configuration = configuration
        let zab = member.configuration
        let others = (zab.voters + zab.observers).filter { $0 != zab.myself }.sorted()
        acquaintance = Acquaintance(secret: configuration.secret, ensemble: zab)
        ways = others.map { ElectionWay(to: $0) }
        self.member = member
        self.store = store
        self.network = network
        self.observer = observer
        self.now = now
    }

    // MARK: life

    public func start() {
        hasStarted = true
        for index in ways.indices where ways[index].begin() { dialElection(ways[index].peer) }
        observer.willStep()
        member.start(into: effects)
        observer.didStep()
        scheduleEndOfRound()
    }

    var isServing: Bool { hasStarted && !isStopped }

    /// Closes every connection; those of clients when they have what is ready for them.
    public func stop() {
        guard !isStopped else { return }
        isStopped = true
        closePeers()
        for id in clients.indices { endClient(ConnectionID(id)) }
    }

    public func fail(_ reason: String) {
        guard failure == nil, !isStopped else { return }
        failure = reason
        if observer.isAlive { stop() } else { isStopped = true }
        observer.failed(reason)
    }

    /// Comes at least ten times a tick of the ensemble.
    public func tick(now: Nanoseconds, wallClockMilliseconds: Int64) {
        self.now = now
        endFarewells()
        guard !isStopped else { return }
        waitingClients.forEach { id in
            if clients[Int(id)]?.inlet.isHolding == true { step(.heldBack(id)) }
        }
        noteProgressOfClients()
        if brake.isHolding { for connection in links { step(.held(connection.link!)) } }
        observer.willTick()
        step(.tick(now: now, wallClockMilliseconds: wallClockMilliseconds))
        observer.didTick()
        scheduleEndOfRound()
    }

    public func timer(_ timer: HostTimer) {
        guard !isStopped else { return }
        switch timer {
        case .dialQuorum(let wish): if dialer.isDue(wish) { dialQuorum(wish) }
        case .dialElection(let peer, let attempt): if ways[way(to: peer)].isDue(attempt) { dialElection(peer) }
        }
    }

    func step(_ input: MemberInput) {
        observer.willStep()
        member.step(input, into: effects)
        observer.didStep()
    }

    // MARK: rounds

    /// Everything readable in this turn is read first; then one end of round makes one batch of it.
    func scheduleEndOfRound() {
        guard !endOfRoundIsScheduled, !isStopped else { return }
        endOfRoundIsScheduled = true
        // One that a round asks for comes when that round is over.
        if !isEndingRound { network.scheduleEndOfRound(followsRound: false) }
    }

    public func endRound() {
        endOfRoundIsScheduled = false
        guard !isStopped else { return }
        isEndingRound = true
        carryOutRound()
        isEndingRound = false
        if endOfRoundIsScheduled, !isStopped { network.scheduleEndOfRound(followsRound: true) }
    }

    private func carryOutRound() {
        counters.rounds += 1
        observer.roundBegins()
        if !waitingClients.isEmpty { offerWaiting() }
        if !asking.isEmpty { goOnAnswering() }
        observer.roundCloses()
        step(.endOfRound)
        carryOut()
        observer.roundIsOver()
        guard !isStopped, observer.isAlive else { return }
        // Replies that were sent just now may have made the room that these wait for.
        if member.hasAnswersLeft() || waitingClients.contains(where: { member.accepts($0) }) { scheduleEndOfRound() }
        goOnWithSnapshot()
        holdPeers()
    }

    /// The log synced something. To be called once for one or more syncs.
    public func logAdvanced() {
        guard !isStopped else { return }
        store.drainBacklog()
        observer.isDurable(store.durable)
        step(.durable(store.durable))
        holdPeers()
        scheduleEndOfRound()
        // Acks and replies go out now, not after whatever else this turn of the loop holds.
        carryOut()
    }

    // MARK: snapshots of our own

    private func goOnWithSnapshot() {
        if let zxid = finishedSnapshot {
            finishedSnapshot = nil
            do throws(LogError) { try finishSnapshot(zxid) } catch { return fail("\(error)") }
        }
        if store.snapshotIsDue(applied: member.committed, dataBytes: member.state.approximateDataSize) {
            let (zxid, chain) = member.beginSnapshot()
            if store.beginSnapshot(LogPosition(zxid: zxid, chain: chain)) {
                observer.beganSnapshot()
            } else {
                member.abandonSnapshot()
            }
        }
        let goesOn = store.advanceSnapshot { writer, bytesMax in
            member.nextSnapshotChunk(into: writer, maxBytes: bytesMax)
        }
        if goesOn { scheduleEndOfRound() }
    }

    public func snapshotAdvanced(_ event: SnapshotEvent) {
        guard !isStopped else { return }
        switch event {
        case .room: break
        case .failed(_, let error): fail("\(error)")
        case .finished(let position):
            observer.finishedSnapshot()
            // At the end of the round all that is to be streamed is on its link, and known to be needed.
            finishedSnapshot = position.zxid
        }
        scheduleEndOfRound()
    }

    private func finishSnapshot(_ zxid: Zxid) throws(LogError) {
        let needed = links.compactMap(\.queue.oldestNeeded).min()
        guard let base = try store.snapshotIsDurable(zxid, neededByLinks: needed) else { return }
        step(.snapshotTaken(snapshot: zxid, logBase: base))
        scheduleEndOfRound()
    }

    func abandonSnapshot() {
        if store.abandonSnapshot() { member.abandonSnapshot() }
    }

    // MARK: effects

    /// Carries out what the member wants, in order, then sends what is ready.
    private func carryOut() {
        var index = 0
        while index < effects.list.count, failure == nil, observer.isAlive {
            let effect = effects.list[index]
            index += 1
            observer.willCarryOut(effect)
            guard observer.isAlive else { break }
            do {
                try carryOut(effect)
                observer.didCarryOut(effect)
            } catch {
                fail("\(error)")
            }
        }
        if observer.isAlive {
            if !effects.dirty.isEmpty {
                observer.willReply()
                member.answersLeave(at: network.moment)
            }
            for id in effects.dirty { sendReplies(id) }
        }
        effects.removeAll()
        freeIDs += freedThisRound
        freedThisRound.removeAll(keepingCapacity: true)
        isTurnTimed = false
        if observer.isAlive { pump() }
    }

    private func carryOut(_ effect: MemberEffect) throws {
        switch effect {
        case .notify(let peer, let notification): notify(peer, notification)
        case .dial(let wish):
            switch dialer.begin(wish, at: now) {
            case .dial: dialQuorum(wish)
            case .wait(let pause): network.schedule(.dialQuorum(wish), after: pause)
            }
        case .stopDialling(let wish): dialer.end(wish)
        case .close(let link, let reason): close(link, reason)
        case .send(let link, let range): send(UnsafeRawBufferPointer(rebasing: effects.bytes.bytes[range]), on: link)
        case .stream(let link, let after, let through):
            connection(link)?.queue.appendRecords(after: after, through: through)
        case .sendSnapshot(let link, let zxid): sendSnapshot(zxid, on: link)
        case .append(let batch, let committed):
            store.append(batch, committed: committed)
            if store.isBehind { holdPeers() }
        case .truncate(let zxid): try store.truncate(after: zxid)
        case .persistAcceptedEpoch(let epoch): try store.persistAcceptedEpoch(epoch)
        case .persistCurrentEpoch(let epoch, let identity):
            try store.persistCurrentEpoch(epoch, identity: identity)
        case .confirmIdentity: try store.confirmIdentity()
        case .beginSnapshotFile(let zxid, let chain):
            abandonSnapshot()
            try store.beginIncomingSnapshot(LogPosition(zxid: zxid, chain: chain))
        case .writeSnapshotFile(let range):
            try store.writeIncomingSnapshot(UnsafeRawBufferPointer(rebasing: effects.bytes.bytes[range]))
        case .installSnapshotFile(let zxid, let chain):
            // One of our own may have begun since the reception did; the state that it was taken of is gone.
            abandonSnapshot()
            try store.installIncomingSnapshot(LogPosition(zxid: zxid, chain: chain))
        case .changed(let phase): if phase.isServing { dialer.settled() }
        case .disbelieved, .softLimitExceeded: break
        case .closeClient(let id, let reason):
            if let reason, let client = clients[Int(id)] {
                observer.complains(.client("closed: \(reason)"), about: client.socket)
            }
            endClient(id)
        case .fatal(let reason): fail(reason)
        }
    }
}

/// What a host has to know beside the member's configuration.
public struct HostConfiguration: Sendable {
    public var secret: PeerSecret
    /// What is read of a client whose frames wait for room; see `ClientInlet`.
    public var readAheadBytes: Int
    /// How many bytes of records go into one frame to a learner.
    public var recordBytesMax: Int

    public init(
        secret: PeerSecret = PeerSecret(),
        readAheadBytes: Int = ClientInlet.readAheadMax,
        recordBytesMax: Int = PeerLink.chunkMax
    ) {
        self.secret = secret
        self.readAheadBytes = readAheadBytes
        self.recordBytesMax = recordBytesMax
    }
}

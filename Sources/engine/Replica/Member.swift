import Wire
import Zab
import Znodes

/// Named bounds of a member. Full means that the shell stops reading from clients, never growth.
public struct MemberLimits: Sendable {
    /// Bytes of this server's own clients' requests that wait for a commit.
    public var pendingBytesMax = 16 << 20
    /// Number of them. Reads behind a write count for the connection's replies instead.
    public var pendingRequestsMax = 1 << 17
    /// A batch is closed when it has this many bytes.
    public var batchBytesMax = 1 << 20
    /// Applied history kept in memory for followers that are a little behind.
    public var recentHistoryBytesMax = 32 << 20
    /// A connection's frames wait while this many bytes of replies wait for its socket, or will: a read that waits
    /// behind a write counts with its frame and what its answer would be now. What waits behind a write is answered
    /// in parts of this size. A listing with a larger answer is made in slices.
    public var replyBytesMax = 1 << 20
    /// The same for all connections together. As it fills up, each may have less (`Member.replyBound`); beyond it, the
    /// connection with the most bytes that nobody has taken for a round is closed.
    public var replyBytesTotalMax = 64 << 20
    /// Events wait for nobody, and are counted like replies. A change has so many bytes of them at most, and while so many
    /// bytes of replies and events wait for all connections together nothing is added: whoever is due an event then is
    /// closed instead.
    public var eventBytesMax = 256 << 20
    /// Past this many bytes of answers to reads in one round, the rest waits for the next. A child of a listing counts
    /// `Member.childCost` bytes more, for the cache miss.
    public var roundBytesMax = 8 << 20
    /// A listing of more children is made in slices of this many, over several rounds: 0.1 µs for each child.
    public var listingSliceMax = 4096
    /// A multiRead or getEphemerals whose answer costs more than this, counted as a round's, is refused with
    /// MARSHALLINGERROR: it is never made in slices.
    public var wholeReadMax = 8 << 20
    /// A listing with a larger answer is refused with MARSHALLINGERROR: its length must fit into 31 bits.
    public var listingBytesMax = 1 << 30
    /// A connection's frames wait while this many of its requests wait for an answer.
    public var connectionRequestsMax = 1 << 14
    /// A connection's frames wait while this many of its reads wait behind a write.
    public var deferredReadsMax = 256
    /// Milliseconds that a session can have, whatever its client asks for; nil for 2 to 20 ticks, as in ZooKeeper.
    public var sessionTimeouts: ClosedRange<Int32>?
    /// Whether clients may make nodes with a time to live (`zookeeper.extendedTypesEnabled`).
    public var extendedTypesEnabled = false
    /// Whether the limits of quotas hold (`zookeeper.enforceQuota`). The statistics are kept in any case.
    public var enforcesQuotas = false
    /// Milliseconds between two sweeps of the leader, which delete containers and TTL nodes whose time is over
    /// (`znode.container.checkIntervalMs`).
    public var sweepMilliseconds = 60_000
    /// So many of them go in a minute at most (`znode.container.maxPerMinute`).
    public var sweptPerMinuteMax = 10_000
    /// Milliseconds after which a container goes that never had a child; 0: never
    /// (`znode.container.maxNeverUsedIntervalMs`).
    public var unusedContainerMilliseconds = 0
    /// The largest frame of a client (`jute.maxbuffer`).
    public var clientFrameMax = 0xfffff
    public var access = AccessPolicy()

    public init() {}
}

/// What a member counts, for `mntr` and the harness.
public struct MemberCounters: Sendable {
    public var proposals = 0
    public var commits = 0
    public var elections = 0
    public var sessionsExpired = 0
    /// Events sent to this server's clients.
    public var events = 0
    /// Answers to clients that `AnswerTimes` does not count: to those that came back, and to `auth`.
    public var otherAnswers = 0
    /// Containers and TTL nodes whose end this server has proposed.
    public var nodesSwept = 0
}

/// One whole server without its IO: Zab, the replicated state, sessions and the requests under way.
///
/// The Server and the Simulator both run exactly this. Time, seeds and bytes come in as inputs, everything to be done
/// goes out as effects; the same inputs give the same effects. The tree holds committed transactions only, so a
/// truncation never has to take anything back.
public struct Member: ~Copyable {
    public let configuration: Configuration
    public let limits: MemberLimits
    public internal(set) var peer: Peer
    public internal(set) var state: ReplicatedState
    public internal(set) var history: RecentHistory
    public internal(set) var counters = MemberCounters()
    public internal(set) var times = AnswerTimes()
    /// Of the transactions that this server has proposed, in bytes.
    public internal(set) var proposalSizes = SizeExtremes()

    /// What "/zookeeper/config" shows, and since when.
    let shownConfiguration: (data: [UInt8], time: Int64)

    var now: Nanoseconds
    var wallClockMilliseconds: Int64
    let sessionShare: SessionShare
    var nextSessionID: Int64

    // Clients of this server.
    var connections = ConnectionTable()
    var sessionSlots = SessionSlots()
    public internal(set) var pendingBytes = 0
    public internal(set) var pendingRequests = 0
    public internal(set) var openConnections = 0
    /// Bytes of replies that wait to be taken, of all connections, and of those that waiting reads will have.
    public internal(set) var replyBytes = 0
    /// Bytes of answers to reads in this round, and what listings cost beside them.
    var roundBytes = 0
    var rounds = 0
    /// Connections whose next answer waits for room or for another round, each once, in the order of their turns.
    var unfinished: [ConnectionID] = []
    /// Connections whose oldest request is settled and waits for a commit.
    var awaitingCommit: [ConnectionID] = []
    /// Sessions that were heard since the leader was last told, on connections that are gone.
    var departed: ContiguousArray<Int64> = []
    var events: [WatchEvent] = []

    // Leading: the batch under construction and what it will have done.
    var builder: RecordBatchBuilder?
    let batchWriter = ByteWriter(capacity: 1 << 16)
    let outstanding: OutstandingChanges
    var nextZxid = Zxid.zero
    var tracker = SessionTracker()
    var sweep = Sweep()

    // Following: requests for the leader, and a snapshot that is being received.
    let forward = ByteWriter(capacity: 1 << 14)
    var incoming: IncomingSnapshot?
    var nextTouch: Nanoseconds = 0
    /// Numbers what the leader is asked about sessions.
    var lastQuestion: UInt32 = 0

    /// Those that count, one with each peer at most.
    var links: [Link] = []
    /// The would-be leader that a link is wanted with, open or not. What was dialled for an earlier wish is of no use.
    public internal(set) var wish: Wish?
    var wishCount: UInt64 = 0
    var zabEffects: [Effect] = []

    struct IncomingSnapshot {
        var zxid: Zxid
        var chain: UInt32
        var loader: SnapshotLoader
    }

    /// - Parameters:
    ///   - state: what the snapshot and the committed part of the log amount to.
    ///   - history: the log's tail; everything in it after `state.lastApplied` is logged and not known to be committed.
    ///   - shownConfiguration: the data of "/zookeeper/config".
    public init(
        configuration: Configuration,
        limits: MemberLimits = MemberLimits(),
        durable: DurableState,
        state: consuming ReplicatedState,
        history: RecentHistory,
        shownConfiguration: [UInt8] = [],
        now: Nanoseconds,
        wallClockMilliseconds: Int64
    ) {
        self.configuration = configuration
        self.limits = limits
        outstanding = OutstandingChanges(
            extendedTypesEnabled: limits.extendedTypesEnabled,
            enforcesQuotas: limits.enforcesQuotas
        )
        state.eventBytesMax = limits.eventBytesMax
        self.state = state
        self.state.access = limits.access
        self.history = history
        self.shownConfiguration = (shownConfiguration, wallClockMilliseconds)
        self.state.showConfiguration(shownConfiguration, at: wallClockMilliseconds)
        self.now = now
        self.wallClockMilliseconds = wallClockMilliseconds
        sessionShare = SessionShare(of: configuration.myself, among: configuration.servers)
        nextSessionID = sessionShare.firstID(wallClockMilliseconds: wallClockMilliseconds)
        peer = Peer(configuration: configuration, durable: durable, now: now)
    }

    /// Begins: the first words of the election.
    public mutating func start(into effects: MemberEffects) {
        peer.start(into: &zabEffects)
        carryOut(into: effects)
    }

    /// True while no more requests may be read from clients.
    public var isSaturated: Bool {
        pendingBytes >= limits.pendingBytesMax || pendingRequests >= limits.pendingRequestsMax
    }

    /// The newest committed zxid, which is the last applied one.
    public var committed: Zxid { history.applied }

    public mutating func step(_ input: MemberInput, into effects: MemberEffects) {
        switch input {
        case .tick(let now, let wallClock): tick(now: now, wallClockMilliseconds: wallClock, into: effects)
        case .electionLink(let id, let up): stepZab(.electionLink(id, up: up), into: effects)
        case .notification(let id, let notification): stepZab(.notification(from: id, notification), into: effects)
        case .linkOpened(let link): linkOpened(link, into: effects)
        case .linkClosed(let link): linkClosed(link, into: effects)
        case .frame(let link, let frame): receive(frame, on: link, into: effects)
        case .clientOpened(let id, let address): open(id, from: address)
        case .heard(let id): heard(id)
        case .heldBack(let id): heldBack(id)
        case .clientClosed(let id): close(id)
        case .held(let link): if isCurrent(link) { stepZab(.held(link.peer), into: effects) }
        case .durable(let zxid): stepZab(.durable(zxid), into: effects)
        case .snapshotTaken(let snapshot, let base):
            stepZab(.snapshotTaken(snapshot: snapshot, base: base), into: effects)
        case .endOfRound:
            goOn(into: effects)
            endRound(into: effects)
        }
    }

    /// Steps the protocol and turns what it wants into effects of the whole server.
    ///
    /// - Parameter batch: the transactions of a `propose` or `proposals`, which the protocol knows by their zxids.
    mutating func stepZab(_ input: Input, batch: RecordBatch? = nil, into effects: MemberEffects) {
        peer.step(input, into: &zabEffects)
        carryOut(batch, into: effects)
    }

    private mutating func carryOut(_ batch: RecordBatch? = nil, into effects: MemberEffects) {
        var index = 0
        // A commit can make the protocol say more, behind what it has said.
        while index < zabEffects.count {
            let effect = zabEffects[index]
            index += 1
            switch effect {
            case .notify(let id, let notification): effects.list.append(.notify(id, notification))
            case .connect(let id): wishForLink(with: id, into: effects)
            case .disconnect(let id, let reason): endLink(with: id, reason.map { "it \($0)" }, into: effects)
            case .disbelieved(let id, let reason): effects.list.append(.disbelieved(id, reason: reason))
            case .send(let id, let message): send(.zab(message), to: id, into: effects)
            case .stream(let id, let after, let through):
                guard let link = link(with: id) else { break }
                effects.list.append(.stream(link, after: after, through: through))
            case .sendSnapshot(let id, let zxid):
                guard let link = link(with: id) else { break }
                effects.list.append(.sendSnapshot(link, zxid))
            case .append(let first, let last): append(batch, first: first, last: last, into: effects)
            case .truncate(let zxid):
                history.truncate(after: zxid)
                effects.list.append(.truncate(zxid))
            case .persistAcceptedEpoch(let epoch): effects.list.append(.persistAcceptedEpoch(epoch))
            case .persistCurrentEpoch(let epoch, let identity):
                effects.list.append(.persistCurrentEpoch(epoch, identity: identity))
            case .confirmIdentity: effects.list.append(.confirmIdentity)
            case .commit(let zxid): commit(through: zxid, into: effects)
            case .changed(let phase): changed(to: phase, into: effects)
            case .fatal(let reason): effects.list.append(.fatal(reason))
            }
        }
        zabEffects.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ batch: RecordBatch?, first: Zxid, last: Zxid, into effects: MemberEffects) {
        guard let batch, batch.first == first, batch.last == last else {
            preconditionFailure("the protocol appends \(first) to \(last), which is not what it was given")
        }
        history.append(batch)
        let known = PlantedBug.committedHintTooFar.isPlanted ? batch.last : history.applied
        effects.list.append(.append(batch, committed: known))
    }

    private mutating func changed(to phase: Phase, into effects: MemberEffects) {
        switch phase {
        case .looking:
            counters.elections += 1
            leaveRole(into: effects)
        case .leading: beginLeading()
        case .preparing, .joining, .following, .observing: break
        }
        effects.list.append(.changed(phase))
    }

    /// Nothing of a role survives it: requests under way are for the clients to ask again, elsewhere.
    private mutating func leaveRole(into effects: MemberEffects) {
        builder = nil
        outstanding.removeAll(in: state)
        forgetSessions()
        forward.removeAll()
        incoming = nil
        for id in connections.indices where connections[id].state != .closed {
            effects.list.append(.closeClient(ConnectionID(id), reason: nil))
            close(ConnectionID(id))
        }
        departed.removeAll()
    }

    private mutating func tick(now: Nanoseconds, wallClockMilliseconds: Int64, into effects: MemberEffects) {
        // A tick comes at least ten times a tick's length; one that is this late means that the process stood still.
        let gap = now - self.now
        if gap > configuration.tick / 2 { tracker.postpone(by: gap) }
        self.now = now
        self.wallClockMilliseconds = wallClockMilliseconds
        stepZab(.tick(now: now), into: effects)
        switch peer.phase {
        case .leading:
            expireSessions(into: effects)
            sweep(into: effects)
        case .following, .observing:
            reportTouchedSessions(into: effects)
            #if PLANTED_BUGS
                if PlantedBug.followerSweeps.isPlanted { sweepAlone() }
            #endif
        case .looking, .preparing, .joining: break
        }
    }
}

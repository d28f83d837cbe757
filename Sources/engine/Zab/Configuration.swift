/// Nanoseconds on a monotonic clock whose origin is of no importance.
public typealias Nanoseconds = UInt64

/// What a server knows of its ensemble before it starts.
public struct Configuration: Sendable {
    public var myself: ServerID
    /// The servers whose votes and acknowledgements count. Sorted. `myself` is one of them unless it observes.
    public let voters: [ServerID]
    /// Which of them decide together.
    public let quorums: QuorumRule
    public var observers: [ServerID]
    /// The length of a tick. `initLimit` and `syncLimit` are counted in ticks.
    public var tick: Nanoseconds
    /// Ticks that discovery and synchronization may take, each.
    public var initLimit: UInt32
    /// Ticks without a word after which a settled peer is given up, or without the ack of a proposal.
    public var syncLimit: UInt32
    /// From this counter on no more is proposed, and the epoch ends as soon as everything is committed. Up to the
    /// counter's end there must be room for the last batch (ZOOKEEPER-1277).
    public var lastCounters = Configuration.lastCountersDefault

    /// The identity that an ensemble gets if this server is the first that leads it: random, of this process alone,
    /// since the protocol has no source of chance. 0: it gets none, and strangers' data are not told apart.
    public var candidateIdentity: UInt64 = 0

    public static let lastCountersDefault: UInt32 = .max - lastBatchMax
    /// The most transactions that the last batch of an epoch can have: as many as a server's unanswered requests.
    public static let lastBatchMax: UInt32 = 131_072
    /// How far a peer's epoch may be ahead of every epoch that this server has accepted. Beyond that the peer is not
    /// believed: its link is closed with one line, its vote is dropped, and nothing of it is persisted.
    ///
    /// A new epoch takes a quorum of accepted epochs, so what we do not know of was made while we were away or
    /// unreachable, one election at a time: 2^20 are one each second for twelve days of an ensemble that never gets
    /// further, or one each minute for two years of a server's absence. A server that starts empty counts from zero, so
    /// an ensemble that has held more elections than this takes it in only with a copy of another's epoch file.
    public static let epochLeadMax: Epoch = 1 << 20

    /// How far the epoch that a learner says it has accepted may be ahead of the would-be leader's current one. Whoever
    /// dials us may be anybody, and the leader proposes, and persists, the epoch after the newest that it is told: so this
    /// has to be far less than what the others believe of a leader, or one lie would part them for good.
    ///
    /// A learner that tells the truth has accepted so many epochs without any being established that its leader, whose
    /// history is at least as new, would know of: failed elections in a row, each of a quorum, that the leader has missed.
    ///
    /// A liar within the bound costs the ensemble an election and as many epochs, and has to play a whole learner each time.
    public static let claimLeadMax: Epoch = 1 << 10
    /// The same, beyond the newest epoch that the would-be leader has accepted itself: elections that fail and that both
    /// have seen are no limit, however many they are.
    static let claimSlack: Epoch = 16

    /// - Parameter groups: of a hierarchy, each voter in one; empty where a majority decides.
    public init(
        myself: ServerID,
        voters: [ServerID],
        observers: [ServerID] = [],
        groups: [VoterGroup] = [],
        tick: Nanoseconds,
        initLimit: UInt32,
        syncLimit: UInt32
    ) {
        self.myself = myself
        let voters = voters.sorted()
        self.voters = voters
        quorums = groups.isEmpty ? QuorumRule(majorityOf: voters.count) : QuorumRule(groups: groups, of: voters)
        self.observers = observers.sorted()
        self.tick = tick
        self.initLimit = initLimit
        self.syncLimit = syncLimit
    }

    /// The highest counter that a transaction can have.
    var counterMax: UInt32 {
        let (sum, overflow) = lastCounters.addingReportingOverflow(Self.lastBatchMax)
        return overflow ? .max : sum
    }

    public var isObserver: Bool { observers.contains(myself) }

    /// Voters and observers.
    public var servers: [ServerID] { voters + observers }
}

/// What a server has on its disk when it starts.
public struct DurableState: Sendable {
    /// The newest epoch that this server has promised to a would-be leader.
    public var acceptedEpoch: Epoch
    /// The epoch of the last leader whose initial history this server has made durable.
    public var currentEpoch: Epoch
    public var history: HistorySummary
    /// The newest transaction known to be committed when the log was last written; zero if unknown.
    public var committed: Zxid
    /// The zxid of the newest snapshot; zero if there is none.
    public var snapshot: Zxid
    public var membership: Membership

    public init(
        acceptedEpoch: Epoch = 0,
        currentEpoch: Epoch = 0,
        history: HistorySummary = HistorySummary(),
        committed: Zxid = .zero,
        snapshot: Zxid = .zero,
        membership: Membership = Membership()
    ) {
        self.acceptedEpoch = acceptedEpoch
        self.currentEpoch = currentEpoch
        self.history = history
        self.committed = committed
        self.snapshot = snapshot
        self.membership = membership
    }
}

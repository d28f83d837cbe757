/// The load of one run. A plain value: the same plan and seed give the same operations in the same order per session.
public struct LoadPlan: Sendable, Hashable {
    public var mode: LoadMode
    /// How the rate of an open loop changes; the mode then has its mean over the measured part. Nil for one rate.
    public var profile: RateProfile?
    /// What an open loop plays in place of a rate and a mix, which then say what is in it; nil for what is planned.
    public internal(set) var replay: ReplaySchedule?
    /// Sessions, each on a connection of its own.
    public var clients: Int
    /// The most operations of one session in flight.
    public var outstanding: Int
    /// Bytes of data per write, at least `Payload.headerSize`.
    public var payloadBytes: Int
    /// Znodes that setData, getData and exists choose from, divided among the sessions.
    public var keys: Int
    public var mix: OperationMix
    /// setData of each write: above 1 they are one transaction (ZooKeeper's multi) on as many keys of the session.
    public var multi = 1
    /// What a read must know of writes of other sessions.
    public var reads = ReadConsistency.local
    public var connectTo: ConnectTo
    /// Ensembles that the keys are dealt to (`KeyDeal`); each session has a connection to each.
    public var shards = 1
    public var warmUpSeconds: Double
    public var durationSeconds: Double
    /// Seeds every choice: keys, operations, arrivals, the payload's filler.
    public var seed: UInt64
    public var sessionTimeoutMilliseconds: Int32
    /// Whether a session whose connection breaks reconnects and goes on; otherwise the run ends with an error.
    public var surviveConnectionLoss: Bool
    /// How long the end waits for operations that are still in flight or waiting.
    public var drainSeconds: Double
    /// Names the run's znodes: everything lies under `/zabbench-<runID>`. Letters, digits and `-`.
    public var runID: String
    /// Where on the servers that is.
    public var place = LoadPlace()
    /// Every how-manieth write is traced at first; longer runs trace fewer of them. 0 traces none.
    public var traceEvery: Int
    /// Whether the servers are a yardstick's, and the load is `YardstickLoad`'s.
    public var isOnYardstick = false
    /// How often a second the time series is cut: once, or 10 times around faults, whose outages a second would hide.
    public var cutsPerSecond = 1
    /// How narrow the interval of the response p99 has to be for the measured part to end (`BatchQuantile`), as a share of
    /// the p99; nil where that is not asked for.
    public var precision: Double?
    /// The measured part in all, at most, where it goes on until its figures are good enough; nil for the usual bound.
    public var longestSeconds: Double?
    /// Whole recipes in place of single operations; nil for none.
    public var recipe: Recipe?
    /// A crowd that loses its servers; nil for none. `clients` are its sessions then, and the operations its readers'.
    public var storm: StormPlan?
    /// Whether the measured part's operations are kept one by one (`AnswerLog`).
    public var keepsAnswers = false
    /// Sessions that a storm's operations come from.
    public var readers = 8

    public init(
        mode: LoadMode = .closed,
        clients: Int = 16,
        outstanding: Int = 64,
        payloadBytes: Int = 128,
        keys: Int = 10_000,
        mix: OperationMix = OperationMix(),
        connectTo: ConnectTo = .spread,
        warmUpSeconds: Double = 2,
        durationSeconds: Double = 10,
        seed: UInt64 = 1,
        sessionTimeoutMilliseconds: Int32 = 10_000,
        surviveConnectionLoss: Bool = false,
        drainSeconds: Double = 5,
        runID: String = "run",
        traceEvery: Int = 0
    ) {
        self.mode = mode
        self.clients = clients
        self.outstanding = outstanding
        self.payloadBytes = payloadBytes
        self.keys = keys
        self.mix = mix
        self.connectTo = connectTo
        self.warmUpSeconds = warmUpSeconds
        self.durationSeconds = durationSeconds
        self.seed = seed
        self.sessionTimeoutMilliseconds = sessionTimeoutMilliseconds
        self.surviveConnectionLoss = surviveConnectionLoss
        self.drainSeconds = drainSeconds
        self.runID = runID
        self.traceEvery = traceEvery
    }

    /// The znode under which everything of this run lies.
    public var rootPath: String { "\(place.chroot)/zabbench-\(runID)" }
}

/// When the next operation is due.
public enum LoadMode: Sendable, Hashable {
    /// Each session keeps `outstanding` operations in flight; an answer makes room for the next one.
    case closed
    /// Operations are planned at a rate, whatever the servers do; one that cannot be sent waits with its clock running.
    case open(ratePerSecond: Double, arrivals: Arrivals)

    /// As it stands in summary.csv.
    public var name: String {
        switch self {
        case .closed: "closed"
        case .open(_, .fixed): "open_fixed"
        case .open(_, .poisson): "open_poisson"
        }
    }

    /// Planned operations per second; nil in a closed loop.
    public var ratePerSecond: Double? {
        if case .open(let rate, _) = self { rate } else { nil }
    }
}

/// How the planned times of an open loop are spaced.
public enum Arrivals: String, Sendable, Hashable, CaseIterable {
    /// Evenly.
    case fixed
    /// Exponentially distributed gaps, as from many independent users.
    case poisson
}

/// Which servers the sessions connect to.
public enum ConnectTo: String, Sendable, Hashable, CaseIterable {
    /// All of them, in turn.
    case spread
    case leader
    /// All voters but the leader, in turn; the leader if there is no other.
    case followers
    /// All observers, in turn.
    case observers
}

/// Weights of the operations; only their ratios matter.
public struct OperationMix: Sendable, Hashable {
    public var set: Int
    public var get: Int
    public var create: Int
    public var delete: Int
    public var exists: Int

    public init(set: Int = 100, get: Int = 0, create: Int = 0, delete: Int = 0, exists: Int = 0) {
        self.set = set
        self.get = get
        self.create = create
        self.delete = delete
        self.exists = exists
    }

    public var total: Int { self.set + get + create + delete + exists }
    /// Whether nothing but setData is done.
    public var isOnlySet: Bool { total == set }
}

/// One run: a row of summary.csv.
public struct SummaryRow: Sendable {
    public var tag: RunTag
    public var startedAt: Timestamp
    public var workload: String
    public var systemVersion: String?
    public var placement: String
    public var batchPolicy: String?
    public var load = Load()
    /// The measured part as it came to be.
    public var durationSeconds = 0.0
    /// The measured part as the workload wants it; nil in rows of versions that did not say, and where faults end a load.
    public var plannedSeconds: Double?
    public var offeredPerSecond = 0.0
    public var achievedPerSecond = 0.0
    public var errors = 0
    public var response = LatencyFigures()
    public var service = LatencyFigures()
    public var proof = Proof()
    public var invalidReasons: [String] = []
    public var cost = Cost()
    public var log = LogFigures()
    public var device = DeviceFigures()
    public var limits = Limits()
    public var durability = Durability()
    public var foreign = ForeignFigures()
    public var leader = LeaderFigures()
    public var kinds = KindFigures()
    /// Servers beyond `tag.ensembleSize` that do not vote; nil where it is not known.
    public var observers: Int?
    /// Ensembles of so many servers that share the keys; nil where it is not known.
    public var shards: Int?
    public var context = Context()
    /// What lies between the servers: `proxied`, with what the proxy does to them; empty where they talk directly.
    public var links = ""
    /// What was made slower on purpose, `sync 2000us`; empty for nothing.
    public var injected = ""
    /// Operations a second that a closed loop of the same sessions did on such an ensemble, which an open load's rate is a
    /// share of; nil where the rate was given.
    public var capacityPerSecond: Double?
    /// What the load is to hold.
    public var objective = Objective()
    /// How well the response p99 is known.
    public var precision = Precision()
    /// Operations a second that the generator did with this load against a target that answers at once; nil where nobody
    /// tried.
    public var generatorBoundPerSecond: Double?
    /// What a whole recipe took.
    public var recipe = RecipeFigures()
    /// Beside the least that such a write can take.
    public var floors = Floors()

    public var isValid: Bool { invalidReasons.isEmpty }

    /// A row that says nothing yet, for readers.
    public init() {
        self.init(tag: RunTag(), startedAt: Timestamp(unixNanoseconds: 0), workload: "", placement: "")
    }

    public init(tag: RunTag, startedAt: Timestamp, workload: String, placement: String) {
        self.tag = tag
        self.startedAt = startedAt
        self.workload = workload
        self.placement = placement
    }

    /// What was asked for.
    public struct Load: Sendable, Equatable {
        public var point = ""
        /// `closed`, `open_fixed`, `open_poisson`, `open_recorded` or `storm`.
        public var mode = ""
        public var clients = 0
        public var outstanding = 0
        public var payloadBytes = 0
        /// The planned rate, with a profile its mean; nil in a closed loop.
        public var ratePerSecond: Double?
        /// How the rate changes, `ramp 100 to 2000/s`; empty for one rate.
        public var rateProfile = ""
        /// Of a curve's point, the planned rate by `capacityPerSecond`; nil for what is none.
        public var ofCapacity: Double?
        public var connectTo = ""
        /// `set:100`, `set:10 get:90`.
        public var mix = ""
        public var keys = 0
        /// setData of each write; nil in rows of versions without transactions.
        public var multi: Int?
        /// `local` or `linearizable`; empty where nothing is read, and in rows of older versions.
        public var reads = ""
        public var warmUpSeconds = 0.0
        /// `lock`; empty for single operations.
        public var recipe = ""
        /// What a storm's crowd was hit by; empty for other loads. `clients` are the crowd's sessions then.
        public var storm = ""
        public var stormWatches: Int?
        public var stormReaders: Int?
        public init() {}
    }

    /// What was found on the servers afterwards, warm-up included.
    public struct Proof: Sendable, Equatable {
        public var writesAcknowledged: Int?
        public var acknowledgedVerified: Int?
        public var ambiguous: Int?
        public var reordered: Int?
        public var digestsAgree: Bool?
        /// The servers' own digest of their whole state, sixteen hexadecimal digits, where all agree at one zxid.
        public var digest: String?
        public var digestZxid: String?
        public init() {}
    }

    /// Sums over all servers in the measured part, by the writes acknowledged in it.
    public struct Cost: Sendable, Equatable {
        public var syncsPerWrite: Double?
        /// What the servers' logs say they wrote, headers and padding included; snapshots are not in it. For servers that
        /// do not say (ZooKeeper), what the kernel counts as dirtied by them, which is whole folios and can be many times
        /// what reaches the disk: the two are not to be compared.
        public var bytesWrittenPerWrite: Double?
        /// What the servers' logs say they wrote.
        public var logBytesPerWrite: Double?
        public var allocationsPerWrite: Double?
        public var cpuMicrosecondsPerWrite: Double?
        public var leaderSyncsPerSecond: Double?
        /// The share of the measured part that the leader's log spent in syncs.
        public var leaderSyncShare: Double?
        /// Processors that the servers and the generator kept busy together, of `cores`.
        public var busyCores: Double?
        public init() {}
    }

    /// Where, by what and in which order.
    public struct Context: Sendable, Equatable {
        public var leaderID: Int?
        /// Nil where the row is of several machines that differ.
        public var cores: Int?
        /// More servers than cores on this machine: the row measures the machine.
        public var isMachineLimited = false
        public var isGeneratorLimited = false
        public var generatorBusyShare: Double?
        public var generatorMicrosecondsPerOperation: Double?
        public var operationsCompleted = 0
        public var writesMeasured = 0
        public var unfinished = 0
        /// Nil where nobody can tell over all of several generators.
        public var outages: Int?
        public var longestSilenceSeconds: Double?
        /// The likeliest limit by what was measured: `generator`, `cpu`, `disk`, `latency`; nil where nothing stands out.
        public var limiterHint: String?
        /// Whether the servers told of each batch, and some writes were followed: that costs a little.
        public var isTraced = false
        /// The folder's systems do not all sync what they acknowledge, and its user wanted them beside each other all the same.
        public var isDurabilityUnequal = false
        /// The load took turns of this length with another build's, so a rate is half of what it would be alone.
        public var turnMilliseconds: Int?
        public var orderIndex = 0
        /// Nil where several generators had their own.
        public var seed: UInt64?
        public var environmentDigest = ""
        public var commit = ""
        public init() {}
    }
}

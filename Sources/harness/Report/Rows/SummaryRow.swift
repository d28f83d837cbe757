/// One run: a row of summary.csv.
public struct SummaryRow: Sendable {
    public var tag: RunTag
    public var startedAt: Timestamp
    public var workload: String
    public var systemVersion: String?
    public var placement: String
    public var batchPolicy: String?
    public var load = Load()
    public var durationSeconds = 0.0
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
    public var leader = LeaderFigures()
    public var context = Context()
    /// What lies between the servers: `proxied`, with what the proxy does to them; empty where they talk directly.
    public var links = ""
    /// What was made slower on purpose, `sync 2000us`; empty for nothing.
    public var injected = ""
    /// Operations a second that the generator did with this load against a target that answers at once; nil where nobody
    /// tried.
    public var generatorBoundPerSecond: Double?

    public var isValid: Bool { invalidReasons.isEmpty }

    public init(tag: RunTag, startedAt: Timestamp, workload: String, placement: String) {
        self.tag = tag
        self.startedAt = startedAt
        self.workload = workload
        self.placement = placement
    }

    /// What was asked for.
    public struct Load: Sendable, Equatable {
        public var point = ""
        /// `closed`, `open_fixed` or `open_poisson`.
        public var mode = ""
        public var clients = 0
        public var outstanding = 0
        public var payloadBytes = 0
        /// The planned rate; nil in a closed loop.
        public var ratePerSecond: Double?
        public var connectTo = ""
        /// `set:100`, `set:10 get:90`.
        public var mix = ""
        public var keys = 0
        public var warmUpSeconds = 0.0
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
        public var cores = 0
        /// More servers than cores on this machine: the row measures the machine.
        public var isMachineLimited = false
        public var isGeneratorLimited = false
        public var generatorBusyShare: Double?
        public var generatorMicrosecondsPerOperation: Double?
        public var operationsCompleted = 0
        public var writesMeasured = 0
        public var unfinished = 0
        public var outages = 0
        public var longestSilenceSeconds: Double?
        /// The likeliest limit by what was measured: `generator`, `cpu`, `disk`, `latency`; nil where nothing stands out.
        public var limiterHint: String?
        /// Whether the servers told of each batch, and some writes were followed: that costs a little.
        public var isTraced = false
        /// The load took turns of this length with another build's, so a rate is half of what it would be alone.
        public var turnMilliseconds: Int?
        public var orderIndex = 0
        public var seed: UInt64 = 0
        public var environmentDigest = ""
        public var commit = ""
        public init() {}
    }
}

extension SummaryRow: CSVRow {
    public static let columns: [CSVColumn<SummaryRow>] =
        agreed + appended + logColumns + setUpColumns + leaderColumns + [
            CSVColumn("turn_ms") { $0.context.turnMilliseconds.map { .integer(Int64($0)) } ?? .text(nil) }
        ]

    /// The columns that users were promised, in that order.
    private static let agreed: [CSVColumn<SummaryRow>] = [
        CSVColumn("schema_version") { _ in .integer(Int64(RunTag.schemaVersion)) },
        CSVColumn("run_id") { .text($0.tag.runID) },
        CSVColumn("started_at") { .text($0.startedAt.iso8601) },
        CSVColumn("workload") { .text($0.workload) },
        CSVColumn("repeat") { .integer($0.tag.repeatNumber) },
        CSVColumn("system") { .text($0.tag.system) },
        CSVColumn("system_version") { .text($0.systemVersion) },
        CSVColumn("placement") { .text($0.placement) },
        CSVColumn("ensemble_size") { .integer($0.tag.ensembleSize) },
        CSVColumn("fsync_strategy") { .text($0.tag.fsyncStrategy) },
        CSVColumn("batch_policy") { .text($0.batchPolicy) },
        CSVColumn("load_mode") { .text($0.load.mode) },
        CSVColumn("clients") { .integer($0.load.clients) },
        CSVColumn("outstanding") { .integer($0.load.outstanding) },
        CSVColumn("payload_bytes") { .integer($0.load.payloadBytes) },
        CSVColumn("duration_s") { .number($0.durationSeconds) },
        CSVColumn("offered_per_s") { .number($0.offeredPerSecond) },
        CSVColumn("achieved_per_s") { .number($0.achievedPerSecond) },
        CSVColumn("errors") { .integer($0.errors) },
        CSVColumn("response_mean_us") { .number($0.response.meanMicroseconds) },
        CSVColumn("response_p50_us") { .number($0.response.p50Microseconds) },
        CSVColumn("response_p90_us") { .number($0.response.p90Microseconds) },
        CSVColumn("response_p99_us") { .number($0.response.p99Microseconds) },
        CSVColumn("response_p999_us") { .number($0.response.p999Microseconds) },
        CSVColumn("response_max_us") { .number($0.response.maxMicroseconds) },
        CSVColumn("service_p50_us") { .number($0.service.p50Microseconds) },
        CSVColumn("service_p99_us") { .number($0.service.p99Microseconds) },
        CSVColumn("service_p999_us") { .number($0.service.p999Microseconds) },
        CSVColumn("writes_acknowledged") { .integer($0.proof.writesAcknowledged) },
        CSVColumn("acknowledged_verified") { .integer($0.proof.acknowledgedVerified) },
        CSVColumn("valid") { .flag($0.isValid) },
        CSVColumn("invalid_reason") { $0.isValid ? .missing : .text($0.invalidReasons.joined(separator: "; ")) },
        CSVColumn("syncs_per_write") { .number($0.cost.syncsPerWrite) },
        CSVColumn("bytes_written_per_write") { .number($0.cost.bytesWrittenPerWrite) },
        CSVColumn("allocations_per_write") { .number($0.cost.allocationsPerWrite) },
        CSVColumn("cpu_us_per_write") { .number($0.cost.cpuMicrosecondsPerWrite) },
    ]

    /// Columns that came later; those about the log follow (`logColumns`), those about the set-up, and those about the
    /// leader. New ones go to the end of all.
    private static let appended: [CSVColumn<SummaryRow>] = [
        CSVColumn("point") { .text($0.load.point.isEmpty ? nil : $0.load.point) },
        CSVColumn("rate_per_s") { .number($0.load.ratePerSecond) },
        CSVColumn("connect_to") { .text($0.load.connectTo) },
        CSVColumn("mix") { .text($0.load.mix) },
        CSVColumn("keys") { .integer($0.load.keys) },
        CSVColumn("warmup_s") { .number($0.load.warmUpSeconds) },
        CSVColumn("operations_completed") { .integer($0.context.operationsCompleted) },
        CSVColumn("writes_measured") { .integer($0.context.writesMeasured) },
        CSVColumn("unfinished") { .integer($0.context.unfinished) },
        CSVColumn("ambiguous") { .integer($0.proof.ambiguous) },
        CSVColumn("reordered") { .integer($0.proof.reordered) },
        CSVColumn("digests_agree") { .flag($0.proof.digestsAgree) },
        CSVColumn("digest") { .text($0.proof.digest) },
        CSVColumn("digest_zxid") { .text($0.proof.digestZxid) },
        CSVColumn("outages") { .integer($0.context.outages) },
        CSVColumn("longest_silence_s") { .number($0.context.longestSilenceSeconds) },
        CSVColumn("leader_id") { .integer($0.context.leaderID) },
        CSVColumn("leader_syncs_per_s") { .number($0.cost.leaderSyncsPerSecond) },
        CSVColumn("leader_sync_share") { .number($0.cost.leaderSyncShare) },
        CSVColumn("busy_cores") { .number($0.cost.busyCores) },
        CSVColumn("cores") { .integer($0.context.cores) },
        CSVColumn("machine_limited") { .flag($0.context.isMachineLimited) },
        CSVColumn("generator_limited") { .flag($0.context.isGeneratorLimited) },
        CSVColumn("generator_busy_share") { .number($0.context.generatorBusyShare) },
        CSVColumn("generator_us_per_operation") { .number($0.context.generatorMicrosecondsPerOperation) },
        CSVColumn("limiter_hint") { .text($0.context.limiterHint) },
        CSVColumn("order_index") { .integer($0.context.orderIndex) },
        CSVColumn("seed") { .text(String($0.context.seed)) },
        CSVColumn("environment_digest") { .text($0.context.environmentDigest) },
        CSVColumn("commit") { .text($0.context.commit) },
        CSVColumn("log_bytes_per_write") { .number($0.cost.logBytesPerWrite) },
    ]

    private static let setUpColumns: [CSVColumn<SummaryRow>] = [
        CSVColumn("injected") { .text($0.injected.isEmpty ? nil : $0.injected) },
        CSVColumn("links") { .text($0.links.isEmpty ? nil : $0.links) },
        CSVColumn("generator_bound_per_s") { .number($0.generatorBoundPerSecond) },
    ]
}

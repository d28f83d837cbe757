/// How a load point scales with the size of the ensemble: a row of scaling.csv, which is either a fitted line or the size
/// at which a resource of the leader is predicted to be used up.
public struct ScalingRow: CSVRow, Equatable {
    /// The load whose sizes are compared: what its runs share.
    public struct Subject: Sendable, Hashable {
        public var system = ""
        public var strategy = ""
        public var batchPolicy = ""
        public var inFlight = ""
        public var directories = ""
        public var placement = ""
        public var point = ""
        public var mode = ""
        public var clients = ""
        public var outstanding = ""
        public var payloadBytes = ""
        public var connectTo = ""
        public var mix = ""
        public var keys = ""
        public init() {}
    }

    public enum Kind: String, Sendable {
        /// y = intercept + slope * (servers - 1).
        case fit
        /// A size that is predicted from two fits.
        case prediction
    }

    public enum Verdict: String, Sendable {
        /// At `servers` and above.
        case reached
        /// At no size: `reason` says why.
        case never
        /// The fits do not allow it to be said: `reason` says why.
        case unknown
    }

    /// The folder that the runs stand in.
    public var folder: String
    public var subject: Subject
    public var kind: Kind
    /// Of a fit, what was fitted: `us_per_write` (1/throughput), `egress_bytes_per_write`, `loop_us_per_write`,
    /// `log_us_per_write`. Of a prediction, the resource: `network_10_gbit`, `loop_thread`, `log_thread`.
    public var quantity: String
    public var intercept: Double?
    public var interceptLow: Double?
    public var interceptHigh: Double?
    public var slope: Double?
    public var slopeLow: Double?
    public var slopeHigh: Double?
    public var rSquared: Double?
    /// Runs that the fit rests on, and the sizes among them.
    public var runs: Int?
    public var sizes: String?
    public var servers: Double?
    public var verdict: Verdict?
    public var reason: String?
    /// Some of the runs had more servers than the machine has cores: then the fit is one of the machine.
    public var isMachineLimited: Bool

    public static let columns: [CSVColumn<ScalingRow>] = [
        CSVColumn("schema_version") { _ in .integer(Int64(RunTag.schemaVersion)) },
        // A fit is of many runs and sizes.
        CSVColumn("run_id") { .text($0.folder) },
        CSVColumn("repeat") { _ in .missing },
        CSVColumn("system") { .text($0.subject.system) },
        CSVColumn("ensemble_size") { _ in .missing },
        CSVColumn("fsync_strategy") { .text($0.subject.strategy) },
        CSVColumn("batch_policy") { .text($0.subject.batchPolicy) },
        CSVColumn("in_flight") { .text($0.subject.inFlight) },
        CSVColumn("log_directories") { .text($0.subject.directories) },
        CSVColumn("placement") { .text($0.subject.placement) },
        CSVColumn("point") { .text($0.subject.point) },
        CSVColumn("load_mode") { .text($0.subject.mode) },
        CSVColumn("clients") { .text($0.subject.clients) },
        CSVColumn("outstanding") { .text($0.subject.outstanding) },
        CSVColumn("payload_bytes") { .text($0.subject.payloadBytes) },
        CSVColumn("connect_to") { .text($0.subject.connectTo) },
        CSVColumn("mix") { .text($0.subject.mix) },
        CSVColumn("keys") { .text($0.subject.keys) },
        CSVColumn("kind") { .text($0.kind.rawValue) },
        CSVColumn("quantity") { .text($0.quantity) },
        CSVColumn("intercept") { .number($0.intercept) },
        CSVColumn("intercept_low") { .number($0.interceptLow) },
        CSVColumn("intercept_high") { .number($0.interceptHigh) },
        CSVColumn("slope") { .number($0.slope) },
        CSVColumn("slope_low") { .number($0.slopeLow) },
        CSVColumn("slope_high") { .number($0.slopeHigh) },
        CSVColumn("r_squared") { .number($0.rSquared) },
        CSVColumn("runs") { .integer($0.runs) },
        CSVColumn("sizes") { .text($0.sizes) },
        CSVColumn("servers") { .number($0.servers) },
        CSVColumn("verdict") { .text($0.verdict?.rawValue) },
        CSVColumn("reason") { .text($0.reason) },
        CSVColumn("machine_limited") { .flag($0.isMachineLimited) },
    ]
}

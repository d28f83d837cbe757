/// How a load point scales with the size of the ensemble: a row of scaling.csv, which is either a fitted line or the size
/// at which a resource of the leader is predicted to be used up.
public struct ScalingRow: Sendable, Equatable {
    public enum Kind: String, Sendable, ColumnValue {
        /// y = intercept + slope * (servers - 1).
        case fit
        /// A size that is predicted from two fits.
        case prediction
    }

    public enum Verdict: String, Sendable, ColumnValue {
        /// At `servers` and above.
        case reached
        /// At no size: `reason` says why.
        case never
        /// The fits do not allow it to be said: `reason` says why.
        case unknown
    }

    /// The folder that the runs stand in.
    public var folder: String
    /// The load whose sizes are compared, as `LoadKey.acrossSizes` has it.
    public var subject: LoadKey
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

    public init(folder: String, subject: LoadKey, kind: Kind, quantity: String, isMachineLimited: Bool) {
        self.folder = folder
        self.subject = subject
        self.kind = kind
        self.quantity = quantity
        self.isMachineLimited = isMachineLimited
    }

    /// A row that says nothing yet, for readers.
    public init() { self.init(folder: "", subject: LoadKey(), kind: .fit, quantity: "", isMachineLimited: false) }
}

extension ScalingRow: ResultRow {
    public static var file: String { "scaling.csv" }

    public static let columns: [Column<ScalingRow>] =
        subjectColumns + [
            Column(
                "kind",
                \.kind,
                "`fit`, a line over the number of followers, or `prediction`, the size at which a resource is "
                    + "exhausted"
            ),
            Column(
                "quantity",
                \.quantity,
                "for a fit, `us_per_write` (1/throughput), `egress_bytes_per_write`, `loop_us_per_write`, `log_us_per_write`; for "
                    + "a prediction, the resource"
            ),
            Column("intercept", \.intercept, "value of the fitted line at one server"),
            Column("intercept_low", \.interceptLow, "lower end of its 95 % interval"),
            Column("intercept_high", \.interceptHigh, "upper end of its 95 % interval"),
            Column("slope", \.slope, "increase of the fitted line per follower"),
            Column("slope_low", \.slopeLow, "lower end of its 95 % interval"),
            Column("slope_high", \.slopeHigh, "upper end of its 95 % interval"),
            Column("r_squared", \.rSquared, "coefficient of determination of the fitted line"),
            Column("runs", \.runs, "number of runs behind the fit"),
            Column("sizes", \.sizes, "ensemble sizes of these runs, separated by spaces"),
            Column(
                "servers",
                \.servers,
                "predicted ensemble size",
                caution: "extrapolates two fitted lines beyond the measured sizes"
            ),
            Column("verdict", \.verdict, "`reached` (at `servers` and above), `never`, or `unknown`"),
            Column("reason", \.reason, "explanation of the verdict"),
            Column(
                "machine_limited",
                \.isMachineLimited,
                "whether any run had more servers than cores",
                caution: "such a fit describes the machine"
            ),
            Column("multi", \.subject.multi, "as in summary.csv, and empty for 1"),
            Column("reads", \.subject.reads, "as in summary.csv, and empty for `local`"),
            Column("observers", \.subject.observers, "as in summary.csv, and empty for 0"),
            Column("shards", \.subject.shards, "as in summary.csv, and empty for 1"),
        ]

    /// What tells loads apart, where summary.csv has it, and nothing that the sizes do not share.
    private static let subjectColumns: [Column<ScalingRow>] = [
        RunTag.schema(),
        Column("run_id", \.folder, "results folder name, since a fit covers many runs"),
        Column("repeat", of: { _ in Int?.none }, "empty: a fit covers many runs"),
        Column("system", \.subject.system, "as in summary.csv"),
        Column("ensemble_size", of: { _ in Int?.none }, "empty: a fit covers several sizes"),
        Column("fsync_strategy", \.subject.fsyncStrategy, "as in summary.csv"),
        Column("batch_policy", \.subject.batchPolicy, "as in summary.csv"),
        Column("in_flight", \.subject.inFlight, "as in summary.csv"),
        Column("log_directories", \.subject.logDirectories, "as in summary.csv"),
        Column("placement", \.subject.placement, "as in summary.csv"),
        Column("point", \.subject.point, "as in summary.csv"),
        Column("load_mode", \.subject.mode, "as in summary.csv"),
        Column("clients", \.subject.clients, "as in summary.csv"),
        Column("outstanding", \.subject.outstanding, "as in summary.csv"),
        Column("payload_bytes", \.subject.payloadBytes, "as in summary.csv"),
        Column("connect_to", \.subject.connectTo, "as in summary.csv"),
        Column("mix", \.subject.mix, "as in summary.csv"),
        Column("keys", \.subject.keys, "as in summary.csv"),
    ]
}

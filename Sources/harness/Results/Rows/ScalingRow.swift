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
                    + "used up"
            ),
            Column(
                "quantity",
                \.quantity,
                "of a fit `us_per_write` (1/throughput), `egress_bytes_per_write`, `loop_us_per_write`, `log_us_per_write`; of a "
                    + "prediction the resource"
            ),
            Column("intercept", \.intercept, "of the line, at one server"),
            Column("intercept_low", \.interceptLow, "its 95 % interval"),
            Column("intercept_high", \.interceptHigh, "its 95 % interval"),
            Column("slope", \.slope, "for each follower"),
            Column("slope_low", \.slopeLow, "its 95 % interval"),
            Column("slope_high", \.slopeHigh, "its 95 % interval"),
            Column("r_squared", \.rSquared, "of the line"),
            Column("runs", \.runs, "that the fit rests on"),
            Column("sizes", \.sizes, "among them, joined by blanks"),
            Column("servers", \.servers, "the predicted size", caution: "two fitted lines beyond what was measured"),
            Column("verdict", \.verdict, "`reached` (at `servers` and above), `never`, or `unknown`"),
            Column("reason", \.reason, "why, in words"),
            Column(
                "machine_limited",
                \.isMachineLimited,
                "whether runs had more servers than cores",
                caution: "such a fit is one of the machine"
            ),
        ]

    /// What tells loads apart, where summary.csv has it, and nothing that the sizes do not share.
    private static let subjectColumns: [Column<ScalingRow>] = [
        RunTag.schema(),
        Column("run_id", \.folder, "the results folder's name, since a fit is of many runs"),
        Column("repeat", of: { _ in Int?.none }, "empty: a fit is of many runs"),
        Column("system", \.subject.system, "as in summary.csv"),
        Column("ensemble_size", of: { _ in Int?.none }, "empty: a fit is of several sizes"),
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

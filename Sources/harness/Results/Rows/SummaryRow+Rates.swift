/// Rates that change, points of curves, and what a load was to hold.
extension SummaryRow {
    /// The objective of a load: bounds of response times, milliseconds; nil where there is none.
    public struct Objective: Sendable, Hashable {
        public var p50: Double?
        public var p99: Double?
        public var p999: Double?
        public init() {}

        public var isEmpty: Bool { self == Objective() }
    }

    /// Of a curve's point; nil of what is none.
    public struct Precision: Sendable, Equatable {
        /// Half of the width of the 95 % interval of the response p99, as a share of it.
        public var responseP99: Double?
        /// Whether the point ended by its time and not because its interval was narrow enough.
        public var isTimeUp: Bool?
        public init() {}
    }

    /// The share of the offered rate that must be achieved for its response times to be those of that rate: what is
    /// left over waits, and is slow for as long as the run goes on.
    public static let keptUpShare = 0.98

    /// Whether the servers did what was asked of them, as soon as it was asked.
    public var isKeptUp: Bool { achievedPerSecond >= offeredPerSecond * Self.keptUpShare }

    /// Whether the load held its objective; nil without one, or where a percentile is not known.
    public var holdsObjective: Bool? {
        guard !objective.isEmpty else { return nil }
        var isHeld = isKeptUp
        for (bound, found) in [
            (objective.p50, response.p50Microseconds), (objective.p99, response.p99Microseconds),
            (objective.p999, response.p999Microseconds),
        ] {
            guard let bound else { continue }
            guard let found else { return nil }
            isHeld = isHeld && found <= bound * 1000
        }
        return isHeld
    }

    static let precisionColumns: [Column<SummaryRow>] = [
        Column(
            "response_p99_precision",
            \.precision.responseP99,
            "half of the width of the 95 % interval of the response p99, as a share of it; empty for what is no curve's point",
            caution:
                "by the p99 of each second, which are taken to be independent; empty too for fewer than three seconds"
        ),
        Column(
            "ended_by_time",
            \.precision.isTimeUp,
            "whether a curve's point ended after `longest_s`, its interval still wider than `precision`"
        ),
    ]

    static let rateColumns: [Column<SummaryRow>] = [
        Column(
            "rate_profile",
            \.load.rateProfile,
            "how the planned rate changes over the measured part; empty for one rate"
        ),
        Column(
            "of_capacity",
            \.load.ofCapacity,
            "planned rate of a curve's point, as a multiple of `capacity_per_s`",
            caution: "above 1 more is asked for than the servers can do, and such a row is not valid"
        ),
        Column(
            "capacity_per_s",
            \.capacityPerSecond,
            "operations per second of a closed loop of the same sessions, which the planned rate is a share of",
            caution:
                "measured for two seconds, after a warm-up as long as the load's; for a curve once per ensemble and "
                + "repeat, before its first point"
        ),
        Column("slo_response_p50_ms", \.objective.p50, "objective for the response p50; empty without one"),
        Column("slo_response_p99_ms", \.objective.p99, "same, for the response p99"),
        Column("slo_response_p999_ms", \.objective.p999, "same, for the response p99.9"),
        Column(
            "slo_held",
            of: \.holdsObjective,
            "whether the response times are within the objectives, and at least 98 % of the offered rate was achieved"
        ),
    ]
}

/// A tenth of a second before, in or after a fault, as the clients saw it: a row of faults-timeseries.csv.
public struct FaultBinRow: ResultRow {
    public var tag: RunTag
    /// The bin's end.
    public var time = Timestamp(unixNanoseconds: 0)
    /// The fault, as in elections.csv.
    public var faultNumber: Int
    public var kind: String
    /// The bin's end since the start of the load, warm-up included.
    public var elapsedSeconds = 0.0
    /// The bin's end since the fault; negative before it.
    public var sinceFaultSeconds = 0.0
    public var lengthSeconds = 0.0
    public var offeredPerSecond = 0.0
    public var achievedPerSecond = 0.0
    public var errors = 0
    public var responseP50Microseconds: Double?
    public var responseP99Microseconds: Double?
    public var responseMaxMicroseconds: Double?
    public var sessionsConnected = 0

    public init(tag: RunTag, faultNumber: Int, kind: String) {
        self.tag = tag
        self.faultNumber = faultNumber
        self.kind = kind
    }

    /// A row that says nothing yet, for readers.
    public init() { self.init(tag: RunTag(), faultNumber: 0, kind: "") }

    public static var file: String { "faults-timeseries.csv" }

    public static let columns: [Column<FaultBinRow>] =
        RunTag.columns.map { $0.at(\.tag) } + [
            Column("time", \.time, "the bin's end"),
            Column("fault_number", \.faultNumber, "of the run, as in elections.csv"),
            Column("fault", \.kind, "as in elections.csv"),
            Column("elapsed_s", \.elapsedSeconds, "its end since the start of the load, as in timeseries.csv"),
            Column("since_fault_s", \.sinceFaultSeconds, "its end since the fault was made; negative before it"),
            Column(
                "length_s",
                \.lengthSeconds,
                "how long it was",
                caution: "shorter where the measured part begins or ends"
            ),
            Column("offered_per_s", \.offeredPerSecond, "operations planned"),
            Column(
                "achieved_per_s",
                \.achievedPerSecond,
                "operations answered without an error",
                caution: "an outage shorter than the bin is a dip in it; how long it was, elections.csv says"
            ),
            Column("errors", \.errors, "operations answered with an error"),
            Column(
                "response_p50_us",
                \.responseP50Microseconds,
                "of the operations answered in it, from the planned send"
            ),
            Column(
                "response_p99_us",
                \.responseP99Microseconds,
                "the same, 99th percentile",
                caution: "of few operations: at 1,000 a second a bin has 100"
            ),
            Column("response_max_us", \.responseMaxMicroseconds, "the same, maximum"),
            Column("sessions_connected", \.sessionsConnected, "at its end"),
        ]
}

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
            Column("time", \.time, "end of the bin"),
            Column("fault_number", \.faultNumber, "number of the fault in the run, as in elections.csv"),
            Column("fault", \.kind, "as in elections.csv"),
            Column(
                "elapsed_s",
                \.elapsedSeconds,
                "time from the start of the load to the end of the bin, as in timeseries.csv"
            ),
            Column(
                "since_fault_s",
                \.sinceFaultSeconds,
                "time from the fault to the end of the bin; negative before the fault"
            ),
            Column(
                "length_s",
                \.lengthSeconds,
                "length of the bin",
                caution: "shorter where the measured part begins or ends"
            ),
            Column("offered_per_s", \.offeredPerSecond, "operations planned"),
            Column(
                "achieved_per_s",
                \.achievedPerSecond,
                "operations answered without an error",
                caution: "an outage shorter than the bin is only a dip here; elections.csv has its length"
            ),
            Column("errors", \.errors, "operations answered with an error"),
            Column(
                "response_p50_us",
                \.responseP50Microseconds,
                "median response time of the operations answered in the bin, from the planned send"
            ),
            Column(
                "response_p99_us",
                \.responseP99Microseconds,
                "same, 99th percentile",
                caution: "few operations: at 1,000 per second a bin has 100"
            ),
            Column("response_max_us", \.responseMaxMicroseconds, "same, maximum"),
            Column("sessions_connected", \.sessionsConnected, "number of connected sessions at the end of the bin"),
        ]
}

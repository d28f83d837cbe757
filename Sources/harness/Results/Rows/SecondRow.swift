/// One second of one run as the clients saw it: a row of timeseries.csv.
public struct SecondRow: ResultRow {
    public var tag: RunTag
    /// The second's end.
    public var time: Timestamp
    /// The second's end since the start of the load, warm-up included.
    public var elapsedSeconds: Double
    public var lengthSeconds: Double
    /// `warmup` or `measured`.
    public var phase: String
    public var offeredPerSecond: Double
    public var achievedPerSecond: Double
    public var errors: Int
    public var responseP50Microseconds: Double?
    public var responseP99Microseconds: Double?
    public var responseMaxMicroseconds: Double?
    public var sessionsConnected: Int
    /// What others had of the processors in it.
    public var foreign = SummaryRow.ForeignFigures()

    public init(
        tag: RunTag,
        time: Timestamp,
        elapsedSeconds: Double,
        lengthSeconds: Double,
        phase: String,
        offeredPerSecond: Double,
        achievedPerSecond: Double,
        errors: Int,
        responseP50Microseconds: Double?,
        responseP99Microseconds: Double?,
        responseMaxMicroseconds: Double?,
        sessionsConnected: Int
    ) {
        self.tag = tag
        self.time = time
        self.elapsedSeconds = elapsedSeconds
        self.lengthSeconds = lengthSeconds
        self.phase = phase
        self.offeredPerSecond = offeredPerSecond
        self.achievedPerSecond = achievedPerSecond
        self.errors = errors
        self.responseP50Microseconds = responseP50Microseconds
        self.responseP99Microseconds = responseP99Microseconds
        self.responseMaxMicroseconds = responseMaxMicroseconds
        self.sessionsConnected = sessionsConnected
    }

    /// A row that says nothing yet, for readers.
    public init() {
        self.init(
            tag: RunTag(),
            time: Timestamp(unixNanoseconds: 0),
            elapsedSeconds: 0,
            lengthSeconds: 0,
            phase: "",
            offeredPerSecond: 0,
            achievedPerSecond: 0,
            errors: 0,
            responseP50Microseconds: nil,
            responseP99Microseconds: nil,
            responseMaxMicroseconds: nil,
            sessionsConnected: 0
        )
    }

    public static var file: String { "timeseries.csv" }

    public static let columns: [Column<SecondRow>] =
        RunTag.columns.map { $0.at(\.tag) } + [
            Column("time", \.time, "end of the second"),
            Column(
                "elapsed_s",
                \.elapsedSeconds,
                "time from the start of the load to the end of the second, warm-up included"
            ),
            Column("length_s", \.lengthSeconds, "length of the second", caution: "the last second can be short"),
            Column("phase", \.phase, "`warmup` or `measured`"),
            Column("offered_per_s", \.offeredPerSecond, "operations planned"),
            Column("achieved_per_s", \.achievedPerSecond, "operations answered without an error"),
            Column("errors", \.errors, "operations answered with an error"),
            Column(
                "response_p50_us",
                \.responseP50Microseconds,
                "median response time of the operations answered in this second, from the planned send"
            ),
            Column("response_p99_us", \.responseP99Microseconds, "same, 99th percentile"),
            Column("response_max_us", \.responseMaxMicroseconds, "same, maximum"),
            Column("sessions_connected", \.sessionsConnected, "number of connected sessions at the end of the second"),
            Column("foreign_cpu_share", \.foreign.share, "share of all processors that other processes used"),
            Column(
                "steal_share",
                \.foreign.steal,
                "share of all processors that the hypervisor gave to other machines"
            ),
        ]
}

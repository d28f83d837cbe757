/// One storm: a row of storms.csv.
public struct StormRow: ResultRow, Equatable {
    public var tag = RunTag()
    public var point = ""
    public var fault = ""
    public var sessions = 0
    public var watches = 0
    public var lost = 0
    public var back = 0
    public var expired = 0
    /// From the fault to the return of sessions; nil where none came back. Milliseconds like the others.
    public var firstMilliseconds: Double?
    public var medianMilliseconds: Double?
    public var p99Milliseconds: Double?
    public var lastMilliseconds: Double?
    /// The same for the last one against a target that answers at once; nil where nobody tried.
    public var boundMilliseconds: Double?
    public var watchesDue = 0
    public var watchesFired = 0
    public var readers = 0
    /// Of the readers, before the storm.
    public var readsPerSecondBefore: Double?
    public var readsPerSecond: Double?
    public var readP99Milliseconds: Double?
    public var longestSilenceMilliseconds: Double?

    public init() {}

    public static var file: String { "storms.csv" }

    public static let columns: [Column<StormRow>] =
        RunTag.columns.map { $0.at(\.tag) } + [
            Column("point", \.point, "name of the load point"),
            Column("storm", \.fault, "what took the servers away, as in summary.csv"),
            Column("sessions", \.sessions, "sessions of the crowd").within(CellRange.counts),
            Column("watches", \.watches, "data watches of each session").within(CellRange.counts),
            Column("sessions_lost", \.lost, "sessions whose connection broke").within(CellRange.counts),
            Column(
                "sessions_back",
                \.back,
                "of these, sessions that were given back with the same id, their watches set again"
            ).within(CellRange.counts),
            Column("sessions_expired", \.expired, "of these, sessions that the servers had given up"),
            Column("first_back_ms", \.firstMilliseconds, "time from the fault until the first session was back"),
            Column("median_back_ms", \.medianMilliseconds, "same, half of the sessions that came back"),
            Column("p99_back_ms", \.p99Milliseconds, "same, 99 % of them"),
            Column(
                "last_back_ms",
                \.lastMilliseconds,
                "same, the last of them",
                caution: "servers and clients share the machine's processors: compare with `null_last_back_ms`"
            ),
            Column(
                "null_last_back_ms",
                \.boundMilliseconds,
                "time until the last of as many sessions is back at a target that answers at once: the generator's own part "
                    + "(`null_target: true`)",
                caution: "with one server, and connections cut; empty if nobody tried"
            ),
            Column("watches_due", \.watchesDue, "watches of the sessions that were there when all znodes were changed"),
            Column(
                "watches_fired",
                \.watchesFired,
                "of these, watches that told of it",
                caution: "fewer than `watches_due` is a violation, exit code 4"
            ),
            Column("readers", \.readers, "sessions that read meanwhile"),
            Column("reads_before_per_s", \.readsPerSecondBefore, "operations of the readers in the warm-up"),
            Column("reads_per_s", \.readsPerSecond, "operations of the readers from the fault until the last was back"),
            Column(
                "read_response_p99_ms",
                \.readP99Milliseconds,
                "response p99 of these",
                caution: "a short storm has few of them"
            ),
            Column(
                "longest_silence_ms",
                \.longestSilenceMilliseconds,
                "longest time in the storm in which no reader got an answer"
            ),
        ]
}

/// Something that happened at a moment: a row of events.csv.
public struct EventRow: ResultRow {
    public var tag: RunTag
    public var time: Timestamp
    /// Since the run began (its first server was asked to start).
    public var elapsedSeconds: Double
    public var event: String
    public var serverID: Int?
    public var detail: String?

    public init(
        tag: RunTag,
        time: Timestamp,
        elapsedSeconds: Double,
        event: String,
        serverID: Int? = nil,
        detail: String? = nil
    ) {
        self.tag = tag
        self.time = time
        self.elapsedSeconds = elapsedSeconds
        self.event = event
        self.serverID = serverID
        self.detail = detail
    }

    /// A row that says nothing yet, for readers.
    public init() { self.init(tag: RunTag(), time: Timestamp(unixNanoseconds: 0), elapsedSeconds: 0, event: "") }

    public static var file: String { "events.csv" }

    public static let columns: [Column<EventRow>] =
        RunTag.columns.map { $0.at(\.tag) } + [
            Column("time", \.time, "when the event was noticed"),
            Column(
                "elapsed_s",
                \.elapsedSeconds,
                "time since the run began to start its first server"
            ),
            Column("event", \.event, "`run_started`, `server_serving`, `leader_elected`, a fault, ..."),
            Column("server_id", \.serverID, "server of the event; empty for the whole run")
                .within(CellRange.counts),
            Column("detail", \.detail, "description"),
        ]
}

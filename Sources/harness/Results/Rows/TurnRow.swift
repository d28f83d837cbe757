/// One turn of a load that took turns with another build's: a row of turns.csv.
public struct TurnRow: ResultRow, Equatable {
    public var tag: RunTag
    /// From 1, of the measured part.
    public var turn: Int
    /// From the start of the measured part to the border before the turn.
    public var elapsedSeconds: Double
    /// Sent in the turn and answered without an error.
    public var writes: Int
    /// Of all servers together, from this border to that before the load's next turn.
    public var cpuMicroseconds: Double
    /// Nothing was under way at either border.
    public var isWhole: Bool

    public init(
        tag: RunTag,
        turn: Int,
        elapsedSeconds: Double,
        writes: Int,
        cpuMicroseconds: Double,
        isWhole: Bool
    ) {
        self.tag = tag
        self.turn = turn
        self.elapsedSeconds = elapsedSeconds
        self.writes = writes
        self.cpuMicroseconds = cpuMicroseconds
        self.isWhole = isWhole
    }

    /// A row that says nothing yet, for readers.
    public init() {
        self.init(tag: RunTag(), turn: 0, elapsedSeconds: 0, writes: 0, cpuMicroseconds: 0, isWhole: false)
    }

    public static var file: String { "turns.csv" }

    public static let columns: [Column<TurnRow>] =
        RunTag.columns.map { $0.at(\.tag) } + [
            Column("turn", \.turn, "number of the turn in the measured part, from 1"),
            Column(
                "elapsed_s",
                \.elapsedSeconds,
                "time from the start of the measured part to the boundary before the turn"
            ),
            Column("writes", \.writes, "writes sent in the turn and answered without an error"),
            Column(
                "cpu_us",
                \.cpuMicroseconds,
                "CPU time of all servers together, from this boundary to the one before the load's next turn"
            ),
            Column("is_whole", \.isWhole, "whether nothing was in progress at either boundary"),
        ]
}

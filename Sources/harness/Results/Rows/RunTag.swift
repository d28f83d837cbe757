/// What stands first on every row of every file, so that rows of many runs can be thrown together.
public struct RunTag: Sendable, Equatable {
    /// Raised when a column changes its meaning; a new column at the end does not raise it.
    public static let schemaVersion = 1

    public var runID: String
    /// From 1.
    public var repeatNumber: Int
    /// `zabbench`, `zookeeper`, ...
    public var system: String
    public var ensembleSize: Int
    /// Nil where it is not known, that is with somebody else's servers.
    public var fsyncStrategy: String?

    public init(runID: String, repeatNumber: Int, system: String, ensembleSize: Int, fsyncStrategy: String?) {
        self.runID = runID
        self.repeatNumber = repeatNumber
        self.system = system
        self.ensembleSize = ensembleSize
        self.fsyncStrategy = fsyncStrategy
    }

    /// A tag that says nothing yet, for readers.
    public init() { self.init(runID: "", repeatNumber: 0, system: "", ensembleSize: 0, fsyncStrategy: nil) }

    static let columns: [Column<RunTag>] = [
        schema(), runID, repeatNumber, system, ensembleSize, fsyncStrategy,
    ]

    static func schema<Row>() -> Column<Row> {
        Column(
            "schema_version",
            of: { _ in schemaVersion },
            "version of the file format; raised when a column changes meaning, not when one is added"
        )
    }

    static let runID = Column<RunTag>(
        "run_id",
        \.runID,
        "results folder name and run number; the same in every file of the folder"
    )
    static let repeatNumber = Column<RunTag>("repeat", \.repeatNumber, "number of the repeat, from 1")
        .within(CellRange.counts)
    static let system = Column<RunTag>(
        "system",
        \.system,
        "`zabbench`, `zookeeper`, `etcd`, `yardstick`, a rival's name, or `unknown` if no leader reported it"
    )
    static let ensembleSize = Column<RunTag>("ensemble_size", \.ensembleSize, "number of voting servers")
        .within(CellRange.servers)
    static let fsyncStrategy = Column<RunTag>(
        "fsync_strategy",
        \.fsyncStrategy,
        "how the servers sync their logs, `<method>_<allocation>`; empty for servers that the run did not start"
    )
}

/// A stage of a run's writes: a row of stages.csv.
public struct StageRow: ResultRow, Equatable {
    public enum Kind: String, Sendable, ColumnValue {
        /// A stage of the ledger: with the others of its quantile it adds up to the latency.
        case ledger
        /// The way of batches over one follower; followers work side by side, so nothing adds up.
        case follower
        /// The measured quantile less the sum of the ledger.
        case rest
        /// The quantile over all writes.
        case measured
        /// An average that a server of another system keeps itself. Such averages overlap, so nothing adds up.
        case server
    }

    public var tag: RunTag
    public var kind: Kind
    /// `p50`, `p99`, `mean`; of followers `median`, of `server` `mean`.
    public var quantile: String
    /// Of the ledger, the server that the clients talked to, nil for all; of followers, the follower; of `server` itself.
    public var serverID: Int?
    public var stage: String
    /// A mean over the writes of the quantile; of followers the median over batches; of `server` its own mean.
    public var meanMicroseconds: Double?
    /// Of the sum of the ledger; of `rest`, of the measured quantile; of `ack_before_commit`, of the batches.
    public var share: Double?
    /// The writes that the figure rests on; of followers batches; of `server` what it counted.
    public var writes: Int
    /// Traced writes of the quantile that the servers' timelines do not hold.
    public var unjoined: Int?
    /// Of `rest`: whether it is at most `restShare` of the measured quantile, either way.
    public var isWithin: Bool?
    /// Lines that the servers' traces had no room for, over all servers.
    public var lostLines: Int?

    public init(
        tag: RunTag,
        kind: Kind,
        quantile: String,
        serverID: Int? = nil,
        stage: String,
        meanMicroseconds: Double?,
        share: Double?,
        writes: Int,
        unjoined: Int? = nil,
        isWithin: Bool? = nil,
        lostLines: Int? = nil
    ) {
        self.tag = tag
        self.kind = kind
        self.quantile = quantile
        self.serverID = serverID
        self.stage = stage
        self.meanMicroseconds = meanMicroseconds
        self.share = share
        self.writes = writes
        self.unjoined = unjoined
        self.isWithin = isWithin
        self.lostLines = lostLines
    }

    /// How much of the measured quantile may be left over.
    public static let restShare = 0.05

    /// A row that says nothing yet, for readers.
    public init() {
        self.init(tag: RunTag(), kind: .ledger, quantile: "", stage: "", meanMicroseconds: nil, share: nil, writes: 0)
    }

    public static var file: String { "stages.csv" }

    public static let columns: [Column<StageRow>] =
        RunTag.columns.map { $0.at(\.tag) } + [
            Column(
                "kind",
                \.kind,
                "`ledger` (stages that add up to the latency), `follower`, `rest` (latency that the stages do not explain), "
                    + "`measured`, or `server` (what a server of another system says of itself)",
                caution: "rows of `server` overlap: they do not add up to the latency"
            ),
            Column("quantile", \.quantile, "`p50`, `p99` or `mean`; for followers, `median`; for `server`, `mean`"),
            Column(
                "server_id",
                \.serverID,
                "for `ledger`, the server that the clients were connected to, empty for all; for `follower`, the follower; for "
                    + "`server`, the server itself"
            )
            .within(CellRange.counts),
            Column(
                "stage",
                \.stage,
                "name of the stage; docs/guides/leader-bottleneck.md explains them; for `server`, the system's own name "
                    + "(docs/guides/versus.md)"
            ),
            Column(
                "mean_us",
                \.meanMicroseconds,
                "mean over the writes of the quantile; for followers, median over batches; for `server`, the mean of its own "
                    + "counts in the measured part (ZooKeeper counts whole milliseconds: less is 0)"
            ),
            Column(
                "share",
                \.share,
                "share of the ledger's sum; for `rest`, of the measured quantile; for `ack_before_commit`, of the batches"
            ),
            Column(
                "traced_writes",
                \.writes,
                "number of writes behind the figure; for followers, of batches; for `server`, of times that the server counted"
            ),
            Column("unjoined_writes", \.unjoined, "traced writes missing from the servers' timelines"),
            Column(
                "rest_within_5_percent",
                \.isWithin,
                "whether the stages explain the measured quantile",
                caution: "if false, do not rely on the stages"
            ),
            Column("lost_lines", \.lostLines, "lines dropped because the servers' traces were full"),
        ]
}

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
    }

    public var tag: RunTag
    public var kind: Kind
    /// `p50`, `p99`, `mean`; of followers `median`.
    public var quantile: String
    /// Of the ledger, the server that the clients talked to, nil for all; of followers, the follower.
    public var serverID: Int?
    public var stage: String
    /// A mean over the writes of the quantile; of followers the median over batches.
    public var meanMicroseconds: Double?
    /// Of the sum of the ledger; of `rest`, of the measured quantile; of `ack_before_commit`, of the batches.
    public var share: Double?
    /// The writes that the figure rests on; of followers batches.
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
                "`ledger` (stages that add up to the latency), `follower`, `rest` (what they leave of it), `measured`"
            ),
            Column("quantile", \.quantile, "`p50`, `p99`, `mean`; of followers `median`"),
            Column(
                "server_id",
                \.serverID,
                "of the ledger, the server that the clients talked to, empty for all; of followers, the follower"
            ),
            Column("stage", \.stage, "its name; docs/guides/leader-bottleneck.md explains them"),
            Column(
                "mean_us",
                \.meanMicroseconds,
                "mean over the writes of the quantile; of followers median over batches"
            ),
            Column(
                "share",
                \.share,
                "of the ledger's sum; of `rest`, of the measured quantile; of `ack_before_commit`, of the batches"
            ),
            Column("traced_writes", \.writes, "the writes that the figure rests on; of followers batches"),
            Column("unjoined_writes", \.unjoined, "traced writes that the servers' timelines do not hold"),
            Column(
                "rest_within_5_percent",
                \.isWithin,
                "whether the stages explain the measured quantile",
                caution: "where it is false the stages are not to be relied on"
            ),
            Column("lost_lines", \.lostLines, "lines that the servers' traces had no room for"),
        ]
}

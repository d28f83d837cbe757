/// A stage of a run's writes: a row of stages.csv.
public struct StageRow: CSVRow, Equatable {
    public enum Kind: String, Sendable {
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

    public static let columns: [CSVColumn<StageRow>] =
        RunTag.columns { $0.tag } + [
            CSVColumn("kind") { .text($0.kind.rawValue) },
            CSVColumn("quantile") { .text($0.quantile) },
            CSVColumn("server_id") { .integer($0.serverID) },
            CSVColumn("stage") { .text($0.stage) },
            CSVColumn("mean_us") { .number($0.meanMicroseconds) },
            CSVColumn("share") { .number($0.share) },
            CSVColumn("traced_writes") { .integer($0.writes) },
            CSVColumn("unjoined_writes") { .integer($0.unjoined) },
            CSVColumn("rest_within_5_percent") { .flag($0.isWithin) },
            CSVColumn("lost_lines") { .integer($0.lostLines) },
        ]
}

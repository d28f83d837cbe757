import Results

/// One side of one pair of a study of comparisons: a row of its pairs.csv.
public struct PairSide: ResultRow {
    public enum Side: String, ColumnValue {
        case a, b
    }

    public var slowdownPercent = 0.0
    public var comparison = 0
    public var pairsRun = 0
    public var pair = 0
    public var side = Side.a
    /// By metric.
    public var values: [String: Double] = [:]

    public init() {}

    /// Whether both are of one pair.
    func isPartner(of other: PairSide) -> Bool {
        slowdownPercent == other.slowdownPercent && comparison == other.comparison && pairsRun == other.pairsRun
            && pair == other.pair
    }

    public static var file: String { "pairs.csv" }
    public static var required: [String] { ["slowdown_percent", "comparison", "pairs_run", "pair", "side"] }

    public static let columns: [Column<PairSide>] =
        [
            Column("slowdown_percent", \.slowdownPercent, "by how much side b was slowed down on purpose"),
            Column("comparison", \.comparison, "which of the comparisons with that slowdown, from 1"),
            Column("pairs_run", \.pairsRun, "pairs that it made, invalid ones included"),
            Column("pair", \.pair, "which of its valid pairs, from 1"),
            Column("side", \.side, "`a` or `b`"),
        ]
        + ComparedMetric.all.map { metric in
            Column(
                name: metric.name,
                type: .number,
                meaning: "as in summary.csv",
                caution: nil,
                // Whole, so that the tables made from it are those of the study.
                value: { .text($0.values[metric.name].map { "\($0)" }) },
                read: { row, text in
                    guard !text.isEmpty else { return true }
                    row.values[metric.name] = Double(cell: text)
                    return row.values[metric.name] != nil
                }
            )
        }
}

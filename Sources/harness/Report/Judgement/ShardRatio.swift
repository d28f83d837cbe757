import Results
import Statistics

/// What several shards' figures are to those of one ensemble, of one load on the same kind of servers: theirs by its.
struct ShardRatio: Sendable {
    /// Of the runs with several shards.
    let key: LoadKey
    let achieved: RunRatio?
    let p50: RunRatio?
    let p99: RunRatio?
    let cpuPerWrite: RunRatio?

    /// The column of summary.csv, its words, and the ratio of it.
    static let figures: [(name: String, title: String, ratio: @Sendable (ShardRatio) -> RunRatio?)] = [
        ("achieved_per_s", "operations/s", { $0.achieved }), ("response_p50_us", "p50", { $0.p50 }),
        ("response_p99_us", "p99", { $0.p99 }), ("cpu_us_per_write", "CPU/write", { $0.cpuPerWrite }),
    ]

    /// One for each load on several shards that one ensemble was given, too. Points of curves are at rates of their own.
    static func all(_ rows: [SummaryRow]) -> [ShardRatio] {
        let points = LoadPointSummary.grouped(rows).filter { !$0.valid.isEmpty && !$0.key.isOfCurve }
        return points.filter { $0.key.shards != nil }.compactMap { point in
            guard let one = points.first(where: { $0.key == point.key.onOneEnsemble }) else { return nil }
            func ratio(_ figure: (SummaryRow) -> Double?) -> RunRatio? { RunRatio(point.valid, to: one.valid, figure) }
            return ShardRatio(
                key: point.key,
                achieved: ratio(\.achievedPerSecond),
                p50: ratio(\.response.p50Microseconds),
                p99: ratio(\.response.p99Microseconds),
                cpuPerWrite: ratio(\.cost.cpuMicrosecondsPerWrite)
            )
        }
    }
}

extension LoadKey {
    /// The same load without shards.
    fileprivate var onOneEnsemble: LoadKey {
        var key = self
        key.shards = nil
        return key
    }
}

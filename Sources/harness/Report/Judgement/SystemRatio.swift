import Results
import Statistics

/// What ours are to another system's figures, of one load on as many servers: ours by theirs.
struct SystemRatio: Sendable {
    /// Of the other system's runs.
    let key: LoadKey
    /// Whose figures are divided by the other's.
    let base: String
    let achieved: RunRatio?
    let p50: RunRatio?
    let p99: RunRatio?

    /// Those that every table has: the column of summary.csv, its words, and the ratio of it.
    static let figures: [(name: String, title: String, ratio: @Sendable (SystemRatio) -> RunRatio?)] = [
        ("achieved_per_s", "operations/s", { $0.achieved }), ("response_p50_us", "p50", { $0.p50 }),
        ("response_p99_us", "p99", { $0.p99 }),
    ]

    /// One for each load of each other system; empty where a folder has one system alone, or systems that do not compare. Points
    /// of curves are at rates of each system's own.
    static func all(_ rows: [SummaryRow]) -> [SystemRatio] {
        let points = LoadPointSummary.grouped(rows).filter { !$0.valid.isEmpty && !$0.key.isOfCurve }
        guard Set(points.map(\.key.system)).count > 1, !points.contains(where: \.isDurabilityUnequal) else { return [] }
        let base = points.first { $0.key.system == "zabbench" }?.key.system ?? points[0].key.system
        return points.filter { $0.key.system != base }.compactMap { point in
            let same = points.filter { $0.key.system == base && $0.key.isSystemsLoad(of: point.key) }
            guard let ours = Answers.representative(of: same) else { return nil }
            func ratio(_ figure: (SummaryRow) -> Double?) -> RunRatio? { RunRatio(ours.valid, to: point.valid, figure) }
            return SystemRatio(
                key: point.key,
                base: base,
                achieved: ratio(\.achievedPerSecond),
                p50: ratio(\.response.p50Microseconds),
                p99: ratio(\.response.p99Microseconds)
            )
        }
    }
}

extension LoadKey {
    /// Whether both are one load on one kind of ensemble, whosever it is and however its log is written: of several logs
    /// somebody then chooses (`Answers.representative`), and of several links or observers nobody may. Where a log lies is
    /// no choice: others' logs follow the directories, too, and have runs in each.
    func isSystemsLoad(of other: LoadKey) -> Bool {
        guard knownDirectories == other.knownDirectories else { return false }
        var same = self
        same.system = other.system
        return same.isSameLoad(as: other)
    }

    /// Versions that name none knew one folder for all.
    private var knownDirectories: String { logDirectories.isEmpty ? "one" : logDirectories }
}

import Randomness
import Statistics

/// What comparisons of builds are worth: how often they cry wolf, and how often they see a slowdown that is there.
///
/// Counted twice. *Made*: the comparisons as they were run, each judged by itself; the truth, and few of them. *Drawn*: many
/// comparisons of pairs drawn with replacement from all that were run at that slowdown. They take the pairs' own mean for the
/// truth: what the two sides of a build differed by chance, they see as a difference; and pairs that followed each other are
/// as good as any.
public struct PowerStudy: Sendable, Equatable {
    /// How comparisons ended.
    public struct Tally: Sendable, Equatable {
        public var counts: [Verdict: Int] = [:]
        public var total: Int { counts.values.reduce(0, +) }
        public func share(_ verdict: Verdict) -> Double? {
            total == 0 ? nil : Double(counts[verdict] ?? 0) / Double(total)
        }
    }

    public struct Row: Sendable, Equatable {
        /// Slowdown in percent.
        public var percent: Double
        /// Nil for the whole comparison, which regresses if any of its metrics does.
        public var metric: ComparedMetric?
        public var made = Tally()
        public var drawn = Tally()
        /// Over all pairs: what the slowdown came to in this metric.
        public var ratio: Double?
        public var interval: Interval?
        /// Standard deviation of a pair's log ratio: about its relative spread.
        public var spread: Double?
        /// The smallest change for the worse that a drawn comparison's size finds in 95 of 100 cases, by the spread.
        public var sees: Double?
        public var pairs = 0
    }

    public let rows: [Row]
    /// Pairs of a comparison that was made.
    public let pairs: Int
    /// Pairs of a drawn one.
    public let drawnPairs: Int
    /// Comparisons that have another number of pairs: they are not among those made, and their pairs are drawn from.
    public let others: Int
    public let draws: Int
    public let level: Double

    /// - Parameters:
    ///   - pairs: of a drawn comparison; nil for the number that most of those made have.
    ///   - draws: comparisons drawn for each slowdown.
    ///   - progress: told of each slowdown before its comparisons are drawn.
    /// - Throws: `SampleError` where a value is no sample.
    public init(
        _ samples: PowerSamples,
        metrics: [ComparedMetric] = ComparedMetric.all,
        level: Double = 0.01,
        pairs wanted: Int? = nil,
        draws: Int = 400,
        seed: UInt64 = 1,
        progress: (Double) -> Void = { _ in }
    ) throws(SampleError) {
        let judge = ComparisonJudge(design: .pairs, metrics: metrics, level: level)
        let all = Array(samples.comparisons.values.joined())
        let size = Self.commonest(all.map(\.run))
        let drawnSize = wanted ?? size
        var rows: [Row] = []
        for percent in samples.comparisons.keys.sorted() {
            progress(percent)
            let made = samples.comparisons[percent]!
            let pool = made.flatMap(\.pairs)
            var group = ([nil] + metrics.map(Optional.some)).map { Row(percent: percent, metric: $0) }
            // One that was cut short is no comparison as ab makes them. Of a whole one ab leaves out invalid pairs, too.
            for comparison in made where comparison.run == size && !comparison.pairs.isEmpty {
                Self.count(try Self.verdicts(judge, comparison.pairs), into: &group, \.made)
            }
            var random = SplitMix64(seed: seed, stream: UInt64(percent * 1000))
            for _ in 0..<(pool.isEmpty ? 0 : draws) {
                let drawn = (0..<drawnSize).map { _ in pool[random.below(pool.count)] }
                Self.count(try Self.verdicts(judge, drawn), into: &group, \.drawn)
            }
            for index in group.indices where group[index].metric != nil {
                try Self.measure(&group[index], pool, size: drawnSize, judge: judge)
            }
            rows += group
        }
        self.rows = rows
        pairs = size
        drawnPairs = drawnSize
        others = all.count { $0.run != size }
        self.draws = draws
        self.level = level
    }

    /// The most frequent one, the larger of several; 0 of none.
    private static func commonest(_ numbers: [Int]) -> Int {
        var counts: [Int: Int] = [:]
        for number in numbers { counts[number, default: 0] += 1 }
        return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? 0
    }

    /// Of each metric by name; a metric that no run has is in none.
    private static func verdicts(
        _ judge: ComparisonJudge,
        _ pairs: [PowerSamples.Pair]
    ) throws(SampleError) -> [String: Verdict] {
        let samples = ComparisonJudge.Samples(
            label: "",
            members: [:],
            baseline: pairs.map(\.baseline),
            candidate: pairs.map(\.candidate)
        )
        let metrics = try judge.judge([samples]).groups[0].metrics
        return Dictionary(uniqueKeysWithValues: metrics.map { ($0.metric.name, $0.verdict) })
    }

    private static func count(
        _ verdicts: [String: Verdict],
        into rows: inout [Row],
        _ tally: WritableKeyPath<Row, Tally>
    ) {
        for index in rows.indices {
            if let metric = rows[index].metric {
                if let verdict = verdicts[metric.name] { rows[index][keyPath: tally].counts[verdict, default: 0] += 1 }
                continue
            }
            let all = Verdict.allCases.filter(verdicts.values.contains)
            // As Comparison.verdict: a regression outweighs what is open, and that an improvement.
            let order = [Verdict.regressed, .inconclusive, .improved, .equivalent]
            if let verdict = order.first(where: all.contains) {
                rows[index][keyPath: tally].counts[verdict, default: 0] += 1
            }
        }
    }

    private static func measure(
        _ row: inout Row,
        _ pool: [PowerSamples.Pair],
        size: Int,
        judge: ComparisonJudge
    ) throws(SampleError) {
        guard let metric = row.metric else { return }
        let values = pool.compactMap { pair in
            pair.baseline[metric.name].flatMap { before in pair.candidate[metric.name].map { (before, $0) } }
        }
        guard values.count > 1, values.allSatisfy({ $0.0 > 0 && $0.1 > 0 }) else { return }
        let runs = try PairedRuns(baseline: values.map(\.0), candidate: values.map(\.1))
        let whole = PairedComparison(runs, level: 1 - judge.confidence, margin: metric.margin, seed: judge.seed)
        let power = PairedPower(runs, alpha: judge.level / Double(judge.metrics.count))
        row.pairs = values.count
        row.ratio = whole.ratio
        row.interval = whole.interval
        row.spread = power?.spread
        // Within the margin nothing regresses, however sure it is.
        row.sees = power?.smallestEffect(pairs: size, power: 0.95).map { max($0, metric.margin.share) }
    }
}

import Glibc
import Results
import Statistics

/// What single pairs say of one metric of one load.
public enum PairedValues {
    /// The logarithm of how much worse B was than A, of each pair with two valid runs in the order of the pairs.
    ///
    /// - Parameters:
    ///   - members: the cells that tell the load, as a comparison's group has them.
    public static func worse(
        _ a: StoredRuns,
        _ b: StoredRuns,
        metric: ComparedMetric,
        members: [String: String]
    ) -> [Double] {
        ratios(a, b, metric: metric, members: members).map { pair in
            metric.direction == .higherIsBetter ? -log(pair.ratio) : log(pair.ratio)
        }
    }

    /// B ÷ A of each pair with two valid runs, with the pair's number from 1.
    static func ratios(
        _ a: StoredRuns,
        _ b: StoredRuns,
        metric: ComparedMetric,
        members: [String: String]
    ) -> [(pair: Int, ratio: Double)] {
        let group = LoadKey(members: members)
        let sides = [a, b].map { side in side.runs.filter { $0.group == group } }
        return zip(sides[0], sides[1]).enumerated().compactMap { index, pair in
            guard pair.0.isValid, pair.1.isValid else { return nil }
            let values = PairedTurns.values(pair.0, pair.1)
            guard let before = values.baseline[metric.name], let after = values.candidate[metric.name], before > 0,
                after > 0
            else { return nil }
            return (index + 1, after / before)
        }
    }

    /// Of the figures that regressed, the one whose regression is clearest: the most widths of its interval away from
    /// none.
    public static func clearest(_ comparison: Comparison) -> (group: Comparison.Group, metric: Comparison.Metric)? {
        func clarity(_ metric: Comparison.Metric) -> Double {
            guard let ratio = metric.ratio, let interval = metric.interval else { return 0 }
            return abs(log(ratio)) / max(log(interval.high / interval.low), 1e-12)
        }
        return comparison.groups.flatMap { group in group.metrics.map { (group: group, metric: $0) } }
            .filter { $0.metric.verdict == .regressed }
            .max { clarity($0.metric) < clarity($1.metric) }
    }
}

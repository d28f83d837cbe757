import Glibc

/// Wilcoxon's signed-rank test of the log ratios (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 3rd ed.,
/// 3.1): one wild pair weighs no more than its rank. The second opinion beside the sign-flip test.
public enum WilcoxonSignedRank {
    /// Up to so many pairs, without zeros and ties, all 2ⁿ signs are counted; the counts are exact in a Double.
    public static var mostExact: Int { 50 }

    /// The statistic is the sum of the ranks of the positive log ratios (candidate above baseline). Pairs without a
    /// difference are left out, as Wilcoxon did; if none is left, p is 1.
    public static func run(_ pairs: PairedRuns) -> TestResult {
        let values = pairs.logRatios.filter { $0 != 0 }
        guard !values.isEmpty else { return TestResult(statistic: 0, p: 1, method: .exact) }
        let ranks = Ranks(values.map { abs($0) })
        let positive = zip(values, ranks.ranks).reduce(0) { $1.0 > 0 ? $0 + $1.1 : $0 }
        let isExact = values.count == pairs.count && ranks.tieSum == 0 && values.count <= mostExact
        return TestResult(
            statistic: positive,
            p: isExact
                ? exactP(Int(positive), count: values.count)
                : normalP(positive, count: values.count, tieSum: ranks.tieSum),
            method: isExact ? .exact : .normal
        )
    }

    static func exactP(_ positive: Int, count: Int) -> Double {
        let most = count * (count + 1) / 2
        // ways[s]: subsets of the ranks so far with sum s.
        var ways = [Double](repeating: 0, count: most + 1)
        ways[0] = 1
        for rank in 1...count {
            for sum in stride(from: most, through: rank, by: -1) { ways[sum] += ways[sum - rank] }
        }
        let extreme = min(positive, most - positive)
        return min(1, 2 * ways[...extreme].reduce(0, +) / scalbn(1, count))
    }

    /// With the corrections for ties and for continuity.
    static func normalP(_ positive: Double, count: Int, tieSum: Double) -> Double {
        let n = Double(count)
        let variance = n * (n + 1) * (2 * n + 1) / 24 - tieSum / 48
        let distance = max(0, abs(positive - n * (n + 1) / 4) - 0.5)
        return min(1, 2 * NormalDistribution.cumulative(-distance / variance.squareRoot()))
    }
}

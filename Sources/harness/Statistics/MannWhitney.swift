import Glibc

/// Mann and Whitney's U for stored runs (Hollander, Wolfe and Chicken, 3rd ed., 4.1).
public enum MannWhitney {
    /// Both sides up to so many runs, without ties: all arrangements are counted, exactly in a Double.
    public static var mostExact: Int { 20 }

    /// The statistic is the number of pairs in which the candidate's run is above the baseline's; equal ones count half.
    public static func run(_ runs: UnpairedRuns) -> TestResult { run(runs.candidate, runs.baseline) }

    /// The same of any two lists of finite numbers, neither empty.
    static func run(_ candidate: [Double], _ baseline: [Double]) -> TestResult {
        let (m, n) = (candidate.count, baseline.count)
        let ranks = Ranks(candidate + baseline)
        let u = ranks.ranks[..<m].reduce(0, +) - Double(m * (m + 1) / 2)
        let isExact = ranks.tieSum == 0 && max(m, n) <= mostExact
        var p = isExact ? exactP(Int(u), m, n) : normalP(u, m, n, tieSum: ranks.tieSum)
        // Of few runs with ties the normal tail is lighter than one arrangement is likely, and no p can be less than
        // that.
        if !isExact, max(m, n) <= mostExact { p = max(p, exactP(0, m, n)) }
        return TestResult(statistic: u, p: p, method: isExact ? .exact : .normal)
    }

    static func exactP(_ u: Int, _ m: Int, _ n: Int) -> Double {
        let ways = arrangements(m, n)
        return min(1, 2 * ways[...min(u, m * n - u)].reduce(0, +) / ways.reduce(0, +))
    }

    /// With the corrections for ties and for continuity. Runs that are all equal give 1.
    static func normalP(_ u: Double, _ m: Int, _ n: Int, tieSum: Double) -> Double {
        let (size, product) = (Double(m + n), Double(m * n))
        let variance = product / 12 * (size + 1 - tieSum / (size * (size - 1)))
        guard variance > 0 else { return 1 }
        let distance = max(0, abs(u - product / 2) - 0.5)
        return min(1, 2 * NormalDistribution.cumulative(-distance / variance.squareRoot()))
    }

    /// In how many of the arrangements of m and n runs U is 0, 1, ... m·n: the coefficients of the Gaussian binomial
    /// coefficient, Π (1 − q^(m+i)) ÷ (1 − q^i) for i = 1...n.
    static func arrangements(_ m: Int, _ n: Int) -> [Double] {
        let most = m * n
        var ways = [Double](repeating: 0, count: most + 1)
        ways[0] = 1
        for i in 1...n {
            if m + i <= most { for u in stride(from: most, through: m + i, by: -1) { ways[u] -= ways[u - m - i] } }
            if i <= most { for u in i...most { ways[u] += ways[u - i] } }
        }
        return ways
    }
}

import Glibc

/// What so many stored runs could have seen.
///
/// The method: log values taken to be normal with the spread that was measured within the sides, and the power of the
/// two-sided t test of two samples at the level that Mann and Whitney's test really has with so few runs, its distance
/// reduced by the rank test's efficiency of √(3/π) (Lehmann, Nonparametrics, 2.4). A test simulates the difference. It is the
/// power of the design, never of the observed effect, as in `PairedPower`.
public struct UnpairedPower: Sendable, Equatable {
    /// Standard deviation of the logarithms within a side, both sides pooled: about the relative spread of a run.
    public let spread: Double
    /// Two-sided level. With Holm over m metrics, level ÷ m is the worst that a metric may meet.
    public let alpha: Double
    public let baselineRuns: Int
    public let candidateRuns: Int
    /// The largest level at or below `alpha` at which the test can reject: with few runs its p has few values.
    let attained: Double

    /// Nil if the runs of each side are all alike, or are too few to have a spread.
    public init?(_ runs: UnpairedRuns, alpha: Double) {
        let sides = [runs.baseline, runs.candidate].map { $0.map { log($0) } }
        let degrees = sides.reduce(-2) { $0 + $1.count }
        guard degrees > 0, alpha > 0, alpha < 1, sides.contains(where: { !$0.isConstant }) else { return nil }
        let squares = sides.reduce(0.0) { sum, side in
            sum + side.standardDeviation * side.standardDeviation * Double(side.count - 1)
        }
        self.init(
            spread: (squares / Double(degrees)).squareRoot(),
            alpha: alpha,
            baselineRuns: runs.baseline.count,
            candidateRuns: runs.candidate.count
        )
    }

    /// Nil without a spread, or with fewer than three runs altogether.
    public init?(spread: Double, alpha: Double, baselineRuns: Int, candidateRuns: Int) {
        guard spread > 0, spread.isFinite, alpha > 0, alpha < 1 else { return nil }
        guard min(baselineRuns, candidateRuns) > 0, baselineRuns + candidateRuns > 2 else { return nil }
        self.spread = spread
        self.alpha = alpha
        self.baselineRuns = baselineRuns
        self.candidateRuns = candidateRuns
        attained = Self.attained(alpha, candidateRuns, baselineRuns)
    }

    /// The smallest p that so many runs can give.
    public static func smallestP(_ m: Int, _ n: Int) -> Double {
        max(m, n) > MannWhitney.mostExact ? MannWhitney.normalP(0, m, n, tieSum: 0) : MannWhitney.exactP(0, m, n)
    }

    /// How many runs each side needs so that p can come to `alpha` at all.
    public static func fewestRuns(alpha: Double) -> Int {
        var count = 1
        while smallestP(count, count) > alpha, count < 1000 { count += 1 }
        return count
    }

    private static func attained(_ alpha: Double, _ m: Int, _ n: Int) -> Double {
        guard smallestP(m, n) <= alpha else { return 0 }
        guard max(m, n) <= MannWhitney.mostExact else { return alpha }
        let place = HodgesLehmann.place(m, n, tail: alpha / 2)
        return place == 0 ? 0 : MannWhitney.exactP(place - 1, m, n)
    }

    /// Standard error of the difference of the sides' log means.
    private var error: Double { spread * (1 / Double(baselineRuns) + 1 / Double(candidateRuns)).squareRoot() }

    /// The chance to see a slowdown by `effect` (0.05 for 5 % more). 0 where the test can never reject.
    public func power(effect: Double) -> Double {
        guard attained > 0 else { return 0 }
        let shift = abs(log1p(effect)) / error * (3 / Double.pi).squareRoot()
        return StudentDistribution.power(shift: shift, degrees: baselineRuns + candidateRuns - 2, alpha: attained)
    }

    /// The smallest slowdown (0.05 for 5 % more) that is called one with this probability: the test rejects, and the
    /// estimate lies beyond the margin. Nil where the test can never reject. The same distance downwards is
    /// 1 − 1 ÷ (1 + effect).
    public func smallestEffect(power: Double, margin: Margin) -> Double? {
        guard attained > 0, power > attained, power < 1 else { return nil }
        let degrees = baselineRuns + candidateRuns - 2
        let critical = StudentDistribution.critical(tail: attained / 2, degrees: degrees)
        func reached(_ shift: Double) -> Bool {
            StudentDistribution.power(shift: shift, degrees: degrees, critical: critical) >= power
        }
        var high = 1.0
        while !reached(high), high < 1e12 { high *= 2 }
        var low = 0.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if reached(middle) { high = middle } else { low = middle }
        }
        let seen = high * error / (3 / Double.pi).squareRoot()
        let beyond = log1p(margin.share) + NormalDistribution.quantile(power) * error
        return expm1(max(seen, beyond))
    }
}

import Glibc

/// What so many pairs could have seen.
///
/// The method: log ratios taken to be normal with the standard deviation that was measured, and the exact power of the
/// two-sided paired t test (noncentral t). The sign-flip test has the same power but for terms that vanish with n
/// (Hoeffding, Annals of Mathematical Statistics 23, 1952); a test simulates the difference. It is the power of the design,
/// made from the spread alone and never from the observed effect, which would only say p again (Hoenig and Heisey, The
/// American Statistician 55, 2001).
public struct PairedPower: Sendable, Equatable {
    /// Standard deviation of the log ratios of pairs: about the relative spread of a pair, 0.02 for 2 %.
    public let spread: Double
    /// Two-sided level of the test. With Holm over m metrics, `alpha` ÷ m is the worst that a metric may meet.
    public let alpha: Double

    /// Nil without a spread: pairs that are all alike say nothing of the noise to come.
    public init?(spread: Double, alpha: Double) {
        guard spread > 0, spread.isFinite, alpha > 0, alpha < 1 else { return nil }
        self.spread = spread
        self.alpha = alpha
    }

    /// Nil if there are fewer than two pairs or all of them have one ratio.
    public init?(_ pairs: PairedRuns, alpha: Double) {
        guard !pairs.isConstant else { return nil }
        self.init(spread: pairs.logRatios.standardDeviation, alpha: alpha)
    }

    /// Fewest pairs with which the sign-flip test can reject at all: 2^(1−n) ≤ alpha.
    public var fewestPairs: Int {
        var count = 2
        while SignFlipTest.smallestP(pairs: count) > alpha { count += 1 }
        return count
    }

    /// The chance to see a slowdown by `effect` (0.05 for 5 % more). 0 where the test can never reject.
    public func power(effect: Double, pairs: Int) -> Double {
        guard pairs >= fewestPairs else { return 0 }
        let shift = log1p(effect) / spread * Double(pairs).squareRoot()
        return StudentDistribution.power(shift: abs(shift), degrees: pairs - 1, alpha: alpha)
    }

    /// The smallest slowdown (0.05 for 5 % more) that `pairs` pairs find with this probability. Nil where the sign-flip
    /// test can never reject. The same distance downwards is 1 − 1 ÷ (1 + effect).
    public func smallestEffect(pairs: Int, power: Double) -> Double? {
        guard pairs >= fewestPairs, power > alpha, power < 1 else { return nil }
        let critical = StudentDistribution.critical(tail: alpha / 2, degrees: pairs - 1)
        func reached(_ shift: Double) -> Bool {
            StudentDistribution.power(shift: shift, degrees: pairs - 1, critical: critical) >= power
        }
        var high = 1.0
        while !reached(high), high < 1e12 { high *= 2 }
        var low = 0.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if reached(middle) { high = middle } else { low = middle }
        }
        return expm1(high * spread / Double(pairs).squareRoot())
    }

    /// How many pairs find a slowdown by `effect` with this probability. Nil if a million do not, or for no effect.
    public func pairsNeeded(effect: Double, power: Double) -> Int? {
        guard effect > 0, power > 0, power < 1 else { return nil }
        let most = 1_000_000
        var low = fewestPairs - 1
        var high = fewestPairs
        while self.power(effect: effect, pairs: high) < power {
            guard high < most else { return nil }
            low = high
            high = min(most, high * 2)
        }
        while high - low > 1 {
            let middle = (low + high) / 2
            if self.power(effect: effect, pairs: middle) >= power { high = middle } else { low = middle }
        }
        return high
    }
}

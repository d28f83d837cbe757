/// Everything that is said of one metric measured in pairs.
public struct PairedComparison: Sendable, Equatable {
    public let pairs: Int
    /// Candidate ÷ baseline, the geometric mean over pairs.
    public let ratio: Double
    public let medianRatio: Double
    /// BCa; of method `constant` if all pairs have one ratio. Nil if there are too few pairs for it.
    public let interval: Interval?
    public let signFlip: TestResult
    public let wilcoxon: TestResult
    /// The smallest slowdown (0.05 for 5 % more) that so many pairs find in 80 and in 95 of 100 cases. Nil if none.
    public let smallestEffect80: Double?
    public let smallestEffect95: Double?
    /// How many pairs would find a slowdown by the margin in 95 of 100 cases. Nil without a margin or a spread.
    public let pairsForMargin: Int?

    /// - Parameters:
    ///   - level: two-sided, of the whole comparison; the interval's confidence is 1 − level.
    ///   - metrics: how many are compared at once: `smallestEffect` and `pairsForMargin` are for Holm's first step.
    ///   - seed: of the resamples.
    public init(_ runs: PairedRuns, level: Double, metrics: Int = 1, margin: Margin, seed: UInt64) {
        precondition(level > 0 && level < 1 && metrics > 0)
        pairs = runs.count
        ratio = runs.ratio
        medianRatio = runs.medianRatio
        let confidence = 1 - level
        if runs.count >= PairedRuns.fewestPairs, runs.isConstant {
            interval = Interval(low: ratio, high: ratio, confidence: confidence, method: .constant)
        } else {
            let resamples = PairedRuns.enoughResamples(confidence: confidence, pairs: runs.count)
            // The one error, too few pairs, is what nil says here.
            interval =
                (try? runs.interval(confidence: confidence, bootstrap: Bootstrap(resamples: resamples, seed: seed)))
                ?? nil
        }
        signFlip = SignFlipTest.run(runs, seed: seed)
        wilcoxon = WilcoxonSignedRank.run(runs)
        let power = PairedPower(runs, alpha: level / Double(metrics))
        smallestEffect80 = power?.smallestEffect(pairs: runs.count, power: 0.8)
        smallestEffect95 = power?.smallestEffect(pairs: runs.count, power: 0.95)
        pairsForMargin = power?.pairsNeeded(effect: margin.share, power: 0.95)
    }
}

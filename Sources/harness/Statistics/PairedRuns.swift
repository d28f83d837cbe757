import Glibc

/// Interleaved runs of a baseline (A) and a candidate (B), side by side in pairs, of one metric in any unit.
///
/// A *run* is the sample, never an operation: the latencies within a run share its luck, so a test upon them finds a
/// difference between any two runs (Laaber and Leitner, MSR 2018).
public struct PairedRuns: Sendable, Equatable {
    public let baseline: [Double]
    public let candidate: [Double]
    /// ln(candidate ÷ baseline) of each pair. Whatever slows both runs of a pair cancels here.
    public let logRatios: [Double]

    /// The same index is the same pair. All values must be positive and finite.
    public init(baseline: [Double], candidate: [Double]) throws(SampleError) {
        guard baseline.count == candidate.count else {
            throw .unpaired(baseline: baseline.count, candidate: candidate.count)
        }
        guard !baseline.isEmpty else { throw .tooFew(count: 0, needed: 1) }
        try baseline.checkPositive()
        try candidate.checkPositive()
        self.baseline = baseline
        self.candidate = candidate
        logRatios = zip(baseline, candidate).map {
            // Of the quotient, so that equal ratios are equal to the last bit and Wilcoxon's test sees the tie.
            let quotient = $1 / $0
            return quotient.isNormal ? log(quotient) : log($1) - log($0)
        }
    }

    /// Number of pairs.
    public var count: Int { logRatios.count }

    /// The geometric mean of candidate ÷ baseline: the headline figure.
    ///
    /// Not the median, for three reasons. The sign-flip test's statistic is the mean of the log ratios, so figure,
    /// interval and p speak of one quantity. It is a smooth function of the sample, which BCa intervals need, and which
    /// the median is not. And with 10 to 20 pairs of near-normal log ratios the median would need half as many again
    /// (its efficiency is 2/π). Against single bad runs stand the pairing, `medianRatio` and Wilcoxon's test beside it.
    /// Swapping the sides gives exactly the reciprocal, which an arithmetic mean of ratios would not.
    public var ratio: Double { exp(logRatios.mean) }

    /// The median of candidate ÷ baseline: far from `ratio` if a few pairs decide.
    public var medianRatio: Double { exp(logRatios.median) }

    /// All pairs have one ratio, but for rounding: there is no noise from which a bootstrap could learn.
    public var isConstant: Bool { logRatios.isConstant }
}

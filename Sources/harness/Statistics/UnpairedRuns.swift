import Glibc

/// Stored runs of a baseline and of a candidate that were not made in turns. A drift of the machine between them is in
/// the difference and no test can take it out; so unlike environments must be refused before.
public struct UnpairedRuns: Sendable, Equatable {
    public let baseline: [Double]
    public let candidate: [Double]

    /// All values must be positive and finite; both sides need at least one.
    public init(baseline: [Double], candidate: [Double]) throws(SampleError) {
        guard !baseline.isEmpty, !candidate.isEmpty else { throw .tooFew(count: 0, needed: 1) }
        try baseline.checkPositive()
        try candidate.checkPositive()
        self.baseline = baseline
        self.candidate = candidate
    }

    /// Median of the candidate's runs ÷ median of the baseline's.
    public var ratioOfMedians: Double { candidate.median / baseline.median }
}

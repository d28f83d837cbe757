/// Everything that is said of one metric of stored runs.
public struct UnpairedComparison: Sendable, Equatable {
    public let baselineRuns: Int
    public let candidateRuns: Int
    /// Candidate ÷ baseline by Hodges and Lehmann, with its interval, which is `mannWhitney` turned round: these two decide.
    public let shift: HodgesLehmann
    public let mannWhitney: TestResult
    public let ratioOfMedians: Double
    /// Nil for too few runs.
    public let ratioOfMediansInterval: Interval?

    /// - Parameters:
    ///   - level: two-sided; the intervals' confidence is 1 − level.
    ///   - seed: of the resamples.
    public init(_ runs: UnpairedRuns, level: Double, seed: UInt64) {
        precondition(level > 0 && level < 1)
        baselineRuns = runs.baseline.count
        candidateRuns = runs.candidate.count
        shift = HodgesLehmann(runs, confidence: 1 - level)
        mannWhitney = MannWhitney.run(runs)
        ratioOfMedians = runs.ratioOfMedians
        let bootstrap = Bootstrap(resamples: max(10_000, Int(min(200_000, 40 / level))), seed: seed)
        ratioOfMediansInterval = (try? runs.interval(confidence: 1 - level, bootstrap: bootstrap)) ?? nil
    }
}

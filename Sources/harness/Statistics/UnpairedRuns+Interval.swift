extension UnpairedRuns {
    /// Fewest runs of each side of which a bootstrap is made.
    public static var fewestRuns: Int { 3 }

    /// The confidence interval of `ratioOfMedians`, resampling both sides apart: the percentile interval, because the
    /// jackknife that BCa needs says nothing about a median (Efron and Tibshirani 1993, 10.6). With under ten runs a side
    /// take `HodgesLehmann`'s, whose coverage is exact.
    ///
    /// Nil if both sides are constant, or if fewer than five resamples would lie beyond a limit.
    /// - Throws: `tooFew` under three runs on a side.
    public func interval(confidence: Double = 0.95, bootstrap: Bootstrap) throws(SampleError) -> Interval? {
        let fewest = min(baseline.count, candidate.count)
        guard fewest >= Self.fewestRuns else { throw .tooFew(count: fewest, needed: Self.fewestRuns) }
        precondition(confidence > 0 && confidence < 1)
        let tail = (1 - confidence) / 2
        let isConstant = Set(baseline).count == 1 && Set(candidate).count == 1
        guard !isConstant, tail * Double(bootstrap.resamples) >= 5 else { return nil }
        let sorted = bootstrap.distribution(of: baseline, and: candidate) { $1.median / $0.median }
        let limits = BootstrapLimits.percentile(sorted, tail: tail)
        return Interval(low: limits.low, high: limits.high, confidence: confidence, method: .percentile)
    }
}

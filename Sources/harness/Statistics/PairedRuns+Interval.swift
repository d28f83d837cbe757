import Glibc

/// How the limits are read from the bootstrap distribution of the mean log ratio.
public enum BootstrapMethod: Sendable {
    case percentile
    /// The default: it keeps its coverage where noise is skewed, as slow runs make it.
    case bca
}

extension PairedRuns {
    /// Fewest pairs of which a bootstrap is made: two have three distinct means.
    public static var fewestPairs: Int { 3 }

    /// Most resamples that `enoughResamples` asks for.
    public static var mostResamples: Int { 200_000 }

    /// The confidence interval of `ratio`, by resampling pairs.
    ///
    /// Nil if the pairs have one and the same ratio (a point has no bootstrap), or if so far out in the tail fewer than
    /// five resamples would decide a limit: an invented limit is worse than none. More pairs help, and more resamples.
    ///
    /// - Parameters:
    ///   - confidence: 0.95 for 95 %; must lie between 0 and 1.
    ///   - expanded: widen for few pairs by Student's t (`BootstrapLimits.expandedTail`).
    /// - Throws: `tooFew` under three pairs.
    public func interval(
        confidence: Double = 0.95,
        method: BootstrapMethod = .bca,
        expanded: Bool = true,
        bootstrap: Bootstrap
    ) throws(SampleError) -> Interval? {
        guard count >= Self.fewestPairs else { throw .tooFew(count: count, needed: Self.fewestPairs) }
        precondition(confidence > 0 && confidence < 1)
        let nominal = (1 - confidence) / 2
        let tail = expanded ? BootstrapLimits.expandedTail(nominal, count: count) : nominal
        guard !isConstant, tail * Double(bootstrap.resamples) >= 5 else { return nil }
        let sorted = bootstrap.distribution(of: logRatios) { $0.mean }
        switch method {
        case .percentile:
            let limits = BootstrapLimits.percentile(sorted, tail: tail)
            return Interval(low: limits.low, high: limits.high, confidence: confidence, method: .percentile)?
                .exponentiated
        case .bca:
            let sum = logRatios.reduce(0, +)
            let without = logRatios.map { (sum - $0) / Double(count - 1) }
            guard
                let limits = BootstrapLimits.bca(sorted, estimate: logRatios.mean, jackknife: without, tail: tail)
            else { return nil }
            return Interval(low: limits.low, high: limits.high, confidence: confidence, method: .bca)?.exponentiated
        }
    }

    /// As many resamples as leave about twenty beyond each limit, between 10,000 and `mostResamples`.
    public static func enoughResamples(confidence: Double, pairs: Int) -> Int {
        guard pairs >= fewestPairs else { return 10_000 }
        let tail = BootstrapLimits.expandedTail((1 - confidence) / 2, count: pairs)
        return Int(min(Double(mostResamples), max(10_000, (20 / tail).rounded(.up))))
    }
}

/// What a reader wants of a handful of like figures: where the middle is, how sure that is, and how bad it gets.
public struct SampleSummary: Sendable, Equatable {
    /// Fewer values have no 95 % interval of their median: all of them lie on one side of it with a chance of
    /// 2 x 2^(-n), which is above 5 % up to five.
    public static let fewestForInterval = 6

    public let count: Int
    public let median: Double
    /// By linear interpolation, as NumPy has it by default.
    public let p90: Double
    public let max: Double
    /// Percentile bootstrap of the median (Efron and Tibshirani 1993, ch. 13); nil for too few values.
    public let medianInterval: Interval?

    /// Nil for no values, or one that is not finite.
    public init?(_ values: [Double], bootstrap: Bootstrap, confidence: Double = 0.95) {
        guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
        let sorted = values.sorted()
        count = sorted.count
        median = sorted.medianOfSorted
        p90 = sorted.quantileOfSorted(0.9)
        max = sorted[sorted.count - 1]
        guard sorted.count >= Self.fewestForInterval else {
            medianInterval = nil
            return
        }
        let medians = bootstrap.distribution(of: sorted) { $0.median }
        let limits = BootstrapLimits.percentile(medians, tail: (1 - confidence) / 2)
        medianInterval = Interval(low: limits.low, high: limits.high, confidence: confidence, method: .percentile)
    }
}

/// What a reader wants of a handful of like figures: where the middle is, how sure that is, and how bad it gets.
public struct SampleSummary: Sendable, Equatable {
    public let count: Int
    public let median: Double
    /// By linear interpolation, as NumPy has it by default.
    public let p90: Double
    public let max: Double
    /// 95 %, by `MedianInterval`; nil for one value.
    public let medianInterval: Interval?

    /// Nil for no values, or one that is not finite.
    public init?(_ values: [Double]) {
        guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
        let sorted = values.sorted()
        count = sorted.count
        median = sorted.medianOfSorted
        p90 = sorted.quantileOfSorted(0.9)
        max = sorted[sorted.count - 1]
        medianInterval = MedianInterval.ofSorted(sorted)
    }
}

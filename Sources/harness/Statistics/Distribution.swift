/// What is said about a handful of runs: median, smallest, largest, and how well the median is known. A run is the sample,
/// never an operation.
public struct Distribution: Sendable, Equatable {
    /// Number of values.
    public var count: Int
    public var median: Double
    public var min: Double
    public var max: Double
    /// Of the median (`MedianInterval`); nil for one value, of which nobody knows how far the next would lie.
    public var interval: Interval?

    /// Nil for no values. NaN is not a value and must not be among them.
    public init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        count = sorted.count
        min = sorted[0]
        max = sorted[sorted.count - 1]
        median = sorted.medianOfSorted
        interval = MedianInterval.ofSorted(sorted)
    }

    /// (max − min) ÷ median, in percent: how far the repeats lie apart. 0 for one value, nil for a median of 0.
    public var spreadPercent: Double? {
        guard median != 0 else { return nil }
        return (max - min) / median * 100
    }
}

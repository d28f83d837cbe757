import Histogram

/// The percentiles of one histogram, in microseconds; all nil where nothing was recorded.
public struct LatencyFigures: Sendable, Equatable {
    public var meanMicroseconds: Double?
    public var p50Microseconds: Double?
    public var p90Microseconds: Double?
    public var p99Microseconds: Double?
    public var p999Microseconds: Double?
    public var maxMicroseconds: Double?

    public init() {}

    public init(nanoseconds histogram: Histogram<UInt64>) {
        guard histogram.totalCount > 0 else { return }
        func percentile(_ percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) / 1000 }
        meanMicroseconds = histogram.mean / 1000
        p50Microseconds = percentile(50)
        p90Microseconds = percentile(90)
        p99Microseconds = percentile(99)
        p999Microseconds = percentile(99.9)
        maxMicroseconds = Double(histogram.maxRecorded) / 1000
    }
}

import Measure
import Statistics

/// What one round gave for one thing that is repeated: syncs, or messages.
struct RoundFigures {
    var perSecond: Double
    var p50Microseconds: Double
    var p99Microseconds: Double
    var samples: Int

    /// - Parameter durations: nanoseconds each, at least one.
    init(perSecond: Double, durations: [UInt64]) {
        let sorted = durations.sorted()
        self.perSecond = perSecond
        p50Microseconds = Self.quantile(sorted, 0.5)
        p99Microseconds = Self.quantile(sorted, 0.99)
        samples = sorted.count
    }

    /// The smallest that so large a share does not exceed, in microseconds.
    private static func quantile(_ sorted: [UInt64], _ share: Double) -> Double {
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return Double(sorted[min(max(rank, 1), sorted.count) - 1]) / 1000
    }
}

extension [Double] {
    /// (max - min) / median, of at least one.
    var spread: Double { (self.max()! - self.min()!) / median }

    /// Of the median, 95 %; nil of one round.
    var limits: Calibration.Limits? {
        Distribution(self)?.interval.map { Calibration.Limits(low: $0.low, high: $0.high) }
    }
}

/// What is said of one metric.
public enum Verdict: String, Sendable, CaseIterable {
    case regressed, improved, equivalent, inconclusive
}

/// Which change of a metric is for the better.
public enum Direction: String, Sendable, CaseIterable {
    case lowerIsBetter, higherIsBetter
}

/// A change that nobody minds, by ratio: from 1 ÷ (1 + share) to 1 + share, the same distance both ways on the scale on
/// which ratios add up. It is fixed before the runs are made.
public struct Margin: Sendable, Equatable {
    /// 0.02 for 2 %.
    public let share: Double

    /// Nil for a negative share, and for what is no number.
    public init?(share: Double) {
        guard share >= 0, share.isFinite else { return nil }
        self.share = share
    }

    public var low: Double { 1 / (1 + share) }
    public var high: Double { 1 + share }

    func encloses(_ interval: Interval) -> Bool { low <= interval.low && interval.high <= high }
}

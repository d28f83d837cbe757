/// A verdict and why. A total function of what the statistics gave: whatever is missing makes it inconclusive.
///
/// The rules, first match wins:
/// 1. *equivalent*: the whole interval lies within the margin. That is two one-sided tests (Schuirmann, Journal of
///    Pharmacokinetics and Biopharmaceutics 15, 1987) at half of 1 − confidence each: stricter than the customary 90 %
///    interval, so that the printed interval is the one that decides. A difference that is certain and smaller than
///    anybody minds is equivalent, too.
/// 2. *regressed* or *improved*: p is at or below the level, the interval excludes 1, and the ratio itself lies beyond
///    the margin, on one side. The first bounds false alarms; the last keeps a certain half percent from failing a build.
/// 3. *inconclusive* otherwise. Not to have found a difference is never a proof that there is none.
public struct Judgement: Sendable, Equatable {
    public enum Reason: String, Sendable, CaseIterable {
        /// The interval lies within the margin.
        case withinMargin
        /// p, interval and ratio agree.
        case beyondMargin
        /// No interval or no p: too few runs, or none that differ.
        case noEvidence
        /// There may be a difference or none: more pairs are needed. So it is, too, where the interval excludes 1 and so
        /// few pairs can give no smaller p.
        case notSignificant
        /// There is a difference, and it may be smaller than the margin: more pairs are needed.
        case mayBeSmall
        /// The test sees a difference, and the interval has room for none: more pairs are needed.
        case disagreement
    }

    public let verdict: Verdict
    public let reason: Reason

    /// - Parameters:
    ///   - ratio: candidate ÷ baseline.
    ///   - interval: of that ratio.
    ///   - adjustedP: after Holm.
    ///   - level: at or below which a p rejects.
    public init(
        ratio: Double,
        interval: Interval?,
        adjustedP: Double?,
        level: Double,
        margin: Margin,
        direction: Direction
    ) {
        guard let interval else {
            self.init(.inconclusive, .noEvidence)
            return
        }
        if margin.encloses(interval) {
            self.init(.equivalent, .withinMargin)
            return
        }
        guard let adjustedP, (0...1).contains(adjustedP) else {
            self.init(.inconclusive, .noEvidence)
            return
        }
        let isSignificant = adjustedP <= level
        guard isSignificant else {
            self.init(.inconclusive, .notSignificant)
            return
        }
        guard !interval.contains(1) else {
            self.init(.inconclusive, .disagreement)
            return
        }
        // A ratio on the other side of 1 than its interval cannot come from our statistics; it would decide nothing.
        let isHigher = ratio > margin.high && interval.low > 1
        let isLower = ratio < margin.low && interval.high < 1
        guard isHigher || isLower else {
            self.init(.inconclusive, .mayBeSmall)
            return
        }
        self.init(isHigher == (direction == .lowerIsBetter) ? .regressed : .improved, .beyondMargin)
    }

    init(_ verdict: Verdict, _ reason: Reason) {
        self.verdict = verdict
        self.reason = reason
    }
}

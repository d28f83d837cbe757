/// A verdict and why. A total function of what the statistics gave: whatever is missing makes it inconclusive.
///
/// The rules, first match wins:
/// 1. *equivalent*: the whole interval lies within the margin. That is two one-sided tests (Schuirmann, Journal of
///    Pharmacokinetics and Biopharmaceutics 15, 1987) at half of 1 − confidence each: stricter than the customary 90 %
///    interval, so that the printed interval is the one that decides. A difference that is certain and smaller than
///    anybody minds is equivalent, too; `proved` tells it from none.
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
        /// Whatever had been measured, so few runs could not have made p small enough: nobody can tell.
        case undecidable
        /// There may be a difference or none: more pairs are needed.
        case notSignificant
        /// The interval, which is the metric's own, excludes 1; p, which is adjusted for all that is tested, does not
        /// reject: more pairs are needed.
        case unproved
        /// There is a difference, and it may be smaller than the margin: more pairs are needed.
        case mayBeSmall
        /// The test sees a difference, and the interval has room for none: more pairs are needed.
        case disagreement
    }

    /// Which way a metric went.
    public enum Change: String, Sendable, CaseIterable {
        case worse, better
    }

    public let verdict: Verdict
    public let reason: Reason
    /// The way that is certain, however little it is: p rejects, and interval and ratio are on one side of 1. Nil where
    /// nothing is. It has no say in the verdict; it is there so that no words deny a difference that was shown.
    public let proved: Change?

    /// - Parameters:
    ///   - ratio: candidate ÷ baseline.
    ///   - interval: of that ratio.
    ///   - adjustedP: after Holm.
    ///   - smallestP: what it could have come to at best, with so many runs; nil where that is not known.
    ///   - level: at or below which a p rejects.
    public init(
        ratio: Double,
        interval: Interval?,
        adjustedP: Double?,
        smallestP: Double? = nil,
        level: Double,
        margin: Margin,
        direction: Direction
    ) {
        let isHopeless = smallestP.map { $0 > level } ?? false
        guard let interval else {
            self.init(.inconclusive, isHopeless ? .undecidable : .noEvidence)
            return
        }
        let isProbability = adjustedP.map((0...1).contains) ?? false
        let isSignificant = adjustedP.map { isProbability && $0 <= level } ?? false
        // A ratio on the other side of 1 than its interval cannot come from our statistics; it would decide nothing.
        let seen = (ratio > 1) == (interval.low > 1) ? interval.change(direction) : nil
        let proved = isSignificant ? seen : nil
        if margin.encloses(interval) {
            self.init(.equivalent, .withinMargin, proved)
        } else if isHopeless {
            self.init(.inconclusive, .undecidable)
        } else if !isProbability {
            self.init(.inconclusive, .noEvidence)
        } else if !isSignificant {
            self.init(.inconclusive, interval.contains(1) ? .notSignificant : .unproved)
        } else if interval.contains(1) {
            self.init(.inconclusive, .disagreement)
        } else if let proved, ratio > margin.high || ratio < margin.low {
            self.init(proved == .worse ? .regressed : .improved, .beyondMargin, proved)
        } else {
            self.init(.inconclusive, .mayBeSmall, proved)
        }
    }

    init(_ verdict: Verdict, _ reason: Reason, _ proved: Change? = nil) {
        self.verdict = verdict
        self.reason = reason
        self.proved = proved
    }
}

extension Interval {
    /// Which way a ratio's interval lies; nil if it contains 1.
    public func change(_ direction: Direction) -> Judgement.Change? {
        guard !contains(1) else { return nil }
        return (low > 1) == (direction == .lowerIsBetter) ? .worse : .better
    }
}

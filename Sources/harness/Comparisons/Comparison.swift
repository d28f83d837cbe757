import Report
import Statistics

/// All that is said of a baseline and a candidate: the one result that every output is made from.
public struct Comparison: Sendable, Equatable {
    /// How the runs were made, which decides the statistics.
    public enum Design: String, Sendable {
        /// At another time than each other: Mann and Whitney's test, Hodges and Lehmann's shift.
        case stored
        /// Interleaved, in pairs: sign flips, the geometric mean of the pairs' ratios.
        case pairs
    }

    public struct Side: Sendable, Equatable {
        /// A folder, a binary or a git reference, as the user named it.
        public var name: String
        public var commit: String
        public var runs: Int
        /// Runs that are no results, and are left out.
        public var invalid: Int

        public init(name: String, commit: String, runs: Int, invalid: Int) {
            self.name = name
            self.commit = commit
            self.runs = runs
            self.invalid = invalid
        }
    }

    public struct Group: Sendable, Equatable {
        public var label: String
        /// The cells of summary.csv that tell it from others.
        public var members: [String: String]
        public var metrics: [Metric]
    }

    /// One metric of one load.
    public struct Metric: Sendable, Equatable {
        public var metric: ComparedMetric
        /// Nil if no run has it.
        public var baseline: Distribution?
        public var candidate: Distribution?
        /// Candidate ÷ baseline; nil where there is none.
        public var ratio: Double?
        public var interval: Interval?
        public var p: Double?
        /// By Holm's method, over all tests of the comparison.
        public var adjustedP: Double?
        /// The smallest change for the worse (0.05 for 5 %) that this many runs would find in 95 of 100 cases; nil where
        /// they could find none.
        public var smallestEffect: Double?
        public var verdict: Verdict
        public var reason: Reason
        /// A difference that is certain, however small: within the margin it leaves the verdict as it is, and no words may
        /// deny it.
        public var proved: Judgement.Change?
    }

    public enum Reason: Sendable, Equatable {
        case judged(Judgement.Reason)
        /// All runs of both sides have one value: a count that no noise touches, or nothing at all. No test is made.
        case constant
        /// A run has 0, so there is no ratio.
        case zero
        /// A side has no run with it.
        case missing
    }

    public var design: Design
    public var baseline: Side
    public var candidate: Side
    /// At or below which an adjusted p rejects.
    public var level: Double
    /// Of the intervals.
    public var confidence: Double
    public var groups: [Group]
    /// How many tests Holm's method took into account.
    public var tests: Int
    /// Unlike fingerprints that the user wanted to be compared all the same.
    public var differences: [Fingerprint.Difference] = []
    /// Runs of the candidate that lost or reordered an acknowledged write.
    public var violated: [String] = []
    /// Loads that only the baseline has a result for.
    public var failed: [String] = []
    public var warnings: [String] = []

    /// Every metric with its group's label.
    public var all: [(group: String, metric: Metric)] {
        groups.flatMap { group in group.metrics.map { (group.label, $0) } }
    }

    public func count(_ verdict: Verdict) -> Int { all.count { $0.metric.verdict == verdict } }

    /// Regressed if any metric is; inconclusive if any could not be decided; improved if any is; else equivalent.
    public var verdict: Verdict {
        for verdict in [Verdict.regressed, .inconclusive, .improved] where count(verdict) > 0 { return verdict }
        return all.isEmpty ? .inconclusive : .equivalent
    }

    /// 4 an acknowledged write of the candidate was lost; 2 a metric regressed; 1 a load that the baseline has results for
    /// has none in the candidate; 3 with `strict`, something is inconclusive; 0 otherwise.
    ///
    /// Inconclusive passes by default: a gate that fails whenever a tail latency was noisy is switched off within a week.
    public func exitCode(strict: Bool) -> ExitStatus {
        if !violated.isEmpty { return .lostWrite }
        if count(.regressed) > 0 { return .regression }
        if !failed.isEmpty { return .failed }
        return strict && verdict == .inconclusive ? .inconclusive : .pass
    }
}

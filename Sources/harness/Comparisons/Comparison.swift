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
        /// Of what the figure is, if of all loads together.
        public var pool: Pool?
        /// Nil if no run has it, and of loads together, which have no common value.
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
        /// A difference that is certain, however small: within the margin it leaves the verdict as it is, and no words
        /// may deny it.
        public var proved: Judgement.Change?

        /// So few runs could prove nothing, or the candidate has none with the metric.
        public var isUndecidable: Bool {
            reason == .judged(.undecidable) || reason == .missing && candidate == nil && baseline != nil
        }
    }

    /// Loads that are tested together.
    public struct Pool: Sendable, Equatable {
        public var loads: Int
        public var baselineRuns: Int
        public var candidateRuns: Int
    }

    /// What so many runs could have shown, which is known before any value is.
    public struct Reach: Sendable, Equatable {
        /// The smallest p, adjusted, of the weakest test of a load by itself. Above the level, nothing can be proved of
        /// it.
        public var smallestP: Double
        /// The same of all loads together.
        public var pooledSmallestP: Double?
        /// Of the load and side with the fewest, and of that with the most; pairs where runs are paired.
        public var runs: ClosedRange<Int>
        /// How many runs of each load on each side, or pairs, could prove something; nil if these can.
        public var needed: Int?
        public var isOneMetric: Bool
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
    /// How many tests of loads by themselves Holm's method took into account.
    public var tests: Int
    /// How many of all loads together; where there are some, each of the two families has half of the level.
    public var pooledTests = 0
    /// Nil where nothing was tested.
    public var reach: Reach?
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

    /// Figures that could not have regressed whatever was measured: a gate that they pass is open.
    public var undecidable: Int { all.count { $0.metric.isUndecidable } }

    /// 4 an acknowledged write of the candidate was lost; 2 a metric regressed; 1 a load that the baseline has results
    /// for has none in the candidate; 3 something could not have regressed whatever was measured, unless `lenient`, or
    /// is inconclusive at all, if `strict`; 0 otherwise.
    ///
    /// What noise leaves inconclusive passes by default: a gate that fails whenever a tail latency was noisy is
    /// switched off within a week. What too few runs leave so does not: such a gate never fails.
    public func exitCode(strict: Bool, lenient: Bool = false) -> ExitStatus {
        if !violated.isEmpty { return .lostWrite }
        if count(.regressed) > 0 { return .regression }
        if !failed.isEmpty { return .failed }
        return !lenient && undecidable > 0 || strict && verdict == .inconclusive ? .inconclusive : .pass
    }
}

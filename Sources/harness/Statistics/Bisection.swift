import Glibc

/// Finds the first bad commit of a row by noisy comparisons of its commits with the good end.
///
/// A comparison of a pair gives one value, the logarithm of how much worse the commit was. Commits before the first
/// bad one have the mean 0, it and those after it the mean Δ. First the ends are compared until Δ is known to be at
/// least D, and D to be half of what was measured or more; the threshold is D/2, so it is as far from 0 as from the least
/// that Δ may be. Then the commit in the middle of those left is compared until its mean is shown to be above the
/// threshold or below it.
///
/// *Error*: the chance 1 − `confidence` is split evenly over the test of the ends and the ⌈log₂ n⌉ commits that are
/// decided at most, and each one's part over its looks by 6/(π²j²), whose sum is 1; so looking again and again costs
/// nothing of it (Bonferroni's inequality). Each look is Student's t test, one-sided, which needs values that are not
/// far from normal: the log ratios of pairs are, and simulations with heavier tails keep the bound, too.
///
/// A commit that cannot be built is skipped: its place is taken by the nearest one, and if nothing but skipped ones is
/// left the answer is a range.
public struct Bisection: Sendable {
    /// What the comparison of the two ends has shown.
    public enum Ends: Sendable, Equatable {
        case undecided
        /// The bad end is worse by less than the margin.
        case alike
        case different
    }

    public enum Step: Sendable, Equatable {
        /// One more pair of the good end and this commit, counted from 1; the bad end is the last.
        case compare(Int)
        case over
    }

    /// Commits after the good end, the bad end included.
    public let count: Int
    public let confidence: Double
    /// As a logarithm; a smaller difference of the ends is none.
    public let margin: Double
    public private(set) var ends = Ends.undecided
    /// The first bad commit is one of these, counted from 1.
    public private(set) var left: ClosedRange<Int>
    /// Decided so far, in this order.
    public private(set) var decisions: [Decision] = []
    public private(set) var skipped: Set<Int> = []

    public struct Decision: Sendable, Equatable {
        public var commit: Int
        public var isBad: Bool
        public var pairs: Int
        /// How much worse it was, a logarithm.
        public var mean: Double
    }

    private var values: [Int: [Double]] = [:]
    private var looks: [Int: Int] = [:]
    private var threshold = 0.0
    private let share: Double
    /// Metrics that the one compared was chosen from.
    private let choices: Int

    /// - Parameters:
    ///   - count: commits after the good end, at least 1.
    ///   - margin: as a logarithm, at least 0; with 0 the ends are never found to be alike.
    ///   - choices: how many metrics the one compared is the worst of.
    public init(count: Int, confidence: Double, margin: Double, choices: Int = 1) {
        precondition(count >= 1 && confidence > 0 && confidence < 1 && margin >= 0 && choices >= 1)
        self.count = count
        self.confidence = confidence
        self.margin = margin
        self.choices = choices
        left = 1...count
        var steps = 0
        while 1 << steps < count { steps += 1 }
        share = (1 - confidence) / Double(1 + steps)
    }

    /// What is to be done next.
    public var next: Step {
        switch ends {
        case .undecided: .compare(count)
        case .alike: .over
        case .different: middle.map { .compare($0) } ?? .over
        }
    }

    /// The chance that `left` holds the first bad commit is at least this.
    public var reached: Double {
        ends == .undecided ? 0 : 1 - share * Double(1 + decisions.count)
    }

    /// The values of a commit so far.
    public func pairs(of commit: Int) -> Int { values[commit]?.count ?? 0 }

    /// A pair of the commit with the good end.
    ///
    /// - Parameter value: the logarithm of how much worse the commit was.
    public mutating func add(_ value: Double, of commit: Int) {
        values[commit, default: []].append(value)
        guard .compare(commit) == next, pairs(of: commit) >= Self.size(ofLook: looks[commit, default: 0] + 1) else {
            return
        }
        look(at: commit)
    }

    /// The commit cannot be built.
    public mutating func skip(_ commit: Int) { skipped.insert(commit) }

    /// Of those inside `left` that can be built, the one in their middle.
    private var middle: Int? {
        let candidates = left.dropLast().filter { !skipped.contains($0) }
        return candidates.isEmpty ? nil : candidates[candidates.count / 2]
    }

    /// 4, 5, 6, 8, 10, 13 pairs and so on, a quarter more each time.
    static func size(ofLook look: Int) -> Int {
        var size = 4
        for _ in 1..<max(look, 1) { size = max(size + 1, Int((Double(size) * 1.25).rounded())) }
        return size
    }

    private mutating func look(at commit: Int) {
        let number = looks[commit, default: 0] + 1
        looks[commit] = number
        let part = share * 6 / (Double.pi * Double.pi * Double(number * number))
        let sample = Sample(values[commit]!)
        if ends == .undecided {
            let part = part / Double(choices)
            let least = sample.lowerBound(error: part)
            if sample.mean > 0, least >= sample.mean / 2 {
                ends = .different
                threshold = least / 2
            } else if margin > 0, sample.isBelow(margin, error: part) {
                ends = .alike
            }
        } else if sample.isAbove(threshold, error: part) {
            decide(commit, isBad: true, sample)
        } else if sample.isBelow(threshold, error: part) {
            decide(commit, isBad: false, sample)
        }
    }

    private mutating func decide(_ commit: Int, isBad: Bool, _ sample: Sample) {
        decisions.append(Decision(commit: commit, isBad: isBad, pairs: sample.count, mean: sample.mean))
        left = isBad ? left.lowerBound...commit : (commit + 1)...left.upperBound
    }

    private struct Sample {
        let mean: Double
        let count: Int
        /// Of the mean.
        private let error: Double

        init(_ values: [Double]) {
            count = values.count
            let mean = values.reduce(0, +) / Double(count)
            self.mean = mean
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            error = (squares / Double(count - 1) / Double(count)).squareRoot()
        }

        /// What the mean that these are a sample of is above, with at most this chance of an error.
        func lowerBound(error chance: Double) -> Double {
            error == 0 ? mean : mean - error * StudentDistribution.critical(tail: chance, degrees: count - 1)
        }

        /// Whether the mean that these are a sample of is above a bound, with at most this chance of an error.
        func isAbove(_ bound: Double, error chance: Double) -> Bool {
            guard mean > bound else { return false }
            return error == 0 || StudentDistribution.upperTail((mean - bound) / error, degrees: count - 1) <= chance
        }

        func isBelow(_ bound: Double, error chance: Double) -> Bool {
            guard mean < bound else { return false }
            return error == 0 || StudentDistribution.upperTail((bound - mean) / error, degrees: count - 1) <= chance
        }
    }
}

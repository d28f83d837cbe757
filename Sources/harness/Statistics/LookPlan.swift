import Glibc

/// When the runs may be looked at, and at which level, if pairs are added until there is a verdict.
///
/// Looking again at the full level after each pair would find something sooner or later. So the looks are declared before,
/// and the level is spent over them: by a share t of all pairs, α ln(1 + (e − 1)t) may have been spent (Lan and DeMets,
/// Biometrika 70, 1983, the Pocock-like function α₂*), and each look gets what the function adds to it. A look's test
/// uses the look's level, and its intervals leave out a like part of what one look's would. By Bonferroni's inequality the
/// chance of a false alarm at any look is then at most α, however the looks depend on each other; joint boundaries would be a
/// little wider, but need normal increments, which a permutation test of ten pairs does not have. The intervals hold all at
/// once (Jennison and Turnbull, Journal of the Royal Statistical Society B 51, 1989), so an early *equivalent* is as safe as
/// a late one.
///
/// The function is not O'Brien and Fleming's, whose early levels lie below the 2^(1−n) that a sign-flip test can give.
public struct LookPlan: Sendable, Equatable {
    public enum PlanError: Error, Equatable, CustomStringConvertible {
        case noLooks
        case notRising(look: Int)
        case badLevel(Double)
        /// At the last look the test could not reject whatever is measured.
        case neverRejects(pairs: Int, needed: Int)

        public var description: String {
            switch self {
            case .noLooks: "the plan has no looks: give at least one number of pairs"
            case .notRising(let look):
                "look \(look + 1) has no more pairs than the one before: the numbers must increase"
            case .badLevel(let level): "the level is \(level): it must be between 0 and 1"
            case .neverRejects(let pairs, let needed):
                "\(pairs) pairs can never show a difference at this level: plan at least \(needed) for the last look"
            }
        }
    }

    /// The number of pairs at each look, rising.
    public let looks: [Int]
    /// Chance of one false alarm or more over all looks and metrics.
    public let level: Double
    /// The level of each look; their sum is `level`.
    public let levels: [Double]

    /// - Parameter metrics: how many are judged at once; the strictest level that Holm may ask must be reachable.
    public init(looks: [Int], level: Double, metrics: Int = 1) throws(PlanError) {
        precondition(metrics > 0)
        guard let last = looks.last else { throw .noLooks }
        guard level > 0, level < 1 else { throw .badLevel(level) }
        var previous = 0
        for (index, pairs) in looks.enumerated() {
            guard pairs > previous else { throw .notRising(look: index) }
            previous = pairs
        }
        var levels: [Double] = []
        var spent = 0.0
        for pairs in looks {
            let allowed = Self.spending(Double(pairs) / Double(last)) * level
            levels.append(allowed - spent)
            spent = allowed
        }
        var needed = 1
        while SignFlipTest.smallestP(pairs: needed) * Double(metrics) > levels[levels.count - 1] { needed += 1 }
        guard last >= needed else { throw .neverRejects(pairs: last, needed: needed) }
        self.looks = looks
        self.level = level
        self.levels = levels
    }

    /// The share of the level that may be spent by the share `t` of the pairs: 0 at 0, 1 at 1.
    static func spending(_ t: Double) -> Double { log(1 + (M_E - 1) * t) }

    /// Whether no more pairs are made after this look (from 0): it is the last, a metric regressed, or all are decided.
    public func isOver(look: Int, verdicts: [Verdict]) -> Bool {
        look >= looks.count - 1 || verdicts.contains(.regressed) || !verdicts.contains(.inconclusive)
    }
}

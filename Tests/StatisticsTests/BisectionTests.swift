import Foundation
import Randomness
import Testing

@testable import Statistics

@Suite struct BisectionTests {
    /// A row of commits of which one made everything after it worse.
    struct Truth {
        var count: Int
        var first: Int
        /// Logarithm of how much worse it is from there on; 0 for not at all.
        var change: Double
        var noise: Double
        /// A tenth of the pairs have four times the noise.
        var hasTails = false
        var broken: Set<Int> = []
        var random: SplitMix64

        mutating func value(of commit: Int) -> Double {
            let scale = hasTails && random.below(10) == 0 ? 4 * noise : noise
            // Twelve even ones are near enough to normal.
            let sum = (0..<12).reduce(0.0) { total, _ in total + Double(random.next() >> 11) / 9_007_199_254_740_992 }
            return (commit >= first ? change : 0) + scale * (sum - 6)
        }
    }

    /// - Returns: the bisection at its end, and the pairs it took.
    static func run(_ truth: inout Truth, confidence: Double, margin: Double = 0.02, most: Int = 40_000) -> (
        Bisection, Int
    ) {
        var bisection = Bisection(count: truth.count, confidence: confidence, margin: margin)
        for pairs in 0..<most {
            guard case .compare(let commit) = bisection.next else { return (bisection, pairs) }
            if truth.broken.contains(commit) {
                bisection.skip(commit)
            } else {
                bisection.add(truth.value(of: commit), of: commit)
            }
        }
        return (bisection, most)
    }

    /// The chance of so many or more errors in `trials`, if each has the chance that was promised.
    static func chance(of errors: Int, in trials: Int, each: Double) -> Double {
        var sum = 0.0
        for count in errors...trials {
            let choose = lgamma(Double(trials + 1)) - lgamma(Double(count + 1)) - lgamma(Double(trials - count + 1))
            sum += exp(choose + Double(count) * log(each) + Double(trials - count) * log(1 - each))
        }
        return sum
    }

    @Test(arguments: [1, 2, 3, 17, 100], [false, true])
    func theConfidenceThatIsClaimedIsKept(count: Int, hasTails: Bool) {
        let confidence = 0.9
        var errors = 0
        var found = 0
        let trials = 120
        for trial in 0..<trials {
            var random = SplitMix64(seed: UInt64(trial), stream: UInt64(count))
            var truth = Truth(
                count: count,
                first: 1 + random.below(count),
                change: trial % 2 == 0 ? 0.05 : 0.1,
                noise: trial % 3 == 0 ? 0.02 : 0.05,
                hasTails: hasTails,
                random: random
            )
            let (bisection, _) = Self.run(&truth, confidence: confidence)
            #expect(bisection.next == .over)
            #expect(bisection.reached >= confidence)
            if bisection.left.count == 1, bisection.ends == .different { found += 1 }
            if !bisection.left.contains(truth.first) || bisection.ends != .different { errors += 1 }
        }
        #expect(found > trials / 2)
        // More errors than one time in a thousand such a promise has by chance.
        #expect(Self.chance(of: errors, in: trials, each: 1 - confidence) > 0.001, "\(errors) of \(trials)")
    }

    /// Of ends that do not differ it says so, or nothing; a commit is named no more often than was promised.
    @Test func endsThatAreAlikeAreSaidToBe() {
        var named = 0
        var alike = 0
        for trial in 0..<200 {
            var truth = Truth(
                count: 20,
                first: 1,
                change: 0,
                noise: 0.03,
                random: SplitMix64(seed: UInt64(trial), stream: 7)
            )
            let (bisection, _) = Self.run(&truth, confidence: 0.9)
            if bisection.ends == .different { named += 1 }
            if bisection.ends == .alike { alike += 1 }
        }
        #expect(Self.chance(of: named, in: 200, each: 0.1) > 0.001, "\(named) of 200")
        #expect(alike > 150)
    }

    @Test func commitsThatCannotBeBuiltLeaveARange() {
        var truth = Truth(
            count: 10,
            first: 6,
            change: 0.2,
            noise: 0.01,
            broken: [5, 6, 7],
            random: SplitMix64(seed: 1)
        )
        let (bisection, _) = Self.run(&truth, confidence: 0.95)
        #expect(bisection.next == .over)
        #expect(bisection.left == 5...8)
        #expect(bisection.skipped == [5, 6, 7])
        #expect(bisection.reached >= 0.95)
    }

    @Test func commitsThatCannotBeBuiltElsewhereDoNoHarm() {
        for first in 1...12 {
            var truth = Truth(
                count: 12,
                first: first,
                change: 0.2,
                noise: 0.01,
                broken: Set([3, 4, 8].filter { $0 != first && $0 != first - 1 }),
                random: SplitMix64(seed: UInt64(first))
            )
            let (bisection, _) = Self.run(&truth, confidence: 0.99)
            #expect(bisection.left == first...first, "\(first): \(bisection.left)")
        }
    }

    @Test func whatIsCutShortKnowsHowFarItCame() {
        var truth = Truth(count: 100, first: 42, change: 0.1, noise: 0.02, random: SplitMix64(seed: 3))
        let (none, _) = Self.run(&truth, confidence: 0.95, most: 3)
        #expect(none.ends == .undecided && none.reached == 0 && none.left == 1...100)
        let (some, pairs) = Self.run(&truth, confidence: 0.95, most: 20)
        #expect(pairs == 20)
        #expect(some.ends == .different && some.left.contains(42) && some.left.count < 100)
        #expect(some.reached > 0.95 && some.reached < 1)
        #expect(some.next != .over)
    }

    /// Without noise a look is all that is needed.
    @Test func fewPairsAreNeededWhereThereIsNoNoise() {
        for count in [1, 2, 7, 64, 100] {
            var truth = Truth(count: count, first: count, change: 0.1, noise: 0, random: SplitMix64(seed: 1))
            let (bisection, pairs) = Self.run(&truth, confidence: 0.95)
            #expect(bisection.left == count...count)
            let steps = Int(log2(Double(count)).rounded(.up))
            #expect(bisection.decisions.count <= steps)
            #expect(pairs <= 4 * (1 + steps))
        }
    }

    @Test func looksGrowByAQuarter() {
        #expect((1...8).map(Bisection.size(ofLook:)) == [4, 5, 6, 8, 10, 13, 16, 20])
    }
}

import Glibc
import Testing

@testable import Statistics

@Suite struct PairedPowerTests {
    @Test func effectAndPairsAgree() throws {
        let power = try #require(PairedPower(spread: 0.05, alpha: 0.05))
        for pairs in [8, 10, 20, 63] {
            let effect = try #require(power.smallestEffect(pairs: pairs, power: 0.8))
            #expect(abs(power.power(effect: effect, pairs: pairs) - 0.8) < 1e-6)
            #expect(power.pairsNeeded(effect: effect * 1.0001, power: 0.8) == pairs)
            #expect(power.pairsNeeded(effect: effect * 0.9999, power: 0.8) == pairs + 1)
        }
    }

    /// reference/harnesses.md: ten pairs of runs with a variation of 2.66 % see about 3.3 %, 10 % see 12.5 %: by the
    /// normal approximation. The exact figures with so few pairs are a little larger.
    @Test func figuresOfTheDesignAreReached() throws {
        let quiet = try #require(PairedPower(spread: 0.0266 * 2.0.squareRoot(), alpha: 0.05))
        let effect = try #require(quiet.smallestEffect(pairs: 10, power: 0.8))
        #expect((0.033..<0.042).contains(effect))
        let noisy = try #require(PairedPower(spread: 0.1 * 2.0.squareRoot(), alpha: 0.05))
        let needed = try #require(noisy.pairsNeeded(effect: 0.05, power: 0.8))
        #expect((63...72).contains(needed))
    }

    @Test func moreNeedsMore() throws {
        let power = try #require(PairedPower(spread: 0.03, alpha: 0.05))
        let strict = try #require(PairedPower(spread: 0.03, alpha: 0.01))
        let effect = try #require(power.smallestEffect(pairs: 12, power: 0.8))
        #expect(try #require(power.smallestEffect(pairs: 12, power: 0.95)) > effect)
        #expect(try #require(strict.smallestEffect(pairs: 12, power: 0.8)) > effect)
        #expect(try #require(power.smallestEffect(pairs: 24, power: 0.8)) < effect)
    }

    @Test func testsThatCannotRejectSeeNothing() throws {
        let power = try #require(PairedPower(spread: 0.03, alpha: 0.05))
        #expect(power.fewestPairs == 6)
        #expect(power.smallestEffect(pairs: 5, power: 0.8) == nil)
        #expect(power.power(effect: 10, pairs: 5) == 0)
        #expect(power.pairsNeeded(effect: 10, power: 0.8) == 6)
        #expect(try #require(PairedPower(spread: 0.03, alpha: 0.002)).fewestPairs == 10)
    }

    @Test func whatMakesNoSenseIsNone() throws {
        #expect(PairedPower(spread: 0, alpha: 0.05) == nil)
        #expect(PairedPower(spread: .nan, alpha: 0.05) == nil)
        #expect(PairedPower(spread: 0.1, alpha: 0) == nil)
        #expect(PairedPower(try PairedRuns(baseline: [1], candidate: [2]), alpha: 0.05) == nil)
        let power = try #require(PairedPower(spread: 10, alpha: 0.05))
        #expect(power.pairsNeeded(effect: 0.0001, power: 0.8) == nil)
        #expect(power.pairsNeeded(effect: 0, power: 0.8) == nil)
        #expect(power.pairsNeeded(effect: .nan, power: 0.8) == nil)
    }

    @Test func aWholeComparisonNamesWhatItCouldHaveSeen() throws {
        var noise = RunNoise(seed: 31, spread: 0.02)
        let margin = try #require(Margin(share: 0.02))
        let runs = try noise.pairs(10, factor: 1.08)
        let one = PairedComparison(runs, level: 0.05, margin: margin, seed: 1)
        let five = PairedComparison(runs, level: 0.05, metrics: 5, margin: margin, seed: 1)
        #expect(one.pairs == 10)
        #expect(try #require(one.interval).method == .bca)
        #expect(try #require(one.interval).contains(one.ratio))
        #expect(try #require(one.smallestEffect80) < #require(one.smallestEffect95))
        #expect(try #require(one.smallestEffect95) < #require(five.smallestEffect95))
        #expect(try #require(one.pairsForMargin) < #require(five.pairsForMargin))
        #expect(one.interval == five.interval)
        let two = PairedComparison(
            try PairedRuns(baseline: [1, 2], candidate: [2, 3]),
            level: 0.05,
            margin: margin,
            seed: 1
        )
        #expect(two.interval == nil)
        #expect(two.smallestEffect80 == nil)
    }

    @Test func aWholeComparisonOfStoredRuns() throws {
        var noise = RunNoise(seed: 32, spread: 0.02)
        let margin = try #require(Margin(share: 0.02))
        let slower = UnpairedComparison(try noise.stored(9, factor: 1.1), level: 0.05, seed: 1)
        #expect(slower.baselineRuns == 9 && slower.candidateRuns == 9)
        #expect(try #require(slower.ratioOfMediansInterval).contains(slower.ratioOfMedians))
        let judged = Judgement(
            ratio: slower.shift.ratio,
            interval: slower.shift.interval,
            adjustedP: slower.mannWhitney.p,
            level: 0.05,
            margin: margin,
            direction: .higherIsBetter
        )
        #expect(judged.verdict == .improved)
        let few = UnpairedComparison(try noise.stored(2, factor: 1.1), level: 0.05, seed: 1)
        #expect(few.ratioOfMediansInterval == nil)
        #expect(few.shift.interval == nil)
    }
}

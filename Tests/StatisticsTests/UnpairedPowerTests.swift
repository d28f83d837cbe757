import Testing

@testable import Statistics

@Suite struct UnpairedPowerTests {
    @Test func theSmallestPIsThatOfTheBinomial() {
        // 2 of the C(2n, n) orders: 20, 70, 252.
        #expect(UnpairedPower.smallestP(3, 3) == 2.0 / 20)
        #expect(UnpairedPower.smallestP(4, 4) == 2.0 / 70)
        #expect(UnpairedPower.smallestP(5, 5) == 2.0 / 252)
        #expect(UnpairedPower.fewestRuns(alpha: 0.01) == 5)
        #expect(UnpairedPower.fewestRuns(alpha: 0.001) == 7)
    }

    @Test func tooFewRunsSeeNothing() throws {
        let power = try #require(UnpairedPower(spread: 0.02, alpha: 0.01, baselineRuns: 4, candidateRuns: 4))
        #expect(power.power(effect: 10) == 0)
        #expect(power.smallestEffect(power: 0.95, margin: Margin(share: 0.01)!) == nil)
    }

    @Test func withoutASpreadThereIsNoPower() throws {
        let runs = try UnpairedRuns(baseline: [3, 3], candidate: [4, 4])
        #expect(UnpairedPower(runs, alpha: 0.05) == nil)
    }

    @Test func theSpreadIsThatWithinTheSides() throws {
        let runs = try UnpairedRuns(baseline: [100, 100], candidate: [200, 400])
        // ln 2 apart: the variance is (ln 2)² ÷ 2 on one side and 0 on the other, pooled over two degrees.
        let power = try #require(UnpairedPower(runs, alpha: 0.05))
        #expect(abs(power.spread - 0.693_147_180_559_945_3 / 2) < 1e-12)
    }

    /// The approximation against runs drawn and tested.
    @Test(arguments: [6, 10, 15])
    func whatItPromisesIsSeen(count: Int) throws {
        let (alpha, spread) = (0.01, 0.03)
        let margin = try #require(Margin(share: 0))
        let power = try #require(
            UnpairedPower(spread: spread, alpha: alpha, baselineRuns: count, candidateRuns: count)
        )
        let effect = try #require(power.smallestEffect(power: 0.9, margin: margin))
        #expect(abs(power.power(effect: effect) - 0.9) < 1e-6)
        var noise = RunNoise(seed: UInt64(count), spread: spread)
        let trials = 600
        var found = 0
        for _ in 0..<trials where MannWhitney.run(try noise.stored(count, factor: 1 + effect)).p <= alpha { found += 1 }
        #expect((0.84...0.96).contains(Double(found) / Double(trials)), "\(found) of \(trials)")
    }

    @Test func aMarginMustBePassedToo() throws {
        let power = try #require(UnpairedPower(spread: 0.001, alpha: 0.01, baselineRuns: 10, candidateRuns: 10))
        let bare = try #require(power.smallestEffect(power: 0.95, margin: Margin(share: 0)!))
        let withMargin = try #require(power.smallestEffect(power: 0.95, margin: Margin(share: 0.05)!))
        #expect(bare < 0.01)
        #expect(withMargin > 0.05 && withMargin < 0.052)
    }
}

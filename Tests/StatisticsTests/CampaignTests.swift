import Testing

@testable import Statistics

/// Does it cry wolf, and does it see the wolf? On synthetic runs whose truth is known.
@Suite struct CampaignTests {
    /// Rejections at the level 0.05 in `trials` comparisons.
    static func rejections(_ trials: Int, pairs: Int, factor: Double, spread: Double, seed: UInt64) throws -> Int {
        var noise = RunNoise(seed: seed, spread: spread)
        var count = 0
        for _ in 0..<trials {
            if SignFlipTest.run(try noise.pairs(pairs, factor: factor), seed: 1).p <= 0.05 { count += 1 }
        }
        return count
    }

    @Test(arguments: [6, 10, 12])
    func sameBinaryTwiceKeepsTheLevel(pairs: Int) throws {
        let trials = 1500
        let found = try Self.rejections(trials, pairs: pairs, factor: 1, spread: 0.03, seed: 11)
        // With six pairs the test's own level is 2/64; it is exact, so it must not be far below either.
        let level = pairs == 6 ? 0.03125 : 0.05
        #expect(Double(found) <= RunNoise.most(level, of: trials))
        #expect(Double(found) >= RunNoise.fewest(0.95 * level, of: trials))
    }

    @Test func ranksKeepTheLevelToo() throws {
        let trials = 1000
        var noise = RunNoise(seed: 12, spread: 0.03)
        var (wilcoxon, mannWhitney) = (0, 0)
        for _ in 0..<trials {
            if WilcoxonSignedRank.run(try noise.pairs(10, factor: 1)).p <= 0.05 { wilcoxon += 1 }
            if MannWhitney.run(try noise.stored(8, factor: 1)).p <= 0.05 { mannWhitney += 1 }
        }
        #expect(Double(wilcoxon) <= RunNoise.most(0.05, of: trials))
        #expect(Double(mannWhitney) <= RunNoise.most(0.05, of: trials))
        #expect(wilcoxon > 20 && mannWhitney > 20)
    }

    @Test func powerGrowsWithTheSlowdown() throws {
        let found = try [1, 1.01, 1.03, 1.05, 1.1].map {
            try Self.rejections(300, pairs: 10, factor: $0, spread: 0.03, seed: 13)
        }
        #expect(found == found.sorted())
        #expect(Set(found).count == found.count)
        #expect(found[0] <= 27)
        #expect(found[4] == 300)
    }

    /// The formula is the t test's; the sign-flip test must find as much, within luck and a little for few pairs.
    @Test(arguments: [8, 12, 16])
    func smallestEffectIsFoundAsOftenAsPromised(pairs: Int) throws {
        let trials = 500
        // A pair's log ratio holds the noise of two runs.
        let power = try #require(PairedPower(spread: 0.03 * 2.0.squareRoot(), alpha: 0.05))
        for promised in [0.8, 0.95] {
            let effect = try #require(power.smallestEffect(pairs: pairs, power: promised))
            let found = try Self.rejections(trials, pairs: pairs, factor: 1 + effect, spread: 0.03, seed: 14)
            #expect(Double(found) >= RunNoise.fewest(promised - 0.02, of: trials), "\(promised): \(found)")
            #expect(Double(found) <= RunNoise.most(promised + 0.02, of: trials), "\(promised): \(found)")
        }
    }

    /// The expanded BCa interval covers the truth about as often as it says; the plain one with eight pairs does not.
    @Test func intervalsCoverTheTruth() throws {
        let trials = 250
        var noise = RunNoise(seed: 15, spread: 0.03)
        var (expanded, plain) = (0, 0)
        for trial in 0..<trials {
            let runs = try noise.pairs(8, factor: 1.05)
            let bootstrap = Bootstrap(resamples: 1000, seed: UInt64(trial))
            if try runs.interval(bootstrap: bootstrap)?.contains(1.05) == true { expanded += 1 }
            if try runs.interval(expanded: false, bootstrap: bootstrap)?.contains(1.05) == true { plain += 1 }
        }
        #expect(Double(expanded) >= RunNoise.fewest(0.94, of: trials), "\(expanded)")
        #expect(plain < expanded)
    }

    @Test func shiftsIntervalCoversTheTruth() throws {
        let trials = 600
        var noise = RunNoise(seed: 16, spread: 0.03)
        let covered = try (0..<trials).count { _ in
            HodgesLehmann(try noise.stored(7, factor: 1.05)).interval?.contains(1.05) == true
        }
        #expect(Double(covered) >= RunNoise.fewest(0.95, of: trials))
        #expect(covered < trials)
    }
}

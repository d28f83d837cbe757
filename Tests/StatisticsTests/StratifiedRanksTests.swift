import Glibc
import Randomness
import Testing

@testable import Statistics

@Suite struct StratifiedRanksTests {
    static func runs(_ baseline: [Double], _ candidate: [Double]) throws -> UnpairedRuns {
        try UnpairedRuns(baseline: baseline, candidate: candidate)
    }

    /// The two-sided p by trying every way in which the runs of each load could have been divided.
    static func bruteForce(_ loads: [UnpairedRuns]) -> Double {
        func u(_ candidate: [Double], _ baseline: [Double]) -> Double {
            candidate.reduce(0) { sum, one in
                sum + baseline.reduce(0) { $0 + (one > $1 ? 1 : one == $1 ? 0.5 : 0) }
            }
        }
        var sums = [0.0]
        for load in loads {
            let all = load.candidate + load.baseline
            let parts = (0..<(1 << all.count)).filter { $0.nonzeroBitCount == load.candidate.count }
            let possible = parts.map { part in
                u(
                    all.indices.filter { part >> $0 & 1 == 1 }.map { all[$0] },
                    all.indices.filter { part >> $0 & 1 == 0 }.map { all[$0] }
                )
            }
            sums = sums.flatMap { sum in possible.map { sum + $0 } }
        }
        let seen = loads.reduce(0) { $0 + u($1.candidate, $1.baseline) }
        let tail = min(sums.count { $0 <= seen }, sums.count { $0 >= seen })
        return min(1, 2 * Double(tail) / Double(sums.count))
    }

    @Test(arguments: [
        [([1.0, 3, 5], [2.0, 4, 6]), ([10, 12], [11, 13, 14])],
        [([1, 2], [3, 4]), ([1, 2], [3, 4]), ([5, 6], [7, 8])],
        [([1, 2, 2], [2, 3, 3]), ([4, 4], [4, 5])], [([7, 7, 7], [8, 8, 8]), ([1, 1], [1, 2])],
        [([3], [4]), ([4], [3]), ([1], [2]), ([5], [6])],
    ])
    func pIsThatOfEveryDivision(loads: [([Double], [Double])]) throws {
        let loads = try loads.map { try Self.runs($0.0, $0.1) }
        let result = StratifiedRanks(loads).test
        #expect(result.method == .exact)
        #expect(abs(result.p - Self.bruteForce(loads)) < 1e-12)
    }

    @Test func oneLoadIsMannAndWhitneys() throws {
        var noise = RunNoise(seed: 41, spread: 0.03)
        for count in [4, 7, 25] {
            let runs = try noise.stored(count, factor: 1.03)
            let together = StratifiedRanks([runs])
            #expect(abs(together.test.p - MannWhitney.run(runs).p) < 1e-12)
            let shift = HodgesLehmann(runs)
            #expect(together.ratio == shift.ratio && together.interval == shift.interval)
        }
    }

    /// Above the limit the sum is taken to be normal; near it both ways must agree.
    @Test func theNormalSumIsNearTheExactOne() throws {
        var noise = RunNoise(seed: 42, spread: 0.03)
        let loads = try (0..<10).map { _ in try noise.stored(20, factor: 1.004) }
        let exact = StratifiedRanks(loads)
        let extra = try noise.stored(2, factor: 1)
        let normal = StratifiedRanks(loads + [extra])
        #expect(exact.test.method == .exact && normal.test.method == .normal)
        #expect(abs(log(exact.test.p / normal.test.p)) < 0.5)
        let (one, other) = (try #require(exact.interval), try #require(normal.interval))
        #expect(abs(one.low - other.low) < 0.001 && abs(one.high - other.high) < 0.001)
    }

    @Test func theSmallestPIsReachedByWhatCannotBeClearer() throws {
        let loads = try [Self.runs([1, 2, 3], [4, 5, 6]), Self.runs([10, 20], [30, 40, 50])]
        // 2 of the 20 times 10 divisions.
        #expect(abs(StratifiedRanks(loads).test.p - 2.0 / 200) < 1e-12)
        #expect(abs(StratifiedRanks.smallestP([(3, 3), (3, 2)]) - 2.0 / 200) < 1e-12)
        #expect(abs(StratifiedRanks.smallestP([(5, 5)]) - UnpairedPower.smallestP(5, 5)) < 1e-12)
    }

    /// Loads that have nothing in common but the slowdown, of which no load by itself has enough runs.
    @Test func fewRunsOfManyLoadsDecide() throws {
        var noise = RunNoise(seed: 43, spread: 0.03)
        let loads = try (0..<8).map { index in
            let runs = try noise.stored(3, factor: 1.08)
            let scale = exp(Double(index))
            return try Self.runs(runs.baseline.map { $0 * scale }, runs.candidate.map { $0 * scale })
        }
        #expect(loads.allSatisfy { MannWhitney.run($0).p >= 0.1 })
        let together = StratifiedRanks(loads)
        #expect(together.test.p < 1e-4)
        #expect(try #require(together.interval).contains(1.08))
        #expect(together.interval?.contains(1) == false)
    }

    /// Whatever the loads are like, and with runs that share values, too.
    @Test(arguments: [false, true])
    func theSameTwiceKeepsTheLevel(isRounded: Bool) throws {
        let trials = 600
        var noise = RunNoise(seed: 44, spread: 0.04)
        var (rejected, covered) = (0, 0)
        for _ in 0..<trials {
            let loads = try (0..<4).map { index in
                let runs = try noise.stored(3 + index % 2, factor: 1)
                func rounded(_ values: [Double]) -> [Double] { isRounded ? values.map { ($0 / 5).rounded() } : values }
                return try Self.runs(rounded(runs.baseline), rounded(runs.candidate))
            }
            let together = StratifiedRanks(loads)
            if together.test.p <= 0.05 { rejected += 1 }
            if together.interval?.contains(1) == true { covered += 1 }
        }
        #expect(Double(rejected) <= RunNoise.most(0.05, of: trials), "\(rejected)")
        #expect(Double(covered) >= RunNoise.fewest(0.95, of: trials), "\(covered)")
        #expect(rejected > 5)
    }

    /// The normal tail with ties may be lighter than one arrangement of so few runs is likely.
    @Test func tiesGiveNoSmallerPThanThereAreArrangements() throws {
        let runs = try Self.runs([1, 1, 1, 1], [2, 2, 2, 2])
        #expect(MannWhitney.run(runs).p == UnpairedPower.smallestP(4, 4))
    }
}

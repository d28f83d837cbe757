import Testing

@testable import Statistics

@Suite struct UnpairedGoldenTests {
    @Test(arguments: Goldens.all.unpaired)
    func mannWhitneyIsSciPys(golden: Goldens.Unpaired) throws {
        let result = MannWhitney.run(try UnpairedRuns(baseline: golden.a, candidate: golden.b))
        #expect(result.statistic == golden.u)
        #expect(result.method == (golden.isExact ? .exact : .normal))
        #expect(isClose(result.p, golden.p))
        if golden.isExact {
            let p = MannWhitney.normalP(golden.u, golden.b.count, golden.a.count, tieSum: 0)
            #expect(isClose(p, golden.pNormal))
        }
    }

    @Test(arguments: Goldens.all.unpaired)
    func shiftAndItsLimitsAreThoseOfBruteForce(golden: Goldens.Unpaired) throws {
        let runs = try UnpairedRuns(baseline: golden.a, candidate: golden.b)
        let shift = HodgesLehmann(runs, confidence: golden.confidence)
        #expect(isClose(shift.ratio, golden.shift))
        if let limits = golden.shiftLimits {
            let interval = try #require(shift.interval)
            #expect(isClose(interval.low, limits[0]))
            #expect(isClose(interval.high, limits[1]))
        } else if golden.a.count == 3 {
            #expect(shift.interval == nil)
        }
    }

    /// The interval is the test turned round, so both must say the same of a ratio of 1.
    @Test(arguments: Goldens.all.unpaired.filter(\.isExact))
    func shiftsIntervalExcludesOneIfAndOnlyIfTheTestRejects(golden: Goldens.Unpaired) throws {
        var seen: Set<Bool> = []
        for percent in stride(from: -12.0, through: 12, by: 0.37) {
            let moved = golden.b.map { $0 * (1 + percent / 100) / golden.shift }
            let runs = try UnpairedRuns(baseline: golden.a, candidate: moved)
            let test = MannWhitney.run(runs)
            guard test.method == .exact, let interval = HodgesLehmann(runs, confidence: golden.confidence).interval
            else { continue }
            let rejects = test.p <= (1 - golden.confidence) * (1 + 1e-12)
            #expect(rejects == !interval.contains(1), "\(percent) %: p \(test.p), \(interval)")
            seen.insert(rejects)
        }
        #expect(golden.a.count <= 5 || seen.count == 2)
    }

    /// Above 20 runs the limits come from the normal approximation; the counts, still exact here, must give the same.
    @Test(arguments: [(21, 20), (21, 21), (24, 10), (5, 30)])
    func approximateLimitsAreTheExactOnes(m: Int, n: Int) {
        let ways = MannWhitney.arrangements(m, n)
        for tail in [0.05, 0.025] {
            var sum = 0.0
            let exact = ways.prefix {
                sum += $0
                return sum <= tail * ways.reduce(0, +)
            }.count
            #expect(abs(HodgesLehmann.place(m, n, tail: tail) - exact) <= 1)
            #expect(exact > 10)
        }
        // Milton's and later tables of U: P(U ≤ 127) ≤ 0.025 for 20 and 20.
        #expect(HodgesLehmann.place(20, 20, tail: 0.025) == 128)
    }

    @Test(arguments: Goldens.all.unpaired)
    func ratioOfMediansIsSciPysOnTheSameResamples(golden: Goldens.Unpaired) throws {
        let runs = try UnpairedRuns(baseline: golden.a, candidate: golden.b)
        #expect(isClose(runs.ratioOfMedians, golden.ratioOfMedians))
        let bootstrap = Bootstrap(resamples: golden.bootstrap.resamples, seed: golden.bootstrap.seed)
        let interval = try #require(try runs.interval(confidence: golden.confidence, bootstrap: bootstrap))
        #expect(isClose(interval.low, golden.bootstrap.limits[0]))
        #expect(isClose(interval.high, golden.bootstrap.limits[1]))
    }
}

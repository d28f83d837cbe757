import Testing

@testable import Statistics

@Suite struct PairedGoldenTests {
    @Test(arguments: Goldens.all.paired)
    func ratiosAreSciPys(golden: Goldens.Paired) throws {
        let runs = try PairedRuns(baseline: golden.a, candidate: golden.b)
        #expect(isClose(runs.ratio, golden.ratio))
        #expect(isClose(runs.medianRatio, golden.medianRatio))
    }

    @Test(arguments: Goldens.all.paired)
    func wilcoxonIsSciPys(golden: Goldens.Paired) throws {
        let result = WilcoxonSignedRank.run(try PairedRuns(baseline: golden.a, candidate: golden.b))
        #expect(result.statistic == golden.wilcoxonStatistic)
        #expect(result.method == (golden.wilcoxonIsExact ? .exact : .normal))
        #expect(isClose(result.p, golden.wilcoxon))
        if golden.wilcoxonIsExact {
            let p = WilcoxonSignedRank.normalP(result.statistic, count: golden.a.count, tieSum: 0)
            #expect(isClose(p, golden.wilcoxonNormal))
        }
    }

    @Test(arguments: Goldens.all.paired.filter { $0.signFlip != nil })
    func signFlipIsSciPysPermutationTest(golden: Goldens.Paired) throws {
        let expected = try #require(golden.signFlip)
        let result = SignFlipTest.run(try PairedRuns(baseline: golden.a, candidate: golden.b), seed: 1)
        #expect(result.method == .exact)
        #expect(isClose(result.p, expected))
    }

    @Test(arguments: Goldens.all.paired)
    func limitsAreSciPysOnTheSameResamples(golden: Goldens.Paired) throws {
        let runs = try PairedRuns(baseline: golden.a, candidate: golden.b)
        let bootstrap = Bootstrap(resamples: golden.bootstrap.resamples, seed: golden.bootstrap.seed)
        var compared = 0
        for expected in golden.bootstrap.intervals {
            let interval = try runs.interval(
                confidence: expected.confidence,
                method: expected.method == "BCa" ? .bca : .percentile,
                expanded: expected.expanded,
                bootstrap: bootstrap
            )
            guard let interval else {
                // Only where Student's t for three pairs asks for limits beyond 2500 resamples.
                #expect(golden.a.count == 3 && expected.expanded && expected.confidence == 0.95)
                continue
            }
            compared += 1
            // Means are added in another order than NumPy's.
            #expect(isClose(interval.low, expected.limits[0], 1e-9), "\(expected): \(interval)")
            #expect(isClose(interval.high, expected.limits[1], 1e-9), "\(expected): \(interval)")
        }
        #expect(compared >= 6)
    }
}

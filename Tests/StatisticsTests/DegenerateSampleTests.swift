import Testing

@testable import Statistics

@Suite struct DegenerateSampleTests {
    static let bootstrap = Bootstrap(resamples: 1000, seed: 1)

    @Test func unlikeNumbersAreNoPairs() {
        #expect(throws: SampleError.unpaired(baseline: 2, candidate: 1)) {
            try PairedRuns(baseline: [1, 2], candidate: [1])
        }
        #expect(throws: SampleError.tooFew(count: 0, needed: 1)) { try PairedRuns(baseline: [], candidate: []) }
        #expect(throws: SampleError.tooFew(count: 0, needed: 1)) { try UnpairedRuns(baseline: [], candidate: [1]) }
    }

    @Test(arguments: [0, -1, Double.infinity, -Double.infinity])
    func valuesWithoutALogarithmAreRefused(value: Double) {
        #expect(throws: SampleError.notPositive(value: value, index: 1)) {
            try PairedRuns(baseline: [1, value], candidate: [1, 1])
        }
        #expect(throws: SampleError.notPositive(value: value, index: 0)) {
            try PairedRuns(baseline: [1, 1], candidate: [value, 1])
        }
        #expect(throws: SampleError.notPositive(value: value, index: 0)) {
            try UnpairedRuns(baseline: [1], candidate: [value])
        }
    }

    @Test func nanIsRefused() {
        #expect(throws: SampleError.self) { try PairedRuns(baseline: [.nan], candidate: [1]) }
        #expect(throws: SampleError.self) { try UnpairedRuns(baseline: [1], candidate: [1, .nan]) }
    }

    @Test func errorsSayWhatToDo() {
        #expect("\(SampleError.tooFew(count: 2, needed: 3))".contains("make at least 3"))
        #expect("\(SampleError.notPositive(value: 0, index: 4))".contains("run 5"))
        #expect("\(SampleError.unpaired(baseline: 2, candidate: 1))".contains("leave out"))
        #expect("\(SampleError.notAProbability(value: 2, index: 0))".contains("between 0 and 1"))
    }

    @Test func underThreeRunsThereIsNoBootstrap() throws {
        #expect(throws: SampleError.tooFew(count: 2, needed: 3)) {
            try PairedRuns(baseline: [1, 2], candidate: [2, 3]).interval(bootstrap: Self.bootstrap)
        }
        #expect(throws: SampleError.tooFew(count: 2, needed: 3)) {
            try UnpairedRuns(baseline: [1, 2], candidate: [2, 3, 4]).interval(bootstrap: Self.bootstrap)
        }
    }

    @Test func pairsOfOneRatioHaveNoBootstrapAndNoSpread() throws {
        let runs = try PairedRuns(baseline: [100, 200, 70, 30], candidate: [110, 220, 77, 33])
        #expect(runs.isConstant)
        #expect(try runs.interval(bootstrap: Self.bootstrap) == nil)
        #expect(PairedPower(runs, alpha: 0.05) == nil)
        #expect(
            try UnpairedRuns(baseline: [1, 1, 1], candidate: [2, 2, 2]).interval(bootstrap: Self.bootstrap) == nil
        )
    }

    @Test func ratiosThatDifferInTheLastBitAreOne() throws {
        let baseline = [3.0, 7, 1.9, 15.2, 29]
        let runs = try PairedRuns(baseline: baseline, candidate: baseline.map { $0 * 1.1 })
        #expect(Set(runs.logRatios).count > 1)
        #expect(runs.isConstant)
        let slower = try PairedRuns(
            baseline: baseline,
            candidate: baseline.map { $0 > 28 ? $0 * 1.1000001 : $0 * 1.1 }
        )
        #expect(!slower.isConstant)
    }

    @Test func aLimitThatFewResamplesWouldDecideIsNotGiven() throws {
        let runs = try PairedRuns(baseline: [1, 1, 1, 1], candidate: [1.1, 1.2, 1.3, 1.4])
        #expect(try runs.interval(confidence: 0.999, bootstrap: Self.bootstrap) == nil)
        #expect(try runs.interval(confidence: 0.8, bootstrap: Self.bootstrap) != nil)
    }

    @Test func runsThatAreAllEqualGiveNoDifference() throws {
        let pairs = try PairedRuns(baseline: [5, 5, 5], candidate: [5, 5, 5])
        #expect(SignFlipTest.run(pairs, seed: 1).p == 1)
        #expect(WilcoxonSignedRank.run(pairs).p == 1)
        let stored = try UnpairedRuns(baseline: [5, 5, 5], candidate: [5, 5, 5])
        #expect(MannWhitney.run(stored).p == 1)
        #expect(HodgesLehmann(stored).ratio == 1)
    }

    @Test func aSinglePairRejectsNothing() throws {
        let pairs = try PairedRuns(baseline: [1], candidate: [1000])
        #expect(SignFlipTest.run(pairs, seed: 1).p == 1)
        #expect(WilcoxonSignedRank.run(pairs).p == 1)
    }

    @Test func jackknifeWithoutSpreadHasNoBCa() {
        #expect(BootstrapLimits.bca([1, 2, 3], estimate: 2, jackknife: [2, 2, 2], tail: 0.1) == nil)
        #expect(BootstrapLimits.bca([1, 2, 3], estimate: 0, jackknife: [1, 2, 4], tail: 0.1) == nil)
    }

    @Test func extremeValuesStillHaveARatio() throws {
        let runs = try PairedRuns(baseline: [1e-300, 1e300], candidate: [1e300, 1e-300])
        #expect(runs.ratio == 1)
        #expect(isClose(runs.logRatios[0], 1381.551055796427))
    }

    @Test func intervalsTheWrongWayRoundAreNone() {
        #expect(Interval(low: 2, high: 1, confidence: 0.95, method: .bca) == nil)
        #expect(Interval(low: .nan, high: 1, confidence: 0.95, method: .bca) == nil)
    }
}

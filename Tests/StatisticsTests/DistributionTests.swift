import Testing

@testable import Statistics

@Suite struct DistributionTests {
    @Test func normalQuantilesAreSciPys() {
        for golden in Goldens.all.normal {
            let value = NormalDistribution.quantile(golden.share)
            #expect(abs(value - golden.quantile) <= 1e-13 * max(1, abs(golden.quantile)), "\(golden)")
        }
        #expect(NormalDistribution.quantile(0) == -.infinity)
        #expect(NormalDistribution.quantile(1) == .infinity)
        #expect(NormalDistribution.quantile(1.5).isNaN)
        #expect(NormalDistribution.quantile(.nan).isNaN)
    }

    @Test func quantileAndCumulativeAreInverse() {
        for golden in Goldens.all.normal {
            #expect(isClose(NormalDistribution.cumulative(golden.quantile), golden.share, 1e-11), "\(golden)")
        }
    }

    @Test func studentsCriticalValuesAreSciPys() {
        for golden in Goldens.all.student {
            let value = StudentDistribution.critical(tail: golden.tail, degrees: golden.degrees)
            #expect(isClose(value, golden.critical, 1e-10), "\(golden): \(value)")
        }
    }

    @Test func powerIsThatOfTheNoncentralT() {
        for golden in Goldens.all.power {
            let value = StudentDistribution.power(shift: golden.shift, degrees: golden.pairs - 1, alpha: golden.alpha)
            // Simpson's rule with 400 steps; SciPy's own nct is good to about 1e-9.
            #expect(abs(value - golden.power) <= 1e-6, "\(golden): \(value)")
        }
    }
}

import Testing

@testable import Statistics

@Suite struct LinearFitTests {
    @Test(arguments: Goldens.all.lines.indices)
    func agreesWithSciPy(_ index: Int) throws {
        let golden = Goldens.all.lines[index]
        let fit = try LinearFit(x: golden.x, y: golden.y)
        #expect(isClose(fit.slope.value, golden.slope, 1e-9))
        #expect(isClose(fit.slope.low, golden.slopeLimits[0], 1e-9))
        #expect(isClose(fit.slope.high, golden.slopeLimits[1], 1e-9))
        #expect(isClose(fit.intercept.value, golden.intercept, 1e-9))
        #expect(isClose(fit.intercept.low, golden.interceptLimits[0], 1e-9))
        #expect(isClose(fit.intercept.high, golden.interceptLimits[1], 1e-9))
        let rSquared = try #require(fit.rSquared)
        #expect(isClose(rSquared, golden.rSquared, 1e-9))
        #expect(fit.count == golden.x.count)
    }

    /// Without any error the interval is the value.
    @Test func aPerfectLine() throws {
        let fit = try LinearFit(x: [0, 1, 2], y: [1, 3, 5])
        #expect(isClose(fit.slope.value, 2) && isClose(fit.slope.low, 2) && isClose(fit.slope.high, 2))
        #expect(fit.rSquared == 1)
        #expect(try LinearFit(x: [0, 1, 2], y: [4, 4, 4]).rSquared == nil)
    }

    /// The interval of the line is narrowest in the middle of the points, and at zero it is the intercept's.
    @Test func theLineHasAnIntervalEverywhere() throws {
        let fit = try LinearFit(x: [0, 1, 2, 3, 4], y: [1, 3.1, 4.9, 7.2, 8.8])
        let start = fit.estimate(at: 0)
        #expect(abs(start.low - fit.intercept.low) < 1e-9 && abs(start.high - fit.intercept.high) < 1e-9)
        let middle = fit.estimate(at: 2)
        #expect(abs(middle.value - 5) < 0.01 && middle.high - middle.low < start.high - start.low)
        #expect(fit.estimate(at: 9).high - fit.estimate(at: 9).low > start.high - start.low)
    }

    @Test func noLine() {
        #expect(throws: SampleError.tooFew(count: 2, needed: 3)) { try LinearFit(x: [0, 1], y: [1, 2]) }
        #expect(throws: SampleError.tooFew(count: 1, needed: 2)) { try LinearFit(x: [2, 2, 2], y: [1, 2, 3]) }
        #expect(throws: SampleError.unpaired(baseline: 3, candidate: 2)) { try LinearFit(x: [0, 1, 2], y: [1, 2]) }
        #expect(throws: SampleError.notFinite(value: .infinity, index: 1)) {
            try LinearFit(x: [0, 1, 2], y: [1, .infinity, 3])
        }
    }
}

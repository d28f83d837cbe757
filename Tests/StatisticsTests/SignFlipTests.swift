import Glibc
import Randomness
import Testing

@testable import Statistics

@Suite struct SignFlipTests {
    static func noise(_ count: Int, seed: UInt64) -> [Double] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in 0.01 + 0.03 * NormalDistribution.quantile(random.unit() - 0x1p-54) }
    }

    /// All signs, one after the other, with sums made anew each time.
    static func bruteForce(_ values: [Double]) -> Double {
        let observed = abs(values.reduce(0, +)) * (1 - 1e-12)
        let extreme = (0..<1 << values.count).count { signs in
            var sum = 0.0
            for (index, value) in values.enumerated() { sum += signs >> index & 1 == 0 ? value : -value }
            return abs(sum) >= observed
        }
        return Double(extreme) / scalbn(1, values.count)
    }

    @Test(arguments: 1...11)
    func halvesCountWhatEnumerationCounts(count: Int) {
        let values = Self.noise(count, seed: UInt64(count))
        #expect(SignFlipTest.exact(values).p == Self.bruteForce(values))
    }

    /// Equal sums must be counted as at least as extreme, whatever rounding made of them.
    @Test func tiesCount() {
        let values = [0.1, 0.1, 0.2, 0.3, -0.1, 0.4, 0.7]
        #expect(SignFlipTest.exact(values).p == Self.bruteForce(values))
        #expect(SignFlipTest.exact([0.1, 0.2, 0.3]).p == 0.25)
        #expect(SignFlipTest.exact([0, 0, 0.3]).p == 1)
    }

    @Test func allOnOneSideGivesTheSmallestP() {
        for count in [3, 6, 10, 20, 30] {
            let values = (1...count).map { Double($0) * 0.01 }
            #expect(SignFlipTest.exact(values).p == SignFlipTest.smallestP(pairs: count))
        }
        #expect(SignFlipTest.smallestP(pairs: 6) == 0.03125)
    }

    @Test func drawnSignsAgreeWithAllSigns() throws {
        let values = Self.noise(20, seed: 99)
        let exact = SignFlipTest.exact(values).p
        let drawn = 4000
        let p = SignFlipTest.monteCarlo(values, drawn: drawn, seed: 5).p
        // Four standard errors.
        #expect(abs(p - exact) <= 4 * (exact * (1 - exact) / Double(drawn)).squareRoot())
        #expect(p != exact)
        #expect(SignFlipTest.monteCarlo(values, drawn: drawn, seed: 5).p == p)
        #expect(SignFlipTest.monteCarlo(values, drawn: drawn, seed: 6).p != p)
    }

    @Test func drawnSignsNeverGiveZero() {
        let values = [Double](repeating: 0.1, count: 70)
        #expect(SignFlipTest.monteCarlo(values, drawn: 99, seed: 1).p == 0.01)
    }

    @Test func thirtyOnePairsAreDrawn() throws {
        let ones = [Double](repeating: 1, count: 31)
        let pairs = try PairedRuns(baseline: ones, candidate: Self.noise(31, seed: 3).map { exp($0) })
        #expect(SignFlipTest.run(pairs, drawn: 500, seed: 1).method == .monteCarlo)
    }

    @Test func swappingTheSidesChangesNothingButTheSign() throws {
        let (a, b) = ([10.0, 12, 11, 14, 13], [11.0, 12.5, 10.5, 16, 14])
        let one = SignFlipTest.run(try PairedRuns(baseline: a, candidate: b), seed: 1)
        let other = SignFlipTest.run(try PairedRuns(baseline: b, candidate: a), seed: 1)
        #expect(one.p == other.p)
        #expect(isClose(one.statistic, -other.statistic))
    }
}

import Glibc
import Randomness
import Testing

@testable import Statistics

/// What ± says of repeats, against truths that are known.
@Suite struct MedianIntervalTests {
    private static func interval(_ values: [Double]) -> Interval? { MedianInterval.ofSorted(values.sorted()) }

    /// The noise of a run's logarithm, whose median is 0.
    enum Noise: String, CaseIterable {
        /// As figures of undisturbed runs have it.
        case lognormal
        /// Student's t with three degrees of freedom: now and then a run is far off, in either direction.
        case heavyTailed
        /// All of it in one direction, as of neighbours who only ever slow down.
        case oneSided

        func draw(_ normal: inout RunNoise) -> Double {
            switch self {
            case .lognormal: return normal.normal()
            case .heavyTailed:
                let squares = (0..<3).reduce(0.0) { sum, _ in
                    let value = normal.normal()
                    return sum + value * value
                }
                return normal.normal() / (squares / 3).squareRoot()
            case .oneSided:
                let value = NormalDistribution.cumulative(normal.normal())
                return -log1p(-value) - log(2)
            }
        }

        /// What covering is allowed to come to, in `trials` that are 0.95 at best: t is about the mean, so noise that is
        /// all in one direction costs it two in a hundred.
        var least: Double { self == .oneSided ? 0.93 : 0.945 }
        /// Nor may it hold much more than it says; t holds more of noise with heavy tails.
        var most: Double { self == .heavyTailed ? 0.965 : 0.955 }
    }

    @Test(arguments: Noise.allCases, [2, 3, 5, 6, 10, 20])
    func itHoldsTheTruthInNinetyFiveOfAHundred(_ noise: Noise, _ count: Int) throws {
        var random = RunNoise(seed: 41, spread: 0)
        let trials = 2000
        var held = 0
        for _ in 0..<trials {
            let values = (0..<count).map { _ in 2000 * exp(0.1 * noise.draw(&random)) }
            if try #require(Self.interval(values)).contains(2000) { held += 1 }
        }
        #expect(Double(held) >= RunNoise.fewest(noise.least, of: trials))
        #expect(Double(held) <= RunNoise.most(noise.most, of: trials))
    }

    /// By SciPy: scipy.stats.t.interval of the logarithms.
    @Test func fewRepeatsHaveStudentsInterval() throws {
        let two = try #require(Self.interval([90, 110]))
        #expect(two.method == .student)
        #expect(abs(two.low - 27.8063) < 1e-3 && abs(two.high - 356.0341) < 1e-3)
        let five = try #require(Self.interval([100, 90, 110, 95, 130]))
        #expect(five.low < 100 && five.high > 100 && five.high < 2 * five.low)
    }

    /// What has no logarithm: how long before the fault the last acknowledgement came.
    @Test func valuesBelowZeroHaveAnIntervalToo() throws {
        let few = try #require(Self.interval([-3, -1, 1]))
        #expect(few.method == .student && abs(few.low + 5.9683) < 1e-3 && abs(few.high - 3.9683) < 1e-3)
        let zeros = try #require(Self.interval([0, 0, 0, 0, 0, 0, 9]))
        #expect(zeros.method == .signs && zeros.low == 0 && zeros.high > 0)
    }

    @Test func sixAndMoreHaveThatOfOrderStatistics() throws {
        let six = try #require(Self.interval([1, 2, 3, 4, 5, 60]))
        // 96.9 % by the ends, 78.1 % by the next: 5/14 of the way.
        #expect(
            six.method == .signs && abs(six.low - (1 + 5.0 / 14)) < 1e-9 && abs(six.high - (60 - 55 * 5.0 / 14)) < 1e-9
        )
        // Whatever the wild one is, the other limits are where they were.
        let calm = try #require(Self.interval((1...20).map(Double.init)))
        let wild = try #require(Self.interval((1...19).map(Double.init) + [1e9]))
        #expect(calm == wild && calm.low > 5 && calm.high < 16)
        // Counts for which n choose k is no number any more.
        let many = try #require(Self.interval((1...3000).map(Double.init)))
        #expect(many.low > 1440 && many.low < 1460 && many.high > 1540 && many.high < 1561)
    }

    @Test func theMedianIsAlwaysInside() throws {
        var random = RunNoise(seed: 8, spread: 0)
        for count in 2...20 {
            for _ in 0..<50 {
                let values = (0..<count).map { _ in exp(Noise.heavyTailed.draw(&random)) }
                let found = try #require(Distribution(values))
                #expect(try #require(found.interval).contains(found.median))
            }
        }
    }

    @Test func oneRunHasNoneAndEqualOnesHaveAPoint() {
        #expect(Self.interval([]) == nil && Self.interval([7]) == nil && Self.interval([1, .infinity]) == nil)
        #expect(Distribution([7])?.interval == nil)
        let same = Self.interval([7, 7, 7])
        #expect(same?.method == .constant && same?.low == 7 && same?.high == 7)
    }
}

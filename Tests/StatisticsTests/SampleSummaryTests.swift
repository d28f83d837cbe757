import Glibc
import Testing

@testable import Statistics

@Suite struct SampleSummaryTests {
    private let bootstrap = Bootstrap(seed: 5)

    @Test func ofNothingThereIsNothing() {
        #expect(SampleSummary([], bootstrap: bootstrap) == nil)
        #expect(SampleSummary([1, .nan], bootstrap: bootstrap) == nil)
    }

    @Test func fiveValuesHaveNoInterval() throws {
        let five = try #require(SampleSummary([5, 1, 4, 2, 3], bootstrap: bootstrap))
        #expect(five.count == 5 && five.median == 3 && five.max == 5 && five.p90 == 4.6)
        #expect(five.medianInterval == nil)
        let six = try #require(SampleSummary([6, 5, 1, 4, 2, 3], bootstrap: bootstrap))
        #expect(six.medianInterval?.method == .percentile)
    }

    @Test func theOrderOfTheValuesDoesNotMatter() {
        let values = (1...20).map { Double($0 * $0) }
        #expect(
            SampleSummary(values, bootstrap: bootstrap) == SampleSummary(values.reversed(), bootstrap: bootstrap)
        )
    }

    /// Samples of a skewed distribution whose median is known: the 95 % interval holds it about that often.
    @Test func theIntervalCovers() throws {
        var noise = RunNoise(seed: 3, spread: 0)
        var held = 0
        let trials = 300
        for trial in 0..<trials {
            let values = (0..<15).map { _ in exp(noise.normal()) }
            let bootstrap = Bootstrap(resamples: 500, seed: UInt64(trial))
            let interval = try #require(SampleSummary(values, bootstrap: bootstrap)?.medianInterval)
            if interval.contains(1) { held += 1 }
        }
        #expect(held > trials * 88 / 100)
        #expect(held < trials)
    }
}

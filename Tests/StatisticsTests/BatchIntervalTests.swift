import Randomness
import Testing

@testable import Statistics

@Suite struct BatchIntervalTests {
    @Test func itIsStudentsIntervalOfTheMean() throws {
        // Mean 10, standard deviation √2.5, five batches: 2.776445 · √(2.5 / 5) / 10.
        let width = try #require(BatchInterval.relativeHalfWidth([8, 9, 10, 11, 12]))
        #expect(abs(width - 0.196324) < 1e-6)
        #expect(BatchInterval.relativeHalfWidth([7, 7, 7]) == 0)
    }

    @Test(arguments: [[], [5], [5, 5], [0, 0, 0]]) func tooLittleSaysNothing(_ batches: [Double]) {
        #expect(BatchInterval.relativeHalfWidth(batches) == nil)
    }

    /// Of 2,000 samples of six batches nineteen in twenty have the mean in their interval.
    @Test func itHoldsTheMeanAsOftenAsItSays() throws {
        var generator = SplitMix64(seed: 5, stream: 0)
        var held = 0
        for _ in 0..<2000 {
            // A sum of twelve evenly distributed numbers is near enough to normal.
            let batches = (0..<6).map { _ in 50 + (0..<12).reduce(0) { sum, _ in sum + generator.unit() } - 6 }
            let mean = batches.reduce(0, +) / 6
            let width = try #require(BatchInterval.relativeHalfWidth(batches)) * mean
            if abs(mean - 50) <= width { held += 1 }
        }
        #expect((1860...1940).contains(held), "\(held)")
    }
}

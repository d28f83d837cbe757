import Testing

@testable import Statistics

@Suite struct SampleSummaryTests {
    @Test func ofNothingThereIsNothing() {
        #expect(SampleSummary([]) == nil)
        #expect(SampleSummary([1, .nan]) == nil)
    }

    @Test func oneValueHasNoInterval() throws {
        #expect(try #require(SampleSummary([5])).medianInterval == nil)
        let five = try #require(SampleSummary([5, 1, 4, 2, 3]))
        #expect(five.count == 5 && five.median == 3 && five.max == 5 && five.p90 == 4.6)
        #expect(five.medianInterval?.method == .student)
    }

    @Test func theOrderOfTheValuesDoesNotMatter() {
        let values = (1...20).map { Double($0 * $0) }
        #expect(SampleSummary(values) == SampleSummary(values.reversed()))
    }
}

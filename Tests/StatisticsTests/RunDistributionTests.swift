import Testing

@testable import Statistics

@Suite struct RunDistributionTests {
    @Test(
        arguments: [
            ([3], 3), ([1, 9], 5), ([9, 1, 4], 4), ([4, 1, 3, 2], 2.5), ([5, 5, 5, 100, 5], 5),
        ] as [([Double], Double)]
    )
    func medianOfRepeats(_ values: [Double], _ median: Double) throws {
        let distribution = try #require(Distribution(values))
        #expect(distribution.median == median)
        #expect(distribution.count == values.count)
    }

    @Test func spreadIsTheRangeInPercentOfTheMedian() throws {
        let distribution = try #require(Distribution([90, 100, 130]))
        #expect(distribution.spreadPercent == 40)
        #expect(distribution.min == 90)
        #expect(distribution.max == 130)
    }

    @Test func nothingHasNoMedian() {
        #expect(Distribution([]) == nil)
        #expect(Distribution([-1, 0, 1])?.spreadPercent == nil)
    }
}

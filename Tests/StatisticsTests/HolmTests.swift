import Testing

@testable import Statistics

@Suite struct HolmTests {
    @Test func adjustedAsByHand() throws {
        for golden in Goldens.all.holm {
            let adjusted = try Holm.adjusted(golden.p)
            #expect(adjusted.count == golden.adjusted.count)
            for (value, expected) in zip(adjusted, golden.adjusted) { #expect(isClose(value, expected), "\(golden)") }
        }
    }

    @Test func noMetricsGiveNoValues() throws {
        #expect(try Holm.adjusted([]) == [])
    }

    @Test func whatIsNoProbabilityIsNamed() {
        #expect(throws: SampleError.notAProbability(value: 1.5, index: 1)) { try Holm.adjusted([0.1, 1.5]) }
        #expect(throws: SampleError.notAProbability(value: -0.1, index: 0)) { try Holm.adjusted([-0.1]) }
        #expect(throws: SampleError.self) { try Holm.adjusted([0.1, .nan]) }
    }
}

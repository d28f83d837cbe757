import Histogram
import Measure
import TestSupport
import Testing

@testable import Results

/// Histograms of several generators, against the one histogram of all their samples.
@Suite struct MergedLatenciesTests {
    private static func histogram(_ samples: [UInt64], highest: UInt64 = 3_600_000_000_000) -> Histogram<UInt64> {
        var histogram = Histogram<UInt64>(highestTrackableValue: highest, numberOfSignificantValueDigits: .three)
        for sample in samples { histogram.record(sample) }
        return histogram
    }

    /// Latencies as loads have them: most near half a millisecond, a tail to minutes, from a seed.
    private static func samples(_ count: Int, seed: UInt64) -> [UInt64] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let body = 300_000 + (state >> 33) % 400_000
            return state >> 20 & 63 == 0 ? body << ((state >> 40) & 17) : body
        }
    }

    /// latency.hlog of one run.
    private static func log(_ clocks: [(RecordedLatency.Clock, [UInt64])]) throws -> MergedLatencies {
        let latencies = MergedLatencies(
            Dictionary(uniqueKeysWithValues: clocks.map { ($0, histogram($1)) })
        )
        let text =
            try MergedLatencies.header(startSeconds: 1, creator: "test")
            + latencies.lines(run: 3, startSeconds: 0.5, lengthSeconds: 8)
        return try #require(try RecordedLatencies { text }.byRun()[3])
    }

    @Test func bucketsAddUpToThoseOfAllSamples() throws {
        let parts = [Self.samples(40_000, seed: 1), Self.samples(7000, seed: 2), Self.samples(1500, seed: 3)]
        let merged = try MergedLatencies(
            adding: parts.map { try Self.log([(.response, $0), (.service, $0.map { $0 / 2 })]) }
        )
        let all = Self.histogram(parts.flatMap { $0 })
        for (clock, whole) in [
            (RecordedLatency.Clock.response, all), (.service, Self.histogram(parts.flatMap { $0.map { $0 / 2 } })),
        ] {
            let found = try #require(merged.recorded(clock, run: 1))
            #expect(found == RecordedLatency(run: 1, clock: clock, histogram: whole))
            #expect(found.count == 48_500)
        }
        // The figures of the row are those that a run with all samples would have had, to the last digit.
        let max = parts.flatMap { $0 }.max().map { Double($0) / 1000 }
        #expect(merged.figures(.response, max: max) == LatencyFigures(nanoseconds: all))
        #expect(!merged.has(.reads) && merged.figures(.reads) == LatencyFigures())
    }

    /// In the last bucket the samples decide, and a log does not have them: the bucket's end is taken.
    @Test func fewSamplesAreNeverTooFast() throws {
        let merged = try MergedLatencies(adding: [
            try Self.log([(.service, [1_000_400, 2_000_001])]), try Self.log([(.service, [2_000_100])]),
        ])
        let figures = merged.figures(.service)
        #expect(figures.p99Microseconds == 2000.895)
        #expect(figures.p50Microseconds == 2000.895)
    }

    /// Of operations of which some generator has no histogram, nothing is said.
    @Test func aClockThatOnePartLacksIsLeftOut() throws {
        let merged = try MergedLatencies(adding: [
            try Self.log([(.response, [5000]), (.reads, [5000])]), try Self.log([(.response, [7000])]),
        ])
        #expect(merged.has(.response) && !merged.has(.reads))
    }

    @Test func rangesMayDifferAndBucketsMayNot() throws {
        let long = MergedLatencies([.response: Self.histogram([900_000_000_000])])
        let short = MergedLatencies([.response: Self.histogram([4000], highest: 1_000_000)])
        let merged = try MergedLatencies(adding: [short, long])
        #expect(merged.recorded(.response, run: 1)?.buckets.map(\.count) == [1, 1])
        var coarse = Histogram<UInt64>(highestTrackableValue: 1_000_000, numberOfSignificantValueDigits: .two)
        coarse.record(4000)
        #expect(throws: MergedLatencies.Unlike.self) {
            try MergedLatencies(adding: [long, MergedLatencies([.response: coarse])])
        }
    }

    @Test func aRunThatStandsThereTwiceIsNamed() throws {
        let line = try MergedLatencies([.response: Self.histogram([5000])])
            .lines(run: 1, startSeconds: 0, lengthSeconds: 1)
        let error = #expect(throws: ResultsFileError.self) { try RecordedLatencies { line + line }.byRun() }
        #expect(
            error?.description
                == "latency.hlog: line 2: the response times of run 1 stand there twice; restore the file or remove that line"
        )
    }
}

import Histogram
import Measure
import Results
import TestSupport
import Testing

/// latency.hlog, bucket by bucket.
@Suite struct RecordedLatencyTests {
    private static func histogram(_ records: [(value: UInt64, count: UInt64)]) -> Histogram<UInt64> {
        var histogram = Histogram<UInt64>(
            highestTrackableValue: 3_600_000_000_000,
            numberOfSignificantValueDigits: .three
        )
        for (value, count) in records { histogram.record(value, count: count) }
        return histogram
    }

    private static func line(_ tag: String?, _ histogram: Histogram<UInt64>) throws -> String {
        let interval = LatencyLog.Interval(tag: tag, startSeconds: 0, lengthSeconds: 1, histogram: histogram)
        return try LatencyLog.line(for: interval)
    }

    @Test func everyBucketComesBack() throws {
        // Steps of 1 % pass every size of bucket from nanoseconds to minutes.
        var records: [(value: UInt64, count: UInt64)] = []
        var value = 1.0
        while value < 1e11 {
            records.append((UInt64(value), UInt64(records.count % 97 + 1)))
            value *= 1.01
        }
        let histogram = Self.histogram(records)
        let text =
            try LatencyLog.header(startSecondsSinceEpoch: 0, creator: "test") + Self.line("1_response", histogram)
            + Self.line("12_service", Self.histogram([(5000, 1)]))
        let read = try RecordedLatencies { text }.read()
        #expect(read.map(\.run) == [1, 12] && read.map(\.clock) == [.response, .service])
        let expected = histogram.recordedValues().map { value in
            (Double(histogram.highestEquivalentForValue(value.value)) / 1000, value.count)
        }
        #expect(read[0].buckets.map(\.microseconds) == expected.map(\.0))
        #expect(read[0].buckets.map(\.count) == expected.map(\.1))
        #expect(read[0].buckets.last?.cumulative == histogram.totalCount && read[0].count == histogram.totalCount)
        // The very largest is known to the writer alone; a reader has its bucket.
        for quantile in [0, 0.1, 0.5, 0.9, 0.99] {
            let microseconds = Double(histogram.valueAtPercentile(quantile * 100)) / 1000
            #expect(read[0].microseconds(at: quantile) == microseconds, "\(quantile)")
        }
    }

    /// A line of the Python port, which has a mapping of buckets of its own; only the tag was put before it. Made with
    /// hdrhistogram 0.10.8: `h = HdrHistogram(1, 3_600_000_000_000, 3)`, `h.record_value(value, count)` for 900 once,
    /// 250_000 40 times, 1_234_567 300 times, 98_765_432 7 times and 61_000_000_000 twice, and
    /// `HistogramLogWriter(file).output_interval_histogram(h)`; the latencies are its `get_value_at_percentile`.
    @Test func whatAnotherPortWroteIsReadBucketByBucket() throws {
        let line =
            "0.000000,1.000000,61001.000000,"
            + "HISTFAAAADR4nJNpmSzMwMAgxAABzFCaEch0M9ixgMH+A0SgnY9pewNjwFKVGyw3U/heTmFkAQDdUQru\n"
        let read = try RecordedLatencies { "Tag=3_response," + line }.read()
        #expect(read.map(\.count) == [350])
        #expect(read[0].buckets.map(\.count) == [1, 40, 300, 7, 2])
        #expect(read[0].buckets.map(\.cumulative) == [1, 41, 341, 348, 350])
        #expect(
            read[0].buckets.map(\.microseconds) == [0.9, 250.111, 1234.943, 98_828.287, 61_001_957.375]
        )
        #expect(read[0].microseconds(at: 0.5) == 1234.943 && read[0].microseconds(at: 0.99) == 98_828.287)
        #expect(read[0].microseconds(at: 0.999) == 61_001_957.375)
        let quantiles = read[0].quantiles
        #expect(quantiles.first?.quantile == 1.0 / 350 && quantiles.last?.quantile == 1)
    }

    @Test func whatIsBrokenIsNamed() throws {
        let whole = try Self.line("1_response", Self.histogram([(5000, 3)]))
        for broken in ["1,2,3\n", "Tag=1_response,0,1,2,notbase64!\n", "0,1,2,AAAAAA==\n"] {
            let error = #expect(throws: ResultsFileError.self) { try RecordedLatencies { whole + broken }.read() }
            #expect(error?.description.hasPrefix("latency.hlog: line 2: ") == true, "\(broken)")
        }
    }

    /// A killed run leaves half a line.
    @Test func aCutLastLineIsNone() throws {
        let whole = try Self.line("1_response", Self.histogram([(5000, 3)]))
        #expect(try RecordedLatencies { whole + whole.prefix(50) }.read().count == 1)
        #expect(try RecordedLatencies { String(whole.prefix(20)) }.read().isEmpty)
        #expect(try RecordedLatencies().read().isEmpty)
    }

    @Test func linesOfOthersAreLeftOut() throws {
        let histogram = Self.histogram([(5000, 3)])
        let text = try Self.line(nil, histogram) + Self.line("warm_up", histogram) + Self.line("2_service", histogram)
        #expect(try RecordedLatencies { text }.read().map(\.run) == [2])
    }

    /// A report is made of what there is.
    @Test func aBrokenFileStopsNobodyElse() throws {
        let folder = TemporaryFolder()
        let results = try ResultsFolder(existing: folder.path)
        try results.append(Filled.second)
        try results.append("no histogram\n", to: RecordedLatencies.file)
        let stored = try StoredResults(results)
        #expect(stored.seconds.count == 1)
        #expect(throws: ResultsFileError.self) { try stored.latencies.read() }
    }

    @Test func aRunKnowsItsNumber() {
        #expect(Samples.tag(7).number == 7)
        #expect(RunTag().number == nil)
    }
}

import Foundation
import Histogram
import Testing

@testable import Measure

@Suite struct LatencyLogTests {
    /// Value and count of the golden histogram.
    static let recorded: [(value: UInt64, count: UInt64)] = [
        (0, 1), (1, 2), (1000, 3), (2047, 1), (2048, 1), (5000, 300), (1_000_000, 7), (3_599_000_000, 1),
    ]

    static var golden: Histogram<UInt64> {
        var histogram = Histogram<UInt64>(
            lowestDiscernibleValue: 1,
            highestTrackableValue: 3_600_000_000,
            numberOfSignificantValueDigits: .three
        )
        for (value, count) in recorded { histogram.record(value, count: count) }
        return histogram
    }

    /// Written by the Python port (hdrhistogram 0.10.8) for the same records; compression aside, ours is byte for byte
    /// the same.
    static let plainByPython = """
        1c849313000000140000000000000003000000000000000100000000d693a4003ff0000000000000\
        0204cb0f06ab100202c113d804fb7a0ea3bc0102
        """
    static let base64ByPython =
        "HISTFAAAADV4nJNpmSzMwMAgwgABzFCaEURcm7yEwf4DRICJ5TQ/22oBJqaDwjdYflfxLd7DyAQA6j4K1Q=="

    @Test func theEncodingIsTheOtherPortsByteForByte() {
        let hex = HistogramEncoding.plain(Self.golden).map { String(format: "%02x", $0) }.joined()
        #expect(hex == Self.plainByPython)
    }

    @Test func readsWhatAnotherPortWrote() throws {
        let histogram = try HistogramEncoding.histogram(base64: Self.base64ByPython)
        #expect(histogram == Self.golden)
        #expect(histogram.totalCount == 316)
    }

    @Test func survivesItsOwnEncoding() throws {
        var wide = Histogram<UInt64>(numberOfSignificantValueDigits: .two)
        var value: UInt64 = 1
        for step in 0..<60 {
            wide.record(value, count: UInt64(step * step * step + 1))
            value += value / 2 + 1
        }
        let back = try HistogramEncoding.histogram(base64: HistogramEncoding.base64(of: wide))
        #expect(back.totalCount == wide.totalCount)
        for percentile in [0.1, 25.0, 50, 99, 99.9, 100] {
            let (ours, theirs) = (back.valueAtPercentile(percentile), wide.valueAtPercentile(percentile))
            #expect(wide.valuesAreEquivalent(ours, theirs))
        }
    }

    @Test(arguments: [0, 1, -1, 63, 64, -64, -65, 1 << 20, Int64.max, Int64.min])
    func zigZagNumbersComeBack(_ number: Int64) throws {
        var bytes: [UInt8] = []
        HistogramEncoding.appendZigZag(number, to: &bytes)
        #expect(bytes.count <= 9)
        var reader = HistogramEncoding.Reader(bytes: bytes)
        #expect(try reader.zigZag() == number)
        #expect(reader.remaining == 0)
    }

    @Test func theFileIsGolden() throws {
        let log = LatencyLog(
            startSecondsSinceEpoch: 1_700_000_000.25,
            intervals: [
                .init(tag: "r1_service", startSeconds: 0, lengthSeconds: 1, histogram: Self.golden),
                .init(tag: nil, startSeconds: 1, lengthSeconds: 0.5, histogram: Self.golden),
            ]
        )
        let lines = try log.text(creator: "zabbench 1").split(separator: "\n").map(String.init)
        #expect(
            Array(lines[..<4]) == [
                "#[Histogram log format version 1.3]",
                "#[Created by zabbench 1]",
                "#[StartTime: 1700000000.250 (seconds since epoch), 2023-11-14T22:13:20Z]",
                "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"",
            ]
        )
        #expect(lines.count == 6)
        #expect(lines[4].hasPrefix("Tag=r1_service,0.000,1.000,3600.810,HISTF"))
        #expect(lines[5].hasPrefix("1.000,0.500,3600.810,HISTF"))
    }

    @Test func theFileComesBack() throws {
        let log = LatencyLog(
            startSecondsSinceEpoch: 1_700_000_000.25,
            intervals: [.init(tag: "r2_response", startSeconds: 3.5, lengthSeconds: 1, histogram: Self.golden)]
        )
        let back = try LatencyLog(parsing: log.text(creator: "zabbench 1"))
        #expect(back.startSecondsSinceEpoch == 1_700_000_000.25)
        #expect(back.intervals.map(\.tag) == ["r2_response"])
        #expect(back.intervals[0].startSeconds == 3.5)
        #expect(back.intervals[0].histogram == Self.golden)
    }

    @Test(arguments: ["1,2,3", "0,1,2,notbase64!", "0,1,2,AAAAAA==", "x,1,2,HISTFAAAADV4"])
    func aBrokenLineIsNamed(_ line: String) {
        let error = #expect(throws: LatencyLog.MalformedLine.self) {
            try LatencyLog(parsing: "#[Histogram log format version 1.3]\n" + line)
        }
        #expect(error?.line == 2)
    }

    /// Bytes that would trap in a histogram, or overflow its sum.
    @Test(arguments: [
        // 2^60 is the smallest value told from others, with five digits.
        (lowest: UInt64(1) << 60, digits: UInt32(5), counts: [Int64(1)]),
        (lowest: 1, digits: 3, counts: [Int64.max, Int64.max, Int64.max]),
        (lowest: 1, digits: 3, counts: [1 << 53, 1]),
    ])
    func whatNoHistogramCanHoldIsRefused(lowest: UInt64, digits: UInt32, counts: [Int64]) {
        var payload: [UInt8] = []
        for count in counts { HistogramEncoding.appendZigZag(count, to: &payload) }
        var bytes: [UInt8] = []
        func add(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.bigEndian) { bytes += $0 } }
        add(HistogramEncoding.cookie)
        add(UInt32(payload.count))
        add(UInt32(0))
        add(digits)
        add(lowest)
        add(UInt64(1) << 62)
        add((1.0).bitPattern)
        #expect(throws: HistogramEncoding.Failure.self) { try HistogramEncoding.histogram(plain: bytes + payload) }
    }
}

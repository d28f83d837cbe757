import TestSupport
import Testing

@testable import Results

/// timeseries.csv of several generators on one clock.
@Suite struct MergedSecondsTests {
    private static let moment: Int64 = 1_795_224_245_000_000_000

    /// Whole seconds of a load that began `milliseconds` after the moment, the first `warmUp` of them its warm-up.
    private static func series(_ milliseconds: Int64, warmUp: Int, rates: [Double], errors: [Int]? = nil) -> [SecondRow]
    {
        rates.enumerated().map { place, rate in
            var row = Filled.second
            row.time = Timestamp(unixNanoseconds: moment + (milliseconds + 1000 * Int64(place + 1)) * 1_000_000)
            row.lengthSeconds = 1
            row.elapsedSeconds = Double(place + 1)
            row.phase = place < warmUp ? "warmup" : "measured"
            (row.offeredPerSecond, row.achievedPerSecond) = (rate + 10, rate)
            row.errors = errors?[place] ?? 0
            row.sessionsConnected = 4
            return row
        }
    }

    private static func merged(_ parts: [[SecondRow]], originMilliseconds: Int64) -> [SecondRow] {
        let origin = Timestamp(unixNanoseconds: moment + originMilliseconds * 1_000_000)
        return SecondRow.merged(parts, tag: Samples.tag(1), origin: origin)
    }

    @Test func equalSecondsAreAdded() {
        let rows = Self.merged(
            [
                Self.series(0, warmUp: 1, rates: [100, 200, 300]),
                Self.series(0, warmUp: 1, rates: [50, 60, 70], errors: [1, 2, 3]),
            ],
            originMilliseconds: 1000
        )
        #expect(rows.map(\.achievedPerSecond) == [150, 260, 370])
        #expect(rows.map(\.offeredPerSecond) == [170, 280, 390])
        #expect(rows.map(\.errors) == [1, 2, 3])
        #expect(rows.map(\.phase) == ["warmup", "measured", "measured"])
        #expect(rows.map(\.sessionsConnected) == [8, 8, 8])
        #expect(rows.map(\.elapsedSeconds) == [1, 2, 3] && rows.map(\.lengthSeconds) == [1, 1, 1])
        #expect(rows.allSatisfy { $0.responseP50Microseconds == nil && $0.responseP99Microseconds == nil })
        #expect(rows.allSatisfy { $0.responseMaxMicroseconds == nil && $0.foreign.share == nil })
    }

    /// A second that lies in two is dealt by length; nothing is lost or made up.
    @Test func shiftedSecondsKeepTheirSums() {
        let parts = [
            Self.series(0, warmUp: 1, rates: [100, 200, 300, 400]),
            Self.series(250, warmUp: 1, rates: [1000, 0, 40, 80], errors: [3, 1, 0, 3]),
        ]
        let rows = Self.merged(parts, originMilliseconds: 1250)
        #expect(rows.map(\.lengthSeconds) == [0.25, 1, 1, 1, 1])
        #expect(rows.map(\.phase) == ["warmup", "warmup", "measured", "measured", "measured"])
        // The first quarter is the first generator's alone, the last three its last quarter and the other's second.
        #expect(abs(rows[0].achievedPerSecond - 100) < 1e-6 && abs(rows[1].achievedPerSecond - 1125) < 1e-6)
        #expect(rows.map(\.sessionsConnected) == [4, 8, 8, 8, 4])
        func operations(_ rows: [SecondRow]) -> Double {
            rows.reduce(0) { $0 + $1.achievedPerSecond * $1.lengthSeconds }
        }
        #expect(abs(operations(rows) - parts.reduce(0) { $0 + operations($1) }) < 1e-6)
        #expect(rows.reduce(0) { $0 + $1.errors } == 7)
    }

    /// Loads of two days have no row for each second between them.
    @Test func nothingIsSaidOfTheTimeBetween() {
        let day: Int64 = 86_400_000
        let rows = Self.merged(
            [Self.series(0, warmUp: 0, rates: [5, 5]), Self.series(day, warmUp: 0, rates: [5])],
            originMilliseconds: day
        )
        #expect(rows.count == 3 && rows[2].elapsedSeconds == 86_401)
        #expect(Self.merged([[], []], originMilliseconds: 0).isEmpty)
    }
}

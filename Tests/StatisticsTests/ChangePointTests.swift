import Glibc
import Testing

@testable import Statistics

/// Series whose truth is known.
@Suite struct ChangePointTests {
    static func series(_ levels: [(value: Double, count: Int)], spread: Double, noise: inout RunNoise) -> [Double] {
        levels.flatMap { level in (0..<level.count).map { _ in level.value * exp(spread * noise.normal()) } }
    }

    @Test func aStepIsFoundWhereItIs() throws {
        var noise = RunNoise(seed: 1, spread: 0)
        let values = Self.series([(100, 20), (110, 15)], spread: 0.01, noise: &noise)
        let found = try ChangePoints.find(values, level: 0.01, seed: 1)
        try #require(found.map(\.index) == [20])
        #expect(found[0].before == values[..<20].sorted()[9...10].reduce(0, +) / 2)
        #expect(found[0].after == values[20...].sorted()[7])
        #expect(found[0].p <= 0.001)
    }

    @Test func upAndDownAgainAreTwo() throws {
        var noise = RunNoise(seed: 2, spread: 0)
        let values = Self.series([(100, 15), (120, 12), (100, 15)], spread: 0.01, noise: &noise)
        let found = try ChangePoints.find(values, level: 0.01, seed: 1)
        try #require(found.map(\.index) == [15, 27])
        #expect(found[0].after == found[1].before)
    }

    /// However large it is: ranks need some runs after a change before it cannot be luck.
    @Test func aStepNearTheEndIsFoundWithEightRunsAndNotWithThree() throws {
        var noise = RunNoise(seed: 3, spread: 0)
        let values = Self.series([(100, 40), (200, 8)], spread: 0.01, noise: &noise)
        #expect(try ChangePoints.find(values, level: 0.01, seed: 1).map(\.index) == [40])
        #expect(try ChangePoints.find(Array(values.prefix(43)), level: 0.01, seed: 1).isEmpty)
    }

    @Test func oneOddRunIsNoChangeOfLevel() throws {
        var noise = RunNoise(seed: 4, spread: 0)
        var values = Self.series([(100, 30)], spread: 0.01, noise: &noise)
        values[12] = 300
        #expect(try ChangePoints.find(values, level: 0.01, seed: 1).isEmpty)
    }

    @Test(arguments: [0, 1, 5, 6, 40])
    func nothingChangesInAConstantSeries(count: Int) throws {
        #expect(try ChangePoints.find([Double](repeating: 3, count: count), level: 0.5, seed: 1).isEmpty)
    }

    /// Counts that are exact show a change as soon as the orders are rare enough: 2 of the 924 orders of six and six.
    @Test func exactCountsNeedNoNoise() throws {
        let values = [Double](repeating: 10, count: 6) + [Double](repeating: 11, count: 6)
        #expect(try ChangePoints.find(values, level: 0.01, seed: 1).map(\.index) == [6])
        #expect(try ChangePoints.find(values, level: 0.001, seed: 1).isEmpty)
    }

    @Test func withoutAChangeTheFalseAlarmRateIsTheLevel() throws {
        var noise = RunNoise(seed: 5, spread: 0)
        let trials = 100
        var alarms = 0
        for trial in 0..<trials {
            let values = Self.series([(100, 24)], spread: 0.05, noise: &noise)
            if try !ChangePoints.find(values, level: 0.05, seed: UInt64(trial)).isEmpty { alarms += 1 }
        }
        #expect(Double(alarms) <= RunNoise.most(0.05, of: trials))
        #expect(Double(alarms) >= RunNoise.fewest(0.05, of: trials))
    }

    @Test func theSameSeedGivesTheSame() throws {
        var noise = RunNoise(seed: 6, spread: 0)
        let values = Self.series([(100, 20), (101, 20)], spread: 0.01, noise: &noise)
        #expect(
            try ChangePoints.find(values, level: 0.2, seed: 9) == ChangePoints.find(values, level: 0.2, seed: 9)
        )
    }

    @Test func whatIsNoNumberIsRefused() {
        #expect(throws: SampleError.self) { try ChangePoints.find([1, .nan, 2], level: 0.01, seed: 1) }
    }
}

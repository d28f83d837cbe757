import Results
import TestSupport
import Testing

@testable import Bench

/// Rows beside the yardstick's of the same load.
@Suite struct YardstickFloorTests {
    private static func row(_ system: String, _ round: Int = 1, size: Int = 3, achieved: Double, p50: Double)
        -> SummaryRow
    {
        var row = Samples.row(repeatNumber: round, size: size, achieved: achieved, p99: 10 * p50)
        row.tag.system = system
        row.response.p50Microseconds = p50
        row.tag.fsyncStrategy = system == "zabbench" ? "fdatasync_recycled" : nil
        row.batchPolicy = system == "zabbench" ? "natural" : nil
        return row
    }

    @Test func ratiosAreToTheMedianOfTheYardsticksRepeats() throws {
        let rows = [
            Self.row("yardstick", 1, achieved: 1000, p50: 100), Self.row("yardstick", 2, achieved: 400, p50: 200),
            Self.row("yardstick", 3, achieved: 800, p50: 110), Self.row("zabbench", 1, achieved: 200, p50: 440),
            Self.row("zookeeper", 2, achieved: 20, p50: 1100),
        ]
        let floors = try #require(YardstickFloor.noted(rows)).map(\.floors)
        #expect(floors[3].ofYardstick == 0.25 && floors[3].timesYardstickP50 == 4 && floors[3].timesYardstickP99 == 4)
        #expect(floors[4].ofYardstick == 0.025 && floors[4].timesYardstickP50 == 10)
        #expect(floors[0].ofYardstick == 1.25 && floors[2].timesYardstickP50 == 1)
    }

    @Test func withoutAYardstickOfTheSameLoadTheyAreEmpty() throws {
        let ours = Self.row("zabbench", achieved: 200, p50: 440)
        #expect(YardstickFloor.noted([ours]) == nil && YardstickFloor.noted([]) == nil)
        var (large, invalid, other) = (ours, ours, ours)
        large.tag.ensembleSize = 5
        other.load.payloadBytes = 1024
        invalid.load.keys = 1
        var failed = Self.row("yardstick", achieved: 1, p50: 1)
        failed.load.keys = 1
        failed.invalidReasons = ["too short"]
        let noted = try #require(
            YardstickFloor.noted([Self.row("yardstick", achieved: 1000, p50: 100), failed, large, other, invalid])
        )
        #expect(noted.dropFirst(2).allSatisfy { $0.floors == SummaryRow.Floors() })
    }

    @Test func logsOnDisksOfTheirOwnHaveAFloorOfTheirOwn() throws {
        var rows = [
            Self.row("yardstick", achieved: 1000, p50: 100), Self.row("yardstick", achieved: 4000, p50: 50),
            Self.row("zabbench", achieved: 200, p50: 440), Self.row("zabbench", achieved: 400, p50: 200),
        ]
        for (index, directories) in ["one", "separate", "one", "separate"].enumerated() {
            rows[index].log.directories = directories
        }
        #expect(try #require(YardstickFloor.noted(rows)).map(\.floors.ofYardstick) == [1, 1, 0.2, 0.1])
    }

    @Test func whatIsNoResultHasNoRatio() throws {
        var rows = [
            Self.row("yardstick", achieved: 1000, p50: 100), Self.row("zabbench", achieved: 200, p50: 440),
            Self.row("zookeeper", achieved: 20, p50: 1100),
        ]
        rows[1].invalidReasons = ["errors: 9"]
        let noted = try #require(YardstickFloor.noted(rows)).map(\.floors)
        #expect(noted[1] == SummaryRow.Floors() && noted[2].ofYardstick == 0.02)
        for index in rows.indices { rows[index].context.isDurabilityUnequal = true }
        #expect(try #require(YardstickFloor.noted(rows)).allSatisfy { $0.floors == SummaryRow.Floors() })
    }

    /// At a given rate both achieve it, and at a share of its own capacity each has another load.
    @Test func onlyWhatComparesIsCompared() throws {
        var (floor, ours) = (
            Self.row("yardstick", achieved: 100, p50: 50), Self.row("zabbench", achieved: 100, p50: 500)
        )
        (floor.load.mode, ours.load.mode) = ("open_fixed", "open_fixed")
        let open = try #require(YardstickFloor.noted([floor, ours]))[1].floors
        #expect(open.ofYardstick == nil && open.timesYardstickP50 == 10)
        (floor.capacityPerSecond, ours.capacityPerSecond) = (1000, 200)
        #expect(try #require(YardstickFloor.noted([floor, ours]))[1].floors == SummaryRow.Floors())
    }
}

import Foundation
import Results
import TestSupport
import Testing

@testable import Report

/// Shards beside one ensemble: ratios within rounds, and how tables say them.
@Suite struct ShardRatioTests {
    private static func row(_ shards: Int?, _ round: Int, achieved: Double, p99: Double = 900, cpu: Double = 10)
        -> SummaryRow
    {
        var row = Samples.row(repeatNumber: round, achieved: achieved, p99: p99)
        row.shards = shards
        row.cost.cpuMicrosecondsPerWrite = cpu
        return row
    }

    /// A machine that is half as fast in each round does not move a ratio.
    private static let rounds = [100_000.0, 50_000, 25_000].enumerated().flatMap { index, achieved in
        [
            row(1, index + 1, achieved: achieved), row(2, index + 1, achieved: achieved * 1.5, p99: 450, cpu: 12),
            row(4, index + 1, achieved: achieved * 2, p99: 1800, cpu: 15),
        ]
    }

    @Test func aRatioIsToOneEnsembleUnderTheSameLoad() throws {
        let ratios = ShardRatio.all(Self.rounds)
        #expect(ratios.map(\.key.shards) == [2, 4])
        #expect(ratios.map { $0.achieved?.ratio } == [1.5, 2] && ratios[0].achieved?.interval == 1.5...1.5)
        #expect(ratios.map { $0.p99?.ratio } == [0.5, 2] && ratios.map { $0.cpuPerWrite?.ratio } == [1.2, 1.5])
        // Rows of a version that knew no shards are of one ensemble.
        var old = Self.rounds
        for index in old.indices where old[index].shards == 1 { old[index].shards = nil }
        #expect(ShardRatio.all(old).count == 2)
    }

    @Test func nothingIsComparedWithNothing() {
        #expect(ShardRatio.all([]).isEmpty && ShardRatio.all(Self.rounds.filter { $0.shards == 1 }).isEmpty)
        #expect(ShardRatio.all(Self.rounds.filter { $0.shards != 1 }).isEmpty)
        var other = Self.rounds.filter { $0.shards != 1 }
        other.append(
            contentsOf: Self.rounds.filter { $0.shards == 1 }.map { row in
                var row = row
                row.load.clients = 1
                return row
            }
        )
        #expect(ShardRatio.all(other).isEmpty)
        #expect(!RatioTable.text(Self.rounds.filter { $0.shards == 1 }).contains("shards"))
    }

    @Test func theTableHasARowForEachNumberOfShards() throws {
        let text = RatioTable.text(Self.rounds)
        #expect(text.contains("closed 16x64, 128 B\n"), "\(text)")
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let two = try #require(lines.first { $0.first == "2" })
        #expect(two[1] == "1.50" && two.contains("0.50"), "\(two)")
        #expect(text.contains("divided by those of one ensemble"), "\(text)")
        let summary = SummaryTable.text(rows: Self.rounds)
        #expect(summary.contains("shards"), "\(summary)")
        let html = ShardTable.html(Self.rounds)
        #expect(html.contains("<th>Shards</th>") || html.contains(">Shards<"), "\(html)")
    }

    @Test func programsReadThemToo() throws {
        let document = JSONDocument(rows: Self.rounds, folder: "f", workload: "w", exitCode: .pass)
        let text = try document.text()
        #expect(text.contains("\"shard_ratios\"") && text.contains("\"cpu_us_per_write_ratio\""))
        #expect(document.shardRatios.count == 2 && document.ratios.isEmpty)
    }

    @Test func oneNumberOfShardsIsSaidAtTheHead() {
        let text = SummaryTable.text(rows: Self.rounds.filter { $0.shards == 2 })
        #expect(text.contains("2 shards of 3 servers as processes"), "\(text)")
    }
}

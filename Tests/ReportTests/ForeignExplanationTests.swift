import Foundation
import Results
import Testing

@testable import Report

/// Three servers of Debian's ZooKeeper 3.8.0 under workloads/quick.yaml, recorded beside builds on the same two cores.
@Suite struct ForeignExplanationTests {
    private static func stored(_ change: (inout SummaryRow) -> Void = { _ in }) throws -> StoredResults {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("zookeeper")
        func text(_ name: String) throws -> String {
            try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        }
        var results = try StoredResults(summary: text("summary.csv"), servers: text("servers.csv"))
        for index in results.runs.indices { change(&results.runs[index]) }
        return results
    }

    /// Says again what limited the run, by what is left of its figures.
    private static func judgeAgain(_ row: inout SummaryRow) {
        row.foreign = SummaryRow.ForeignFigures()
        row.leader.limiter = nil
        row.leader.limiterEvidence = nil
        row.findLimiter(wireBytesPerSecond: nil)
    }

    @Test func itsOwnNeighboursAreNamed() throws {
        let text = ExplanationTable(Explanation(try Self.stored())).text(on: .wide)
        #expect(text.hasPrefix("ZooKeeper 3.8.0, 3 servers already running"), "\(text)")
        #expect(text.contains(/serial: closed 1x1  +other processes  +others used 1\.65 of 2 cores/), "\(text)")
        #expect(text.contains("a quiet machine (--wait-quiet)"))
    }

    /// What mntr and the processes tell is evidence enough for a disk and for a machine without a core to spare.
    @Test func aDiskAndAFullMachineAreFound() throws {
        let disk = Explanation(
            try Self.stored { row in
                row.cost.leaderSyncShare = 0.9
                Self.judgeAgain(&row)
            }
        )
        let stored = try Self.stored()
        let leading = stored.servers.filter { $0.state == "leader" && $0.elapsedSeconds > 0 }
        #expect(leading.compactMap { $0.gauges[.outstandingRequests] }.max() == 320, "\(leading.count)")
        let groups = LoadPointSummary.grouped(stored.runs)
        let facts = groups.map { RunFacts($0, log: "", results: stored) }
        #expect(facts.compactMap(\.outstandingAtLeader).max() == 320, "\(facts.map(\.outstandingAtLeader))")
        let first = try #require(disk.paragraphs.first { $0.load.hasPrefix("saturation") })
        #expect(
            first.limiterInWords == "disk sync" && first.helpInShort == "a disk that syncs faster, or more in flight"
        )
        #expect(first.evidence == "leader's log syncs 90 % of the time; up to 320 requests outstanding at the leader")
        let full = Explanation(
            try Self.stored { row in
                row.cost.busyCores = 1.9
                Self.judgeAgain(&row)
            }
        )
        #expect(full.paragraphs.allSatisfy { $0.limiterInWords == "whole machine" })
        #expect(full.paragraphs.allSatisfy { $0.evidence == "1.90 of 2 cores busy" })
    }

    /// Servers on other machines whose whitelist is the usual one: there is srvr, and nothing that is a limit.
    @Test func whatNobodyTellsIsNotGuessed() throws {
        let dark = Explanation(
            try Self.stored { row in
                row.cost.busyCores = nil
                row.cost.leaderSyncShare = nil
                Self.judgeAgain(&row)
            }
        )
        for paragraph in dark.paragraphs {
            #expect(paragraph.limiterInWords == "not known: only mntr" && paragraph.limiter == nil)
            #expect(paragraph.helpInShort.hasPrefix("mntr allowed on every server"))
        }
    }
}

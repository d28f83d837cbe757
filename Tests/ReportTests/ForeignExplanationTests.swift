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

    // MARK: By their own account

    /// The leader of every run says how long its stages take, and nothing is used up.
    private static func told(_ stages: [String: Double]) throws -> Explanation.Paragraph {
        var results = try stored { row in
            row.cost.busyCores = 1
            row.cost.leaderSyncShare = 0.3
            (row.leader.busiestThread, row.leader.busiestThreadShare) = ("SyncThread:1", 0.4)
            judgeAgain(&row)
        }
        for row in results.runs {
            for (stage, time) in stages {
                for id in [row.context.leaderID, row.context.leaderID.map { $0 % 3 + 1 }] {
                    results.stages.append(
                        StageRow(
                            tag: row.tag,
                            kind: .server,
                            quantile: "mean",
                            serverID: id,
                            stage: stage,
                            // Those who follow are slower, and are not asked.
                            meanMicroseconds: id == row.context.leaderID ? time : 100 * time,
                            share: nil,
                            writes: 9
                        )
                    )
                }
            }
        }
        return try #require(Explanation(results).paragraphs.first { $0.load.hasPrefix("saturation") })
    }

    private static let log = "sync_processor_queue_and_flush_time_ms"

    @Test func aQuorumThatWaitsForTheLeadersLogWaitsForTheDisk() throws {
        let found = try Self.told([
            "quorum_ack_latency": 20_000, Self.log: 12_000, "prep_processor_queue_time_ms": 3000,
        ])
        #expect(found.limiterInWords == "latency: disk sync" && found.limiter == "latency")
        #expect(
            found.text.contains("by the leader's own average a quorum acknowledges after 20.0 ms (quorum_ack_latency)")
        )
        #expect(found.text.contains("of which its own log takes 12.0 ms (\(Self.log))"), "\(found.text)")
        #expect(found.text.contains("which overlap and do not add up: quorum_ack_latency 20.0 ms, "), "\(found.text)")
        #expect(found.text.contains("the leader's busiest thread (SyncThread:1) 40.0 %"), "\(found.text)")
    }

    @Test func theStageThatTakesMostIsNamedAsZooKeeperNamesIt() throws {
        let followers = try Self.told(["quorum_ack_latency": 20_000, Self.log: 8000])
        #expect(followers.limiterInWords == "latency: followers' acknowledgements")
        let queue = try Self.told(["quorum_ack_latency": 9000, Self.log: 8000, "prep_processor_queue_time_ms": 30_000])
        #expect(queue.limiterInWords == "latency: queue before the leader's PrepRequestProcessor")
        #expect(queue.text.contains("a write waits 30.0 ms there (prep_processor_queue_time_ms)"), "\(queue.text)")
        let commit = try Self.told(["quorum_ack_latency": 900, "local_write_committed_time_ms": 5000])
        #expect(commit.text.contains("the leader's CommitProcessor"), "\(commit.text)")
        let throttle = try Self.told(["quorum_ack_latency": 900, "request_throttle_queue_time_ms": 5000])
        #expect(throttle.text.contains("RequestThrottler"), "\(throttle.text)")
        for paragraph in [followers, queue, commit, throttle] {
            #expect(!paragraph.text.contains("loop"), "our servers' stages are no ZooKeeper's: \(paragraph.text)")
        }
    }

    @Test func whatIsNotReportedIsNamed() throws {
        let dark = Explanation(
            try Self.stored { row in
                row.cost.busyCores = nil
                row.cost.leaderSyncShare = nil
                Self.judgeAgain(&row)
            }
        )
        let text = try #require(dark.paragraphs.first).text
        #expect(
            text.contains(
                "not known: zookeeper does not report processor time (none of their processes is on this machine), nor time in "
                    + "syncs (zk_sum_fsynctime of mntr), nor times of a write's stages"
            ),
            "\(text)"
        )
    }

    @Test func aBusyThreadIsNamed() throws {
        let busy = Explanation(
            try Self.stored { row in
                row.cost.busyCores = 1
                (row.leader.busiestThread, row.leader.busiestThreadShare) = ("CommitProcessor", 0.93)
                Self.judgeAgain(&row)
            }
        )
        let first = try #require(busy.paragraphs.first)
        #expect(first.limiterInWords == "one thread of the leader (CommitProcessor)")
        #expect(first.evidence == "leader's CommitProcessor 93 % busy" && first.helpInShort.hasPrefix("a faster core"))
    }

    @Test func theReportShowsThemFoldedAndSaysWhatTheyAre() throws {
        var results = try Self.stored()
        let run = try #require(results.runs.first { $0.isValid })
        for (id, time) in [(run.context.leaderID, 5000.0), (run.context.leaderID.map { $0 % 3 + 1 }, 7000)] {
            results.stages.append(
                StageRow(
                    tag: run.tag,
                    kind: .server,
                    quantile: "mean",
                    serverID: id,
                    stage: "fsynctime",
                    meanMicroseconds: time,
                    share: nil,
                    writes: 9
                )
            )
        }
        let html = HTMLReport.text(title: "t", environment: "e", results: results)
        #expect(html.contains("By zookeeper's own averages: ") && html.contains("do not add up to the latency"))
        #expect(html.contains("<tr><td>fsynctime</td><td>5.00 ms</td><td>7.00 ms</td></tr>"))
        #expect(!HTMLReport.text(title: "t", environment: "e", results: try Self.stored()).contains("own averages"))
    }
}

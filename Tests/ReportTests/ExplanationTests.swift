import Foundation
import Measure
import Results
import TestSupport
import Testing

@testable import Report

@Suite struct ExplanationTests {
    /// A run of three servers on two cores that uses nothing up, and its ledger: microseconds by stage.
    private struct Fixture {
        var row: SummaryRow
        var stages: [(String, Double)] = [
            ("client_wait", 0), ("request", 60), ("queue", 20), ("propose", 20), ("append", 20), ("sync", 200),
            ("quorum_ack", 60), ("commit", 0), ("apply", 20), ("reply", 20), ("response", 40),
        ]
        /// By follower: link out, sync, link back, and the share of batches that it acknowledged before the commit.
        var followers: [(id: Int, figures: [Double])] = [(2, [60, 200, 60, 0.6]), (3, [70, 210, 60, 0.5])]
        var rest = 0.01
        /// The share of the time in which a follower's loop has work; nil writes no servers.csv.
        var followerLoop: Double?

        var servers: String {
            guard let followerLoop else { return "" }
            let rows = [("leader", 1, 0.96), ("follower", 2, followerLoop), ("follower", 3, followerLoop / 2)]
            let lines = rows.map { state, id, occupied in
                ServerRow(
                    tag: row.tag,
                    time: Timestamp(unixNanoseconds: 0),
                    elapsedSeconds: 2,
                    lengthSeconds: 1,
                    serverID: id,
                    state: state,
                    pid: nil,
                    counters: [
                        .cpuLoop: UInt64(occupied * 250_000), .loopWait: UInt64(occupied * 750_000),
                        .cpuUser: 300_000, .cpuSystem: UInt64(id) * 100_000,
                    ],
                    gauges: [:],
                    lastZxid: nil
                ).line
            }
            return ServerRow.header + lines.joined()
        }

        init() {
            row = Samples.row(repeatNumber: 1, achieved: 2000)
            row.load.clients = 1
            row.load.outstanding = 1
            row.durationSeconds = 10
            row.context.cores = 2
            row.context.leaderID = 1
            row.context.generatorBusyShare = 0.2
            row.cost.busyCores = 0.8
            row.cost.leaderSyncShare = 0.4
            row.leader.loopUtilization = 0.2
            row.leader.loopWaitShare = 0.02
        }

        var summary: String {
            var row = row
            row.findLimiter(wireBytesPerSecond: nil, stages: stageRows)
            return SummaryRow.header + row.line
        }

        var stageRows: [StageRow] {
            let sum = stages.reduce(0) { $0 + $1.1 }
            var rows = stages.map { stage, time in
                StageRow(
                    tag: row.tag,
                    kind: .ledger,
                    quantile: "p50",
                    stage: stage,
                    meanMicroseconds: time,
                    share: time / sum,
                    writes: 100
                )
            }
            // Neither another quantile nor one server's writes may be taken for all.
            for (quantile, server) in [("p99", nil), ("p50", 2)] as [(String, Int?)] {
                rows.append(
                    StageRow(
                        tag: row.tag,
                        kind: .ledger,
                        quantile: quantile,
                        serverID: server,
                        stage: "reply",
                        meanMicroseconds: 1e6,
                        share: 1,
                        writes: 9
                    )
                )
            }
            rows.append(
                StageRow(
                    tag: row.tag,
                    kind: .rest,
                    quantile: "p50",
                    stage: "rest",
                    meanMicroseconds: rest * sum,
                    share: rest,
                    writes: 100,
                    isWithin: abs(rest) <= 0.05
                )
            )
            for follower in followers {
                for (stage, place) in [
                    ("link_out", 0), ("follower_sync", 1), ("link_back", 2), ("ack_before_commit", 3),
                ] {
                    let isShare = stage == "ack_before_commit"
                    rows.append(
                        StageRow(
                            tag: row.tag,
                            kind: .follower,
                            quantile: "median",
                            serverID: follower.id,
                            stage: stage,
                            meanMicroseconds: isShare ? nil : follower.figures[place],
                            share: isShare ? follower.figures[place] : nil,
                            writes: 500
                        )
                    )
                }
            }
            return rows
        }

        func explanation() throws -> Explanation {
            let stages = StageRow.header + stageRows.map(\.line).joined()
            return Explanation(try StoredResults(summary: summary, servers: servers, stages: stages))
        }

        mutating func set(_ stage: String, _ time: Double) {
            for index in stages.indices where stages[index].0 == stage { stages[index].1 = time }
        }
    }

    private func paragraph(_ change: (inout Fixture) -> Void) throws -> Explanation.Paragraph {
        var fixture = Fixture()
        change(&fixture)
        let explanation = try fixture.explanation()
        #expect(explanation.paragraphs.count == 1)
        return try #require(explanation.paragraphs.first)
    }

    // MARK: Others

    @Test func besideOtherProcesses() throws {
        let beside = try paragraph {
            $0.row.foreign = SummaryRow.ForeignFigures(ForeignLoad(share: 0.55, steal: 0))
            $0.row.leader.loopUtilization = 0.4
            $0.row.leader.loopWaitShare = 0.5
        }
        #expect(beside.cause == "other processes" && beside.limiter == "other processes")
        #expect(beside.text.contains("It was limited by other processes: others kept 1.10 of 2 cores busy"))
        #expect(beside.help.contains("a quiet machine") && beside.help.contains("--wait-quiet"))
        #expect(!beside.text.contains("more cores"))
        let stolen = try paragraph {
            $0.row.foreign = SummaryRow.ForeignFigures(ForeignLoad(share: 0, steal: 0.6))
        }
        #expect(stolen.cause == "other processes" && stolen.help.contains("no other one shares"))
    }

    /// They took a part, and something else was the limit.
    @Test func othersAreNamedWhereTheyWereNotTheLimit() throws {
        let words = "Other programs used 10.0 % of the processors or more in 1 of 1 run,"
        let beside = try paragraph { $0.row.foreign = SummaryRow.ForeignFigures(ForeignLoad(share: 0.2, steal: 0)) }
        #expect(beside.cause != "other processes" && beside.text.contains(words))
        let quiet = try paragraph { $0.row.foreign = SummaryRow.ForeignFigures(ForeignLoad(share: 0.02, steal: 0)) }
        #expect(!quiet.text.contains("Other programs used"))
    }

    // MARK: The three slowed stages

    @Test func aSlowDisk() throws {
        let slow = try paragraph {
            $0.row.cost.leaderSyncShare = 0.95
            $0.set("sync", 5200)
            $0.set("quorum_ack", 300)
            $0.followers = [(2, [60, 5200, 60, 0.6]), (3, [70, 5210, 60, 0.5])]
        }
        #expect(slow.cause == "disk sync" && slow.limiter == "disk sync" && slow.server == nil)
        #expect(slow.slowLink == nil && slow.slowDisk == nil)
        #expect(slow.text.contains("It was limited by disk sync: the leader's log was in a sync 95.0 % of the time."))
        #expect(slow.text.contains("sync 5.20 ms"))
        #expect(slow.text.contains("What would help most: a disk that syncs faster"))
        // One write at a time does not fill the disk's time, and it is the disk all the same.
        let serial = try paragraph {
            $0.row.cost.leaderSyncShare = 0.7
            $0.set("sync", 5200)
        }
        #expect(serial.cause == "disk sync" && serial.limiter == "latency")
        #expect(serial.text.contains("No resource was exhausted") && serial.text.contains("mostly disk sync"))
    }

    @Test func aSlowLinkThatNobodyWaitsFor() throws {
        let slow = try paragraph { $0.followers = [(2, [5060, 200, 5060, 0.01]), (3, [70, 210, 60, 0.99])] }
        #expect(slow.slowLink == 2 && slow.quorumWaitsForSlowLink == false)
        // What the clients wait for is another thing.
        #expect(slow.cause == "disk sync" && slow.server == nil)
        #expect(
            slow.text.contains("The link of server 2 is slow: 10.1 ms there and back, at most 130 µs on the others.")
        )
        #expect(
            slow.text.contains(
                "The quorum does not wait for it: its acknowledgement came no later than the commit in 1.00 %"
            )
        )
    }

    @Test func aSlowLinkThatTheQuorumWaitsFor() throws {
        let slow = try paragraph {
            $0.followers = [(2, [5060, 200, 5060, 0.9]), (3, [70, 210, 60, 0.99])]
            $0.set("quorum_ack", 10_000)
        }
        #expect(slow.cause == "the link of server 2" && slow.server == 2)
        #expect(slow.slowLink == 2 && slow.quorumWaitsForSlowLink == true)
        #expect(slow.text.contains("mostly the link of server 2"))
        #expect(slow.text.contains("The quorum waits for it"))
        #expect(slow.help == "a faster link to server 2")
    }

    @Test func aSlowLeadersLoop() throws {
        let busy = try paragraph {
            $0.row.leader.loopUtilization = 0.94
            $0.row.cost.busyCores = 1.4
            $0.set("request", 3000)
            $0.set("propose", 900)
        }
        #expect(busy.cause == "the leader's loop" && busy.limiter == "leader CPU (loop thread)")
        #expect(
            busy.text.contains(
                "It was limited by the leader's loop: the leader's loop thread was on a processor 94.0 % of the time."
            )
        )
        // One write at a time leaves it idle between them.
        let serial = try paragraph {
            $0.row.leader.loopUtilization = 0.6
            $0.set("propose", 900)
        }
        #expect(serial.cause == "the leader's loop" && serial.limiter == "latency")
        // A busy loop reads late.
        let late = try paragraph {
            $0.row.leader.loopUtilization = 0.6
            $0.set("request", 9000)
        }
        #expect(late.cause == "the leader's loop")
    }

    /// A machine with too few cores, where the loop waits for one: it is the loop if that is where writes wait.
    @Test func aSlowLeadersLoopOnABusyMachine() throws {
        let starved = try paragraph {
            $0.row.leader.loopUtilization = 0.3
            $0.row.leader.loopWaitShare = 0.66
            $0.set("propose", 9000)
        }
        #expect(starved.limiter == "whole machine" && starved.cause == "the leader's loop")
        #expect(
            starved.text.contains("it was never idle (30.0 % of the time on a processor, 66.0 % ready and without one)")
        )
        let busy = try paragraph {
            $0.row.leader.loopUtilization = 0.3
            $0.row.leader.loopWaitShare = 0.66
            $0.set("request", 9000)
        }
        #expect(busy.cause == "the whole machine")
        // Where the time goes says little if all threads wait; whose loop has work says it.
        func beside(_ follower: Double) throws -> Explanation.Paragraph {
            try paragraph {
                $0.row.leader.loopUtilization = 0.2
                $0.row.leader.loopWaitShare = 0.76
                $0.set("request", 9000)
                $0.followerLoop = follower
            }
        }
        let alone = try beside(0.24)
        #expect(alone.cause == "the leader's loop")
        #expect(alone.text.contains("no follower's loop had work for more than 24.0 % of it"))
        let all = try beside(0.8)
        #expect(all.cause == "the whole machine")
        #expect(all.text.contains("The busiest server was server 3, with 0.60 cores."))
    }

    // MARK: Others

    @Test func followersThatAreAllFarOrSlow() throws {
        let far = try paragraph {
            $0.set("quorum_ack", 10_000)
            $0.followers = [(2, [5000, 200, 5000, 0.9]), (3, [5100, 200, 5000, 0.9])]
        }
        #expect(far.cause == "the links between the servers" && far.slowLink == nil)
        let disks = try paragraph {
            $0.set("quorum_ack", 10_000)
            $0.followers = [(2, [50, 9000, 50, 0.9]), (3, [50, 9100, 50, 0.9])]
        }
        #expect(disks.cause == "disk sync")
        let one = try paragraph {
            $0.set("quorum_ack", 10_000)
            $0.followers = [(2, [50, 9000, 50, 0.9]), (3, [50, 100, 50, 0.9])]
        }
        #expect(one.cause == "the disk of server 2" && one.server == 2 && one.slowDisk == 2)
        let dark = try paragraph {
            $0.set("quorum_ack", 10_000)
            $0.followers = []
        }
        #expect(dark.cause == "the followers' acknowledgements")
        let clients = try paragraph { $0.set("response", 9000) }
        #expect(clients.cause == "the way between clients and servers")
    }

    @Test func aCrowdedMachineAndABadLedger() throws {
        let crowded = try paragraph {
            $0.row.cost.busyCores = 1.9
            $0.row.context.isMachineLimited = true
            $0.rest = 0.2
        }
        #expect(crowded.cause == "the whole machine" && crowded.limiter == "whole machine")
        #expect(crowded.text.contains("more servers than cores (3 on 2)"))
        #expect(crowded.text.contains("20.0 % of the measured p50 is unexplained, which is too much"))
    }

    @Test func severalRunsAreOneParagraph() throws {
        var rows = (1...3).map { number -> SummaryRow in
            var fixture = Fixture()
            fixture.row.tag.runID = "r-\(number)"
            fixture.row.achievedPerSecond = Double(number) * 1000
            fixture.row.cost.leaderSyncShare = number == 1 ? 0.4 : 0.9
            fixture.row.findLimiter(wireBytesPerSecond: nil)
            return fixture.row
        }
        rows[2].invalidReasons = ["too short"]
        let text = SummaryRow.header + rows.map(\.line).joined()
        let explanation = Explanation(try StoredResults(summary: text))
        let paragraph = try #require(explanation.paragraphs.first)
        #expect(explanation.paragraphs.count == 1 && paragraph.runs == 3 && paragraph.validRuns == 2)
        #expect(paragraph.text.contains("(medians of 2 runs, ±: their 95 % intervals)"))
        #expect(paragraph.text.contains("1,500 operations/s ±>999 %"))
        // The two runs were not limited by the same: the sentence is one run's, and says so.
        #expect(paragraph.text.contains("±"), "\(paragraph.text)")
        let object = try JSONSerialization.jsonObject(with: Data(explanation.json().utf8)) as? [String: Any]
        let list = object?["paragraphs"] as? [[String: Any]]
        #expect(list?.first?["ensemble_size"] as? Int == 3 && list?.first?["valid_runs"] as? Int == 2)
    }

    /// The figures of sentences have their errors: rates relative to them, shares in their own unit.
    @Test func figuresInSentencesCarryTheirErrors() throws {
        let rows = (1...6).map { number -> SummaryRow in
            var fixture = Fixture()
            fixture.row.tag.runID = "r-\(number)"
            fixture.row.achievedPerSecond = 1000 + Double(number)
            fixture.row.cost.leaderSyncShare = 0.9 + Double(number) / 1000
            fixture.row.findLimiter(wireBytesPerSecond: nil)
            return fixture.row
        }
        let text = SummaryRow.header + rows.map(\.line).joined()
        let said = try #require(Explanation(try StoredResults(summary: text)).paragraphs.first?.text)
        #expect(said.contains("1,004 operations/s ±0.3 %"), "\(said)")
        #expect(said.contains("the leader's log was in a sync 90.4 ±0.22 % of the time"), "\(said)")
        let one = SummaryRow.header + rows[0].line
        let alone = try #require(Explanation(try StoredResults(summary: one)).paragraphs.first?.text)
        #expect(alone.contains("the spread between runs is unknown)") && !alone.contains("±"), "\(alone)")
    }

    /// Of folders made before there were stages and limiters.
    @Test func anOlderFolder() throws {
        let header =
            "run_id,system,ensemble_size,load_mode,clients,outstanding,payload_bytes,achieved_per_s,"
            + "response_p50_us,valid,leader_sync_share,busy_cores,cores,generator_busy_share\n"
        func explain(_ row: String) throws -> Explanation.Paragraph {
            let explanation = Explanation(try StoredResults(summary: header + row))
            return try #require(explanation.paragraphs.first)
        }
        #expect(try explain("a,zabbench,3,closed,1,1,128,900,1000,true,0.9,0.5,2,0.1\n").cause == "disk sync")
        #expect(try explain("a,zabbench,3,closed,1,1,128,900,1000,true,0.6,0.5,2,0.1\n").cause == "disk sync")
        #expect(try explain("a,zabbench,3,closed,1,1,128,900,1000,true,0.2,1.9,2,0.1\n").cause == "the whole machine")
        let dark = try explain("a,zookeeper,3,closed,1,1,128,900,1000,true,,,2,0.1\n")
        #expect(dark.cause == "nothing in these files" && dark.limiter == nil)
        #expect(
            dark.text.contains("900 operations/s") && dark.text.contains("zookeeper does not report processor time")
        )
    }

    @Test func aFolderWithNothingInIt() throws {
        let folder = TemporaryFolder()
        let path = folder.path(of: "results")
        #expect(throws: ResultsError.self) { try Explanation(ResultsFolder(existing: path)) }
        try folder.make("results")
        let error = #expect(throws: ExplanationError.self) { try Explanation(ResultsFolder(existing: path)) }
        let advice = "name a results folder, results/latest for instance"
        #expect(error?.description.hasSuffix("results: an empty folder; \(advice)") == true)
        func words(_ file: String) throws -> String {
            try folder.write("x\n".utf8, "results/\(file)")
            return String(RunlessFolder.words(path).dropFirst(path.count))
        }
        #expect(try words("a.json") == ": it has no summary.csv, so no runs (it holds a.json); \(advice)")
        #expect(try words("pairs.csv") == ": it holds pairs of zabbench power (pairs.csv), not runs; \(advice)")
        try folder.make("results/one")
        #expect(try words("one/summary.csv") == ": it holds results folders; name one of them: one")
        try FileManager.default.removeItem(atPath: path)
        try folder.make("results")
        let fixture = Fixture()
        try folder.write(fixture.summary.utf8, "results/summary.csv")
        try folder.write((StageRow.header + fixture.stageRows.map(\.line).joined()).utf8, "results/stages.csv")
        let found = try Explanation(ResultsFolder(existing: path))
        #expect(found.paragraphs.first?.cause == "disk sync")
        #expect(found.text.hasPrefix("zabbench, 3 servers, closed 1x1, 128 B: 2,000 operations/s"))
    }

    @Test func theReportShowsTheStages() throws {
        let fixture = Fixture()
        let page = HTMLReport.text(
            title: "t",
            environment: "e",
            results: try StoredResults(
                summary: fixture.summary,
                stages: StageRow.header + fixture.stageRows.map(\.line).joined()
            )
        )
        #expect(page.contains("Where a write's time goes") && page.contains("title=\"sync: 200 µs\""))
        #expect(!page.contains("more than 5 %"))
        var loose = fixture
        loose.rest = -0.2
        let bad = HTMLReport.text(
            title: "t",
            environment: "e",
            results: try StoredResults(
                summary: loose.summary,
                stages: StageRow.header + loose.stageRows.map(\.line).joined()
            )
        )
        #expect(bad.contains("more than 5 % of the measured p50 unexplained in closed 1x1, 128 B, run 1 (-20.0 %)"))
    }
}

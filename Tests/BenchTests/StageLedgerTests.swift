import Report
import Results
import TestSupport
import Testing
import Workload

@testable import Bench
@testable import Targets

@Suite struct StageLedgerTests {
    static let epoch: UInt64 = 1 << 32

    /// A leader's timeline of one batch with the transactions 1 to 10 of epoch 1.
    static func leader(synced: UInt64 = 500, known: UInt64 = 600) -> BatchTimeline {
        var timeline = BatchTimeline(serverID: 1)
        timeline.batches = [.init(first: epoch + 1, last: epoch + 10, readAt: 200, closedAt: 230, handedAt: 260)]
        timeline.groups = [.init(last: epoch + 10, takenAt: 300, syncedAt: synced)]
        timeline.acknowledgements = [.init(peer: 2, zxid: epoch + 10, heardAt: known)]
        timeline.commits = [.init(zxid: epoch + 10, knownAt: known, appliedAt: known + 50)]
        timeline.replies = [.init(zxid: epoch + 10, sentAt: known + 70)]
        return timeline
    }

    static func follower() -> BatchTimeline {
        var timeline = BatchTimeline(serverID: 2)
        timeline.batches = [.init(first: epoch + 1, last: epoch + 10, readAt: 290, closedAt: 290, handedAt: 295)]
        timeline.groups = [.init(last: epoch + 10, takenAt: 300, syncedAt: 550)]
        timeline.commits = [.init(zxid: epoch + 10, knownAt: 640, appliedAt: 660)]
        timeline.replies = [.init(zxid: epoch + 10, sentAt: 690)]
        return timeline
    }

    static func write(_ zxid: UInt64 = epoch + 5, server: Int = 0, answered: UInt64 = 1000) -> TracedWrite {
        TracedWrite(plannedAt: 100, sentAt: 120, answeredAt: answered, zxid: zxid, server: server)
    }

    private func ledger(_ writes: [TracedWrite], leader: BatchTimeline = leader()) -> StageLedger {
        StageLedger(writes, servers: [1, 2], leader: 1, timelines: [1: leader, 2: Self.follower()])
    }

    private func stages(_ mean: StageLedger.Mean?) -> [LedgerStage: Double] {
        guard let mean else { return [:] }
        return Dictionary(uniqueKeysWithValues: zip(LedgerStage.allCases, mean.nanoseconds))
    }

    @Test func aClientOfTheLeader() throws {
        let mean = try #require(ledger([Self.write()]).mean(.mean))
        #expect(
            stages(mean) == [
                .clientWait: 20, .request: 80, .queue: 30, .propose: 30, .append: 40, .sync: 200, .quorumAck: 100,
                .commit: 0, .apply: 50, .reply: 20, .response: 330,
            ]
        )
        #expect(mean.total == 900 && mean.writes == 1 && mean.unjoined == 0)
    }

    /// The commit has to reach the follower, which applies and answers.
    @Test func aClientOfAFollower() throws {
        let ledger = ledger([Self.write(server: 1)])
        let found = stages(ledger.mean(.mean))
        #expect(found[.quorumAck] == 100 && found[.commit] == 40 && found[.apply] == 20 && found[.reply] == 30)
        #expect(found.values.reduce(0, +) == 900)
        #expect(ledger.entryServers == [2])
        #expect(ledger.mean(.mean, server: 1) == nil)
    }

    /// Two followers are a quorum without the leader's own disk: its sync ends with the commit.
    @Test func aQuorumAheadOfTheLeadersOwnSync() {
        let late = stages(ledger([Self.write()], leader: Self.leader(synced: 900, known: 600)).mean(.mean))
        #expect(late[.append] == 40 && late[.sync] == 300 && late[.quorumAck] == 0)
        #expect(late.values.reduce(0, +) == 900)
        // Not even taken from the queue when it was decided.
        let later = stages(ledger([Self.write()], leader: Self.leader(synced: 900, known: 280)).mean(.mean))
        #expect(later[.append] == 20 && later[.sync] == 0 && later[.quorumAck] == 0)
        #expect(later.values.reduce(0, +) == 900)
    }

    @Test func aWriteThatTheTimelinesDoNotHold() throws {
        var leader = Self.leader()
        let ledger = ledger([Self.write(), Self.write(Self.epoch + 11), Self.write(2 * Self.epoch + 1)])
        #expect(ledger.traced == 3 && ledger.joined == 1)
        let mean = try #require(ledger.mean(.mean))
        #expect(mean.writes == 1 && mean.unjoined == 2)
        leader.batches = []
        #expect(self.ledger([Self.write()], leader: leader).mean(.mean) == nil)
        #expect(StageLedger([Self.write()], servers: [1], leader: 1, timelines: [:]).mean(.mean) == nil)
        // A later epoch's commit says nothing of this write.
        leader = Self.leader()
        leader.commits = [.init(zxid: 2 * Self.epoch + 10, knownAt: 600, appliedAt: 650)]
        #expect(self.ledger([Self.write()], leader: leader).joined == 0)
    }

    /// The writes around a quantile stand for it, not those at the ends.
    @Test func quantilesAreOfTheirNeighbours() throws {
        let writes = (0...100).map { Self.write(answered: 1000 + UInt64($0) * 1000) }
        let ledger = ledger(writes)
        let p50 = try #require(ledger.mean(.p50))
        #expect(p50.writes == 11 && p50.total == 50_900)
        let p99 = try #require(ledger.mean(.p99))
        #expect(p99.writes == 3 && p99.total == 99_900)
        let mean = try #require(ledger.mean(.mean))
        #expect(mean.writes == 101 && mean.total == 50_900)
    }

    @Test func theWayOverAFollower() throws {
        let found = FollowerEvidence.all(
            leader: 1,
            timelines: [1: Self.leader(), 2: Self.follower(), 3: BatchTimeline()]
        )
        #expect(found.map(\.serverID) == [2, 3])
        #expect(found[0].linkOut == 30 && found[0].sync == 250 && found[0].linkBack == 50)
        #expect(found[0].ackBeforeCommit == 1 && found[0].batches == 1)
        #expect(found[1].linkOut == nil && found[1].ackBeforeCommit == nil && found[1].batches == 0)
        var slow = Self.leader()
        slow.acknowledgements[0].heardAt = 2000
        let late = FollowerEvidence.all(leader: 1, timelines: [1: slow, 2: Self.follower()])
        #expect(late[0].ackBeforeCommit == 0 && late[0].linkBack == 1450)
    }

    @Test func theRestIsOfTheWholeHistogram() throws {
        // p50 of the histogram: 2 ms; the traced writes took 900 ns.
        let result = BenchRowsTests.result { $0.tracedWrites = [Self.write()] }
        let rows = StageRows.rows(
            result,
            servers: [1, 2],
            leader: 1,
            timelines: [1: Self.leader(), 2: Self.follower()],
            tag: BenchRowsTests.tag
        )
        let ledger = rows.filter { $0.kind == .ledger && $0.quantile == "p50" }
        #expect(ledger.map(\.stage) == LedgerStage.allCases.map(\.rawValue))
        #expect(abs(ledger.compactMap(\.share).reduce(0, +) - 1) < 1e-9)
        let rest = try #require(rows.first { $0.kind == .rest && $0.quantile == "p50" })
        let measured = try #require(rows.first { $0.kind == .measured && $0.quantile == "p50" })
        let whole = try #require(measured.meanMicroseconds)
        #expect(whole > 1990 && whole < 2010)
        #expect(abs(try #require(rest.meanMicroseconds) - (whole - 0.9)) < 1e-9)
        #expect(rest.isWithin == false && measured.writes == 4000)
        #expect(
            rows.filter { $0.kind == .follower }.map(\.stage) == [
                "link_out", "follower_sync", "link_back", "ack_before_commit",
            ]
        )

        let near = BenchRowsTests.result { $0.tracedWrites = [Self.write(answered: 2_000_100)] }
        let close = StageRows.rows(
            near,
            servers: [1, 2],
            leader: 1,
            timelines: [1: Self.leader(), 2: Self.follower()],
            tag: BenchRowsTests.tag
        )
        #expect(close.first { $0.kind == .rest && $0.quantile == "p50" }?.isWithin == true)
        // A histogram with reads in it is none of writes.
        let mixed = BenchRowsTests.result {
            $0.tracedWrites = [Self.write()]
            $0.plan.mix = OperationMix(set: 1, get: 1)
        }
        let reads = StageRows.rows(
            mixed,
            servers: [1, 2],
            leader: 1,
            timelines: [1: Self.leader(), 2: Self.follower()],
            tag: BenchRowsTests.tag
        )
        #expect(!reads.contains { $0.kind == .rest || $0.kind == .measured })
        #expect(reads.contains { $0.kind == .ledger })
    }

    @Test func residenceStandsInServersCSV() throws {
        var history = ServerHistory()
        for second in 0..<2 {
            var sample = ServerSample(serverID: 1, report: MonitorReport(parsing: ""), pid: nil, isShared: true)
            sample.monotonicNanoseconds = UInt64(second) * 1_000_000_000
            sample.counters = [
                "cpu_loop_us": UInt64(second) * 250_000, "loop_wait_us": UInt64(second) * 1000,
                "commits": UInt64(second) * 10, "bytes_out": UInt64(second) * 5000,
                "records_logged": UInt64(second) * 10, "group_commits": UInt64(second) * 4,
            ]
            sample.gauges = ["queue_link_records": 77]
            history.add([sample])
        }
        let row = try #require(
            ServerRow.rows(of: history, tag: BenchRowsTests.tag, loadStart: 0, timelines: [1: Self.leader()]).first
        )
        let table = CSVTable(parsing: ServerRow.header + row.line)
        let expected = [
            "cpu_loop_us": "250000", "loop_wait_us": "1000", "cpu_log_us": "", "loop_utilization": "0.25",
            "bytes_out_per_write": "500", "bytes_in_per_write": "", "queue_link_records": "77",
            "residence_log_queue_us": "0.04", "residence_sync_us": "0.2", "batch_records_mean": "2.5",
        ]
        for (column, cell) in expected { #expect(table.text(table.rows[0], column) == cell, "\(column)") }
    }
}

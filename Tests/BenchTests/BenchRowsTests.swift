import Client
import Histogram
import Measure
import Report
import Results
import Testing

@testable import Bench
@testable import Targets
@testable import Workload

@Suite struct BenchRowsTests {
    /// Two measured seconds after one of warm-up; 4,000 writes.
    static func result(_ change: (inout LoadResult) -> Void = { _ in }) -> LoadResult {
        let plan = LoadPlan(warmUpSeconds: 1, durationSeconds: 2)
        var latencies = Histogram<UInt64>(highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)
        for value in 1...4000 { latencies.record(UInt64(value) * 1000) }
        let samples = (1...3).map { second in
            SecondSample(
                elapsedSeconds: Double(second),
                lengthSeconds: 1,
                isWarmUp: second == 1,
                offered: 2000,
                completed: 2000,
                errors: 0,
                responseP50Nanoseconds: 2_000_000,
                responseP99Nanoseconds: nil,
                responseMaxNanoseconds: 4_000_000,
                sessionsConnected: 16
            )
        }
        var result = LoadResult(
            plan: plan,
            startedAtUnixNanoseconds: 1_795_224_245_000_000_000,
            startedAtMonotonicNanoseconds: 11_000_000_000,
            measuredSeconds: 2,
            interrupted: false,
            planned: 4000,
            completed: 4000,
            writesCompleted: 4000,
            unfinished: 0,
            errors: [],
            offeredPerSecond: 2000,
            achievedPerSecond: 2000,
            response: latencies,
            service: latencies,
            samples: samples,
            outages: [],
            longestSilenceSeconds: 0,
            generatorCPUSeconds: 0.5,
            generatorBusyShare: 0.25,
            ledger: AcknowledgedWrites(plan: plan)
        )
        change(&result)
        return result
    }

    static let tag = RunTag(
        runID: "r-1",
        repeatNumber: 1,
        system: "zabbench",
        ensembleSize: 2,
        fsyncStrategy: "fdatasync_recycled"
    )

    static func row() -> SummaryRow {
        var row = SummaryRow(
            tag: tag,
            startedAt: Timestamp(unixNanoseconds: 0),
            workload: "w",
            placement: "processes"
        )
        row.context.cores = 2
        return row
    }

    /// One server's samples at seconds 10, 11, 12, 13: warm-up, then the two measured seconds.
    static func history(servers: [Int], counters: [String: [UInt64]]) -> ServerHistory {
        var history = ServerHistory()
        for id in servers {
            for second in 0..<4 {
                var sample = ServerSample(serverID: id, report: MonitorReport(parsing: ""), pid: nil, isShared: true)
                sample.monotonicNanoseconds = UInt64(10 + second) * 1_000_000_000
                sample.counters = counters.mapValues { $0[second] }
                history.add([sample])
            }
        }
        return history
    }

    @Test func costsAreOfTheMeasuredPartAndOfAllServers() {
        var row = Self.row()
        row.context.leaderID = 1
        row.noteLoad(Self.result())
        let history = Self.history(
            servers: [1, 2],
            counters: [
                "syncs": [0, 5000, 5200, 5400], "cpu_user_us": [0, 0, 500_000, 1_000_000],
                "cpu_system_us": [7, 7, 7, 7], "log_bytes_written": [0, 9, 400_009, 800_009],
                "allocations": [0, 1, 4001, 8001], "sync_time_us": [0, 0, 900_000, 1_800_000],
            ]
        )
        row.noteServerCosts(history, servers: [1, 2], result: Self.result())
        #expect(row.cost.syncsPerWrite == 0.2)
        #expect(row.cost.cpuMicrosecondsPerWrite == 500)
        #expect(row.cost.logBytesPerWrite == 400)
        #expect(row.cost.bytesWrittenPerWrite == 400)
        #expect(row.cost.allocationsPerWrite == 4)
        #expect(row.cost.leaderSyncsPerSecond == 200)
        #expect(row.cost.leaderSyncShare == 0.9)
        #expect(row.cost.busyCores == 1.25)
        #expect(row.context.limiterHint == "disk")
    }

    @Test func whatOneServerDoesNotTellIsNoCost() {
        var row = Self.row()
        row.noteLoad(Self.result())
        let history = Self.history(servers: [1], counters: ["syncs": [0, 1, 2, 3]])
        row.noteServerCosts(history, servers: [1, 2], result: Self.result())
        #expect(row.cost == SummaryRow.Cost())
        #expect(row.context.limiterHint == nil)
    }

    @Test func theGeneratorIsNamedFirst() {
        var row = Self.row()
        let busy = Self.result { $0.generatorBusyShare = 0.97 }
        row.noteLoad(busy)
        row.noteServerCosts(ServerHistory(), servers: [1], result: busy)
        #expect(row.context.isGeneratorLimited)
        #expect(row.context.limiterHint == "generator")
    }

    @Test func secondsAreTimedFromTheStartOfTheWarmUp() {
        let rows = SecondRow.rows(of: Self.result(), tag: Self.tag)
        #expect(rows.map(\.phase) == ["warmup", "measured", "measured"])
        #expect(
            rows.map(\.time.unixNanoseconds).map { $0 - 1_795_224_245_000_000_000 } == [
                0, 1_000_000_000, 2_000_000_000,
            ]
        )
        #expect(rows[0].responseP50Microseconds == 2000)
        #expect(rows[0].responseP99Microseconds == nil)
    }

    @Test func serverRowsHoldGrowthAndNoneOverARestart() {
        let history = Self.history(servers: [2], counters: ["syncs": [10, 15, 3, 9]])
        let rows = ServerRow.rows(of: history, tag: Self.tag, loadStart: 10_000_000_000)
        #expect(rows.map { $0.counters[.syncs] } == [5, nil, 6])
        #expect(rows.map(\.elapsedSeconds) == [1, 2, 3])
        #expect(rows.allSatisfy { $0.serverID == 2 })
    }

    static func verification(
        written: Int = 10,
        found: Int = 10,
        reordered: Int = 0,
        agree: Bool = true,
        reached: Int = 3
    ) -> Verification {
        let servers = (1...3).map { id in
            ServerVerification(
                endpoint: "s\(id)",
                zxid: 1,
                digest: 1,
                acknowledgedFound: found,
                failure: id <= reached ? nil : "connection refused"
            )
        }
        return Verification(
            writesAcknowledged: written,
            acknowledgedVerified: found,
            ambiguous: 0,
            reordered: reordered,
            unexpected: 0,
            digestsAgree: agree,
            servers: servers,
            examples: [],
            quorum: 2
        )
    }

    static let digests = DigestComparison(zxid: 0x10, digests: [5, 5, 5], agree: true)

    @Test func onlyWhatWasFoundInOrderAndAlikeIsProven() {
        func proof(_ verification: Verification, _ digests: DigestComparison?) -> RunValidity.Proof {
            RunValidity.Proof(verification, digests: digests, wantsDigests: true)
        }
        #expect(proof(Self.verification(), Self.digests) == .proven)
        #expect(proof(Self.verification(reached: 2), Self.digests) == .proven)
        #expect(proof(Self.verification(found: 9), Self.digests).isViolated)
        #expect(proof(Self.verification(reordered: 1), Self.digests).isViolated)
        #expect(proof(Self.verification(agree: false), Self.digests).isViolated)
        #expect(proof(Self.verification(), DigestComparison(zxid: 1, digests: [1, 2, 1], agree: false)).isViolated)
        // Nobody could look: no proof, and no violation either.
        let unreached = proof(Self.verification(found: 0, reached: 1), Self.digests)
        #expect(unreached != .proven && !unreached.isViolated)
        let undigested = proof(Self.verification(), nil)
        #expect(undigested != .proven && !undigested.isViolated)
        #expect(RunValidity.Proof(Self.verification(), digests: nil, wantsDigests: false) == .proven)
    }

    @Test func theRowSaysWhatWasFound() {
        var row = Self.row()
        row.noteProof(Self.verification(found: 9), digests: Self.digests)
        #expect(row.proof.writesAcknowledged == 10)
        #expect(row.proof.acknowledgedVerified == 9)
        #expect(row.proof.digest == "0000000000000005")
        #expect(row.proof.digestZxid == "0x10")
    }
}

@Suite struct BenchPlanningTests {
    @Test func theSameLoadOnRunningServersIsMadeOncePerRepeat() throws {
        let file = try WorkloadFile(
            yaml: "repeats: 2\nensemble: {sizes: [1, 3, 5]}\nload: {clients: [1, 2]}\n",
            source: "w.yaml"
        )
        #expect(file.plannedRuns().count == 12)
        let endpoints = [Endpoint(host: "a", port: 1), Endpoint(host: "b", port: 2)]
        let runs = try BenchSession.runs(of: file, endpoints: endpoints)
        #expect(runs.count == 4)
        #expect(runs.allSatisfy { $0.ensemble.size == 2 && $0.ensemble.placement == .external })
        #expect(runs.map(\.index) == [0, 1, 2, 3])
    }

    @Test func externalServersMustBeNamed() throws {
        let file = try WorkloadFile(yaml: "ensemble: {placement: external}\n", source: "w.yaml")
        #expect(throws: (any Error).self) { try BenchSession.runs(of: file, endpoints: nil) }
    }

    @Test func theNearestExistingFolderTellsTheDisk() {
        #expect(StorageDevice.nearestFolder(to: "/tmp/no-such-folder-\(Int.max)/a/b") == "/tmp")
        #expect(StorageDevice.nearestFolder(to: "/") == "/")
    }
}

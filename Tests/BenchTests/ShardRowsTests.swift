import Client
import Report
import Results
import Testing

@testable import Bench
@testable import Targets
@testable import Workload

/// What a row says of several shards together, what is proven of them, and what plans and disks count.
@Suite struct ShardRowsTests {
    private static let counters: [String: [UInt64]] = [
        "cpu_us": [0, 0, 500_000, 1_000_000], "syncs": [0, 0, 100, 200], "sync_time_us": [0, 0, 500_000, 1_000_000],
        "bytes_out": [0, 0, 4000, 8000], "cpu_loop_us": [0, 0, 200_000, 400_000], "records_logged": [0, 0, 1000, 2000],
        "group_commits": [0, 0, 100, 200],
    ]

    /// Of two leaders with the same counters, a write costs both, and a share is one's.
    @Test func whatLeadersSpendIsSummedByWritesAndNotByTime() throws {
        var row = BenchRowsTests.row()
        let result = BenchRowsTests.result()
        row.noteLoad(result)
        let history = BenchRowsTests.history(servers: [1, 2, 3, 4], counters: Self.counters)
        row.noteServerCosts(history, servers: [1, 2, 3, 4], leaders: [2, 3], result: result)
        #expect(row.cost.cpuMicrosecondsPerWrite == 1000 && row.cost.leaderSyncsPerSecond == 100)
        #expect(row.cost.leaderSyncShare == 0.5 && row.leader.loopUtilization == 0.2)
        #expect(row.leader.bytesOutPerWrite == 4 && row.leader.bytesOutPerSecond == 4000)
        #expect(row.leader.loopMicrosecondsPerWrite == 200 && row.log.batchMean == 10)
        // 2,000 writes/s in two logs with 100 syncs/s of 10 records each.
        #expect(row.log.identityRatio == 1 && row.log.batchP50AtMost == nil)
        var one = BenchRowsTests.row()
        one.context.leaderID = 1
        one.noteServerCosts(history, servers: [1, 2, 3, 4], result: result)
        #expect(one.leader.bytesOutPerWrite == 2 && one.leader.loopUtilization == 0.2)
    }

    private static func verification(acknowledged: Int, found: Int, agree: Bool = true) -> Verification {
        let server = ServerVerification(endpoint: "a:1", zxid: 1, digest: 1, acknowledgedFound: found)
        return Verification(
            writesAcknowledged: acknowledged,
            acknowledgedVerified: found,
            ambiguous: 1,
            reordered: 0,
            unexpected: 0,
            digestsAgree: agree,
            servers: [server, server, server],
            examples: [],
            quorum: 2
        )
    }

    private static let digests = DigestComparison(zxid: 16, digests: [5, 5, 5], agree: true)

    @Test func theProofIsThatOfAllShards() {
        let good = ShardFindings(verification: Self.verification(acknowledged: 10, found: 10), digests: Self.digests)
        let lost = ShardFindings(verification: Self.verification(acknowledged: 7, found: 6), digests: Self.digests)
        #expect(RunValidity.Proof([good, good], wantsDigests: true) == .proven)
        #expect(
            RunValidity.Proof([good, lost], wantsDigests: true)
                == .violated("shard 2: 1 acknowledged writes were not found on a quorum")
        )
        // A violation outweighs what nobody could look for.
        let silent = ShardFindings(verification: Self.verification(acknowledged: 7, found: 7), digests: nil)
        let proof = RunValidity.Proof([silent, lost, good], wantsDigests: true)
        #expect(proof.isViolated && "\(proof)".contains("shard 2"))
        #expect(
            "\(RunValidity.Proof([good, silent], wantsDigests: true))".contains("shard 2: the servers did not come")
        )
        #expect(
            RunValidity.Proof([lost], wantsDigests: true)
                == .violated("1 acknowledged writes were not found on a quorum")
        )
        var row = BenchRowsTests.row()
        row.noteProof([good, lost])
        #expect(row.proof.writesAcknowledged == 17 && row.proof.acknowledgedVerified == 16 && row.proof.ambiguous == 2)
        #expect(row.proof.digestsAgree == true && row.proof.digest == nil && row.proof.digestZxid == nil)
        let torn = ShardFindings(verification: Self.verification(acknowledged: 1, found: 1, agree: false), digests: nil)
        row.noteProof([good, torn])
        #expect(row.proof.digestsAgree == false)
        row.noteProof([good])
        #expect(row.proof.digest == "0000000000000005" && row.proof.writesAcknowledged == 10)
    }

    private static func planned(shards: Int = 1, _ change: (inout PlannedRun) -> Void = { _ in }) -> PlannedRun {
        var ensemble = PlannedEnsemble()
        ensemble.shards = shards
        var load = LoadPlan()
        load.shards = shards
        var run = PlannedRun(index: 0, repeatNumber: 1, loadName: "a", ensemble: ensemble, load: load)
        change(&run)
        return run
    }

    private static func key(_ run: PlannedRun) -> LoadKey {
        var row = BenchRowsTests.row()
        row.load = SummaryRow.Load(run)
        row.shards = run.ensemble.shards
        return LoadKey(row)
    }

    @Test func shardsAreNoRepeatOfOneEnsemble() {
        let (one, two) = (Self.key(Self.planned()), Self.key(Self.planned(shards: 2)))
        #expect(one != two && LoadKey(members: two.members) == two && one.members["shards"] == nil)
        #expect(SettingNames([one, two]).setting(two) == "2 shards, a" && one < two)
        #expect(two.label.contains("2 shards of 2 servers"))
        var old = BenchRowsTests.row()
        old.load = SummaryRow.Load(Self.planned())
        #expect(LoadKey(old) == one)
        #expect(Self.planned(shards: 2).kindMembers == ["shards": "2"])
        #expect(Self.planned(shards: 2).ensemble.serversInWords == "2 shards of 3 servers")
    }

    @Test func disksTimesAndDescriptorsCountAllShards() throws {
        func open(_ shards: Int) -> PlannedRun {
            Self.planned(shards: shards) { $0.load.mode = .open(ratePerSecond: 1000, arrivals: .fixed) }
        }
        #expect(RunTimes.seconds(open(4)) - RunTimes.seconds(open(1)) > 1.7)
        #expect(DiskNeed(open(4)).leastLogs <= DiskNeed(open(1)).leastLogs)
        let own = [1, 4].map { DescriptorNeeds([open($0)], sides: 1, limit: 1 << 20).runs[0].own }
        // Three more connections of each of 16 sessions, and nine more servers.
        #expect(own[1] - own[0] == 3 * (16 + 3 * DescriptorNeeds.perServer))
    }

    @Test func serversOfOthersAreOneEnsemble() throws {
        let file = try WorkloadFile(yaml: "ensemble: {shards: [1, 2]}", source: "w.yaml")
        let endpoints = [Endpoint(host: "a", port: 1)]
        let runs = try BenchSession.runs(of: file, endpoints: endpoints)
        #expect(runs.count == 1 && runs[0].ensemble.shards == 1 && runs[0].load.shards == 1)
    }

    @Test func aShardedGeneratorHasABoundOfItsOwn() {
        let (one, two) = (Self.planned().load, Self.planned(shards: 2).load)
        #expect(GeneratorBounds.Shape(one) != GeneratorBounds.Shape(two))
        #expect(GeneratorBounds.plan(like: two, runID: "n").shards == 2)
    }

    @Test func aServersRowSaysItsShard() {
        let history = BenchRowsTests.history(servers: [1, 4], counters: Self.counters)
        let rows = ServerRow.rows(of: history, tag: BenchRowsTests.tag, loadStart: 0, shards: [1: 1, 4: 2])
        #expect(rows.allSatisfy { $0.shard == ($0.serverID == 4 ? 2 : 1) })
        #expect(ServerRow.rows(of: history, tag: BenchRowsTests.tag, loadStart: 0).allSatisfy { $0.shard == nil })
    }
}

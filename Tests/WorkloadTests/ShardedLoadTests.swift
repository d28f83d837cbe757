import Client
import NIOCore
import NIOPosix
import Testing
import Wire

@testable import Workload

/// Loads whose keys are dealt to several ensembles, and what is proven of each.
@Suite(.timeLimit(.minutes(1))) struct ShardedLoadTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    private static func plan(shards: Int = 2, _ change: (inout LoadPlan) -> Void = { _ in }) -> LoadPlan {
        var plan = LoadPlan(
            clients: 2,
            outstanding: 4,
            payloadBytes: 64,
            keys: 20,
            warmUpSeconds: 0,
            durationSeconds: 3600,
            seed: 7,
            drainSeconds: 30,
            runID: "t"
        )
        plan.shards = shards
        change(&plan)
        return plan
    }

    private func proofs(_ result: LoadResult, on shards: [FakeEnsemble]) async -> [Verification] {
        var proofs: [Verification] = []
        for (ledger, shard) in zip(result.ledgers, shards) {
            proofs.append(await Verifier.verify(ledger, endpoints: shard.endpoints, eventLoopGroup: group))
        }
        return proofs
    }

    private func stop(_ shards: [FakeEnsemble]) async { for shard in shards { await shard.stop() } }

    // MARK: Dealing

    /// As docs/guides/shards.md has it; whoever changes it makes rows that are no repeats of older ones.
    @Test func keysAreDealtByTheirNames() {
        #expect(KeyDeal.hash("k00000000") == 0xe54_31e3)
        #expect((0..<12).map { KeyDeal.shard(of: $0, among: 4) } == [3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 0, 1])
    }

    @Test(arguments: [2, 3, 4, 16]) func eachShardHasItsShareAndEachKeyOneShard(shards: Int) throws {
        let deal = KeyDeal(keys: 10_000, shards: shards)
        let parts = try (0..<shards).map { try #require(deal.keys(of: $0)) }
        #expect(parts.flatMap { $0 }.sorted() == Array(0..<10_000))
        let share = 10_000 / shards
        for (shard, keys) in parts.enumerated() {
            #expect(abs(keys.count - share) <= share / 20, "\(keys.count)")
            #expect(keys.allSatisfy { deal.shard(of: $0) == shard })
        }
    }

    @Test func oneEnsembleHasAllKeys() {
        let ledger = AcknowledgedWrites(plan: Self.plan(shards: 1))
        #expect(ledger.heldKeys == nil && ledger.deal.shard(of: 19) == 0 && ledger.key(19) == 19)
    }

    // MARK: Loads

    /// Each shard has its keys and no other, every session writes on all, and each shard's order is its own: their zxids
    /// would be one out of order if anybody took them together.
    @Test(arguments: [2, 3]) func keysLieWhereTheyAreDealt(count: Int) async throws {
        var shards: [FakeEnsemble] = []
        for _ in 0..<count { shards.append(try await FakeEnsemble.start(group: group)) }
        let result = try await FakeEnsemble.load(Self.plan(shards: count), on: shards)
        #expect(result.ledgers.count == count && result.errorsTotal == 0 && result.completed > 100)
        for (shard, proof) in await proofs(result, on: shards).enumerated() {
            #expect(proof.isProven && proof.writesAcknowledged > 100, "\(proof)")
            #expect(proof.servers.map(\.acknowledgedFound) == Array(repeating: proof.writesAcknowledged, count: 3))
            let keys = (0..<20).filter { KeyDeal.shard(of: $0, among: count) == shard }
            let paths = keys.map { RunPaths.key($0, of: result.plan) }
            #expect(try await shards[shard].paths(1) == ["/", result.plan.rootPath] + paths)
            #expect(result.ledgers[shard].sessions.allSatisfy { $0.acknowledged > 0 })
        }
        let acknowledged = result.ledgers.reduce(0) { $0 + $1.writesAcknowledged }
        #expect(acknowledged >= result.completed && result.writesCompleted == result.completed)
        await stop(shards)
    }

    /// A window is the session's, not that of a connection.
    @Test func theWindowIsSharedByAllShards() async throws {
        var shards: [FakeEnsemble] = []
        for _ in 0..<2 {
            shards.append(
                try await FakeEnsemble.start(group: group, writesEnough: 12) { write, everywhere in
                    var fate = everywhere
                    fate.isSilent = write.op == .setData
                    return fate
                }
            )
        }
        let plan = Self.plan { ($0.clients, $0.outstanding, $0.drainSeconds) = (1, 7, 0) }
        let result = try await FakeEnsemble.load(plan, on: shards)
        #expect(result.ledgers.reduce(0) { $0 + $1.ambiguous } == 7 && result.completed == 0)
        await stop(shards)
    }

    /// The same operations as on one ensemble: shards change where a key lies, and not which one is next.
    @Test func theSeedChoosesAlike() async throws {
        var sent: [[UInt32]] = []
        for count in [1, 3] {
            var shards: [FakeEnsemble] = []
            for _ in 0..<count {
                shards.append(
                    try await FakeEnsemble.start(group: group, writesEnough: 1) { write, everywhere in
                        var fate = everywhere
                        fate.isSilent = write.op == .setData
                        return fate
                    }
                )
            }
            let plan = Self.plan(shards: count) {
                ($0.clients, $0.outstanding, $0.durationSeconds, $0.drainSeconds) = (1, 64, 0.5, 0)
            }
            let servers = shards.map { LoadServers(endpoints: $0.endpoints) }
            let result = try await LoadGenerator.run(plan: plan, on: servers, eventLoopGroup: group) { _ in }
            sent.append((0..<20).map { key in result.ledgers.reduce(0) { $0 + $1.keys[key].sent } })
            await stop(shards)
        }
        #expect(sent[0].reduce(0, +) == 64 && sent[0] == sent[1])
    }

    @Test func readsBehindASyncGoToAllKeysOfAllShards() async throws {
        let shards = [try await FakeEnsemble.start(group: group), try await FakeEnsemble.start(group: group)]
        let plan = Self.plan { ($0.mix, $0.reads) = (OperationMix(set: 2, get: 1, exists: 1), .linearizable) }
        let result = try await FakeEnsemble.load(plan, on: shards)
        #expect(result.errorsTotal == 0 && result.readsCompleted > 0 && result.writesCompleted > 0)
        for proof in await proofs(result, on: shards) { #expect(proof.isProven, "\(proof)") }
        await stop(shards)
    }

    // MARK: Lies

    /// One shard loses a write: it is found there, and the other is as proven as before.
    @Test func aWriteThatOneShardLosesIsFound() async throws {
        let shards = [
            try await FakeEnsemble.start(group: group),
            try await FakeEnsemble.start(group: group) { write, everywhere in
                var fate = everywhere
                if write.op == .setData, write.number > 400 { fate.appliedOn = [0] }
                return fate
            },
        ]
        let result = try await FakeEnsemble.load(Self.plan(), on: shards)
        let found = await proofs(result, on: shards)
        #expect(found[0].isProven, "\(found[0])")
        #expect(!found[1].isProven && found[1].lost > 0 && !found[1].digestsAgree, "\(found[1])")
        await stop(shards)
    }

    /// An answer out of the order of its own shard is seen however many others came between.
    @Test func anOrderThatOneShardBreaksIsSeen() async throws {
        let shards = [
            try await FakeEnsemble.start(group: group),
            try await FakeEnsemble.start(group: group) { write, everywhere in
                var fate = everywhere
                if write.op == .setData, write.number == 300 { fate.mzxidShift = -40 }
                return fate
            },
        ]
        let result = try await FakeEnsemble.load(Self.plan(), on: shards)
        #expect(result.ledgers.map(\.reordered) == [0, 1])
        await stop(shards)
    }

    /// A shard that does not answer at first is no session.
    @Test func whoCannotBeDealtIsRefused() async throws {
        let servers = LoadServers(endpoints: [Endpoint(host: "127.0.0.1", port: 1)])
        let group = group
        func objection(_ shards: Int, _ change: (inout LoadPlan) -> Void) async -> String {
            let plan = Self.plan(shards: 2, change)
            let list = Array(repeating: servers, count: shards)
            do {
                _ = try await LoadGenerator.run(plan: plan, on: list, eventLoopGroup: group) { _ in }
                return ""
            } catch { return "\(error)" }
        }
        #expect(await objection(1) { _ in }.contains("a plan for 2 shards was given the servers of 1"))
        #expect(await objection(2) { $0.multi = 2 }.contains("not on shards: multi"))
        #expect(await objection(2) { $0.mix.create = 1 }.contains("not on shards: create and delete"))
        #expect(await objection(2) { $0.surviveConnectionLoss = true }.contains("not on shards: connections"))
        #expect(await objection(2) { $0.recipe = .lock }.contains("not on shards: a recipe"))
    }
}

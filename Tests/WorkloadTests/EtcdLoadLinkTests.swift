import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Workload

/// What a load on etcd holds reads to, and what it makes of servers that refuse, break and close slowly.
@Suite(.timeLimit(.minutes(1))) struct EtcdLoadLinkTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    private static func plan(_ change: (inout LoadPlan) -> Void = { _ in }) -> LoadPlan {
        var plan = LoadPlan(
            clients: 3,
            outstanding: 4,
            payloadBytes: 64,
            keys: 30,
            warmUpSeconds: 0,
            durationSeconds: 0.2,
            seed: 7,
            drainSeconds: 30,
            runID: "e"
        )
        plan.surviveConnectionLoss = true
        change(&plan)
        return plan
    }

    private func load(_ etcd: FakeEtcd, _ plan: LoadPlan = Self.plan()) async throws -> LoadResult {
        try await LoadGenerator.run(
            plan: plan,
            endpoints: etcd.endpoints,
            leader: etcd.endpoints[0],
            eventLoopGroup: group,
            client: .etcd(etcd)
        ) { _ in }
    }

    private func verified(_ result: LoadResult, _ etcd: FakeEtcd) async -> Verification {
        await Verifier.verify(
            result.ledger,
            endpoints: etcd.endpoints,
            eventLoopGroup: group,
            client: .etcd(etcd),
            patience: .seconds(5)
        )
    }

    /// The third member never hears of the first session's puts. Only who reads the keys of others can tell.
    @Test(arguments: ReadConsistency.allCases) func aReadBehindAnAcknowledgedPutIsCaught(
        _ reads: ReadConsistency
    ) async throws {
        let etcd = FakeEtcd()
        let plan = Self.plan { plan in
            plan.mix = OperationMix(set: 50, get: 40, exists: 10)
            plan.reads = reads
        }
        let names = EtcdNames(plan)
        etcd.state.withLock { state in
            state.laggards = [2]
            state.lagging = Set((0..<10).map(names.key))
        }
        let result = try await load(etcd, plan)
        #expect(result.readsCompleted > 50 && result.errors == [])
        let verification = await verified(result, etcd)
        #expect((verification.reordered > 0) == (reads == .linearizable), "\(verification)")
        let isSaid = verification.examples.contains { $0.found.hasPrefix("a linearizable read of key ") }
        #expect(isSaid == (reads == .linearizable), "\(verification)")
    }

    @Test(arguments: ReadConsistency.allCases) func honestReadsAreProven(_ reads: ReadConsistency) async throws {
        // Connections break, so that local reads go on at other members.
        let etcd = FakeEtcd { $0.isMultiple(of: 97) ? .unanswered : .done }
        let plan = Self.plan { plan in
            plan.mix = OperationMix(set: 50, get: 40, exists: 10)
            plan.reads = reads
        }
        let result = try await load(etcd, plan)
        let verification = await verified(result, etcd)
        #expect(verification.isProven && !result.outages.isEmpty, "\(verification)")
    }

    /// A server that a session has changed to has answered a linearizable read, so it knows what another had acknowledged.
    @Test func aLocalReadIsHeldToWhatAnotherMemberAcknowledged() async throws {
        let etcd = FakeEtcd { $0 < 3 ? .done : .unanswered }
        let plan = Self.plan { plan in
            (plan.clients, plan.keys) = (1, 1)
            plan.durationSeconds = 0.5
            plan.mix = OperationMix(set: 10, get: 90)
        }
        let names = EtcdNames(plan)
        etcd.state.withLock { state in
            state.laggards = [1, 2]
            state.lagging = [names.key(0)]
        }
        let result = try await load(etcd, plan)
        #expect(await verified(result, etcd).reordered > 0 && !result.outages.isEmpty)
    }

    @Test(arguments: [OperationMix(set: 0, get: 1), OperationMix(set: 0, exists: 1)])
    func aReadOfAKeyThatIsGoneIsCaught(_ mix: OperationMix) async throws {
        let etcd = FakeEtcd()
        let plan = Self.plan { $0.mix = mix }
        let gone = EtcdNames(plan).key(3)
        etcd.state.withLock { $0.never = gone }
        let result = try await load(etcd, plan)
        #expect(result.ledger.reordered > 0)
    }

    /// Twelve places that ask again after ten milliseconds each.
    @Test func aServerThatRefusesIsNotAskedAtOnce() async throws {
        let etcd = FakeEtcd { _ in .refused }
        let result = try await load(etcd, Self.plan { $0.durationSeconds = 0.5 })
        let puts = etcd.state.withLock { $0.puts }
        #expect(puts > 12 && puts < 1200 && result.errorsTotal > 0 && result.completed == 0)
    }

    @Test func aSessionIsClosedWhenAllOfItsConnectionsAre() async throws {
        let goesOn = AsyncStream.makeStream(of: Void.self)
        let etcd = FakeEtcd { put in
            if put == 60 { goesOn.continuation.finish() }
            return put == 50 ? .unanswered : .done
        }
        etcd.state.withLock { $0.closingTime = .milliseconds(600) }
        let running = Task { try await load(etcd) }
        // Those that are open at the end close at once.
        for await _ in goesOn.stream {}
        etcd.state.withLock { $0.closingTime = .zero }
        let result = try await running.value
        #expect(!result.outages.isEmpty)
        #expect(etcd.state.withLock { $0.dialled == $0.closed })
    }

    /// What the first attempt has left is the run's own, and no key of another one.
    @Test func keysAreCreatedAtTheNextServerIfTheFirstBreaks() async throws {
        let etcd = FakeEtcd()
        etcd.state.withLock { $0.brokenBatches = 2 }
        let result = try await load(etcd)
        let verification = await verified(result, etcd)
        #expect(verification.isProven, "\(verification)")
    }

    /// A server may carry out what its client has given up, when the keys are there and the load goes on: it must change nothing.
    @Test func aTransactionThatComesLateChangesNothing() async throws {
        let etcd = FakeEtcd()
        etcd.state.withLock { $0.lateBatches = 2 }
        let result = try await load(etcd)
        let verification = await verified(result, etcd)
        #expect(verification.isProven, "\(verification)")
        #expect(etcd.state.withLock { $0.late.isEmpty && $0.lateBatches == 0 })
    }

    @Test func keysThatCannotAllBeCreatedAreRemoved() async throws {
        let etcd = FakeEtcd()
        etcd.state.withLock { $0.brokenBatches = 3 }
        await #expect { _ = try await load(etcd) } throws: { "\($0)".contains("broken") }
        #expect(etcd.state.withLock { $0.keys.isEmpty && $0.dialled > 3 })
    }
}

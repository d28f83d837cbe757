import Client
import Histogram
import NIOCore
import NIOPosix
import Testing
import Wire

@testable import Workload

/// Reads behind a sync, and what they are held to. Local reads beside them, to tell the two apart.
@Suite(.timeLimit(.minutes(1))) struct LinearizableReadTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    private static func plan(_ reads: ReadConsistency, _ change: (inout LoadPlan) -> Void = { _ in }) -> LoadPlan {
        var plan = LoadPlan(
            clients: 2,
            outstanding: 4,
            payloadBytes: 64,
            keys: 32,
            mix: OperationMix(set: 50, get: 40, exists: 10),
            warmUpSeconds: 0,
            durationSeconds: 3600,
            seed: 7,
            drainSeconds: 30,
            runID: "t"
        )
        plan.reads = reads
        change(&plan)
        return plan
    }

    private func outcome(
        _ plan: LoadPlan,
        judge: @escaping @Sendable (FakeEnsemble.Write, FakeEnsemble.Fate) -> FakeEnsemble.Fate = { $1 },
        breaking: @escaping @Sendable (Int) -> FakeEnsemble.Breaking = { _ in .none }
    ) async throws -> (LoadResult, Verification) {
        let ensemble = try await FakeEnsemble.start(servers: 2, group: group, judge: judge, breaking: breaking)
        let result = try await ensemble.load(plan)
        let verification = await Verifier.verify(
            result.ledger,
            endpoints: ensemble.endpoints,
            eventLoopGroup: group
        )
        await ensemble.stop()
        return (result, verification)
    }

    @Test(arguments: ReadConsistency.allCases, [1, 3])
    func honestServersAreProven(_ reads: ReadConsistency, multi: Int) async throws {
        let (result, verification) = try await outcome(Self.plan(reads) { $0.multi = multi })
        #expect(verification.isProven && result.errors == [], "\(verification)")
        // A read is one operation, whether a sync goes before it or not.
        let (known, written) = (try #require(result.readResponse), try #require(result.writeResponse))
        #expect(known.totalCount + written.totalCount == result.response.totalCount)
        #expect(result.readsCompleted > 50 && result.writesCompleted > 50)
        #expect(result.readsCompleted + result.writesCompleted == result.completed)
    }

    /// The second server never hears of the first session's writes, which are those of keys 0 to f. Only who reads them can tell.
    @Test(arguments: ReadConsistency.allCases) func aReadBehindAnAcknowledgedWriteIsCaught(
        _ reads: ReadConsistency
    ) async throws {
        let (result, verification) = try await outcome(Self.plan(reads)) { write, everywhere in
            var fate = everywhere
            if write.op == .setData, write.path.contains("/k0000000") { fate.appliedOn = [0] }
            return fate
        }
        #expect(result.errors == [])
        #expect((verification.reordered > 0) == (reads == .linearizable))
        let isSaid = verification.examples.contains { $0.found.hasPrefix("a linearizable read of key ") }
        #expect(isSaid == (reads == .linearizable), "\(verification)")
    }

    /// A key that its creator has had an acknowledgement for, and that one of two servers never hears of.
    @Test(arguments: ReadConsistency.allCases) func aReadOfAKeyThatIsNotThereIsCaught(
        _ reads: ReadConsistency
    ) async throws {
        let plan = Self.plan(reads) { plan in
            plan.mix = OperationMix(set: 0, get: 50, exists: 50)
            plan.keys = 2
            plan.durationSeconds = 0.5
        }
        let (result, verification) = try await outcome(plan) { write, everywhere in
            var fate = everywhere
            if write.op == .create, write.path.hasSuffix("/k00000001") { fate.appliedOn = [0] }
            return fate
        }
        #expect(result.errors.map(\.name) == ["noNode"] && verification.reordered > 0, "\(verification)")
        #expect(verification.examples.contains { $0.found == "a read of key 1 was answered with noNode" })
    }

    /// A read of one's own key is held to one's own writes as well.
    @Test func aReadOfOnesOwnThatWentBackIsCaught() async throws {
        let plan = Self.plan(.linearizable) { $0.clients = 1 }
        // Told to be done, and done nowhere: the next read is behind.
        let (_, verification) = try await outcome(plan) { write, everywhere in
            var fate = everywhere
            if write.op == .setData, write.number == 100 { fate.appliedOn = [] }
            return fate
        }
        #expect(verification.reordered > 0)
    }

    /// Reads whose connection breaks between the sync and its answer, or after it.
    @Test func connectionsMayBreakAroundASync() async throws {
        let (result, verification) = try await outcome(
            Self.plan(.linearizable) { $0.surviveConnectionLoss = true },
            breaking: { $0 > 200 && $0.isMultiple(of: 97) ? .close : .none }
        )
        #expect(result.outages.count > 3 && verification.isProven, "\(verification)")
        #expect(result.errors.map(\.name) == ["connectionLoss"])
    }

    @Test func placesAreChosenByRole() throws {
        let all = (1...5).map { Endpoint(host: "h", port: $0) }
        func ports(_ connectTo: ConnectTo, _ observers: [Endpoint]) throws -> [Int] {
            try LoadGenerator.targets(
                Self.plan(.local) { $0.connectTo = connectTo },
                endpoints: all,
                leader: all[1],
                observers: observers
            ).map(\.port)
        }
        let observers = [all[3], all[4]]
        #expect(try ports(.spread, observers) == [1, 2, 3, 4, 5])
        #expect(try ports(.leader, observers) == [2])
        #expect(try ports(.followers, observers) == [1, 3])
        #expect(try ports(.observers, observers) == [4, 5])
        #expect(throws: LoadError.self) { _ = try ports(.observers, []) }
    }
}

import Client
import Histogram
import NIOCore
import NIOPosix
import TestSupport
import Testing
import Wire

@testable import Workload

@Suite(.timeLimit(.minutes(1))) struct LoadGeneratorTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    private static func plan(_ change: (inout LoadPlan) -> Void = { _ in }) -> LoadPlan {
        var plan = LoadPlan(
            clients: 3,
            outstanding: 8,
            payloadBytes: 32,
            keys: 30,
            warmUpSeconds: 0,
            durationSeconds: 3600,
            seed: 7,
            drainSeconds: 30,
            runID: "g"
        )
        change(&plan)
        return plan
    }

    @Test func connectionsMayBreakAndNothingIsLost() async throws {
        // Every 97th request breaks its connection, some of them after the write was done.
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: 2000) { write, everywhere in
            var fate = everywhere
            if write.op == .setData, write.number % 101 == 0 { fate.isAnswered = false }
            return fate
        } breaking: { number in
            number > 200 && number % 97 == 0 ? .close : .none
        }
        let result = try await ensemble.load(Self.plan { $0.surviveConnectionLoss = true })
        let verification = await Verifier.verify(
            result.ledger,
            endpoints: ensemble.endpoints,
            eventLoopGroup: group,
            patience: .milliseconds(500)
        )
        #expect(verification.isProven, "\(verification)")
        #expect(verification.ambiguous > 0)
        #expect(result.errors.map(\.name) == ["connectionLoss"])
        #expect(result.outages.count > 5)
        #expect(result.outages.allSatisfy { $0.sameSession && $0.ambiguous > 0 })
        let ended = result.outages.filter { $0.firstAnswerNanoseconds > 0 }
        #expect(ended.allSatisfy { $0.lastAnswerNanoseconds <= $0.lostAtNanoseconds })
        #expect(ended.allSatisfy { $0.firstAnswerNanoseconds > $0.lostAtNanoseconds })
        await ensemble.stop()
    }

    @Test func anExpiredSessionIsReplaced() async throws {
        let ensemble = try await FakeEnsemble.start(
            group: group,
            writesEnough: 1000,
            breaking: { $0 == 300 ? .expire : .none }
        )
        let result = try await ensemble.load(Self.plan { $0.surviveConnectionLoss = true })
        #expect(result.outages.count == 1)
        #expect(result.outages.first?.sameSession == false)
        let verification = await Verifier.verify(result.ledger, endpoints: ensemble.endpoints, eventLoopGroup: group)
        #expect(verification.isProven, "\(verification)")
        await ensemble.stop()
    }

    @Test func aBrokenConnectionEndsARunThatDoesNotSurviveIt() async throws {
        let ensemble = try await FakeEnsemble.start(
            group: group,
            writesEnough: .max,
            breaking: { $0 == 300 ? .close : .none }
        )
        do {
            _ = try await ensemble.load(Self.plan())
            Issue.record("the run went on")
        } catch LoadError.connectionLost(_, let reason) {
            #expect(reason.contains("closed the connection"))
        }
        await ensemble.stop()
    }

    @Test func errorsAreCountedByCodeAndNotTimed() async throws {
        let ensemble = try await FakeEnsemble.start(group: group) { write, everywhere in
            var fate = everywhere
            if write.op == .setData, write.number % 10 == 0 { fate.error = .badVersion }
            return fate
        }
        let result = try await ensemble.load(Self.plan())
        #expect(result.errors.map(\.code) == [ErrorCode.badVersion.rawValue])
        #expect(result.errorsTotal > 20)
        #expect(result.response.totalCount == UInt64(result.ledger.writesAcknowledged))
        // Refused writes are known not to be there.
        let verification = await Verifier.verify(result.ledger, endpoints: ensemble.endpoints, eventLoopGroup: group)
        #expect(verification.isProven, "\(verification)")
        #expect(verification.ambiguous == 0)
        await ensemble.stop()
    }

    /// Answers that stay away: the clock of what is in flight and of what is planned runs on.
    @Test func whatAStallDelaysIsNotForgotten() async throws {
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max) { write, everywhere in
            var fate = everywhere
            fate.isSilent = write.op == .setData && write.number > 100
            return fate
        }
        // One thousand per second, planned for half a second; after about seventy the servers fall silent.
        let plan = Self.plan { plan in
            plan.mode = .open(ratePerSecond: 1000, arrivals: .fixed)
            plan.durationSeconds = 0.5
            plan.drainSeconds = 0.1
        }
        let result = try await ensemble.load(plan)
        #expect(result.planned == 500)
        #expect(result.ledger.writesAcknowledged <= 100)
        #expect(result.unfinished == 500 - result.ledger.writesAcknowledged)
        #expect(result.ledger.ambiguous == 3 * 8)
        #expect(result.response.totalCount == 500)
        // Latencies are said to be known in steps of 0.1 %.
        #expect(result.response.numberOfSignificantValueDigits == .three)
        #expect(result.service.numberOfSignificantValueDigits == .three)
        // The last planned one waited for the drain only, the first without an answer for most of the load.
        #expect(result.response.max > 400_000_000)
        #expect(result.response.valueAtPercentile(50) > 200_000_000)
        #expect(result.service.totalCount == UInt64(result.ledger.writesAcknowledged))
        #expect(result.offeredPerSecond > result.achievedPerSecond * 2)
        // On a busy machine the last answers come late, which shortens the silence; it is never nothing.
        #expect(result.longestSilenceSeconds > 0.05)
        await ensemble.stop()
    }

    @Test func openLoopsOfferWhatWasPlanned() async throws {
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max)
        let plan = Self.plan { plan in
            plan.mode = .open(ratePerSecond: 2000, arrivals: .fixed)
            plan.warmUpSeconds = 0.1
            plan.durationSeconds = 0.3
        }
        let seen = Collector<ProgressSample>()
        let result = try await LoadGenerator.run(
            plan: plan,
            endpoints: ensemble.endpoints,
            leader: nil,
            eventLoopGroup: group,
            progress: { seen.add($0) }
        )
        #expect(result.planned == 600)
        #expect(result.response.totalCount == 600)
        #expect(result.service.totalCount == 600)
        #expect(result.response.mean >= result.service.mean)
        #expect(result.samples.map(\.offered) == [200, 600])
        #expect(result.samples.map(\.isWarmUp) == [true, false])
        #expect(!result.interrupted)
        #expect(Set(seen.all.map(\.phase)) == [.creatingKeys, .connecting, .warmUp, .measuring, .draining])
        await ensemble.stop()
    }

    @Test func severalLoopsShareTheSessions() async throws {
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max)
        let plan = Self.plan { plan in
            plan.clients = 5
            plan.mode = .open(ratePerSecond: 1000, arrivals: .poisson)
            plan.durationSeconds = 0.2
        }
        let result = try await LoadGenerator.run(
            plan: plan,
            endpoints: ensemble.endpoints,
            leader: nil,
            eventLoopGroup: loops,
            progress: { _ in }
        )
        #expect(result.ledger.sessions.allSatisfy { $0.acknowledged > 0 })
        #expect(result.planned > 100 && result.planned < 320)
        #expect(result.samples.count == 1)
        let verification = await Verifier.verify(result.ledger, endpoints: ensemble.endpoints, eventLoopGroup: loops)
        #expect(verification.isProven, "\(verification)")
        await ensemble.stop()
        try await loops.shutdownGracefully()
    }

    @Test func impossiblePlansAreRefused() async throws {
        let endpoint = Endpoint(host: "127.0.0.1", port: 1)
        let bad: [(inout LoadPlan) -> Void] = [
            { $0.clients = 0 }, { $0.outstanding = 0 }, { $0.keys = 2 }, { $0.payloadBytes = 19 },
            { $0.mix = OperationMix(set: 0) }, { $0.mix = OperationMix(set: 1, delete: 1) }, { $0.runID = "a/b" },
            { $0.mode = .open(ratePerSecond: 0, arrivals: .fixed) }, { $0.durationSeconds = 0 },
            { $0.connectTo = .leader },
        ]
        for change in bad {
            await #expect(throws: LoadError.self) {
                try await LoadGenerator.run(
                    plan: Self.plan(change),
                    endpoints: [endpoint],
                    leader: nil,
                    eventLoopGroup: group,
                    progress: { _ in }
                )
            }
        }
    }

    @Test(arguments: [(1, 1), (7, 3), (10, 10), (10_000, 16), (1_000_003, 17)])
    func everyKeyHasOneOwner(keys: Int, clients: Int) {
        let plan = LoadPlan(clients: clients, keys: keys)
        var next = 0
        for session in 0..<clients {
            let slice = KeySlice(session: session, plan: plan)
            #expect(slice.first == next && slice.count > 0)
            next += slice.count
            #expect(KeySlice.owner(of: slice.first, plan: plan) == session)
            #expect(KeySlice.owner(of: next - 1, plan: plan) == session)
        }
        #expect(next == keys)
    }

    @Test func hexDigitsAreTheUsualOnes() {
        for value: UInt32 in [0, 9, 10, 15, 0x1234_5678, 0x9abc_def0, .max, 1_000_000] {
            let digits = String(value, radix: 16)
            #expect(HexDigits.text(value) == String(repeating: "0", count: 8 - digits.count) + digits)
        }
    }

    /// The bytes of a setData, by hand.
    @Test func aTemplateIsAWholeRequest() {
        let plan = LoadPlan(clients: 1, payloadBytes: 22, keys: 1, seed: 5, runID: "x")
        let template = RequestTemplates(plan: plan).set
        let bytes = [UInt8](unsafeUninitializedCapacity: template.count) { buffer, count in
            template.store(
                xid: 9,
                number: 0xab,
                session: 2,
                key: 0xab,
                sequence: 3,
                write: 4,
                at: buffer.baseAddress!
            )
            count = template.count
        }
        let path = Array("/zabbench-x/k000000ab".utf8)
        var expected: [UInt8] = [0, 0, 0, UInt8(8 + 4 + path.count + 4 + 22 + 4), 0, 0, 0, 9, 0, 0, 0, 5]
        expected += [0, 0, 0, UInt8(path.count)] + path + [0, 0, 0, 22]
        expected += [0, 0, 0, 2, 0, 0, 0, 0xab, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4]
        expected += Payload.filler(size: 2, seed: 5) + [255, 255, 255, 255]
        #expect(bytes == expected)
    }
}

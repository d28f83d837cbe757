import NIOPosix
import Testing

@testable import Workload

@Suite(.timeLimit(.minutes(1))) struct TraceSamplerTests {
    private func write(_ number: Int) -> TracedWrite {
        TracedWrite(plannedAt: UInt64(number), sentAt: 1, answeredAt: 2, zxid: UInt64(number), server: 0)
    }

    /// Evenly spread over the run, whatever its length, and never more than there is room for.
    @Test(arguments: [(3, 1, 10), (10, 1, 10), (11, 2, 10), (100, 16, 10), (100, 3, 40), (5, 0, 10)])
    func keepsEveryKth(_ count: Int, _ every: Int, _ limit: Int) {
        let first = every == 0 ? 0 : count == 100 && limit == 40 ? 3 : 1
        var sampler = TraceSampler(every: first, limit: limit)
        for number in 0..<count where sampler.isWanted() { sampler.keep(write(number)) }
        #expect(sampler.every == every)
        let expected = every == 0 ? [] : stride(from: 0, to: count, by: every).map { UInt64($0) }
        #expect(sampler.writes.map(\.zxid) == expected)
        #expect(sampler.writes.count <= limit)
    }

    @Test func lanesAreThinnedAlike() {
        var busy = TraceSampler(every: 1, limit: 4)
        var quiet = TraceSampler(every: 1, limit: 4)
        for number in 0..<16 where busy.isWanted() { busy.keep(write(number)) }
        for number in 0..<4 where quiet.isWanted() { quiet.keep(write(100 + number)) }
        #expect(busy.every == 4)
        #expect(TraceSampler.merged([busy, quiet]).map(\.zxid) == [0, 4, 8, 12, 100])
        #expect(TraceSampler.merged([TraceSampler(every: 0, limit: 4)]).isEmpty)
    }

    /// A whole load: what is traced carries the answers' zxids and the server, and is of the measured part.
    @Test func aLoadIsTraced() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: 500)
        var plan = LoadPlan(
            clients: 3,
            outstanding: 8,
            payloadBytes: 32,
            keys: 30,
            warmUpSeconds: 0,
            durationSeconds: 3600,
            drainSeconds: 30,
            runID: "t"
        )
        plan.traceEvery = 2
        let result = try await ensemble.load(plan)
        await ensemble.stop()
        #expect(result.tracedWrites.count >= 200)
        #expect(result.tracedWrites.count <= result.ledger.writesAcknowledged / 2 + 3)
        #expect(Set(result.tracedWrites.map(\.zxid)).count == result.tracedWrites.count)
        #expect(Set(result.tracedWrites.map(\.server)) == Set(ensemble.endpoints.indices))
        for write in result.tracedWrites {
            #expect(write.plannedAt <= write.sentAt && write.sentAt <= write.answeredAt)
            #expect(write.zxid > 0x1_0000_0000)
        }
    }
}

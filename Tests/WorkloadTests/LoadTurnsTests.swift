import Client
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Workload

@Suite struct TurnScheduleTests {
    private let first = TurnSchedule(start: 1000, length: 100, rest: 10, isFirst: true)
    private let second = TurnSchedule(start: 1000, length: 100, rest: 10, isFirst: false)

    @Test func noTwoLoadsSendAtOnceAndBothAsLong() {
        var sent = (0, 0)
        for time in UInt64(900)..<5000 {
            #expect(!(first.isSending(at: time) && second.isSending(at: time)))
            if first.isSending(at: time) { sent.0 += 1 }
            if second.isSending(at: time) { sent.1 += 1 }
        }
        #expect(sent == (20 * 90, 20 * 90))
    }

    @Test func theNextChangeIsWhereSendingChanges() {
        for schedule in [first, second] {
            for time in UInt64(900)..<2000 {
                let next = schedule.nextChange(after: time)
                #expect(next > time)
                #expect(schedule.isSending(at: next) != schedule.isSending(at: next - 1))
                let between = (time..<next).map(schedule.isSending)
                #expect(between.allSatisfy { $0 == between[0] })
            }
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct LoadTurnsTests {
    @Test func bothLoadsBeginAtOneMomentAndInTurn() async throws {
        let turns = LoadTurns(milliseconds: 100, first: .b)
        for _ in 0..<2 {
            async let one = turns.begin(.a)
            async let other = turns.begin(.b)
            let (a, b) = try await (one, other)
            #expect(a.start == b.start)
            #expect(!a.isFirst && b.isFirst)
            // A measured part of whole turns begins and ends in a rest of both.
            for turn in UInt64(0)..<6 {
                let border = a.start - a.rest + turn * a.length
                #expect(!a.isSending(at: border) && !b.isSending(at: border))
                #expect(!a.isSending(at: border + a.rest - 1) && !b.isSending(at: border + a.rest - 1))
                #expect(a.isSending(at: border + a.rest) != b.isSending(at: border + a.rest))
            }
            #expect(a.length == 100_000_000)
            #expect(a.rest == 10_000_000)
        }
    }

    @Test func whoIsLeftAloneIsTold() async throws {
        let turns = LoadTurns(milliseconds: 20, first: .a)
        let waiting = Task { try await turns.begin(.a) }
        turns.end()
        await #expect(throws: LoadTurns.Alone.self) { try await waiting.value }
        await #expect(throws: LoadTurns.Alone.self) { _ = try await turns.begin(.b) }
    }

    @Test func aCancelledLoadDoesNotWait() async throws {
        let turns = LoadTurns(milliseconds: 20, first: .a)
        let waiting = Task { try await turns.begin(.a) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        // Its place is free again.
        async let one = turns.begin(.a)
        async let other = turns.begin(.b)
        let (a, b) = try await (one, other)
        #expect(a.start == b.start)
    }

    @Test func aPlannedSendCannotTakeTurns() async throws {
        let plan = LoadPlan(mode: .open(ratePerSecond: 10, arrivals: .fixed), clients: 1, keys: 1)
        await #expect(throws: LoadError.self) {
            _ = try await LoadGenerator.run(
                plan: plan,
                endpoints: [],
                leader: nil,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                turn: LoadTurn(LoadTurns(milliseconds: 100, first: .a), .a)
            ) { _ in }
        }
    }

    /// The processor time is read at each border, and what a turn sent is its own, answered in the other's turn or not.
    @Test func eachTurnKnowsItsCost() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let turns = LoadTurns(milliseconds: 20, first: .b)
        let plan = LoadPlan(
            clients: 2,
            outstanding: 4,
            payloadBytes: 32,
            keys: 10,
            warmUpSeconds: 0.04,
            durationSeconds: 0.12,
            runID: "t"
        )
        let ensembles = [
            try await FakeEnsemble.start(group: group, writesEnough: .max),
            try await FakeEnsemble.start(group: group, writesEnough: .max),
        ]
        func turn(_ side: LoadTurns.Side) -> LoadTurn {
            var turn = LoadTurn(turns, side)
            turn.processor = { NIODeadline.now().uptimeNanoseconds }
            return turn
        }
        async let one = ensembles[0].load(plan, turn: turn(.a))
        async let other = ensembles[1].load(plan, turn: turn(.b))
        let results = try await [one, other]
        for ensemble in ensembles { await ensemble.stop() }
        for result in results {
            #expect(result.turns.count == 3)
            #expect(result.turns.reduce(0) { $0 + $1.writes } > 0)
            for (turn, next) in zip(result.turns, result.turns.dropFirst()) {
                #expect(next.atNanoseconds - turn.atNanoseconds == 40_000_000)
            }
            #expect(result.turns.first.map { $0.atNanoseconds >= result.startedAtMonotonicNanoseconds } == true)
        }
    }

    /// What a busy machine does to a generator now and then: one of its loops stands still from the first border until the
    /// load is over. Its turns are known all the same.
    @Test func aLoopThatIsHeldUpMissesNoBorder() async throws {
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let turns = LoadTurns(milliseconds: 20, first: .a)
        var plan = LoadPlan(clients: 2, outstanding: 4, payloadBytes: 32, keys: 10)
        (plan.warmUpSeconds, plan.durationSeconds, plan.runID) = (0.04, 0.12, "t")
        let ensembles = [
            try await FakeEnsemble.start(group: MultiThreadedEventLoopGroup.singleton, writesEnough: .max),
            try await FakeEnsemble.start(group: MultiThreadedEventLoopGroup.singleton, writesEnough: .max),
        ]
        var held = LoadTurn(turns, .a)
        let isFirst = Mutex(true)
        held.processor = {
            let now = NIODeadline.now()
            let isHeld = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            while isHeld, NIODeadline.now() - now < .milliseconds(250) {}
            return NIODeadline.now().uptimeNanoseconds
        }
        async let one = ensembles[0].load(plan, turn: held, loops: loops)
        async let other = ensembles[1].load(plan, turn: LoadTurn(turns, .b))
        let result = try await (one, other).0
        for ensemble in ensembles { await ensemble.stop() }
        #expect(result.turns.count == 3)
        try await loops.shutdownGracefully()
    }

    /// Two whole loads on two ensembles, each until its servers have had enough.
    @Test func twoLoadsTakeTurns() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let turns = LoadTurns(milliseconds: 20, first: .a)
        let plan = LoadPlan(
            clients: 2,
            outstanding: 1,
            payloadBytes: 32,
            keys: 10,
            warmUpSeconds: 0,
            durationSeconds: 3600,
            runID: "t"
        )
        let ensembles = [
            try await FakeEnsemble.start(group: group, writesEnough: 20_000),
            try await FakeEnsemble.start(group: group, writesEnough: 20_000),
        ]
        async let one = ensembles[0].load(plan, turn: LoadTurn(turns, .a))
        async let other = ensembles[1].load(plan, turn: LoadTurn(turns, .b))
        let results = try await [one, other]
        for result in results {
            #expect(result.completed >= 19_000)
            #expect(result.errorsTotal == 0)
            // Somebody else had a turn meanwhile.
            #expect(result.longestSilenceSeconds >= 0.015)
        }
        #expect(results[0].loadStartedAtMonotonicNanoseconds == results[1].loadStartedAtMonotonicNanoseconds)
    }
}

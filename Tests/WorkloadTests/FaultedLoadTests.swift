import CPlatform
import Client
import NIOCore
import NIOPosix
import Synchronization
import Testing
import Wire

@testable import Workload

/// What a load among faults needs of the generator.
@Suite(.timeLimit(.minutes(1))) struct FaultedLoadTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    @Test func aHandEndsALoadThatIsWhole() async throws {
        let control = LoadControl()
        let first = Mutex<ContinuousClock.Instant?>(nil)
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max) { write, everywhere in
            let begin = first.withLock { first in
                first = first ?? .now
                return first!
            }
            // On a quick machine 300 writes take less than a tenth of a second.
            if write.number >= 300, begin.duration(to: .now) > .milliseconds(250) { control.stop() }
            return everywhere
        }
        var plan = LoadPlan(
            clients: 3,
            outstanding: 4,
            payloadBytes: 32,
            keys: 30,
            warmUpSeconds: 0,
            durationSeconds: 86_400,
            runID: "g"
        )
        plan.cutsPerSecond = 10
        let result = try await LoadGenerator.run(
            plan: plan,
            endpoints: ensemble.endpoints,
            leader: nil,
            eventLoopGroup: group,
            control: control,
            progress: { _ in }
        )
        #expect(!result.interrupted)
        #expect(result.unfinished == 0)
        // Seconds and tenths count the same operations.
        // The last one ends when the load does, and begins at the cut before it.
        #expect(result.bins.count > 1 && result.bins.dropLast().allSatisfy { abs($0.lengthSeconds - 0.1) < 1e-6 })
        #expect(result.bins.reduce(0) { $0 + $1.completed } == result.samples.reduce(0) { $0 + $1.completed })
        #expect(result.bins.last?.elapsedSeconds == result.samples.last?.elapsedSeconds)
        #expect(result.ledger.writesAcknowledged >= 300 - 31)
        let moments = result.writeMoments
        #expect(moments.epochs.map(\.epoch) == [1])
        #expect(moments.runs.first.map { $0.first >= result.loadStartedAtMonotonicNanoseconds } == true)
        #expect(moments.runs.last?.last == control.lastWrite)
        await ensemble.stop()
    }

    @Test func aLoadThatWasStoppedBeforeItBeganEndsAtOnce() async throws {
        let control = LoadControl()
        control.stop()
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max)
        let result = try await LoadGenerator.run(
            plan: LoadPlan(clients: 2, keys: 10, durationSeconds: 86_400, runID: "g"),
            endpoints: ensemble.endpoints,
            leader: nil,
            eventLoopGroup: group,
            control: control,
            progress: { _ in }
        )
        #expect(!result.interrupted)
        await ensemble.stop()
    }

    /// Others go on, and the newest write is always fresh: only who asks every session learns of it.
    @Test func aSessionThatIsKeptWaitingIsNotCaughtUp() async throws {
        let control = LoadControl()
        #expect(await control.isCaughtUp(with: 0) == false)
        let goesOn = AsyncStream.makeStream(of: Void.self)
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max) { write, everywhere in
            var fate = everywhere
            fate.isSilent = write.number == 50
            if write.number == 100 { goesOn.continuation.finish() }
            return fate
        }
        var plan = LoadPlan(clients: 2, keys: 10, warmUpSeconds: 0, durationSeconds: 3600, runID: "g")
        plan.surviveConnectionLoss = true
        async let loaded = LoadGenerator.run(
            plan: plan,
            endpoints: ensemble.endpoints,
            leader: nil,
            eventLoopGroup: group,
            control: control,
            progress: { _ in }
        )
        for await _ in goesOn.stream {}
        let now = zb_monotonic_nanoseconds()
        #expect(await control.isCaughtUp(with: now) == false)
        #expect(await control.isCaughtUp(with: 1))
        try await ensemble.breakConnections()
        while !Task.isCancelled, !(await control.isCaughtUp(with: now)) { await Task.yield() }
        #expect(await control.isCaughtUp(with: now))
        control.stop()
        let result = try await loaded
        #expect(result.errorsTotal > 0 && control.lastWrite > now)
        await ensemble.stop()
    }

    @Test func refusedWritesAreKeptWithTheirTime() async throws {
        let ensemble = try await FakeEnsemble.start(group: group) { write, everywhere in
            var fate = everywhere
            if write.op == .setData, write.number % 10 == 0 { fate.error = .badVersion }
            return fate
        }
        let result = try await ensemble.load(
            LoadPlan(clients: 1, keys: 10, warmUpSeconds: 0, durationSeconds: 3600, runID: "g")
        )
        #expect(result.refusedWrites.count == result.errorsTotal)
        #expect(result.refusedWrites.count > 20)
        await ensemble.stop()
    }

    /// The schedule is replayed from the seed, so what is owed needs no memory of the run.
    @Test func whatIsOwedComesFromTheSchedule() async throws {
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max)
        let control = LoadControl()
        control.stop()
        var plan = LoadPlan(clients: 4, keys: 10, durationSeconds: 10, runID: "g")
        plan.mode = .open(ratePerSecond: 1000, arrivals: .fixed)
        var result = try await LoadGenerator.run(
            plan: plan,
            endpoints: ensemble.endpoints,
            leader: nil,
            eventLoopGroup: group,
            control: control,
            progress: { _ in }
        )
        await ensemble.stop()
        let start = result.loadStartedAtMonotonicNanoseconds
        func stretch(_ from: UInt64, _ to: UInt64) -> (from: UInt64, to: UInt64) {
            (start + from * 1_000_000, start + to * 1_000_000)
        }
        let stretches = [stretch(2000, 2250), stretch(100, 101), (0, 0), stretch(2100, 2200)]
        #expect(result.plannedWrites(in: stretches) == [250, 1, 0, 100])
        result.plan.mix = OperationMix(set: 1, get: 3)
        #expect(result.plannedWrites(in: stretches) == [62.5, 0.25, 0, 25])
        result.plan.mode = .closed
        #expect(result.plannedWrites(in: stretches) == nil)
    }

    @Test func watchesMoveWithTheirSessions() async throws {
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max)
        let keeper = WatchKeeper(
            count: 10,
            runID: "g",
            endpoints: ensemble.endpoints,
            sessionTimeout: .seconds(10),
            eventLoopGroup: group
        )
        try await keeper.open()
        #expect(try await keeper.place() == 10)
        #expect(try await keeper.change() == 10)
        // They fire once.
        #expect(try await keeper.change(seconds: 0.05) == 0)
        #expect(try await keeper.place() == 10)
        try await ensemble.breakConnections()
        #expect(try await keeper.change() == 10)
        // Those of sessions that are given up are gone, and new ones can be left.
        #expect(try await keeper.place() == 10)
        try await ensemble.breakConnections(expiring: true)
        #expect(try await keeper.change(seconds: 0.05) == 0)
        #expect(try await keeper.place() == 10)
        #expect(try await keeper.change() == 10)
        await keeper.close()
        await ensemble.stop()
    }

    @Test func theStateIsThereBefore() async throws {
        let ensemble = try await FakeEnsemble.start(group: group, writesEnough: .max)
        try await StatePreload.create(
            PlannedState(znodes: 2003, dataBytes: 3),
            runID: "g",
            endpoints: ensemble.endpoints,
            eventLoopGroup: group
        )
        let paths = try await ensemble.paths(0).filter { $0.hasPrefix("/zabbench-state-g/") }
        // A thousand in a folder.
        #expect(paths.count == 2003 + 3)
        #expect(paths.contains("/zabbench-state-g/d2/n2"))
        await ensemble.stop()
    }
}

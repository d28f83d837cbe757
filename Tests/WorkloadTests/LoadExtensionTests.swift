import Histogram
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Workload

@Suite(.timeLimit(.minutes(1))) struct LoadExtensionTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func theUsualBoundIsTenTimesAndAtLeastAMinute() {
        let bounds: [(planned: Double, most: Double)] = [(0.5, 60), (5, 60), (10, 100), (60, 600), (3600, 4200)]
        for (planned, most) in bounds { #expect(LoadExtension.longestSeconds(planned: planned) == most) }
    }

    /// Whoever asks first decides, and a lane that asks later gets the same answer, whatever has been done meanwhile.
    @Test func lanesEndInTheSameSecond() {
        let tallies = [MeasuredEnd.Tally(), MeasuredEnd.Tally()]
        let end = MeasuredEnd(LoadExtension(fewestOperations: 100, longestSeconds: 10), tallies: tallies)
        tallies[0].note(60)
        #expect(end.end(start: 0, planned: Self.second) == 2 * Self.second)
        tallies[1].note(60)
        #expect(end.end(start: 0, planned: Self.second) == 2 * Self.second)
        // Enough now: that second is the last one, for all.
        #expect(end.end(start: 0, planned: 2 * Self.second) == 2 * Self.second)
        #expect(end.end(start: 0, planned: 2 * Self.second) == 2 * Self.second)
    }

    @Test func aLaneThatIsFarBehindIsToldTheNewestEnd() {
        let end = MeasuredEnd(LoadExtension(fewestOperations: 1, longestSeconds: 2.5), tallies: [])
        #expect(end.end(start: 0, planned: Self.second) == 2 * Self.second)
        // No step goes beyond the bound.
        #expect(end.end(start: 0, planned: 2 * Self.second) == 2_500_000_000)
        #expect(end.end(start: 0, planned: Self.second) == 2_500_000_000)
        #expect(end.end(start: 0, planned: 2_500_000_000) == 2_500_000_000)
    }

    private static func second(p99: UInt64?, length: Double = 1, isWarmUp: Bool = false) -> SecondSample {
        SecondSample(
            elapsedSeconds: 1,
            lengthSeconds: length,
            isWarmUp: isWarmUp,
            offered: 100,
            completed: 100,
            errors: 0,
            responseP50Nanoseconds: p99,
            responseP99Nanoseconds: p99,
            responseMaxNanoseconds: p99,
            sessionsConnected: 1
        )
    }

    /// Three seconds are the fewest that say anything; what is no whole second of the measured part does not count.
    @Test func aPointGoesOnUntilItsIntervalIsNarrow() {
        let tally = MeasuredEnd.Tally()
        tally.note(5000)
        let wish = LoadExtension(fewestOperations: 100, longestSeconds: 20, precision: 0.2)
        let end = MeasuredEnd(wish, tallies: [tally])
        for sample in [Self.second(p99: 9, isWarmUp: true), Self.second(p99: 9, length: 0.5), Self.second(p99: nil)] {
            end.note(sample)
        }
        for p99: UInt64 in [1_000_000, 2_000_000] { end.note(Self.second(p99: p99)) }
        #expect(end.end(start: 0, planned: 3 * Self.second) == 4 * Self.second)
        end.note(Self.second(p99: 1_500_000))
        // ±83 % of three, then ±15 % of eight.
        #expect(end.end(start: 0, planned: 4 * Self.second) == 5 * Self.second)
        for p99: UInt64 in [1_400_000, 1_600_000, 1_500_000, 1_500_000, 1_500_000] { end.note(Self.second(p99: p99)) }
        #expect(end.end(start: 0, planned: 5 * Self.second) == 5 * Self.second && !end.isTimeUp)
    }

    @Test(arguments: [0, 5000]) func aPointThatIsNeverKnownWellEndsByItsTime(completed: Int) {
        let tally = MeasuredEnd.Tally()
        tally.note(completed)
        let wish = LoadExtension(fewestOperations: 100, longestSeconds: 4, precision: 0.1)
        let end = MeasuredEnd(wish, tallies: [tally])
        for p99: UInt64 in [1_000_000, 2_000_000, 9_000_000] { end.note(Self.second(p99: p99)) }
        #expect(end.end(start: 0, planned: 3 * Self.second) == 4 * Self.second && !end.isTimeUp)
        #expect(end.end(start: 0, planned: 4 * Self.second) == 4 * Self.second && end.isTimeUp)
    }

    @Test func lanesAskBeforeTheEndAndWithinThePart() {
        #expect(MeasuredEnd.askingTime(start: 0, end: Self.second) == 980_000_000)
        #expect(MeasuredEnd.askingTime(start: 0, end: 100) == 90)
    }

    /// 200 operations are planned, and it goes on in whole seconds: what is planned, timed, sampled and measured is of
    /// the longer part.
    @Test(arguments: [1, 2]) func aLoadGoesOnUntilItHasEnough(loops: Int) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let ensemble = try await FakeEnsemble.start(group: MultiThreadedEventLoopGroup.singleton, writesEnough: .max)
        let seen = Collector<ProgressSample>()
        let result = try await LoadGenerator.run(
            plan: Self.plan,
            endpoints: ensemble.endpoints,
            leader: nil,
            eventLoopGroup: group,
            extension: LoadExtension(fewestOperations: 500, longestSeconds: 30),
            progress: { seen.add($0) }
        )
        await ensemble.stop()
        try await group.shutdownGracefully()
        #expect(result.completed >= 500 && !result.interrupted)
        // One second more, or several where the machine was too busy to answer 500 in 1.2 s.
        #expect(result.planned >= 1200 && (result.planned - 200).isMultiple(of: 1000))
        #expect(result.response.totalCount == UInt64(result.planned))
        #expect(result.measuredSeconds > 1.15)
        #expect(result.samples.filter { !$0.isWarmUp }.reduce(0) { $0 + $1.offered } == result.planned)
        for (sample, next) in zip(result.samples, result.samples.dropFirst()) {
            #expect(abs(next.elapsedSeconds - next.lengthSeconds - sample.elapsedSeconds) < 1e-6)
        }
        // The counters are read where the parts really end, and nowhere else.
        let borders = seen.all.filter(\.isBorder).compactMap(\.second)
        #expect(borders.map(\.isWarmUp) == [true, false])
        #expect(borders.last == result.samples.last)
        let extended = seen.all.filter { $0.phase == .extending }
        #expect(extended.first?.completed ?? .max < 500)
        #expect(abs((extended.first?.second?.elapsedSeconds ?? 0) - 0.3) < 1e-6)
    }

    @Test func aLoadThatNeverHasEnoughEndsAtTheBound() async throws {
        let ensemble = try await FakeEnsemble.start(group: MultiThreadedEventLoopGroup.singleton, writesEnough: .max)
        let result = try await load(ensemble, LoadExtension(fewestOperations: .max, longestSeconds: 0.5))
        #expect(result.planned == 500)
        #expect(result.response.totalCount == 500)
    }

    @Test func aLoadThatHasEnoughEndsAsPlanned() async throws {
        let ensemble = try await FakeEnsemble.start(group: MultiThreadedEventLoopGroup.singleton, writesEnough: .max)
        // Long enough for one answer at least, on a machine with much else to do.
        let wish = LoadExtension(fewestOperations: 1, longestSeconds: 30)
        let result = try await load(ensemble, wish, durationSeconds: 1.5)
        #expect(result.planned == 1500)
    }

    /// Whoever has a hand on the load knows when it is to end.
    @Test func aLoadUnderControlKeepsItsLength() async throws {
        let ensemble = try await FakeEnsemble.start(group: MultiThreadedEventLoopGroup.singleton, writesEnough: .max)
        let wish = LoadExtension(fewestOperations: .max, longestSeconds: 30)
        let result = try await load(ensemble, wish, control: LoadControl())
        #expect(result.planned == 200)
    }

    private static let plan = LoadPlan(
        mode: .open(ratePerSecond: 1000, arrivals: .fixed),
        clients: 4,
        outstanding: 8,
        payloadBytes: 32,
        keys: 30,
        warmUpSeconds: 0.1,
        durationSeconds: 0.2,
        runID: "e"
    )

    private func load(
        _ ensemble: FakeEnsemble,
        _ wish: LoadExtension,
        durationSeconds: Double? = nil,
        control: LoadControl? = nil
    ) async throws -> LoadResult {
        var plan = Self.plan
        plan.durationSeconds = durationSeconds ?? plan.durationSeconds
        let result = try await LoadGenerator.run(
            plan: plan,
            endpoints: ensemble.endpoints,
            leader: nil,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            control: control,
            extension: wish,
            progress: { _ in }
        )
        await ensemble.stop()
        return result
    }
}

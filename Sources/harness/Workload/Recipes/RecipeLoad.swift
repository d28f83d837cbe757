import CPlatform
import Client
import NIOCore
import Wire

/// Plays a recipe with many contenders, measures whole recipes, and proves that the recipe's promise was kept.
struct RecipeLoad: Sendable {
    let recipe: Recipe
    let plan: LoadPlan
    /// Where the sessions connect, in turn.
    let targets: [Endpoint]
    /// All servers.
    let endpoints: [Endpoint]
    /// Those of them that have no vote.
    let observers: [Endpoint]
    let leader: Endpoint?
    let eventLoop: any EventLoop
    /// Whether the znodes are removed afterwards.
    let cleansUp: Bool

    private static let connectSeconds: Int64 = 60
    private static let settleSeconds: Int64 = 5

    /// - Throws: `LoadError`; `CancellationError` if cancelled before the load began.
    func run(
        control: LoadControl?,
        wish: LoadExtension?,
        progress: @escaping @Sendable (ProgressSample) -> Void
    ) async throws -> LoadResult {
        progress(ProgressSample(phase: .creatingKeys, fraction: 0, second: nil))
        let leaderFirst = (leader.map { [$0] } ?? []) + endpoints.filter { $0 != leader }
        let znodes = RecipeZnodes(plan: plan, endpoints: leaderFirst, eventLoop: eventLoop)
        try await znodes.create()
        do {
            let result = try await play(znodes, control: control, wish: wish, progress: progress)
            if cleansUp { await znodes.remove() }
            return result
        } catch {
            if cleansUp { await znodes.remove() }
            throw error
        }
    }

    private func play(
        _ znodes: RecipeZnodes,
        control: LoadControl?,
        wish: LoadExtension?,
        progress: @escaping @Sendable (ProgressSample) -> Void
    ) async throws -> LoadResult {
        progress(ProgressSample(phase: .connecting, fraction: 0, second: nil))
        let (stream, stretches) = AsyncStream.makeStream(of: LaneStretch.self)
        let tally = MeasuredEnd.Tally()
        let cast = cast(stretches, tally)
        let samples = Task { [plan] in
            await StretchMerger.merge(stream, lanes: 1, plan: plan, report: progress).seconds
        }
        do {
            try await connect(cast)
            try await load(cast, control: control, end: wish.map { MeasuredEnd($0, tallies: [tally]) })
        } catch {
            try? await eventLoop.flatSubmit { cast.value.lane.closeAll() }.get()
            stretches.finish()
            _ = await samples.value
            throw error
        }
        let interrupted = Task.isCancelled
        if !interrupted { await Self.settle(cast, on: eventLoop, for: .seconds(Self.settleSeconds)) }
        progress(ProgressSample(phase: .draining, fraction: 1, second: nil))
        try? await eventLoop.flatSubmit { cast.value.lane.closeAll() }.get()
        stretches.finish()
        let (measured, evidence) = try await eventLoop.submit {
            let (measured, unfinished) = cast.value.lane.result()
            return (measured, cast.value.evidence(unfinished: unfinished))
        }.get()
        var result = LoadResult(
            ledger: AcknowledgedWrites(plan: plan),
            lanes: [measured],
            samples: await samples.value,
            interrupted: interrupted
        )
        if !interrupted {
            let readings = await RecipeReadings.read(endpoints, observers: observers) { try await znodes.read(at: $0) }
            result.recipe = evidence.proven(by: readings)
        } else {
            result.recipe = evidence.outcome
        }
        return result
    }

    /// The cast and its lane, which only their loop may touch from now on.
    private func cast(
        _ stretches: AsyncStream<LaneStretch>.Continuation,
        _ tally: MeasuredEnd.Tally
    ) -> NIOLoopBoundBox<RecipeCast> {
        let lane = RecipeLane(eventLoop: eventLoop, plan: plan, stretches: stretches, tally: tally)
        let cast = RecipeCast(recipe, lane: lane, contenders: plan.clients) { index in
            let first = index % targets.count
            return Array(targets[first...] + targets[..<first])
        }
        return .makeBoxSendingValue(cast, eventLoop: eventLoop)
    }

    private func connect(_ cast: NIOLoopBoundBox<RecipeCast>) async throws {
        try await withTaskCancellationHandler {
            do {
                try await eventLoop.flatSubmit {
                    cast.value.lane.connectAll(timeout: .seconds(Self.connectSeconds))
                }.get()
            } catch {
                try Task.checkCancellation()
                throw error
            }
        } onCancel: {
            eventLoop.execute { cast.value.lane.failReady() }
        }
        try Task.checkCancellation()
    }

    /// Gives sessions the time to hear what was committed before the end, where the drain was cut short.
    ///
    /// - Parameter time: no longer than that.
    static func settle(
        _ cast: NIOLoopBoundBox<RecipeCast>,
        on eventLoop: any EventLoop,
        for time: TimeAmount
    ) async {
        let deadline = NIODeadline.now() + time
        guard (try? await eventLoop.submit { cast.value.lane.beginSettling() }.get()) == true else { return }
        while NIODeadline.now() < deadline,
            (try? await eventLoop.submit { cast.value.lane.isSettled }.get()) == false
        {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private func load(
        _ cast: NIOLoopBoundBox<RecipeCast>,
        control: LoadControl?,
        end: MeasuredEnd?
    ) async throws {
        let start = zb_monotonic_nanoseconds() + 20_000_000
        let interrupt: @Sendable () -> Void = { eventLoop.execute { cast.value.lane.interrupt() } }
        try await withTaskCancellationHandler {
            let over = eventLoop.flatSubmit { cast.value.lane.begin(at: start, end: end) }
            if Task.isCancelled { interrupt() }
            control?.attach(
                measuringFrom: start + UInt64(plan.warmUpSeconds * 1e9),
                // Nothing is planned ahead: a recipe follows the one before.
                isCaughtUp: { _ in true },
                interrupt
            )
            try await over.get()
        } onCancel: {
            interrupt()
        }
    }
}

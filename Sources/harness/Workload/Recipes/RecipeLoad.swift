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
    let leader: Endpoint?
    let eventLoop: any EventLoop
    /// Whether the znodes are removed afterwards.
    let cleansUp: Bool

    private static let connectSeconds: Int64 = 60

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
        let lane = RecipeLane(eventLoop: eventLoop, plan: plan, stretches: stretches)
        let cast = RecipeCast(recipe, lane: lane, contenders: plan.clients) { index in
            let first = index % targets.count
            return Array(targets[first...] + targets[..<first])
        }
        let samples = Task { [plan] in
            var merger = StretchMerger(lanes: 1, plan: plan)
            for await stretch in stream {
                if let sample = merger.add(stretch) { progress(sample) }
            }
            return merger.seconds
        }
        do {
            try await connect(lane)
            try await load(lane, control: control, end: wish.map { MeasuredEnd($0, tallies: [lane.tally]) })
        } catch {
            try? await eventLoop.flatSubmit { lane.closeAll() }.get()
            stretches.finish()
            _ = await samples.value
            throw error
        }
        let interrupted = Task.isCancelled
        progress(ProgressSample(phase: .draining, fraction: 1, second: nil))
        try? await eventLoop.flatSubmit { lane.closeAll() }.get()
        stretches.finish()
        let (measured, unfinished) = try await eventLoop.submit { lane.result() }.get()
        let outcome = cast.outcome(unfinished: unfinished)
        var result = LoadResult(
            ledger: AcknowledgedWrites(plan: plan),
            lanes: [measured],
            samples: await samples.value,
            interrupted: interrupted
        )
        result.recipe = interrupted ? outcome : await cast.proven(outcome, by: znodes, servers: endpoints)
        return result
    }

    private func connect(_ lane: RecipeLane) async throws {
        try await withTaskCancellationHandler {
            do {
                try await eventLoop.flatSubmit { lane.connectAll(timeout: .seconds(Self.connectSeconds)) }.get()
            } catch {
                try Task.checkCancellation()
                throw error
            }
        } onCancel: {
            eventLoop.execute { lane.failReady() }
        }
        try Task.checkCancellation()
    }

    private func load(_ lane: RecipeLane, control: LoadControl?, end: MeasuredEnd?) async throws {
        let start = zb_monotonic_nanoseconds() + 20_000_000
        let interrupt: @Sendable () -> Void = { eventLoop.execute { lane.interrupt() } }
        try await withTaskCancellationHandler {
            let over = eventLoop.flatSubmit { lane.begin(at: start, end: end) }
            if Task.isCancelled { interrupt() }
            control?.attach(measuringFrom: start + UInt64(plan.warmUpSeconds * 1e9), interrupt)
            try await over.get()
        } onCancel: {
            interrupt()
        }
    }
}

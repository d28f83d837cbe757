import Dispatch

/// Drives a yardstick with a `LoadPlan`, as `LoadGenerator` drives an ensemble.
public enum YardstickLoad {
    /// Connects, warms up, measures, drains. Cancelling the task ends the load early; the result then has `interrupted` set.
    ///
    /// - Parameters:
    ///   - port: of the leader, on 127.0.0.1.
    ///   - wish: how far the measured part goes on if too little was done; nil to end as planned.
    ///   - progress: called once a second while the load runs; not on its thread.
    /// - Throws: `LoadError`; `CancellationError` if cancelled before the load began.
    public static func run(
        plan: LoadPlan,
        port: Int,
        extension wish: LoadExtension? = nil,
        progress: @escaping @Sendable (ProgressSample) -> Void
    ) async throws -> LoadResult {
        guard plan.mix.isOnlySet else { throw LoadError.badPlan("a yardstick has writes only: set") }
        try Task.checkCancellation()
        progress(ProgressSample(phase: .connecting, fraction: 0, second: nil))
        let (stream, stretches) = AsyncStream.makeStream(of: LaneStretch.self)
        let tally = MeasuredEnd.Tally()
        let end = wish.map { MeasuredEnd($0, tallies: [tally]) }
        let samples = Task {
            await StretchMerger.merge(stream, lanes: 1, plan: plan) { sample in
                end?.note(sample.second)
                progress(sample)
            }
        }
        let played: (writes: YardstickWrites, lane: LaneResult)
        do {
            played = try await play(plan, port: port, tally: tally, end: end, stretches: stretches)
        } catch {
            stretches.finish()
            _ = await samples.value
            throw error
        }
        let interrupted = Task.isCancelled
        stretches.finish()
        let series = await samples.value
        // The ledger of znodes stays empty, and small: what was written is in `yardstick`.
        var smallest = plan
        (smallest.clients, smallest.keys) = (1, 1)
        var result = LoadResult(
            ledger: AcknowledgedWrites(plan: smallest),
            lanes: [played.lane],
            samples: series.seconds,
            interrupted: interrupted
        )
        result.plan = plan
        result.bins = series.bins
        result.isTimeUp = end?.isTimeUp ?? false
        result.yardstick = played.writes
        return result
    }

    /// On a thread of its own, whose processor time is the generator's.
    private static func play(
        _ plan: LoadPlan,
        port: Int,
        tally: MeasuredEnd.Tally,
        end: MeasuredEnd?,
        stretches: AsyncStream<LaneStretch>.Continuation
    ) async throws -> (writes: YardstickWrites, lane: LaneResult) {
        let stop = YardstickLane.Stop()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue(label: "yardstick").async {
                    let played = Result {
                        let lane = try YardstickLane(
                            plan: plan,
                            port: port,
                            stop: stop,
                            tally: tally,
                            stretches: stretches
                        )
                        let result = try lane.run(end: end)
                        return (writes: lane.writes, lane: result)
                    }
                    continuation.resume(with: played)
                }
            }
        } onCancel: {
            stop.set()
        }
    }
}

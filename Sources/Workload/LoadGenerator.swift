import Client
import NIOCore

/// Drives an ensemble with one `LoadPlan` and measures what it answers.
public enum LoadGenerator {
    /// Connects, creates the keys, warms up, measures, drains. Cancelling the task ends the load early; the result
    /// then holds what there is, with `interrupted` set.
    public static func run(
        plan: LoadPlan,
        endpoints: [Endpoint],
        leader: Endpoint?,
        eventLoopGroup: any EventLoopGroup,
        progress: @escaping @Sendable (ProgressSample) -> Void
    ) async throws -> LoadResult {
        fatalError("in the making")
    }

    /// Deletes the run's znodes, as far as that succeeds.
    public static func removeKeys(
        of ledger: AcknowledgedWrites,
        endpoints: [Endpoint],
        eventLoopGroup: any EventLoopGroup
    ) async {}
}

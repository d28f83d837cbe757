import CPlatform
import NIOCore
import NIOPosix
import Report
import Targets
import Workload

extension BenchSession {
    /// How long a storm's sessions take to come back to a target that answers at once: the generator's own part.
    ///
    /// - Returns: milliseconds, from the cut to the last of them.
    /// - Throws: `TargetError`, `LoadError`, `CancellationError`.
    func stormBound(_ planned: LoadPlan, _ target: NullEnsemble, number: Int) async throws -> Double {
        var plan = planned
        plan.runID = "null-\(number)"
        plan.connectTo = .spread
        let own = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let crowd = try StormCrowd(
            plan: plan,
            endpoints: target.endpoints,
            leader: target.endpoints.first,
            eventLoopGroup: own
        )
        do {
            try await crowd.open()
            let startedAt = await crowd.beginStorm()
            await crowd.cut()
            let deadline = zb_monotonic_nanoseconds() + 30_000_000_000
            while crowd.status.back < crowd.storm.sessions {
                guard zb_monotonic_nanoseconds() < deadline else {
                    let back = crowd.status.back
                    throw TargetError("null_target: \(back) of \(crowd.storm.sessions) sessions came back within 30 s")
                }
                try await Task.sleep(for: .milliseconds(2))
            }
            let last = await crowd.lastBack(since: startedAt)
            await crowd.close(removesZnodes: false)
            try? await own.shutdownGracefully()
            return Double(last) / 1e6
        } catch {
            await crowd.close(removesZnodes: false)
            try? await own.shutdownGracefully()
            throw error
        }
    }
}

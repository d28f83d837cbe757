import CPlatform
import Glibc
import NIOPosix
import Results
import Synchronization
import Targets
import TestSupport
import Testing
import Workload

/// A leader that stands still for a second, under loads of several rates at once: coordinated omission is what a load that
/// waits for answers makes of it.
@Suite(.serialized, .timeLimit(.minutes(2))) struct StallTests {
    private static let seconds = 3.5

    private static func plan(_ mode: LoadMode, _ name: String) -> LoadPlan {
        LoadPlan(
            mode: mode,
            clients: mode == .closed ? 1 : 2,
            outstanding: mode == .closed ? 1 : 16,
            keys: 20,
            warmUpSeconds: 0,
            durationSeconds: seconds,
            runID: "stall-\(name)"
        )
    }

    /// Stops a server's process for a second, once.
    private final class Stopper: Sendable {
        private let servers: ProcessEnsemble
        private let id: Int
        private let hasBegun = Atomic(false)
        /// How long it stood still.
        let nanoseconds = Atomic<UInt64>(0)

        init(_ servers: ProcessEnsemble, _ id: Int) {
            self.servers = servers
            self.id = id
        }

        func stopOnce() {
            guard !hasBegun.exchange(true, ordering: .relaxed) else { return }
            Task {
                let from = zb_monotonic_nanoseconds()
                try? servers.kill(id, signal: SIGSTOP)
                try? await Task.sleep(for: .seconds(1))
                nanoseconds.store(zb_monotonic_nanoseconds() - from, ordering: .relaxed)
                try? servers.kill(id, signal: SIGCONT)
            }
        }
    }

    @Test func itShowsInTheResponseTimeAtEveryRate() async throws {
        try await TestEnsemble.with { ensemble, group in
            let servers = ensemble.servers
            let leader = try #require(await servers.leader())
            let modes: [LoadMode] = [
                .open(ratePerSecond: 100, arrivals: .poisson), .open(ratePerSecond: 400, arrivals: .fixed),
                .open(ratePerSecond: 1200, arrivals: .poisson), .closed,
            ]
            let stopper = Stopper(servers, leader.id)
            let results = try await withThrowingTaskGroup(of: (Int, LoadResult).self) { tasks in
                for (place, mode) in modes.enumerated() {
                    tasks.addTask {
                        let result = try await LoadGenerator.run(
                            plan: Self.plan(mode, "\(place)"),
                            endpoints: servers.endpoints,
                            leader: leader.endpoint,
                            eventLoopGroup: group,
                            // The first second of any of them says that all are under way.
                            progress: { if $0.second != nil { stopper.stopOnce() } }
                        )
                        return (place, result)
                    }
                }
                var results = [LoadResult?](repeating: nil, count: modes.count)
                for try await (place, result) in tasks { results[place] = result }
                return results.compactMap { $0 }
            }
            let stall = Double(stopper.nanoseconds.load(ordering: .relaxed)) / 1000
            #expect(stall > 990_000)
            for result in results {
                #expect(result.errorsTotal == 0 && result.outages.isEmpty)
                let (response, service) = (
                    LatencyFigures(nanoseconds: result.response), LatencyFigures(nanoseconds: result.service)
                )
                guard result.plan.mode != .closed else {
                    // It sent one operation in that second.
                    #expect(
                        service.maxMicroseconds ?? 0 > 0.9 * stall && service.p99Microseconds ?? .infinity < 0.5 * stall
                    )
                    continue
                }
                // Of all operations the stall has a share of 1/D, and the slowest thousandth of all are planned in its first
                // D/1000: they wait for all the rest of it.
                #expect(response.p999Microseconds ?? 0 > 0.9 * (1 - 0.001 * Self.seconds) * stall)
                #expect(response.p90Microseconds ?? 0 > 0.3 * stall)
            }
        }
    }
}

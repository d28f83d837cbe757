import CPlatform
import Client
import Glibc
import NIOCore
import NIOPosix
import Report
import Results
import Synchronization
import Targets
import Workload

extension BenchRun {
    /// At least so long is waited for the last session of a storm.
    private static let stormPatienceSeconds = 30.0
    private static let stormServingSeconds = 60.0
    /// A crowd is looked at this often; the moments of its sessions are taken where they happen.
    private static let stormLook = Duration.milliseconds(2)
    private static let endlessSeconds = 86_400.0

    /// A crowd of sessions with watches loses its servers and comes back, while a few readers go on. The load's measured
    /// part begins with the fault and ends when the last session is back, and the servers that were killed serve again.
    ///
    /// - Returns: the readers' load, and what became of the crowd; nil where the load was interrupted.
    /// - Throws: `LoadError`, `TargetError`, `CancellationError`.
    func loadWithStorm(
        _ plan: LoadPlan,
        _ storm: StormPlan,
        leader: Endpoint?,
        sampler: ServerSampler,
        journal: EventJournal
    ) async throws -> (result: LoadResult, report: StormReport?) {
        // On a thread of its own: readers that wait for the crowd's work would say nothing of the servers.
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let crowd = try StormCrowd(
            plan: plan,
            endpoints: site.ensemble.endpoints,
            leader: leader,
            observers: site.ensemble.observers,
            eventLoopGroup: loops
        )
        let isExternal = run.planned.ensemble.placement == .external
        do {
            show("opening \(Count(storm.sessions, "session"))")
            try await crowd.open()
            journal.record(
                "crowd_ready",
                detail: "\(Count(storm.sessions, "session")), \(Count(storm.watches, "watch", "watches")) each"
            )
            let played = try await play(crowd, plan, leader: leader, sampler: sampler, journal: journal)
            await crowd.close(removesZnodes: isExternal)
            try? await loops.shutdownGracefully()
            return played
        } catch {
            await crowd.close(removesZnodes: isExternal)
            try? await loops.shutdownGracefully()
            throw error
        }
    }

    private func play(
        _ crowd: StormCrowd,
        _ plan: LoadPlan,
        leader: Endpoint?,
        sampler: ServerSampler,
        journal: EventJournal
    ) async throws -> (result: LoadResult, report: StormReport?) {
        let control = LoadControl()
        let directing = Task { () -> Result<UInt64, any Error> in
            defer { control.stop() }
            do { return .success(try await direct(crowd, control, journal)) } catch { return .failure(error) }
        }
        var readers = plan.ofReaders
        readers.durationSeconds = Self.endlessSeconds
        let result: LoadResult
        do {
            result = try await withTaskCancellationHandler {
                try await load(
                    readers,
                    leaders: leader.map { [$0] } ?? [],
                    sampler: sampler,
                    journal: journal,
                    control: control
                ) {
                    let status = crowd.status
                    let words = status.lost == 0 ? "before the storm" : "\(status.back) of \(status.lost) back"
                    return (status.lost == 0 ? 0 : Double(status.back) / Double(status.lost), words)
                }
            } onCancel: {
                directing.cancel()
            }
        } catch {
            directing.cancel()
            _ = await directing.value
            throw error
        }
        let directed = await directing.value
        guard !result.interrupted, !Task.isCancelled else { return (result, nil) }
        show("changing the watched znodes")
        return (result, try await crowd.finish(startedAt: try directed.get()))
    }

    /// Makes the fault when the measured part begins, and ends the load when the last session is back and the servers are.
    ///
    /// - Returns: when the storm began, CLOCK_MONOTONIC.
    private func direct(_ crowd: StormCrowd, _ control: LoadControl, _ journal: EventJournal) async throws -> UInt64 {
        let fault = crowd.storm.fault
        while control.measuringFrom == 0 { try await Task.sleep(for: Self.stormLook) }
        let hit = try await victims(of: fault)
        let (begin, now) = (control.measuringFrom, zb_monotonic_nanoseconds())
        if begin > now { try await Task.sleep(for: .nanoseconds(Int64(begin - now))) }
        let startedAt = await crowd.beginStorm()
        if hit.isEmpty {
            await crowd.cut()
        } else {
            for id in hit { try await site.ensemble.kill(id, signal: SIGKILL) }
        }
        let names = hit.isEmpty ? "" : ", servers \(hit.map(String.init).joined(separator: ", "))"
        journal.record("fault_injected", server: hit.count == 1 ? hit[0] : nil, detail: "\(fault.rawValue)\(names)")
        let repair = Repair()
        let repairing = Task {
            try await restart(hit)
            repair.isDone.store(true, ordering: .relaxed)
        }
        do {
            try await withTaskCancellationHandler {
                try await waitForAll(crowd, repair)
                let status = crowd.status
                journal.record(
                    "storm_over",
                    detail: "\(status.back) of \(status.lost) sessions back, \(status.expired) expired"
                )
                control.stop()
                try await repairing.value
            } onCancel: {
                repairing.cancel()
            }
        } catch {
            repairing.cancel()
            throw error
        }
        return startedAt
    }

    /// The servers that the fault kills, in their order.
    private func victims(of fault: StormFault) async throws -> [Int] {
        switch fault {
        case .connectionsCut: return []
        case .ensembleRestarted: return site.ensemble.servers.map(\.id).sorted()
        case .leaderKilled:
            guard let leader = await site.ensemble.leader() else {
                throw TargetError("no server leads before the storm, so none can be killed")
            }
            return [leader.id]
        }
    }

    /// Starts the servers again that were killed, and waits until the ensemble is whole.
    private func restart(_ ids: [Int]) async throws {
        guard !ids.isEmpty else { return }
        for id in ids {
            guard await site.ensemble.waitForExit(of: id, seconds: Self.stormPatienceSeconds) else {
                throw TargetError("server \(id) was killed but has not exited")
            }
        }
        for id in ids { try await site.ensemble.restart(id) }
        try await site.ensemble.waitUntilServing(seconds: Self.stormServingSeconds)
    }

    /// Waits until nobody is on the way any more; not for ever.
    ///
    /// - Parameter repair: once it is done all servers serve, so that who has not lost its connection by then keeps it.
    private func waitForAll(_ crowd: StormCrowd, _ repair: Repair) async throws {
        let timeout = Double(run.planned.load.sessionTimeoutMilliseconds) / 1000
        let patience = max(Self.stormPatienceSeconds, 3 * timeout)
        let deadline = zb_monotonic_nanoseconds() + UInt64(patience * 1e9)
        while zb_monotonic_nanoseconds() < deadline {
            let whole = repair.isDone.load(ordering: .relaxed)
            let status = crowd.status
            let areAllLost = status.lost == crowd.storm.sessions
            if status.isSettled, areAllLost || (crowd.storm.fault.hurtsServers && whole) { return }
            try await Task.sleep(for: Self.stormLook)
        }
    }

    /// What a run loads with, for its first event.
    var loadInWords: String {
        let load = run.planned.load
        if let storm = load.storm { return "storm of \(Count(storm.sessions, "session")), \(storm.fault.rawValue)" }
        if let recipe = load.recipe { return "\(recipe.rawValue), \(Count(load.clients, "contender"))" }
        return "\(load.mode.name), \(load.clients)x\(load.outstanding)"
    }
}

/// Whether the servers that a storm's fault has killed serve again.
private final class Repair: Sendable {
    let isDone = Atomic<Bool>(false)
}

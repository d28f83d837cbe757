import Client
import NIOCore
import Report
import Synchronization
import Targets
import Wire
import Workload

extension BenchRun {
    /// What was done to the ensemble under load, and what ended that early.
    struct FaultedLoad: Sendable {
        var result: LoadResult
        var faults: [FaultObservation]
        /// Nil where all faults were made, or Ctrl-C ended them.
        var failure: (any Error)?
    }

    /// An end that the director always comes before; a load needs one.
    private static let longestSeconds = 86_400.0
    /// Tenths of a second: an outage of 25 ms is a dip in one of them, and nothing in a second.
    private static let cutsPerSecond = 10
    static let closedSeconds = 2.0

    /// Creates the znodes that are to be there before.
    ///
    /// - Throws: `TargetError` if the ensemble cannot be hurt as planned, `LoadError`.
    func prepareFaults(_ faults: PlannedFaults, endpoints: [Endpoint]) async throws {
        if let kind = faults.kinds.first(where: \.needsProxy), site.ensemble.links == nil {
            throw TargetError(
                "\(kind.rawValue) needs the harness between the servers, and these servers talk to each other directly; "
                    + "leave it out of faults.kinds"
            )
        }
        let znodes = ConsoleTable.grouped(Double(faults.state.znodes))
        show("creating \(znodes) znodes")
        try await StatePreload.create(
            faults.state,
            runID: run.planned.load.runID,
            endpoints: endpoints,
            eventLoopGroup: site.loops,
            client: site.client
        )
    }

    /// As warm as what is measured after it: a cold Java machine does a third of what it can.
    static func closedLoop(before load: LoadPlan) -> LoadPlan {
        var plan = load
        plan.mode = .closed
        plan.warmUpSeconds = max(1, load.warmUpSeconds)
        plan.durationSeconds = closedSeconds
        plan.runID += "-closed"
        return plan
    }

    /// What a closed loop of the same sessions does on the same ensemble; the rate is a share of it.
    ///
    /// - Throws: `LoadError`, `TargetError` where nothing was achieved.
    func closedLoop(leaders: [Endpoint]) async throws -> LoadResult {
        let plan = Self.closedLoop(before: run.planned.load)
        let result = try await LoadGenerator.run(
            plan: plan,
            on: servers(leaders: leaders),
            eventLoopGroup: site.loops,
            client: site.client,
            cleansUpOnFailure: run.planned.ensemble.placement == .external
        ) { _ in
            show("calibrating: a closed loop")
        }
        if result.interrupted { throw CancellationError() }
        guard result.achievedPerSecond > 0 else {
            throw TargetError("a closed loop achieves nothing on this ensemble, so no rate is a share of it")
        }
        return result
    }

    /// Nil where the servers have none.
    ///
    /// - Throws: `ClientError`.
    private func openWatches(_ faults: PlannedFaults, _ plan: LoadPlan) async throws -> WatchKeeper? {
        guard site.ensemble.traits.hasWatches else { return nil }
        let watches = WatchKeeper(
            count: faults.watches,
            runID: plan.runID,
            endpoints: site.ensemble.endpoints,
            sessionTimeout: .milliseconds(Int64(plan.sessionTimeoutMilliseconds)),
            eventLoopGroup: site.loops
        )
        try await watches.open()
        return watches
    }

    /// One load without a break, and the faults one after the other.
    ///
    /// - Throws: what ended the load; `CancellationError` only if it had not begun.
    func loadWithFaults(
        _ plan: LoadPlan,
        _ faults: PlannedFaults,
        leader: Endpoint?,
        sampler: ServerSampler,
        journal: EventJournal
    ) async throws -> FaultedLoad {
        let control = LoadControl()
        let notebook = FaultNotebook()
        let watches = try await openWatches(faults, plan)
        let doing = Mutex<(done: Int, total: Int, words: String)>((0, 1, "before the first fault"))
        let director = FaultDirector(
            ensemble: site.ensemble,
            plan: faults,
            seed: plan.seed,
            control: control,
            watches: watches,
            record: { event, server, detail in journal.record(event, server: server, detail: detail) },
            progress: { done, total, kind in
                let words = "fault \(done + 1) of \(total): \(kind.rawValue.replacing("_", with: " "))"
                doing.withLock { $0 = (done, total, words) }
            }
        )
        let warmUp = plan.warmUpSeconds
        let directing = Task { () -> (any Error)? in
            defer { control.stop() }
            do {
                try await Task.sleep(for: .seconds(warmUp))
                try await director.run(notebook)
                return nil
            } catch {
                return error
            }
        }
        var endless = plan
        endless.durationSeconds = Self.longestSeconds
        endless.cutsPerSecond = Self.cutsPerSecond
        do {
            let result = try await withTaskCancellationHandler {
                try await load(
                    endless,
                    leaders: leader.map { [$0] } ?? [],
                    sampler: sampler,
                    journal: journal,
                    control: control
                ) {
                    let (done, total, words) = doing.withLock { $0 }
                    return (Double(done) / Double(total), words)
                }
            } onCancel: {
                directing.cancel()
            }
            let failure = await directing.value
            await watches?.close()
            return FaultedLoad(
                result: result,
                faults: notebook.observations,
                failure: result.interrupted || Task.isCancelled ? nil : failure
            )
        } catch {
            directing.cancel()
            _ = await directing.value
            await watches?.close()
            throw error
        }
    }
}

extension LoadResult {
    /// Operations of the measured part of which nobody knows whether they were carried out: they were under way when their
    /// connection broke, or the server has given up on them, as etcd's do with those that a dead leader had.
    var lostOperations: Int {
        let codes = [ErrorCode.connectionLoss, .operationTimeout].map(\.rawValue)
        return errors.filter { codes.contains($0.code) }.map(\.count).reduce(0, +)
    }
}

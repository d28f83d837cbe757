import CPlatform
import Client
import Measure
import Report
import Results
import Synchronization
import Targets
import Workload

/// What became of the load, and of the servers meanwhile.
struct PlayedLoad: Sendable {
    var started: StartedEnsemble
    /// The closed loop that the rate is a share of, if it was played here.
    var earlier: LoadResult?
    /// What it achieved, here or before another point of the curve.
    var capacityPerSecond: Double?
    var result: LoadResult
    var samples: ServerSampler.Samples
    var elections: [ElectionRow] = []
    /// What became of a storm's crowd; nil where there was none, or the load was interrupted.
    var storm: StormReport?
    /// Why a planned stall was not what was planned.
    var failingStall: String?
    /// Why not all faults could be made.
    var faultFailure: (any Error)?
}

extension BenchRun {
    /// Plays the load, with its faults, on an ensemble that serves. A load that fails leaves the servers' counters behind,
    /// and the ensemble stopped.
    ///
    /// - Throws: `TargetError` with the cause, `LoadError`, `CancellationError`.
    func play(on started: StartedEnsemble) async throws -> PlayedLoad {
        let (journal, leaders) = (started.journal, started.leaders.map(\.server.endpoint))
        let leader = leaders.first
        if let faults = run.planned.faults {
            try await prepareFaults(faults, endpoints: (leader.map { [$0] } ?? []) + site.ensemble.endpoints)
        }
        var plan = run.planned.load
        var earlier: LoadResult?
        var capacity = run.capacityPerSecond
        if let share = run.planned.rateShare, case .open(_, let arrivals) = plan.mode {
            if capacity == nil {
                let closed = try await closedLoop(leaders: leaders)
                journal.record("closed_loop", detail: "\(ConsoleTable.grouped(closed.achievedPerSecond))/s achieved")
                (capacity, earlier) = (closed.achievedPerSecond, closed)
            }
            plan.mode = .open(ratePerSecond: share * (capacity ?? 0), arrivals: arrivals)
        }

        let sampler = ServerSampler(
            ensemble: site.ensemble,
            disks: site.logDisks,
            isTracing: plan.traceEvery > 0,
            turnMilliseconds: run.turn?.turns.milliseconds
        )
        await sampler.start()
        let stall = Stall(run.planned.ensemble.injection, ensemble: site.ensemble, leader: leader, journal: journal)
        let loadStart = zb_monotonic_nanoseconds()
        do {
            if let storm = plan.storm { return try await playStorm(storm, plan, on: started, sampler: sampler) }
            guard let faults = run.planned.faults else {
                let result = try await profiled {
                    try await load(plan, leaders: leaders, sampler: sampler, journal: journal, stall: stall)
                }
                await stall?.end()
                return PlayedLoad(
                    started: started,
                    earlier: earlier,
                    capacityPerSecond: capacity,
                    result: result,
                    samples: await sampler.finish(),
                    failingStall: stall?.failing(result)
                )
            }
            let faulted = try await loadWithFaults(plan, faults, leader: leader, sampler: sampler, journal: journal)
            return PlayedLoad(
                started: started,
                earlier: earlier,
                capacityPerSecond: capacity,
                result: faulted.result,
                samples: await sampler.finish(),
                elections: ElectionRows.rows(
                    faulted.faults,
                    result: faulted.result,
                    planned: run.planned,
                    tag: started.tag
                ),
                faultFailure: faulted.failure
            )
        } catch {
            await stall?.end()
            let history = await sampler.finish().servers
            if Task.isCancelled { journal.record("interrupted") } else { journal.record("failed", detail: "\(error)") }
            let cause = await failure(error, journal: journal)
            await stop(journal)
            // What the servers did until then is the evidence of a failure.
            for row in serverRows(history, started.tag, from: loadStart) { try? outputs.folder.append(row) }
            throw cause
        }
    }

    private func playStorm(
        _ storm: StormPlan,
        _ plan: LoadPlan,
        on started: StartedEnsemble,
        sampler: ServerSampler
    ) async throws -> PlayedLoad {
        let (journal, leader) = (started.journal, started.leader?.server.endpoint)
        let stormy = try await profiled {
            try await loadWithStorm(plan, storm, leader: leader, sampler: sampler, journal: journal)
        }
        return PlayedLoad(
            started: started,
            result: stormy.result,
            samples: await sampler.finish(),
            storm: stormy.report
        )
    }

    /// - Parameter doing: how far a run is whose length the load does not know, and what happens in it.
    func load(
        _ plan: LoadPlan,
        leaders: [Endpoint],
        sampler: ServerSampler,
        journal: EventJournal,
        control: LoadControl? = nil,
        stall: Stall? = nil,
        doing: (@Sendable () -> (fraction: Double, words: String))? = nil
    ) async throws -> LoadResult {
        let phase = Mutex(ProgressSample.Phase.connecting)
        let errors = Mutex(0)
        let wish = extending(plan, control: control)
        return try await LoadGenerator.run(
            plan: plan,
            on: servers(leaders: leaders),
            eventLoopGroup: site.loops,
            client: site.client,
            cleansUpOnFailure: run.planned.ensemble.placement == .external,
            control: control,
            turn: meteredTurn,
            extension: wish
        ) { sample in
            stall?.note(sample, of: plan)
            // Counters at the ends of the measured part, for the costs per write: between samples they are interpolated,
            // and a second of a noisy machine is not like the next.
            let isNew = phase.withLock { known in
                defer { known = sample.phase }
                return known != sample.phase
            }
            if isNew || sample.isBorder { sampler.sampleSoon() }
            if isNew, sample.phase == .extending, let wish, sample.completed < wish.fewestOperations {
                sayExtended(sample, plan, wish, journal: journal)
            }
            let now = doing?()
            var line = LiveLine(phase: now?.words ?? sample.phase.words, run: run.number, of: run.total)
            if sample.phase == .extending, let wish, sample.completed < wish.fewestOperations {
                line.phase += " (\(sample.completed) of \(wish.fewestOperations) operations)"
            }
            // What the generator has counted for this second anyway.
            if let second = sample.second {
                line.perSecond = Double(second.completed) / max(second.lengthSeconds, 1e-9)
                line.p99Microseconds = second.responseP99Nanoseconds.map { Double($0) / 1000 }
                line.errors = errors.withLock { sum in
                    sum += second.errors
                    return sum
                }
            }
            outputs.progress.show(line)
        }
    }

    /// How far a load may go on. Faults end a load when they are over, a recording when it is, and in turns it takes two to go
    /// on.
    private func extending(_ plan: LoadPlan, control: LoadControl?) -> LoadExtension? {
        guard control == nil, run.turn == nil, plan.replay == nil else { return nil }
        return LoadExtension(
            fewestOperations: RunValidity.fewestOperations,
            longestSeconds: plan.longestSeconds ?? LoadExtension.longestSeconds(planned: plan.durationSeconds),
            precision: plan.precision
        )
    }

    /// Says once why a run takes longer than it was to.
    private func sayExtended(
        _ sample: ProgressSample,
        _ plan: LoadPlan,
        _ wish: LoadExtension,
        journal: EventJournal
    ) {
        let planned = CSVValue.number(plan.durationSeconds).plain
        let most = CSVValue.number(wish.longestSeconds).plain
        let words =
            "\(sample.completed) operations in the \(planned) s planned, at least \(wish.fewestOperations) needed: it goes on "
            + "until it has them, for \(most) s at most"
        journal.record("extended", detail: words, isSaid: false)
        outputs.progress.line("[\(run.number)/\(run.total)] \(words)")
    }

    /// Samples the servers' functions while a load runs, if that is wanted.
    private func profiled<Result>(_ load: () async throws -> Result) async throws -> Result {
        site.profile?.begin(site.ensemble.servers.compactMap { site.ensemble.pid(of: $0.id) })
        do {
            let result = try await load()
            await site.profile?.end()
            return result
        } catch {
            await site.profile?.end()
            throw error
        }
    }

    /// Its part of the turns, with the clock of the servers' processes where they have some of their own.
    private var meteredTurn: LoadTurn? {
        guard var turn = run.turn, !site.ensemble.isShared else { return run.turn }
        let pids = site.ensemble.servers.compactMap { site.ensemble.pid(of: $0.id) }
        if pids.count == site.ensemble.servers.count, let clock = ProcessClock(pids: pids) {
            turn.processor = { clock.nanoseconds() }
        }
        return turn
    }

    /// An error of the load, with the last words of servers that have ended.
    ///
    /// A server that stops closes its connections before its process has ended, so an error of the load waits a little
    /// for the cause: the server's log goes with its data.
    private func failure(_ error: any Error, journal: EventJournal) async -> any Error {
        if error is CancellationError { return error }
        if !Task.isCancelled, run.planned.ensemble.placement == .processes { await waitForAnyExit(seconds: 2) }
        var cause: TargetError?
        for server in site.ensemble.servers {
            guard let exit = site.ensemble.exit(of: server.id) else { continue }
            journal.record("server_ended", server: server.id, detail: exit)
            cause =
                cause
                ?? TargetError(
                    "the load failed (\(error)) since server \(server.id) ended (\(exit)); its last words:",
                    evidence: site.ensemble.lastLogLines(of: server.id, count: 8),
                    fault: .ended
                )
        }
        return cause ?? TargetError("the load failed: \(error)")
    }

    /// Waits until one of the servers' processes has ended, at most so long.
    private func waitForAnyExit(seconds: Double) async {
        let (ended, arrival) = AsyncStream<Void>.makeStream()
        let waiting = Task { [ensemble = site.ensemble] in
            await withTaskGroup(of: Void.self) { group in
                for server in ensemble.servers {
                    group.addTask { if await ensemble.waitForExit(of: server.id, seconds: seconds) { arrival.yield() } }
                }
            }
            arrival.finish()
        }
        for await _ in ended { break }
        waiting.cancel()
    }
}

extension ProgressSample.Phase {
    /// As the progress bar says it.
    fileprivate var words: String {
        switch self {
        case .connecting: "connecting"
        case .creatingKeys: "creating the keys"
        case .warmUp: "warm-up"
        case .measuring: "measuring"
        case .extending: "measuring on"
        case .draining: "waiting for the last answers"
        }
    }
}

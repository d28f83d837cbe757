import CPlatform
import Client
import Histogram
import Log
import Measure
import NIOCore
import Report
import Results
import Synchronization
import Targets
import Workload

/// One run: start, load, prove, stop, and its rows.
struct BenchRun: Sendable {
    struct Outcome: Sendable {
        var row: SummaryRow
        /// An acknowledged write was lost or reordered, or the servers differ.
        var isViolated: Bool
        /// Whether every acknowledged write was looked for and found.
        var isProven: Bool
        var wasInterrupted: Bool
        /// One for each fault.
        var elections: [ElectionRow] = []
        /// Why not all faults could be made; what was seen until then stands.
        var failure: (any Error)?
    }

    let planned: PlannedRun
    /// From 1.
    let number: Int
    let total: Int
    let ensemble: any Ensemble
    /// Existing folders, one on each disk that the servers' logs lie on; empty where they are not ours.
    let logDisks: [String]
    /// Of those disks; empty where one of them has none.
    let calibrations: [Calibration]
    /// Of the strategy.
    let durability: SummaryRow.Durability
    /// Operations a second of this load against the null target; nil where it was not asked for.
    let generatorBound: Double?
    let folder: ResultsFolder
    let progress: ProgressLine
    let workload: String
    let environment: Measure.Environment
    let commit: String
    let sessionStart: Timestamp
    let loops: any EventLoopGroup
    /// Its part, if its load takes turns with another build's.
    let turn: LoadTurn?

    /// Makes the run.
    ///
    /// - Throws: `TargetError`, `ClientError`, `ResultsError`; the ensemble may still run then.
    func execute() async throws -> Outcome {
        let start = try await start()
        let played = try await play(start)
        let (journal, result) = (start.journal, played.result)
        let stages = try record(played, start)
        var row = row(of: played, start, stages: stages)
        var proof = await prove(result, row: &row, journal: journal)
        if let earlier = played.earlier { proof = await prove(earlier: earlier, proof: proof, journal: journal) }
        row.invalidReasons = RunValidity.reasons(facts(result), proof: proof)
        if played.faultFailure != nil { row.invalidReasons.append("not all faults could be made") }
        await stop(journal)
        try journal.check()
        return Outcome(
            row: row,
            isViolated: proof.isViolated,
            isProven: proof == .proven,
            wasInterrupted: result.interrupted,
            elections: played.elections,
            failure: played.faultFailure
        )
    }

    // MARK: The ensemble

    /// An ensemble that serves, and what it said of itself.
    private struct Start {
        var leader: (server: EnsembleServer, report: MonitorReport?)?
        var tag: RunTag
        var journal: EventJournal
    }

    private func start() async throws -> Start {
        progress.show(run: number, of: total, fraction: 0, text: "starting \(planned.ensemble.size) servers")
        let began = zb_unix_nanoseconds()
        try await ensemble.start()
        let reports = await ensemble.reports()
        let leader = reports.first { $0.report?.isLeading == true }
        let tag = self.tag(system: leader?.report?.system ?? "unknown")
        let journal = EventJournal(folder: folder, tag: tag, progress: progress, startedAt: began)
        journal.record("run_started", detail: summary, at: began)
        for server in ensemble.servers {
            let pid = ensemble.pid(of: server.id).map { ", pid \($0)" } ?? ""
            journal.record("server_serving", server: server.id, detail: "\(server.endpoint)\(pid)")
        }
        journal.record(
            "leader_elected",
            server: leader?.server.id,
            detail: leader?.report?["zab_epoch"].map { "epoch \($0)" }
        )
        try journal.check()
        return Start(leader: leader, tag: tag, journal: journal)
    }

    private func stop(_ journal: EventJournal) async {
        await ensemble.stop()
        if planned.ensemble.placement != .external { journal.record("servers_stopped") }
    }

    // MARK: The load

    /// What became of the load, and of the servers meanwhile.
    private struct Played {
        /// The closed loop that the rate is a share of.
        var earlier: LoadResult?
        var result: LoadResult
        var samples: ServerSampler.Samples
        var elections: [ElectionRow]
        /// Why not all faults could be made.
        var faultFailure: (any Error)?
    }

    private func play(_ start: Start) async throws -> Played {
        let (journal, leader) = (start.journal, start.leader?.server.endpoint)
        if let faults = planned.faults {
            try await prepareFaults(faults, endpoints: (leader.map { [$0] } ?? []) + ensemble.endpoints)
        }
        var plan = planned.load
        var earlier: LoadResult?
        if let share = planned.rateShare, case .open(_, let arrivals) = plan.mode {
            let closed = try await closedLoop(leader: leader)
            plan.mode = .open(ratePerSecond: share * closed.achievedPerSecond, arrivals: arrivals)
            journal.record("closed_loop", detail: "\(ConsoleTable.grouped(closed.achievedPerSecond))/s achieved")
            earlier = closed
        }

        let sampler = ServerSampler(ensemble: ensemble, disks: logDisks, isTracing: planned.load.traceEvery > 0)
        await sampler.start()
        let loadStart = zb_monotonic_nanoseconds()
        do {
            guard let faults = planned.faults else {
                let result = try await load(plan, leader: leader, sampler: sampler)
                return Played(earlier: earlier, result: result, samples: await sampler.finish(), elections: [])
            }
            let faulted = try await loadWithFaults(plan, faults, leader: leader, sampler: sampler, journal: journal)
            return Played(
                earlier: earlier,
                result: faulted.result,
                samples: await sampler.finish(),
                elections: ElectionRows.rows(faulted.faults, result: faulted.result, planned: planned, tag: start.tag),
                faultFailure: faulted.failure
            )
        } catch {
            let history = await sampler.finish().servers
            if Task.isCancelled { journal.record("interrupted") } else { journal.record("failed", detail: "\(error)") }
            let cause = await failure(error, journal: journal)
            await stop(journal)
            // What the servers did until then is the evidence of a failure.
            for row in SeriesRows.servers(history, tag: start.tag, loadStart: loadStart) {
                try? folder.append(row)
            }
            throw cause
        }
    }

    // MARK: The row of the run

    private func row(of played: Played, _ start: Start, stages: [StageRow]) -> SummaryRow {
        let (result, history) = (played.result, played.samples.servers)
        let servers = ensemble.servers.map(\.id)
        var row = SummaryRow(
            tag: start.tag,
            startedAt: Timestamp(unixNanoseconds: result.startedAtUnixNanoseconds),
            workload: workload,
            placement: planned.ensemble.placement.rawValue
        )
        fill(&row, version: start.leader?.report?.version, leaderID: start.leader?.server.id)
        row.take(result)
        row.take(generatorBound: generatorBound)
        row.take(history, servers: servers, result: result)
        row.context.turnMilliseconds = turn?.turns.milliseconds
        if turn != nil {
            // In turns half of what the machine did was the other's, and no limit of this one.
            row.forgetShares()
            let busy = facts(result).generatorBusyShare
            row.context.generatorBusyShare = busy
            row.context.isGeneratorLimited = busy >= RunValidity.generatorBusyShare
        } else {
            row.take(played.samples.devices, result: result)
            row.take(calibrations, history: history, servers: servers, result: result)
            row.findLimiter(
                wireBytesPerSecond: ensemble.isShared ? nil : calibrations.map(\.loopback.bytesPerSecond).min(),
                stages: stages
            )
        }
        return row
    }

    /// By which the run is judged.
    private func facts(_ result: LoadResult) -> RunValidity.Facts {
        var facts = RunValidity.Facts(result)
        // The generator had half of the time, too.
        if turn != nil { facts.generatorBusyShare *= 2 }
        // Connections that break are what a fault is about, and stand in its row.
        if planned.faults != nil {
            facts.errors = result.errorsTotal - result.connectionLosses
            // What was lost on a broken connection was done with, and queues no more.
            facts.achievedPerSecond += Double(result.connectionLosses) / max(result.measuredSeconds, 1e-9)
        }
        return facts
    }

    private var summary: String {
        let load = "\(planned.load.mode.name), \(planned.load.clients)x\(planned.load.outstanding)"
        let injected = planned.ensemble.injection.words
        return
            (["\(planned.ensemble.size) servers", load, planned.ensemble.linksInWords]
            + (injected.isEmpty ? [] : ["injected: \(injected)"])).filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private func tag(system: String) -> RunTag {
        RunTag(planned, id: "\(folder.name)-\(number)", system: system)
    }

    private func fill(_ row: inout SummaryRow, version: String?, leaderID: Int?) {
        row.systemVersion = version
        if planned.ensemble.placement != .external {
            row.batchPolicy = planned.ensemble.log.commit.batching.label
            row.log.inFlight = planned.ensemble.log.commit.inFlight
            row.durability = durability
            row.log.directories = planned.ensemble.log.directories.rawValue
            row.links = planned.ensemble.linksInWords
            row.injected = planned.ensemble.injection.words
        }
        row.load = SummaryRow.Load(planned)
        row.context.leaderID = leaderID
        row.context.cores = environment.cores
        row.context.isTraced = planned.load.traceEvery > 0
        // Servers elsewhere do not share our cores.
        let local =
            ensemble.isShared ? planned.ensemble.size : ensemble.servers.count { ensemble.pid(of: $0.id) != nil }
        row.context.isMachineLimited = local > environment.cores
        row.context.orderIndex = number
        row.context.seed = planned.load.seed
        row.context.environmentDigest = environment.digest
        row.context.commit = commit
    }

    /// - Parameter doing: how far a run is whose length the load does not know, and what happens in it.
    func load(
        _ plan: LoadPlan,
        leader: Endpoint?,
        sampler: ServerSampler,
        control: LoadControl? = nil,
        doing: (@Sendable () -> (fraction: Double, words: String))? = nil
    ) async throws -> LoadResult {
        let phase = Mutex(ProgressSample.Phase.connecting)
        let (number, total, progress) = (number, total, progress)
        // A second's cut lies exactly where the measured part begins and ends; half a millisecond is for rounding.
        let borders = [plan.warmUpSeconds, plan.warmUpSeconds + plan.durationSeconds].map { $0 - 0.0005 }
        let label = "\(planned.ensemble.size) servers"
        return try await LoadGenerator.run(
            plan: plan,
            endpoints: ensemble.endpoints,
            leader: leader,
            eventLoopGroup: loops,
            cleansUpOnFailure: planned.ensemble.placement == .external,
            control: control,
            turn: turn
        ) { sample in
            // Counters at the ends of the measured part, for the costs per write: between samples they are interpolated,
            // and a second of a noisy machine is not like the next.
            let isNew = phase.withLock { known in
                defer { known = sample.phase }
                return known != sample.phase
            }
            let isBorder =
                sample.second.map { second in
                    borders.contains {
                        $0 <= second.elapsedSeconds && second.elapsedSeconds - second.lengthSeconds < $0
                    }
                } ?? false
            if isNew || isBorder { sampler.sampleSoon() }
            let now = doing?()
            var text = "\(label), \(now?.words ?? sample.phase.words)"
            if let second = sample.second {
                let rate = Double(second.completed) / max(second.lengthSeconds, 1e-9)
                text += ", \(ConsoleTable.grouped(rate))/s"
                let p99 = second.responseP99Nanoseconds.map { Double($0) / 1000 }
                text += ", p99 \(ConsoleTable.latency(microseconds: p99))"
            }
            progress.show(run: number, of: total, fraction: now?.fraction ?? sample.fraction, text: text)
        }
    }

    /// An error of the load, with the last words of servers that have ended.
    ///
    /// A server that stops closes its connections before its process has ended, so an error of the load waits a little
    /// for the cause: the server's log goes with its data.
    private func failure(_ error: any Error, journal: EventJournal) async -> any Error {
        if error is CancellationError { return error }
        if !Task.isCancelled, planned.ensemble.placement == .processes { await waitForAnyExit(seconds: 2) }
        var cause: TargetError?
        for server in ensemble.servers {
            guard let exit = ensemble.exit(of: server.id) else { continue }
            journal.record("server_ended", server: server.id, detail: exit)
            cause =
                cause
                ?? TargetError(
                    "the load failed (\(error)) since server \(server.id) ended (\(exit)); its last words:",
                    evidence: ensemble.lastLogLines(of: server.id, count: 8)
                )
        }
        return cause ?? TargetError("the load failed: \(error)")
    }

    /// Waits until one of the servers' processes has ended, at most so long.
    private func waitForAnyExit(seconds: Double) async {
        let (ended, arrival) = AsyncStream<Void>.makeStream()
        let waiting = Task { [ensemble] in
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

    // MARK: What is written of it

    /// - Returns: the rows of stages.csv, if the run was traced.
    private func record(_ played: Played, _ start: Start) throws -> [StageRow] {
        try recordLoad(played.result, samples: played.samples, start)
        let stages = try recordStages(played.result, samples: played.samples, start)
        for row in played.elections { try folder.append(row) }
        if let failure = played.faultFailure { start.journal.record("failed", detail: "\(failure)") }
        return stages
    }

    private func recordStages(
        _ result: LoadResult,
        samples: ServerSampler.Samples,
        _ start: Start
    ) throws -> [StageRow] {
        guard planned.load.traceEvery > 0, let leader = start.leader?.server.id else { return [] }
        let rows = StageRows.rows(
            result,
            servers: ensemble.servers.map(\.id),
            leader: leader,
            timelines: samples.timelines,
            tag: start.tag
        )
        for row in rows { try folder.append(row) }
        return rows
    }

    private func recordLoad(_ result: LoadResult, samples: ServerSampler.Samples, _ start: Start) throws {
        let (tag, journal) = (start.tag, start.journal)
        let measured = result.startedAtUnixNanoseconds
        let warmUp = Int64(result.plan.warmUpSeconds * 1e9)
        let end = measured + Int64(result.measuredSeconds * 1e9)
        journal.record("load_started", detail: "\(result.plan.clients) sessions", at: measured - warmUp)
        journal.record("warmup_over", at: measured)
        let offset = measured - Int64(clamping: result.startedAtMonotonicNanoseconds)
        for outage in result.outages {
            journal.record(
                "connection_lost",
                detail: "session \(outage.session), \(outage.endpointBefore)",
                at: Int64(clamping: outage.lostAtNanoseconds) + offset
            )
            guard outage.firstAnswerNanoseconds > 0 else { continue }
            journal.record(
                "connection_restored",
                detail: "session \(outage.session), \(outage.endpointAfter)",
                at: Int64(clamping: outage.firstAnswerNanoseconds) + offset
            )
        }
        journal.record(result.interrupted ? "interrupted" : "load_ended", at: end)
        for row in SeriesRows.seconds(result, tag: tag) { try folder.append(row) }
        let loadStart = result.startedAtMonotonicNanoseconds &- UInt64(clamping: warmUp)
        if let complaint = samples.traceComplaint { journal.record("trace_failed", detail: complaint) }
        let rows = SeriesRows.servers(samples.servers, tag: tag, loadStart: loadStart, timelines: samples.timelines)
        for row in rows { try folder.append(row) }
        try recordLatencies(result)
    }

    private func recordLatencies(_ result: LoadResult) throws {
        let start = Double(sessionStart.unixNanoseconds) / 1e9
        for (clock, histogram) in [("response", result.response), ("service", result.service)] {
            let interval = LatencyLog.Interval(
                tag: "\(number)_\(clock)",
                startSeconds: Double(result.startedAtUnixNanoseconds) / 1e9 - start,
                lengthSeconds: result.measuredSeconds,
                histogram: histogram
            )
            try folder.append(
                try LatencyLog.line(for: interval),
                to: "latency.hlog",
                header: LatencyLog.header(
                    startSecondsSinceEpoch: start,
                    creator: "zabbench \(ProgramVersion.text), values in nanoseconds"
                )
            )
        }
    }

    /// Reads everything back, and compares the servers' own digests.
    private func prove(_ result: LoadResult, row: inout SummaryRow, journal: EventJournal) async -> RunValidity.Proof {
        guard !Task.isCancelled, !result.interrupted else {
            if !result.interrupted { journal.record("interrupted") }
            await removeKeys(result)
            return .notAttempted
        }
        progress.show(run: number, of: total, fraction: 1, text: "reading every acknowledged write back")
        let digests = row.tag.system == "zabbench" ? await ensemble.commonDigest(seconds: 10) : nil
        let verification = await Verifier.verify(
            result.ledger,
            endpoints: ensemble.endpoints,
            eventLoopGroup: loops
        )
        row.take(verification, digests: digests)
        let proof = RunValidity.Proof(verification, digests: digests, wantsDigests: row.tag.system == "zabbench")
        switch proof {
        case .notAttempted: break
        case .proven: journal.record("verified", detail: "\(verification.acknowledgedVerified) writes found")
        case .unverified(let why): journal.record("not_verified", detail: why)
        case .violated(let why): journal.record("violated", detail: why)
        }
        await removeKeys(result)
        return proof
    }

    /// Reads back what the closed loop wrote before the measured load, too.
    private func prove(
        earlier: LoadResult,
        proof: RunValidity.Proof,
        journal: EventJournal
    ) async -> RunValidity.Proof {
        guard proof == .proven else { return proof }
        let found = RunValidity.Proof(
            await Verifier.verify(earlier.ledger, endpoints: ensemble.endpoints, eventLoopGroup: loops),
            digests: nil,
            wantsDigests: false
        )
        await removeKeys(earlier)
        if found != .proven { journal.record("violated", detail: "the closed loop's writes: \(found)") }
        return found
    }

    /// Leaves somebody else's servers as they were; ours lose all their data anyway. In a task of its own, so that an
    /// interrupted run does it too.
    private func removeKeys(_ result: LoadResult) async {
        guard planned.ensemble.placement == .external else { return }
        let (endpoints, loops) = (ensemble.endpoints, loops)
        await Task {
            await LoadGenerator.removeKeys(of: result.ledger, endpoints: endpoints, eventLoopGroup: loops)
        }.value
    }
}

extension ProgressSample.Phase {
    /// As the progress bar says it.
    fileprivate var words: String {
        switch self {
        case .connecting: "connecting"
        case .creatingKeys: "creating the keys"
        case .warmUp: "warming up"
        case .measuring: "measuring"
        case .draining: "waiting for the last answers"
        }
    }
}

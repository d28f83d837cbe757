import Client
import Log
import Measure
import Report
import Results
import Targets
import Workload

/// A run as it is reported: its row, and what the session must know of it.
struct JudgedRun: Sendable {
    var row: SummaryRow
    /// An acknowledged write was lost or reordered, or the servers differ.
    var isViolated: Bool
    /// Whether every acknowledged write was looked for and found.
    var isProven: Bool
    var wasInterrupted: Bool
    /// One for each fault.
    var elections: [ElectionRow] = []
    /// What became of a storm's crowd.
    var storm: StormRow?
    /// Why not all faults could be made; what was seen until then stands.
    var failure: (any Error)?
    /// What the servers ran with.
    var settings: SystemSettings?
}

extension BenchRun {
    /// Makes the row of a run, reads its acknowledged writes back, and says what the row is worth.
    func judge(_ evidence: RecordedEvidence) async -> JudgedRun {
        let played = evidence.played
        let (journal, result) = (played.started.journal, played.result)
        var row = row(of: evidence)
        warnOfOthers(row, played.samples, journal)
        var proof = await prove(result, row: &row, journal: journal)
        if let earlier = played.earlier { proof = await prove(earlier: earlier, proof: proof, journal: journal) }
        if let storm = played.storm { proof = prove(storm, row: &row, proof: proof, journal: journal) }
        var facts = facts(result)
        facts.failingStall = played.failingStall
        row.invalidReasons = RunValidity.reasons(facts, proof: proof)
        if let reason = played.storm?.invalidReason { row.invalidReasons.append(reason) }
        if played.faultFailure != nil { row.invalidReasons.append("not all faults could be made") }
        return JudgedRun(
            row: row,
            isViolated: proof.isViolated,
            isProven: proof == .proven,
            wasInterrupted: result.interrupted,
            elections: proof.isViolated ? played.elections.map(\.withoutFigures) : played.elections,
            storm: proof.isViolated ? nil : evidence.storm,
            failure: played.faultFailure,
            settings: played.started.settings
        )
    }

    // MARK: The row

    private func row(of evidence: RecordedEvidence) -> SummaryRow {
        let (started, result) = (evidence.played.started, evidence.played.result)
        let (history, devices) = (evidence.played.samples.servers, evidence.played.samples.devices)
        let servers = site.ensemble.servers.map(\.id)
        var row = SummaryRow(
            tag: started.tag,
            startedAt: Timestamp(unixNanoseconds: result.startedAtUnixNanoseconds),
            workload: outputs.workload,
            placement: run.planned.ensemble.placement.rawValue
        )
        let leaders = started.leaders.map(\.server.id)
        // Of several no one is the run's.
        let isSharded = run.planned.ensemble.shards > 1
        fill(&row, version: started.leader?.report?.version, leaderID: isSharded ? nil : leaders.first)
        row.capacityPerSecond = evidence.played.capacityPerSecond
        row.noteLoad(result)
        row.notePrecision(result)
        row.noteRecipe(result)
        if run.planned.faults == nil, run.planned.load.storm == nil {
            row.plannedSeconds = run.planned.load.durationSeconds
        }
        row.noteGeneratorBound(machine.generatorBound)
        row.noteServerCosts(history, servers: servers, leaders: leaders, result: result)
        row.noteOthers(evidence.played.samples.foreign, result: result, turn: run.turn)
        row.context.turnMilliseconds = run.turn?.turns.milliseconds
        if run.turn != nil {
            // In turns half of what the machine did was the other's, and no limit of this one.
            row.forgetShares()
            let busy = facts(result).generatorBusyShare
            row.context.generatorBusyShare = busy
            row.context.isGeneratorLimited = busy >= RunValidity.generatorBusyShare
        } else {
            row.noteDevices(devices, result: result)
            row.noteDiskFloor(machine.calibrations, result: result)
            // The floor is that of a lone write, and a recipe is several; the limits are those of one ensemble.
            if result.recipe == nil, !isSharded {
                row.noteLimits(machine.calibrations, history: history, servers: servers, result: result)
            }
            row.findLimiter(
                wireBytesPerSecond: site.ensemble.isShared
                    ? nil : machine.calibrations.map(\.loopback.bytesPerSecond).min(),
                stages: evidence.stages
            )
        }
        return row
    }

    /// By which the run is judged.
    private func facts(_ result: LoadResult) -> RunValidity.Facts {
        var facts = RunValidity.Facts(result)
        if run.planned.load.replay != nil { facts.fixedLength = .recording }
        facts.isTimeUp = run.planned.load.precision != nil && result.isTimeUp
        // The generator had half of the time, too.
        if run.turn != nil {
            facts.generatorBusyShare *= 2
            facts.fixedLength = .turns
        }
        // A yardstick's client is a part of the floor.
        if result.yardstick != nil { facts.generatorBusyShare = 0 }
        if run.planned.faults != nil { facts.fixedLength = .faults }
        // Answers that are lost are what a fault or a stall is about, and stand in its row.
        if run.planned.faults != nil || run.planned.ensemble.injection.isStall {
            facts.errors = result.errorsTotal - result.lostOperations
            // What was lost was done with, and queues no more.
            facts.achievedPerSecond += Double(result.lostOperations) / max(result.measuredSeconds, 1e-9)
        }
        if run.planned.load.storm != nil {
            facts.fixedLength = .storm
            // Reads that wait for the servers, or break with them, are what a storm is about, and stand in its row.
            facts.isOpenLoop = false
            facts.errors = result.errorsTotal - result.lostOperations
            facts.operationsUnfinished = 0
        }
        return facts
    }

    private func fill(_ row: inout SummaryRow, version: String?, leaderID: Int?) {
        row.systemVersion = version
        if run.planned.ensemble.hasPlannedLog {
            row.batchPolicy = run.planned.ensemble.log.commit.batching.label
            row.log.inFlight = run.planned.ensemble.log.commit.inFlight
            row.durability = machine.durability
        }
        if run.planned.ensemble.placement != .external {
            row.log.directories = run.planned.ensemble.log.directories.rawValue
            row.links = run.planned.ensemble.linksInWords
            row.observers = run.planned.ensemble.observers
            row.shards = run.planned.ensemble.shards
            row.injected = run.planned.ensemble.injection.words
        }
        row.load = SummaryRow.Load(run.planned)
        row.objective = SummaryRow.Objective(run.planned.objective)
        row.context.leaderID = leaderID
        row.context.cores = machine.environment.cores
        row.context.isTraced = run.planned.load.traceEvery > 0
        // Servers elsewhere do not share our cores.
        let ensemble = site.ensemble
        let local =
            ensemble.isShared
            ? run.planned.ensemble.allServers : ensemble.servers.count { ensemble.pid(of: $0.id) != nil }
        row.context.isMachineLimited = local > machine.environment.cores
        row.context.orderIndex = run.number
        row.context.seed = run.planned.load.seed
        row.context.environmentDigest = machine.environment.digest
        row.context.commit = machine.commit
    }

    // MARK: The proof

    /// Reads everything back, and compares the servers' own digests.
    private func prove(_ result: LoadResult, row: inout SummaryRow, journal: EventJournal) async -> RunValidity.Proof {
        guard !Task.isCancelled, !result.interrupted else {
            if !result.interrupted { journal.record("interrupted") }
            await removeKeys(result)
            return .notAttempted
        }
        show("reading back")
        let wantsDigests = row.tag.system == "zabbench"
        if let outcome = result.recipe {
            let digests = wantsDigests ? await site.ensemble.commonDigest(seconds: 10) : nil
            return prove(outcome, row: &row, digests: digests, journal: journal)
        }
        var findings: [ShardFindings] = []
        for (ledger, shard) in zip(result.ledgers, site.ensemble.shards) {
            let digests = wantsDigests ? await shard.commonDigest(seconds: 10) : nil
            let verification =
                if let writes = result.yardstick {
                    yardstickVerification(writes)
                } else {
                    await verify(ledger, on: shard)
                }
            findings.append(ShardFindings(verification: verification, digests: digests))
        }
        row.noteProof(findings)
        let proof = RunValidity.Proof(findings, wantsDigests: wantsDigests)
        switch proof {
        case .notAttempted: break
        case .proven:
            let found = findings.reduce(0) { $0 + $1.verification.acknowledgedVerified }
            journal.record("verified", detail: "\(found) writes found")
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
        // A yardstick's log has both loads, and was read as one.
        guard earlier.yardstick == nil else { return proof }
        guard proof != .notAttempted else {
            await removeKeys(earlier)
            return proof
        }
        var findings: [ShardFindings] = []
        for (ledger, shard) in zip(earlier.ledgers, site.ensemble.shards) {
            findings.append(ShardFindings(verification: await verify(ledger, on: shard), digests: nil))
        }
        let found = RunValidity.Proof(findings, wantsDigests: false).of("the closed loop's writes")
        switch found {
        case .proven, .notAttempted: break
        case .unverified(let why): journal.record("not_verified", detail: why)
        case .violated(let why): journal.record("violated", detail: why)
        }
        await removeKeys(earlier)
        return proof.joined(with: found)
    }

    private func verify(_ ledger: AcknowledgedWrites, on shard: any Ensemble) async -> Verification {
        await Verifier.verify(
            ledger,
            endpoints: shard.endpoints,
            observers: shard.observers,
            eventLoopGroup: site.loops,
            client: site.client
        )
    }

    /// Leaves somebody else's servers as they were; ours lose all their data anyway. In a task of its own, so that an
    /// interrupted run does it too.
    private func removeKeys(_ result: LoadResult) async {
        // Recipes have removed theirs.
        guard result.recipe == nil else { return }
        guard run.planned.ensemble.placement == .external else { return }
        let (endpoints, loops, client) = (site.ensemble.endpoints, site.loops, site.client)
        await Task {
            await LoadGenerator.removeKeys(
                of: result.ledger,
                endpoints: endpoints,
                eventLoopGroup: loops,
                client: client
            )
        }.value
    }
}

import Client
import Histogram
import Log
import Measure
import Report
import Results
import Targets
import Workload

extension SummaryRow.Load {
    init(_ run: PlannedRun) {
        self.init()
        point = run.loadName
        mode = run.load.mode.name
        clients = run.load.clients
        outstanding = run.load.outstanding
        payloadBytes = run.load.payloadBytes
        // Where it is a share of what the machine can do, every run has its own, which stands in offered_per_s.
        ratePerSecond = run.rateShare == nil ? run.load.mode.ratePerSecond : nil
        connectTo = run.load.connectTo.rawValue
        mix = run.load.mix.text
        keys = run.load.keys
        warmUpSeconds = run.load.warmUpSeconds
    }

    /// As it stands in the manifest, every default written out.
    func members(of plan: LoadPlan) -> [String: String] {
        [
            "mode": mode, "clients": "\(clients)", "outstanding": "\(outstanding)", "payload_bytes": "\(payloadBytes)",
            "rate_per_s": CSVValue.number(ratePerSecond).plain, "connect_to": connectTo, "mix": mix, "keys": "\(keys)",
            "warmup_s": CSVValue.number(warmUpSeconds).plain,
            "duration_s": CSVValue.number(plan.durationSeconds).plain, "seed": "\(plan.seed)",
            "session_timeout_ms": "\(plan.sessionTimeoutMilliseconds)", "trace_every": "\(plan.traceEvery)",
        ]
    }
}

extension PlannedRun {
    /// What a manifest says of a run beyond its load.
    var faultMembers: [String: String] {
        var members: [String: String] = [:]
        if let rateShare { members["rate_share"] = CSVValue.number(rateShare).plain }
        guard let faults else { return members }
        members["faults"] = faults.order(seed: load.seed).map(\.rawValue).joined(separator: " ")
        members["fault_pause_s"] = CSVValue.number(faults.pauseSeconds).plain
        members["watches"] = "\(faults.watches)"
        members["state_znodes"] = "\(faults.state.znodes)"
        members["state_data_bytes"] = "\(faults.state.dataBytes)"
        members["proxied"] = "\(ensemble.links.isProxied)"
        return members
    }
}

extension RunTag {
    init(_ run: PlannedRun, id: String, system: String) {
        self.init(
            runID: id,
            repeatNumber: run.repeatNumber,
            system: system,
            ensembleSize: run.ensemble.size,
            fsyncStrategy: run.ensemble.placement == .external ? nil : run.ensemble.log.strategy.label
        )
    }
}

extension OperationMix {
    /// `set:100`, `set:10 get:90`.
    var text: String {
        [("set", set), ("get", get), ("create", create), ("delete", delete), ("exists", exists)]
            .filter { $0.1 > 0 }.map { "\($0.0):\($0.1)" }.joined(separator: " ")
    }
}

extension RunValidity.Facts {
    init(_ result: LoadResult) {
        self.init()
        interrupted = result.interrupted
        measuredSeconds = result.measuredSeconds
        operationsPlanned = result.planned
        operationsCompleted = result.completed
        operationsUnfinished = result.unfinished
        errors = result.errorsTotal
        isOpenLoop = result.plan.mode.ratePerSecond != nil
        offeredPerSecond = result.offeredPerSecond
        achievedPerSecond = result.achievedPerSecond
        generatorBusyShare = result.generatorBusyShare
    }
}

extension RunValidity.Proof {
    /// - Parameter digests: of our servers' whole state; nil where they have none.
    init(_ verification: Verification, digests: DigestComparison?, wantsDigests: Bool) {
        let reached = verification.servers.count { $0.failure == nil }
        if reached < verification.quorum {
            self = .unverified(verification.complaint ?? "too few servers could be read")
        } else if !verification.isProven {
            self = .violated(verification.complaint ?? "the verifier refuses the run")
        } else if let digests, !digests.agree {
            self = .violated("the servers' own digests differ at zxid 0x\(String(digests.zxid, radix: 16))")
        } else if wantsDigests, digests == nil {
            self = .unverified("the servers did not come to the same zxid in time, so their digests were not compared")
        } else {
            self = .proven
        }
    }

    var isViolated: Bool {
        if case .violated = self { true } else { false }
    }
}

extension SummaryRow {
    mutating func take(_ result: LoadResult) {
        durationSeconds = result.measuredSeconds
        offeredPerSecond = result.offeredPerSecond
        achievedPerSecond = result.achievedPerSecond
        errors = result.errorsTotal
        response = LatencyFigures(nanoseconds: result.response)
        service = LatencyFigures(nanoseconds: result.service)
        context.isGeneratorLimited = result.generatorBusyShare >= RunValidity.generatorBusyShare
        context.generatorBusyShare = result.generatorBusyShare
        context.generatorMicrosecondsPerOperation = result.generatorMicrosecondsPerOperation
        context.operationsCompleted = result.completed
        context.writesMeasured = result.writesCompleted
        context.unfinished = result.unfinished
        context.outages = result.outages.count
        context.longestSilenceSeconds = result.longestSilenceSeconds
    }

    mutating func take(_ verification: Verification, digests: DigestComparison?) {
        proof.writesAcknowledged = verification.writesAcknowledged
        proof.acknowledgedVerified = verification.acknowledgedVerified
        proof.ambiguous = verification.ambiguous
        proof.reordered = verification.reordered
        proof.digestsAgree = verification.digestsAgree && digests?.agree != false
        if let digests, digests.agree, let digest = digests.digests.first {
            let hex = String(digest, radix: 16)
            proof.digest = String(repeating: "0", count: 16 - hex.count) + hex
            proof.digestZxid = "0x" + String(digests.zxid, radix: 16)
        }
    }

    /// Costs per write, from the servers' counters over the measured part alone.
    mutating func take(_ history: ServerHistory, servers: [Int], result: LoadResult) {
        let from = result.startedAtMonotonicNanoseconds
        let to = from + UInt64(max(0, result.measuredSeconds) * 1e9)
        func sum(_ counter: String) -> Double? { history.growth(of: counter, servers: servers, from: from, to: to) }
        // Ticks are ten milliseconds, a part in a hundred of a short run.
        let cpu = sum("cpu_us") ?? sum("cpu_user_us").flatMap { user in sum("cpu_system_us").map { user + $0 } }
        if result.writesCompleted > 0 {
            let writes = Double(result.writesCompleted)
            cost.syncsPerWrite = sum("syncs").map { $0 / writes }
            cost.logBytesPerWrite = sum("log_bytes_written").map { $0 / writes }
            cost.bytesWrittenPerWrite = cost.logBytesPerWrite ?? sum("storage_bytes_written").map { $0 / writes }
            cost.allocationsPerWrite = sum("allocations").map { $0 / writes }
            cost.cpuMicrosecondsPerWrite = cpu.map { $0 / writes }
        }
        guard result.measuredSeconds > 0 else { return }
        cost.busyCores = cpu.map { ($0 / 1e6 + result.generatorCPUSeconds) / result.measuredSeconds }
        if let leader = context.leaderID {
            cost.leaderSyncsPerSecond = history.growth(of: "syncs", server: leader, from: from, to: to)
                .map { $0 / result.measuredSeconds }
            cost.leaderSyncShare = history.growth(of: "sync_time_us", server: leader, from: from, to: to)
                .map { $0 / 1e6 / result.measuredSeconds }
        }
        takeLog(history, servers: servers, result: result, from: from, to: to)
        takeLeader(history, result: result, from: from, to: to)
        context.limiterHint = limiter
    }

    /// Empties what is a share of the whole time, half of which was another load's.
    mutating func forgetShares() {
        cost.busyCores = nil
        cost.leaderSyncShare = nil
        leader.loopUtilization = nil
        leader.logUtilization = nil
        leader.loopWaitShare = nil
        context.limiterHint = nil
        context.longestSilenceSeconds = nil
    }

    /// What the leader spent between two moments.
    private mutating func takeLeader(_ history: ServerHistory, result: LoadResult, from: UInt64, to: UInt64) {
        guard let id = context.leaderID else { return }
        func growth(_ counter: String) -> Double? { history.growth(of: counter, server: id, from: from, to: to) }
        func share(_ counter: String) -> Double? { growth(counter).map { $0 / 1e6 / result.measuredSeconds } }
        leader.loopUtilization = share("cpu_loop_us")
        leader.logUtilization = share("cpu_log_us")
        leader.loopWaitShare = share("loop_wait_us")
        guard result.writesCompleted > 0 else { return }
        let writes = Double(result.writesCompleted)
        leader.bytesOutPerWrite = growth("bytes_out").map { $0 / writes }
        leader.loopMicrosecondsPerWrite = growth("cpu_loop_us").map { $0 / writes }
        leader.logMicrosecondsPerWrite = growth("cpu_log_us").map { $0 / writes }
    }

    /// How the logs were written between two moments.
    private mutating func takeLog(
        _ history: ServerHistory,
        servers: [Int],
        result: LoadResult,
        from: UInt64,
        to: UInt64
    ) {
        log.syncsPerSecond = history.growth(of: "syncs", servers: servers, from: from, to: to)
            .map { $0 / result.measuredSeconds }
        if let payload = Self.payloadBytes(of: result) {
            log.logBytesPerPayloadByte = history.growth(of: "log_bytes_written", servers: servers, from: from, to: to)
                .map { $0 / payload }
        }
        guard let leader = context.leaderID else { return }
        if let records = history.growth(of: "records_logged", server: leader, from: from, to: to),
            let groups = history.groupCommits(server: leader, from: from, to: to), groups > 0
        {
            let mean = records / groups
            log.batchMean = mean
            let writesPerSecond = Double(result.writesCompleted) / result.measuredSeconds
            if let syncs = cost.leaderSyncsPerSecond, syncs > 0, mean > 0 {
                log.identityRatio = writesPerSecond / (syncs * mean)
            }
        }
        if let buckets = BatchBuckets(history, server: leader, from: from, to: to) {
            log.batchP50AtMost = buckets.bound(holding: 0.5)
            log.batchP99AtMost = buckets.bound(holding: 0.99)
            log.batchMaxAtMost = buckets.bound(holding: 1)
        }
    }

    /// What the disks did in the measured part.
    mutating func take(_ devices: DeviceHistory, result: LoadResult) {
        guard result.measuredSeconds > 0 else { return }
        let from = result.startedAtMonotonicNanoseconds
        let growth = devices.growth(from: from, to: from + UInt64(result.measuredSeconds * 1e9))
        device.flushesPerSecond = growth.flushes.map { $0 / result.measuredSeconds }
        device.writesPerSecond = growth.writes.map { $0 / result.measuredSeconds }
        if result.writesCompleted > 0 {
            device.flushesPerWrite = growth.flushes.map { $0 / Double(result.writesCompleted) }
        }
        if let payload = Self.payloadBytes(of: result) {
            device.writtenBytesPerPayloadByte = growth.bytesWritten.map { $0 / payload }
        }
    }

    /// Data in the acknowledged writes; nil where some of them are deletes, which have none and are not counted apart.
    private static func payloadBytes(of result: LoadResult) -> Double? {
        guard result.writesCompleted > 0, result.plan.mix.delete == 0 else { return nil }
        return Double(result.writesCompleted) * Double(result.plan.payloadBytes)
    }

    /// What is used nearly up; the generator first, since then nothing else was tried.
    private var limiter: String? {
        if let share = context.generatorBusyShare, share >= 0.9 { return "generator" }
        if let busy = cost.busyCores, context.cores > 0, busy >= 0.9 * Double(context.cores) { return "cpu" }
        if let share = cost.leaderSyncShare, share >= 0.8 { return "disk" }
        return nil
    }
}

/// Rows of the series files.
enum SeriesRows {
    static func seconds(_ result: LoadResult, tag: RunTag) -> [SecondRow] {
        let warmUp = Int64(result.plan.warmUpSeconds * 1e9)
        return result.samples.map { sample in
            let end = result.startedAtUnixNanoseconds - warmUp + Int64(sample.elapsedSeconds * 1e9)
            let length = max(sample.lengthSeconds, 1e-9)
            return SecondRow(
                tag: tag,
                time: Timestamp(unixNanoseconds: end),
                elapsedSeconds: sample.elapsedSeconds,
                lengthSeconds: sample.lengthSeconds,
                phase: sample.isWarmUp ? "warmup" : "measured",
                offeredPerSecond: Double(sample.offered) / length,
                achievedPerSecond: Double(sample.completed) / length,
                errors: sample.errors,
                responseP50Microseconds: sample.responseP50Nanoseconds.map { Double($0) / 1000 },
                responseP99Microseconds: sample.responseP99Nanoseconds.map { Double($0) / 1000 },
                responseMaxMicroseconds: sample.responseMaxNanoseconds.map { Double($0) / 1000 },
                sessionsConnected: sample.sessionsConnected
            )
        }
    }

    /// - Parameters:
    ///   - loadStart: CLOCK_MONOTONIC at the start of the load, warm-up included.
    ///   - timelines: by server, where batches were traced.
    static func servers(
        _ history: ServerHistory,
        tag: RunTag,
        loadStart: UInt64,
        timelines: [Int: BatchTimeline] = [:]
    ) -> [ServerRow] {
        var rows: [ServerRow] = []
        for id in history.serverIDs {
            let samples = history.samples(of: id)
            for (one, next) in zip(samples, samples.dropFirst()) {
                let length = Double(next.monotonicNanoseconds - one.monotonicNanoseconds) / 1e9
                var counters: [ServerCounter: UInt64] = [:]
                for counter in ServerCounter.allCases {
                    // A counter that went back belongs to a new process, and its growth to no row.
                    guard let before = one.counters[counter.rawValue], let after = next.counters[counter.rawValue],
                        after >= before
                    else { continue }
                    counters[counter] = after - before
                }
                var gauges: [ServerGauge: UInt64] = [:]
                for gauge in ServerGauge.allCases { gauges[gauge] = next.gauges[gauge.rawValue] }
                var row =
                    ServerRow(
                        tag: tag,
                        time: Timestamp(unixNanoseconds: next.unixNanoseconds),
                        elapsedSeconds: (Double(next.monotonicNanoseconds) - Double(loadStart)) / 1e9,
                        lengthSeconds: length,
                        serverID: id,
                        state: next.state,
                        pid: next.pid,
                        counters: counters,
                        gauges: gauges,
                        lastZxid: next.lastZxid
                    )
                if let timeline = timelines[id] {
                    let residence = timeline.residence(from: one.monotonicNanoseconds, to: next.monotonicNanoseconds)
                    row.logQueueMicroseconds = residence.logQueue.map { $0 / 1000 }
                    row.syncMicroseconds = residence.sync.map { $0 / 1000 }
                }
                rows.append(row)
            }
        }
        return rows
    }
}

import Client
import Histogram
import Measure
import Report
import Results
import Targets
import Workload

extension SummaryRow {
    /// What the load did and how long it took.
    mutating func noteLoad(_ result: LoadResult) {
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

    /// How well the p99 is known, of a load that went on for that.
    mutating func notePrecision(_ result: LoadResult) {
        guard result.plan.precision != nil else { return }
        precision.responseP99 = result.responseP99Precision
        precision.isTimeUp = result.isTimeUp
        guard result.isTimeUp, result.completed < RunValidity.fewestOperations else { return }
        // It would rest on no operation at all.
        (response.p999Microseconds, service.p999Microseconds) = (nil, nil)
    }

    /// What was read back, and whether the servers agree.
    mutating func noteProof(_ verification: Verification, digests: DigestComparison?) {
        proof.writesAcknowledged = verification.writesAcknowledged
        proof.acknowledgedVerified = verification.acknowledgedVerified
        proof.ambiguous = verification.ambiguous
        proof.reordered = verification.reordered
        noteDigests(digests)
        proof.digestsAgree = verification.digestsAgree && digests?.agree != false
    }

    /// Whether the servers' own digests agree, and which one it is.
    mutating func noteDigests(_ digests: DigestComparison?) {
        proof.digestsAgree = digests?.agree
        if let digests, digests.agree, let digest = digests.digests.first {
            let hex = String(digest, radix: 16)
            proof.digest = String(repeating: "0", count: 16 - hex.count) + hex
            proof.digestZxid = "0x" + String(digests.zxid, radix: 16)
        }
    }

    /// Costs per write, from the servers' counters over the measured part alone.
    ///
    /// - Parameter leaders: one for each shard; nil for the row's. Of several, what is spent for a write is their sum by all
    ///   writes, and a rate or a share is that of the busiest.
    mutating func noteServerCosts(
        _ history: ServerHistory,
        servers: [Int],
        leaders known: [Int]? = nil,
        result: LoadResult
    ) {
        let leaders = known ?? context.leaderID.map { [$0] } ?? []
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
            // Of what reads cost, too, nobody can say what was for the writes.
            let isWrites = !result.plan.mix.isMixed && result.recipe == nil
            cost.allocationsPerWrite = isWrites ? sum("allocations").map { $0 / writes } : nil
            // A turn's last writes are done in the other load's turn, so its borders are where both are known. Turns compare
            // builds under one mix.
            cost.cpuMicrosecondsPerWrite =
                TurnRow.microsecondsPerWrite(result.turns) ?? (isWrites ? cpu.map { $0 / writes } : nil)
        }
        noteKinds(result, cpuMicroseconds: result.turns.isEmpty ? cpu : nil)
        guard result.measuredSeconds > 0 else { return }
        cost.busyCores = cpu.map { ($0 / 1e6 + result.generatorCPUSeconds) / result.measuredSeconds }
        func most(_ counter: String) -> Double? {
            history.greatestGrowth(of: counter, servers: leaders, from: from, to: to)
        }
        cost.leaderSyncsPerSecond = most("syncs").map { $0 / result.measuredSeconds }
        cost.leaderSyncShare = most("sync_time_us").map { $0 / 1e6 / result.measuredSeconds }
        noteLog(history, servers: servers, leaders: leaders, result: result, from: from, to: to)
        noteLeaders(leaders, history, result: result, from: from, to: to)
        context.limiterHint = limiter
    }

    /// Empties what is a share of the whole time, half of which was another load's.
    mutating func forgetShares() {
        cost.busyCores = nil
        cost.leaderSyncShare = nil
        (leader.busyCores, leader.busiestThread, leader.busiestThreadShare) = (nil, nil, nil)
        leader.loopUtilization = nil
        leader.logUtilization = nil
        leader.loopWaitShare = nil
        context.limiterHint = nil
        context.longestSilenceSeconds = nil
    }

    /// What the leader spent between two moments, or all of them together.
    private mutating func noteLeaders(
        _ leaders: [Int],
        _ history: ServerHistory,
        result: LoadResult,
        from: UInt64,
        to: UInt64
    ) {
        func growth(_ counter: String) -> Double? { history.growth(of: counter, servers: leaders, from: from, to: to) }
        func most(_ counter: String) -> Double? {
            history.greatestGrowth(of: counter, servers: leaders, from: from, to: to)
        }
        func share(_ counter: String) -> Double? { most(counter).map { $0 / 1e6 / result.measuredSeconds } }
        leader.loopUtilization = share("cpu_loop_us")
        leader.logUtilization = share("cpu_log_us")
        leader.loopWaitShare = share("loop_wait_us")
        leader.bytesOutPerSecond = most("bytes_out").map { $0 / result.measuredSeconds }
        leader.busyCores = share("cpu_us")
        let threads = leaders.compactMap { history.busiestThread(of: $0, from: from, to: to) }
        if let busiest = threads.max(by: { $0.microseconds < $1.microseconds }) {
            leader.busiestThread = busiest.name
            leader.busiestThreadShare = busiest.microseconds / 1e6 / result.measuredSeconds
        }
        guard result.writesCompleted > 0 else { return }
        let writes = Double(result.writesCompleted)
        // Reads have answers, and take the loop's time.
        if !result.plan.mix.isMixed, result.recipe == nil {
            leader.bytesOutPerWrite = growth("bytes_out").map { $0 / writes }
            leader.loopMicrosecondsPerWrite = growth("cpu_loop_us").map { $0 / writes }
        }
        leader.logMicrosecondsPerWrite = growth("cpu_log_us").map { $0 / writes }
    }

    /// How the logs were written between two moments.
    private mutating func noteLog(
        _ history: ServerHistory,
        servers: [Int],
        leaders: [Int],
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
        func sum(_ counter: String) -> Double? { history.growth(of: counter, servers: leaders, from: from, to: to) }
        let groups = leaders.compactMap { history.groupCommits(server: $0, from: from, to: to) }.reduce(0, +)
        if let records = sum("records_logged"), groups > 0 {
            let mean = records / groups
            log.batchMean = mean
            let writesPerSecond = Double(result.writesCompleted) / result.measuredSeconds
            // Without writes, or in a storm, what is logged are sessions alone.
            let isOfWrites = writesPerSecond > 0 && load.storm.isEmpty
            if isOfWrites, let syncs = sum("syncs"), syncs > 0, mean > 0 {
                log.identityRatio = writesPerSecond / (syncs / result.measuredSeconds * mean)
            }
        }
        guard leaders.count == 1, let leader = leaders.first else { return }
        if let buckets = BatchBuckets(history, server: leader, from: from, to: to) {
            log.batchP50AtMost = buckets.bound(holding: 0.5)
            log.batchP99AtMost = buckets.bound(holding: 0.99)
            log.batchMaxAtMost = buckets.bound(holding: 1)
        }
    }

    /// What the disks did in the measured part.
    mutating func noteDevices(_ devices: DeviceHistory, result: LoadResult) {
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
        guard result.writesCompleted > 0, result.plan.mix.delete == 0, result.recipe == nil else { return nil }
        return Double(result.writesCompleted * result.plan.multi) * Double(result.plan.payloadBytes)
    }

    /// The resource that is nearly exhausted; the generator first, since then nothing else was tried.
    private var limiter: String? {
        if let share = context.generatorBusyShare, share >= 0.9 { return "generator" }
        if let busy = cost.busyCores, let cores = context.cores, cores > 0, busy >= 0.9 * Double(cores) { return "cpu" }
        if let share = cost.leaderSyncShare, share >= 0.8 { return "disk" }
        return nil
    }
}

import Results

extension SummaryRow {
    /// Notes what the run was limited by. Call it last: it needs the other figures.
    ///
    /// - Parameters:
    ///   - wireBytesPerSecond: what the loopback takes, if it was calibrated.
    ///   - stages: the run's rows of stages.csv.
    public mutating func findLimiter(wireBytesPerSecond: Double?, stages: [StageRow] = []) {
        var facts = Limiter.Facts()
        facts.generatorBusyShare = context.generatorBusyShare
        facts.isGeneratorLimited = context.isGeneratorLimited
        facts.busyCores = cost.busyCores
        facts.cores = context.cores ?? 0
        facts.syncShare = cost.leaderSyncShare
        facts.loopUtilization = leader.loopUtilization
        facts.logUtilization = leader.logUtilization
        facts.loopWaitShare = leader.loopWaitShare
        facts.leaderThread = leaderThread
        if durationSeconds > 0 {
            let writesPerSecond = Double(context.writesMeasured) / durationSeconds
            facts.egressBytesPerSecond =
                leader.bytesOutPerSecond ?? leader.bytesOutPerWrite.map { $0 * writesPerSecond }
        }
        facts.wireBytesPerSecond = limits.isValid == false ? nil : wireBytesPerSecond
        facts.foreign = foreign.load
        facts.isOpenLoop = load.ratePerSecond != nil || load.ofCapacity != nil
        facts.window = load.clients * load.outstanding
        facts.achievedPerSecond = achievedPerSecond
        facts.largestStage =
            stages.filter { $0.kind == .ledger && $0.quantile == "p50" && $0.serverID == nil }
            .compactMap { row in row.share.map { (row.stage, $0) } }
            .max { $0.1 < $1.1 }
        guard let found = Limiter.find(facts) else { return }
        leader.limiter = found.limiter.rawValue
        leader.limiterEvidence = found.evidence
    }

    /// What the row says it was limited by; nil where it says nothing, or nothing that this version knows.
    var limiter: Limiter? { leader.limiter.flatMap(Limiter.init(rawValue:)) }

    /// The leader's busiest thread, and its share of the time on a processor.
    var leaderThread: (name: String, share: Double)? {
        leader.busiestThread.flatMap { name in leader.busiestThreadShare.map { (name, $0) } }
    }

    /// The measured part by the writes in it; nil without any.
    var microsecondsPerWrite: Double? {
        context.writesMeasured > 0 ? durationSeconds * 1e6 / Double(context.writesMeasured) : nil
    }
}

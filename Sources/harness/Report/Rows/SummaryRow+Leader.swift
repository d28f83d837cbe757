extension SummaryRow {
    /// What the leader spent in the measured part, and what the run was limited by.
    public struct LeaderFigures: Sendable, Equatable {
        /// Sent to clients and followers, for each acknowledged write.
        public var bytesOutPerWrite: Double?
        /// Processor time by elapsed time, of the thread of its event loop and of those of its log.
        public var loopUtilization: Double?
        public var logUtilization: Double?
        /// The share of the time in which the loop's thread was ready and had no processor.
        public var loopWaitShare: Double?
        public var loopMicrosecondsPerWrite: Double?
        public var logMicrosecondsPerWrite: Double?
        /// As `Limiter` says it.
        public var limiter: String?
        public var limiterEvidence: String?
        public init() {}
    }

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
        facts.cores = context.cores
        facts.syncShare = cost.leaderSyncShare
        facts.loopUtilization = leader.loopUtilization
        facts.logUtilization = leader.logUtilization
        facts.loopWaitShare = leader.loopWaitShare
        if durationSeconds > 0 {
            let writesPerSecond = Double(context.writesMeasured) / durationSeconds
            facts.egressBytesPerSecond = leader.bytesOutPerWrite.map { $0 * writesPerSecond }
        }
        facts.wireBytesPerSecond = wireBytesPerSecond
        facts.isOpenLoop = load.ratePerSecond != nil
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

    static let leaderColumns: [CSVColumn<SummaryRow>] = [
        CSVColumn("leader_bytes_out_per_write") { .number($0.leader.bytesOutPerWrite) },
        CSVColumn("leader_loop_utilization") { .number($0.leader.loopUtilization) },
        CSVColumn("leader_log_utilization") { .number($0.leader.logUtilization) },
        CSVColumn("leader_loop_wait_share") { .number($0.leader.loopWaitShare) },
        CSVColumn("leader_loop_us_per_write") { .number($0.leader.loopMicrosecondsPerWrite) },
        CSVColumn("leader_log_us_per_write") { .number($0.leader.logMicrosecondsPerWrite) },
        CSVColumn("limiter") { .text($0.leader.limiter) },
        CSVColumn("limiter_evidence") { .text($0.leader.limiterEvidence) },
        CSVColumn("traced") { .flag($0.context.isTraced) },
    ]
}

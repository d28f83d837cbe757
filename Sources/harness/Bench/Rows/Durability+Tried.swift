import Log
import Report
import Results
import Simulator
import Workload

extension SummaryRow.Durability {
    /// What the simulator's verdicts say of a log as it is run. Nothing, unless it was tried like that: the same strategy
    /// with the same batching and as many groups in flight.
    init(of log: PlannedLog, verdicts: [StrategyTrial.Candidate: DurabilityVerdict]) {
        if let verdict = verdicts[log.candidate] { self.init(verdict) } else { self.init() }
    }
}

extension PlannedLog {
    /// What of it the simulator tries.
    var candidate: StrategyTrial.Candidate { StrategyTrial.Candidate(strategy, commit) }
}

import Log
import Report
import Workload

extension SummaryRow.Durability {
    /// What the simulator's verdicts say of a log as it is run. Nothing, unless it was tried like that: the trials write
    /// one group after another, each as it comes (`CommitOptions.natural`), so they prove nothing about other batching or
    /// about several groups in flight.
    ///
    /// - Parameter verdicts: by the strategy's label.
    init(of log: PlannedLog, verdicts: [String: DurabilityVerdict]) {
        if log.commit == .natural, let verdict = verdicts[log.strategy.label] {
            self.init(verdict)
        } else {
            self.init()
        }
    }
}

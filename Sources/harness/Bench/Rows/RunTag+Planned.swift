import Log
import Report
import Results
import Workload

extension RunTag {
    init(_ run: PlannedRun, id: String, system: String) {
        self.init(
            runID: id,
            repeatNumber: run.repeatNumber,
            system: system,
            ensembleSize: run.ensemble.size,
            fsyncStrategy: run.ensemble.hasPlannedLog ? run.ensemble.log.strategy.label : nil
        )
    }
}

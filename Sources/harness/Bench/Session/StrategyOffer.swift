import Log
import Report
import Results
import Workload

/// Which of a workload's strategies the kernel, the file system and the device offer where the logs will lie.
struct StrategyOffer {
    private struct Place: Hashable {
        var strategy: SyncStrategy
        var directories: LogDirectories
    }

    private var reasons: [Place: String] = [:]
    /// In the order of the workload, each strategy once.
    private(set) var skipped: [SkippedRuns] = []

    /// Tries each strategy once in each folder.
    ///
    /// - Parameters:
    ///   - data: an existing folder where the servers' data will lie, and their logs unless they have folders of their
    ///     own.
    ///   - logs: existing folders for the logs that have; empty if those are below `data` too.
    ///   - objection: why a strategy cannot be had in a folder; nil if it can.
    init(
        runs: [PlannedRun],
        data: String,
        logs: [String],
        objection: (SyncStrategy, String) throws -> String?
    ) rethrows {
        var tried: [Place: String?] = [:]
        for run in runs where run.ensemble.hasPlannedLog {
            let log = run.ensemble.log
            let place = Place(strategy: log.strategy, directories: log.directories)
            guard tried[place] == nil else { continue }
            var found: String?
            for folder in log.directories == .separate && !logs.isEmpty ? logs : [data] {
                found = try objection(log.strategy, folder)
                if found != nil { break }
            }
            tried[place] = .some(found)
            guard let found else { continue }
            reasons[place] = found
            let skip = SkippedRuns(strategy: log.strategy.label, reason: found)
            if !skipped.contains(skip) { skipped.append(skip) }
        }
    }

    /// Why a run is not made; nil if it is.
    func reason(for run: PlannedRun) -> String? {
        guard run.ensemble.hasPlannedLog else { return nil }
        return reasons[Place(strategy: run.ensemble.log.strategy, directories: run.ensemble.log.directories)]
    }
}

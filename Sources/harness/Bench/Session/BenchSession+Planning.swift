import Client
import Log
import Workload

extension BenchSession {
    /// The runs to make. With servers that run already the ensemble is what it is: runs that differ in nothing else are
    /// one run.
    ///
    /// - Throws: `UsageError` where the file wants servers that nobody named.
    static func runs(of file: WorkloadFile, endpoints: [Endpoint]?) throws -> [PlannedRun] {
        let planned = file.plannedRuns()
        guard let endpoints else {
            guard file.ensemble.placement != .external else {
                throw UsageError(
                    "\(file.source) says placement: external; name the servers with --connect host:port,..."
                )
            }
            return planned
        }
        guard file.faults == nil else {
            throw UsageError(
                "\(file.source) injects faults, which is done to servers of ours only; leave out --connect"
            )
        }
        guard !file.ensemble.links.isProxied, file.ensemble.injection == PlannedInjection() else {
            throw UsageError(
                "--connect: \(file.source) has a links or inject section, and nothing can be put between or into servers "
                    + "that run already; leave --connect out, or remove the section"
            )
        }
        struct Load: Hashable {
            var repeatNumber: Int
            var name: String
            var plan: LoadPlan
        }
        var seen: Set<Load> = []
        var runs: [PlannedRun] = []
        for var run in planned {
            run.ensemble.placement = .external
            run.ensemble.size = endpoints.count
            run.load.runID = ""
            let load = Load(repeatNumber: run.repeatNumber, name: run.loadName, plan: run.load)
            guard seen.insert(load).inserted else { continue }
            run.index = runs.count
            runs.append(run)
        }
        return runs
    }
}

extension PlannedLog {
    /// What a line about a run of a sweep adds: `, fdatasync_recycled, overlapped, 4 in flight, separate directories`.
    var words: String {
        var text = ", \(strategy.label), \(commit.batching.label)"
        if let explicitInFlight { text += ", \(explicitInFlight) in flight" }
        return directories == .separate ? text + ", separate directories" : text
    }
}

import Report
import Results
import Targets
import Workload

/// Runs that ended with their servers while those of other systems go on, and what is left out because of them.
struct FailedRuns {
    /// In their order.
    private(set) var list: [FailedRun] = []
    /// Whether a run that fails leaves others to be made: with one system alone it ends the session.
    private let hasSeveralSystems: Bool
    /// Ensembles that a run was made on: they can serve, whatever became of another run.
    private var proven: Set<PlannedEnsemble> = []
    /// Ensembles that never served, with the run that has shown it. They would fail again, each after its whole patience.
    private var hopeless: [PlannedEnsemble: String] = [:]

    /// - Parameter made: the runs that the session makes.
    init(_ made: [PlannedRun]) { hasSeveralSystems = Set(made.map(\.ensemble.system)).count > 1 }

    mutating func made(_ run: PlannedRun) { proven.insert(run.ensemble) }

    /// Why a run is left out; nil where it is made.
    func reason(for run: PlannedRun) -> String? {
        hopeless[run.ensemble].map { "not made, since \($0) failed on such servers" }
    }

    /// Notes a run that failed.
    ///
    /// - Returns: what the user is told, one line, with the server's last words below it.
    /// - Throws: the error, with the run and its system in it, where the session cannot go on: nobody's servers ended, or
    ///   there are no others.
    mutating func note(_ error: any Error, of run: PlannedRun, number: Int, id: String) throws -> String {
        guard let failure = error as? TargetError, let fault = failure.fault, run.ensemble.placement != .external else {
            throw error
        }
        let system = run.ensemble.system.rawValue
        let name = "run \(number) (\(system), \(Count(run.ensemble.serverCount, "server")))"
        guard hasSeveralSystems else {
            throw TargetError("\(name): \(failure.message)", evidence: failure.evidence)
        }
        let isHopeless = fault == .neverServed && !proven.contains(run.ensemble)
        if isHopeless { hopeless[run.ensemble] = "run \(number)" }
        list.append(FailedRun(run: id, system: system, reason: failure.summary))
        let rest = isHopeless ? "others on such servers are left out, and the rest goes on" : "the others go on"
        return TargetError("\(name) failed; \(rest): \(failure.message)", evidence: failure.evidence).description
    }

    /// A run that is not even tried.
    mutating func leaveOut(_ run: PlannedRun, id: String, reason: String) {
        list.append(FailedRun(run: id, system: run.ensemble.system.rawValue, reason: reason))
    }
}

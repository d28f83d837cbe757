import Results
import Workload

/// What a closed loop achieves on the ensembles that have a curve: measured before the first of its points in each
/// repeat, and shared by the others, which run on ensembles of their own. So all rates of one curve are shares of one
/// figure, whose noise moves the curve and does not bend it.
struct CurveCapacities: Sendable {
    private struct Curve: Hashable {
        var repeatNumber: Int
        var name: String
        var ensemble: PlannedEnsemble
        var load: LoadPlan

        init(_ run: PlannedRun) {
            repeatNumber = run.repeatNumber
            name = run.loadName
            ensemble = run.ensemble
            load = run.load
            // What is each run's own.
            load.runID = ""
            load.place = LoadPlace()
        }
    }

    private var perSecond: [Curve: Double] = [:]

    /// Nil where nobody has measured it yet, and for what is no curve's point.
    subscript(run: PlannedRun) -> Double? { run.curvePoints > 0 ? perSecond[Curve(run)] : nil }

    /// Keeps what a run has found, or had found before it. A capacity is no better than its proof: where writes were lost, or
    /// nobody could look for them, the next point measures it anew.
    mutating func note(_ outcome: JudgedRun, before run: PlannedRun) {
        guard run.curvePoints > 0, outcome.isProven, let capacity = outcome.row.capacityPerSecond else { return }
        perSecond[Curve(run)] = capacity
    }
}

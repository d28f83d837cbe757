import Report
import Simulator

/// What `zabbench exact` found. All of its outputs are made of this, so none says more than another.
public struct ExactResult: Sendable {
    /// Without loads if nothing was counted, since there is no baseline.
    public var measurement: ExactMeasurement
    /// The refusal is of a baseline that cannot be read, or is not there.
    public var comparison: Result<ExactComparison, ExactBaselineError>
    /// Where the baseline lies.
    public var baseline: String
    /// Whether the baseline was written anew: then nothing that differs is a failure.
    public var isUpdate: Bool

    public init(
        _ measurement: ExactMeasurement,
        _ comparison: Result<ExactComparison, ExactBaselineError>,
        baseline: String,
        isUpdate: Bool = false
    ) {
        self.measurement = measurement
        self.comparison = comparison
        self.baseline = baseline
        self.isUpdate = isUpdate
    }

    /// Nothing was counted: there is nothing to hold it against.
    public init(refused error: ExactBaselineError, baseline: String) {
        self.init(
            ExactMeasurement(loads: [], counts: [], compiler: nil),
            .failure(error),
            baseline: baseline
        )
    }

    /// 0 all equal or written anew, 2 a count differs, 5 there is no baseline or it is of something else.
    public var exitCode: ExitStatus {
        guard !isUpdate else { return .pass }
        guard case .success(let comparison) = comparison else { return .notComparable }
        return comparison.exitCode
    }

    /// By workload and metric.
    var differences: [ExactDifference] { (try? comparison.get())?.differences ?? [] }

    /// Why something does not compare, a line each.
    var obstacles: [String] {
        switch comparison {
        case .success(let comparison): comparison.obstacles
        case .failure(let error): isUpdate ? [] : [error.description]
        }
    }

    /// What was not compared, and need not be.
    var notes: [String] { (try? comparison.get())?.notes ?? [] }

    /// All that stands between the counts and the conclusion, a line each.
    var findings: [String] {
        guard case .success = comparison else { return [] }
        return differences.map(\.description) + obstacles + notes
    }

    /// The workloads in the order of the tables; those that only the baseline has come last.
    var workloads: [String] {
        var names = measurement.loads.map(\.name)
        for difference in differences where !names.contains(difference.workload) { names.append(difference.workload) }
        return names
    }

    /// The result in one line, without what to do about it.
    var headline: String {
        let changes = (try? comparison.get())?.changes ?? []
        if isUpdate {
            guard case .success = comparison else { return "\(baseline): written, there was none that could be read" }
            let isSame = differences.isEmpty && obstacles.isEmpty
            return
                "\(baseline): written, \(isSame ? "nothing has changed" : "\(differences.count) counts have changed")"
        }
        switch comparison {
        case .failure(let error): return error.description
        case .success(let comparison):
            switch comparison.exitCode {
            case .pass: return "\(comparison.compared) counts, all as in \(baseline)"
            case .regression:
                let kinds = ExactDifference.Kind.allCases.compactMap { kind in
                    let count = changes.count { $0.kind == kind }
                    return count > 0 ? "\(count) \(kind.rawValue)" : nil
                }
                return "\(changes.count) of \(comparison.compared) counts differ from \(baseline): "
                    + kinds.joined(separator: ", ")
            default: return "\(baseline) is of something else"
            }
        }
    }

    /// What to do; nil if nothing needs to be done, or the headline says it.
    var advice: String? {
        guard !isUpdate, case .success(let comparison) = comparison else { return nil }
        switch comparison.exitCode {
        case .pass: return nil
        case .regression:
            // A baseline that is not true would hide the next regression.
            let isMeant = comparison.changes.allSatisfy { $0.kind == .better }
            return (isMeant ? "" : "if that is meant, ") + "update the baseline with --update, and commit it"
        default: return "if that is meant, make it anew with --update"
        }
    }

    var conclusion: String { advice.map { "\(headline); \($0)" } ?? headline }
}

import Report

/// What `zabbench exact --instructions` found. All of its outputs are made of this.
public struct InstructionResult: Sendable {
    /// Nil if nothing was counted, since there is nothing to hold it against, or no means.
    public var measurement: InstructionMeasurement?
    public var comparison: Result<InstructionComparison, ExactBaselineError>
    /// The path of the baseline.
    public var baseline: String
    /// Whether the baseline was written anew: then nothing that differs is a failure.
    public var isUpdate: Bool

    public init(
        _ measurement: InstructionMeasurement?,
        _ comparison: Result<InstructionComparison, ExactBaselineError>,
        baseline: String,
        isUpdate: Bool = false
    ) {
        self.measurement = measurement
        self.comparison = comparison
        self.baseline = baseline
        self.isUpdate = isUpdate
    }

    /// Nothing was counted.
    ///
    /// - Parameter reason: one line that says what to do.
    public init(refused reason: String, baseline: String) {
        self.init(nil, .failure(ExactBaselineError(description: reason)), baseline: baseline)
    }

    /// 0 all equal or written anew, 2 a load point differs, 5 there is no baseline or it is of something else.
    public var exitCode: ExitStatus {
        guard !isUpdate else { return .pass }
        guard case .success(let comparison) = comparison else { return .notComparable }
        return comparison.exitCode
    }

    var differences: [InstructionDifference] { (try? comparison.get())?.differences ?? [] }

    /// Why something does not compare, a line each.
    var obstacles: [String] {
        switch comparison {
        case .success(let comparison): isUpdate ? [] : comparison.obstacles
        case .failure(let error): isUpdate ? [] : [error.description]
        }
    }

    var notes: [String] { isUpdate ? [] : (try? comparison.get())?.notes ?? [] }

    /// The result in one line.
    var conclusion: String {
        let changes = (try? comparison.get())?.changes ?? []
        let kinds = [InstructionDifference.Kind.regressed, .better].compactMap { kind in
            let count = changes.count { $0.kind == kind }
            return count > 0 ? "\(count) \(kind.rawValue)" : nil
        }
        let counts = kinds.joined(separator: ", ")
        if isUpdate {
            return "\(baseline): written\(changes.isEmpty ? "" : "; \(counts)")"
        }
        switch comparison {
        case .failure(let error): return error.description
        case .success(let comparison):
            switch comparison.exitCode {
            case .pass:
                return "\(comparison.compared.count) load points need as many instructions as in \(baseline), "
                    + "within \(InstructionText.percent(InstructionComparison.threshold).dropFirst())"
            case .regression:
                let isMeant = changes.allSatisfy { $0.kind == .better }
                return "instructions differ from \(baseline): \(counts); \(isMeant ? "" : "if that is meant, ")"
                    + "update the baseline with --instructions --update, and commit it"
            default:
                return "\(baseline) is of something else; make it anew with --instructions --update, and commit it"
            }
        }
    }
}

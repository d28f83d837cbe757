import Report

/// An exact result as JUnit XML: one case for the baseline and one for each load point. A count that differs fails its
/// load point, a lower one too; what does not compare is an error.
public enum ExactJUnit {
    private static let suite = "exact"

    public static func text(_ result: ExactResult) -> String {
        var properties = [
            JUnitDocument.Property("verdict", result.conclusion),
            JUnitDocument.Property("baseline", result.baseline),
            JUnitDocument.Property("engine", ExactMeasurement.engine),
        ]
        if let compiler = result.measurement.compiler {
            properties.append(JUnitDocument.Property("compiler", compiler))
        }
        properties += result.notes.map { JUnitDocument.Property("note", $0) }
        let cases =
            [JUnitDocument.Case(group: suite, name: "baseline", baseline(result))]
            + result.workloads.map { name in
                JUnitDocument.Case(group: suite, name: name, outcome(of: name, in: result))
            }
        return JUnitDocument(
            name: "zabbench exact",
            suites: [JUnitDocument.Suite(name: suite, properties: properties, cases: cases)]
        ).text
    }

    private static func baseline(_ result: ExactResult) -> JUnitDocument.Outcome {
        if result.isUpdate { return .passed((result.obstacles + [result.headline]).joined(separator: "\n")) }
        return result.obstacles.isEmpty ? .passed(nil) : .error(result.obstacles.joined(separator: "\n"))
    }

    private static func outcome(of workload: String, in result: ExactResult) -> JUnitDocument.Outcome {
        let differences = result.differences.filter { $0.workload == workload }
        let words = differences.map { "\($0.kind.rawValue): \($0.words)" }.joined(separator: "\n")
        if result.isUpdate { return .passed(words.isEmpty ? nil : words) }
        let kinds = Set(differences.map(\.kind))
        for kind in [ExactDifference.Kind.regressed, .changed, .better] where kinds.contains(kind) {
            return .failed(type: kind.rawValue, message: words)
        }
        // Only one side has it.
        guard differences.isEmpty else { return .error(words) }
        let compared = (try? result.comparison.get())?.compared(of: workload) ?? 0
        guard compared > 0 else { return .skipped("none of its counts was compared; the case baseline says why") }
        return .passed("\(compared) counts as in the baseline")
    }
}

import Report
import Statistics

/// A comparison as JUnit XML: a suite for each load, a case for each metric. A regression is a failure, what is
/// inconclusive is skipped, and a lost write is an error.
public enum ComparisonJUnit {
    public static func text(_ comparison: Comparison) -> String {
        let groups = comparison.groups.map { group in
            JUnitDocument.Suite(
                name: group.label,
                cases: group.metrics.map { metric in
                    JUnitDocument.Case(group: group.label, name: metric.metric.name, outcome(metric))
                }
            )
        }
        return JUnitDocument(name: "zabbench", suites: [proof(comparison)] + groups).text
    }

    /// What is no metric: lost writes, loads without a result, and all that a reader must know of the comparison.
    private static func proof(_ comparison: Comparison) -> JUnitDocument.Suite {
        let reach = comparison.reachText.map { [JUnitDocument.Property("reach", $0)] } ?? []
        let properties =
            reach + [
                JUnitDocument.Property("verdict", comparison.headline),
                JUnitDocument.Property("baseline", comparison.baseline.text),
                JUnitDocument.Property("candidate", comparison.candidate.text),
                JUnitDocument.Property("method", comparison.method),
            ]
        let writes: JUnitDocument.Outcome = comparison.violated.isEmpty ? .passed(nil) : .error(comparison.headline)
        return JUnitDocument.Suite(
            name: "runs",
            properties: properties + comparison.remarks.map { JUnitDocument.Property("note", $0) },
            cases: [JUnitDocument.Case(group: "runs", name: "acknowledged writes", writes)]
                + comparison.failed.map { label in
                    JUnitDocument.Case(group: "runs", name: label, .error("the candidate has no valid run"))
                }
        )
    }

    private static func outcome(_ metric: Comparison.Metric) -> JUnitDocument.Outcome {
        switch metric.verdict {
        case .regressed: .failed(type: metric.verdict.rawValue, message: metric.sentence)
        case .inconclusive: .skipped(metric.sentence)
        case .improved, .equivalent: .passed("\(metric.word), \(metric.sentence)")
        }
    }
}

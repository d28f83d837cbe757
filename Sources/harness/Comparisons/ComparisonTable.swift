import Report
import Statistics

/// A comparison for a terminal.
public enum ComparisonTable {
    public static func text(_ comparison: Comparison, isColoured: Bool = false) -> String {
        var text = comparison.reachText.map { $0 + "\n" } ?? ""
        text += "Baseline:  \(comparison.baseline.text)\nCandidate: \(comparison.candidate.text)\n"
        for remark in comparison.remarks { text += "Note: \(remark)\n" }
        for group in comparison.groups {
            var table = ConsoleTable(columns: [
                ("metric", .left), ("baseline", .right), ("candidate", .right), ("ratio", .right),
                (Figures.percent(comparison.confidence) + " interval", .right), ("p", .right), ("runs", .right),
                ("sees", .right), ("verdict", .left), ("why", .left),
            ])
            for (index, metric) in group.metrics.enumerated() {
                table.rows.append([
                    metric.metric.name, Figures.value(metric.baseline?.median), Figures.value(metric.candidate?.median),
                    Figures.ratio(metric.ratio), Figures.interval(metric.interval), Figures.p(metric.adjustedP),
                    metric.runs(comparison.design), metric.sees, metric.word, metric.why,
                ])
                if metric.verdict == .regressed { table.red[index] = [8] }
            }
            text += "\n\(group.label)\n" + table.text(isColoured: isColoured)
        }
        return text + "\n\(comparison.method)\nVerdict: \(comparison.headline)\n"
    }
}

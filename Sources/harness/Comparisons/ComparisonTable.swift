import Report
import Statistics

/// A comparison for a terminal.
public enum ComparisonTable {
    public static func text(_ comparison: Comparison, on display: Display = .document) -> String {
        var text = comparison.reachText.map { display.wrapped($0) + "\n" } ?? ""
        text += "Baseline:  \(comparison.baseline.text)\nCandidate: \(comparison.candidate.text)\n"
        text += display.paragraphs(comparison.remarks.map { "Note: \($0)" })
        for group in comparison.groups {
            var table = ConsoleTable(columns: [
                .init("metric", .left), .init("baseline", .right, rank: 4), .init("candidate", .right, rank: 4),
                .init("ratio", .right), .init(Figures.percent(comparison.confidence) + " interval", .right, rank: 1),
                .init("p", .right, rank: 5), .init("runs", .right, rank: 6), .init("sees", .right, rank: 3),
                .init("verdict", .left), .init("why", .left, rank: 2, isProse: true),
            ])
            for (index, metric) in group.metrics.enumerated() {
                table.rows.append([
                    metric.metric.name, Figures.value(metric.baseline?.median), Figures.value(metric.candidate?.median),
                    Figures.ratio(metric.ratio), Figures.interval(metric.interval), Figures.p(metric.adjustedP),
                    metric.runs(comparison.design), metric.sees, metric.word, metric.why,
                ])
                if metric.verdict == .regressed { table.red[index] = [8] }
            }
            text += "\n\(display.wrapped(group.label))\n" + table.text(on: display)
        }
        return text + "\n" + display.paragraphs([comparison.method, "Verdict: \(comparison.headline)"])
    }
}

import Report
import Statistics

/// A comparison as a pull request's summary, in GitHub's Markdown.
public enum ComparisonMarkdown {
    public static func text(_ comparison: Comparison) -> String {
        var text = "### zabbench: \(MarkdownText.escaped(comparison.headline))\n\n"
        if let reach = comparison.reachText { text += "\(MarkdownText.escaped(reach)).\n\n" }
        text += "| | |\n|---|---|\n"
        text += "| Baseline | \(MarkdownText.escaped(comparison.baseline.text)) |\n"
        text += "| Candidate | \(MarkdownText.escaped(comparison.candidate.text)) |\n\n"
        for remark in comparison.remarks { text += "> **Note:** \(MarkdownText.escaped(remark))\n\n" }
        for group in comparison.groups {
            text += "**\(MarkdownText.escaped(group.label))**\n\n"
            text +=
                "| Metric | Baseline | Candidate | Change | \(Figures.percent(comparison.confidence)) interval of the ratio "
            text += "| p | Runs | Sees | Verdict | Why |\n|---|--:|--:|--:|--:|--:|--:|--:|---|---|\n"
            for metric in group.metrics {
                let verdict = metric.verdict == .regressed ? "**regressed**" : metric.word
                let cells = [
                    metric.metric.name, Figures.value(metric.baseline?.median), Figures.value(metric.candidate?.median),
                    Figures.change(metric.ratio), Figures.interval(metric.interval), Figures.p(metric.adjustedP),
                    metric.runs(comparison.design), metric.sees,
                ]
                text +=
                    "| "
                    + (cells.map(MarkdownText.escaped) + [verdict, MarkdownText.escaped(metric.why)]).joined(
                        separator: " | "
                    ) + " |\n"
            }
            text += "\n"
        }
        return text + "\(MarkdownText.escaped(comparison.method)).\n"
    }
}

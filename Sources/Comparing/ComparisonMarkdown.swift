import Measure
import Statistics

/// A comparison as a pull request's summary, in GitHub's Markdown.
public enum ComparisonMarkdown {
    public static func text(_ comparison: Comparison) -> String {
        var text = "### zabbench: \(escaped(comparison.headline))\n\n"
        text += "| | |\n|---|---|\n"
        text += "| Baseline | \(escaped(comparison.baseline.text)) |\n"
        text += "| Candidate | \(escaped(comparison.candidate.text)) |\n\n"
        for remark in comparison.remarks { text += "> **Note:** \(escaped(remark))\n\n" }
        for group in comparison.groups {
            text += "**\(escaped(group.label))**\n\n"
            text +=
                "| Metric | Baseline | Candidate | Change | \(Figures.percent(comparison.confidence)) interval of the ratio "
            text += "| p | Runs | Sees | Verdict | Why |\n|---|--:|--:|--:|--:|--:|--:|--:|---|---|\n"
            for metric in group.metrics {
                let verdict = metric.verdict == .regressed ? "**regressed**" : metric.verdict.rawValue
                let cells = [
                    metric.metric.name, Figures.value(metric.baseline?.median), Figures.value(metric.candidate?.median),
                    Figures.change(metric.ratio), Figures.interval(metric.interval), Figures.p(metric.adjustedP),
                    metric.runs(comparison.design), metric.sees,
                ]
                text += "| " + (cells.map(escaped) + [verdict, escaped(metric.why)]).joined(separator: " | ") + " |\n"
            }
            text += "\n"
        }
        return text + "\(escaped(comparison.method)).\n"
    }

    /// What would be markup in a cell or a paragraph, taken literally.
    static func escaped(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "|", "\\", "*", "_", "`", "[", "]", "~", "#": out += "\\\(character)"
            case "\n", "\r", "\r\n": out += " "
            default: out.append(character)
            }
        }
        return out
    }
}

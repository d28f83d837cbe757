import Report
import Simulator

/// An exact result as a pull request's summary, in GitHub's Markdown.
public enum ExactMarkdown {
    public static func text(_ result: ExactResult) -> String {
        func escaped(_ text: String) -> String { MarkdownText.escaped(text) }
        var text = "### zabbench exact: \(escaped(result.headline))\n\n"
        if let advice = result.advice { text += "\(sentence(advice))\n\n" }
        // A baseline that cannot be read is the headline itself.
        if case .success = result.comparison {
            for obstacle in result.obstacles { text += "> **Not comparable:** \(escaped(obstacle))\n\n" }
        }
        for note in result.notes { text += "> **Note:** \(escaped(note))\n\n" }
        if !result.differences.isEmpty {
            text += "| Workload | Count | Baseline | Now | Change | |\n|---|---|--:|--:|--:|---|\n"
            for difference in result.differences {
                let kind = difference.kind.rawValue
                let cells = [
                    escaped(difference.workload), escaped(difference.metric.rawValue), difference.beforeText,
                    difference.afterText, escaped(difference.changeText ?? "-"),
                    difference.kind == .regressed ? "**\(kind)**" : kind,
                ]
                text += "| " + cells.joined(separator: " | ") + " |\n"
            }
            text += "\n"
        }
        guard !result.measurement.loads.isEmpty else { return text }
        return text + costs(result.measurement)
    }

    /// What every load point costs, folded away.
    private static func costs(_ measurement: ExactMeasurement) -> String {
        let table = ExactTable.table(measurement)
        func row(_ cells: [String]) -> String {
            "| " + cells.map { MarkdownText.escaped($0) }.joined(separator: " | ") + " |\n"
        }
        // Markdown within an element needs the empty line.
        var text = "<details><summary>What the load points cost</summary>\n\n"
        text += row(table.columns.map(\.title))
        text += "|" + table.columns.map { $0.alignment == .left ? "---|" : "--:|" }.joined() + "\n"
        for cells in table.rows { text += row(cells) }
        return text + "\n</details>\n"
    }

    /// With a capital and a full stop.
    private static func sentence(_ words: String) -> String {
        MarkdownText.escaped(words.prefix(1).uppercased() + words.dropFirst()) + "."
    }
}

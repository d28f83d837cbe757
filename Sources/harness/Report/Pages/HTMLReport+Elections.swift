import Results
import Statistics

extension HTMLReport {
    /// How long the ensembles were down, and what of it was what; empty without faults.
    static func elections(_ summaries: [ElectionSummary]) -> String {
        guard !summaries.isEmpty else { return "" }
        var kinds: [String] = []
        for summary in summaries where !kinds.contains(summary.key.kind) { kinds.append(summary.key.kind) }
        var html = "<h2>How long are we down?</h2>\n"
        for kind in kinds {
            let bars = summaries.filter { $0.key.kind == kind }.map { summary in
                StackedBars.Bar(
                    name: name(summary.key),
                    values: ElectionSummary.phases.map { summary.phase($0.value) },
                    label: latency(milliseconds: summary.outage?.median)
                )
            }
            html +=
                StackedBars(
                    title: kind.replacing("_", with: " ") + ": medians of the phases; outage p50 behind them",
                    parts: ElectionSummary.phases.map { $0.name.replacing("_", with: " ") },
                    bars: bars
                ).html
        }
        return html + table(summaries)
    }

    private static func table(_ summaries: [ElectionSummary]) -> String {
        var html = "<table><tr><th>Fault</th><th>Setting</th><th>Complete</th><th>Outage p50</th><th>95 % interval</th>"
        html += "<th>p90</th><th>max</th><th>Writes owed</th><th>Watches kept</th><th>Sessions expired</th></tr>\n"
        for summary in summaries {
            let outage = summary.outage
            let interval = outage?.medianInterval.map {
                "\(latency(milliseconds: $0.low)) to \(latency(milliseconds: $0.high))"
            }
            let cells = [
                summary.key.kind.replacing("_", with: " "), name(summary.key),
                "\(summary.complete)/\(summary.rows.count)", latency(milliseconds: outage?.median), interval ?? "-",
                latency(milliseconds: outage?.p90), latency(milliseconds: outage?.max),
                summary.writesOwed.map(ConsoleTable.grouped) ?? "-", "\(summary.watchesKept)/\(summary.watchesPlaced)",
                "\(summary.sessionsExpired)",
            ]
            html += "<tr>" + cells.map { "<td>\(LineChart.escaped($0))</td>" }.joined() + "</tr>\n"
        }
        return html
            + "</table>\n<p class=\"legend\">Outage: the longest silence of acknowledged writes over all sessions. "
            + "Phases are medians over the complete rows, so they need not add up to the median outage.</p>\n"
    }

    private static func name(_ key: ElectionSummary.Key) -> String {
        "\(key.ensembleSize) servers\(key.point.isEmpty ? "" : ", " + key.point), "
            + "\(ConsoleTable.grouped(Double(key.znodes))) znodes"
    }

    private static func latency(milliseconds: Double?) -> String {
        ConsoleTable.latency(microseconds: milliseconds.map { $0 * 1000 })
    }
}

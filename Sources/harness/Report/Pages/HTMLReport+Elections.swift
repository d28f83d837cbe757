extension HTMLReport {
    /// How long the ensembles were down, and what of it was what; empty without faults.
    ///
    /// - Parameter summary: the rows of elections-summary.csv.
    static func elections(_ summary: CSVTable) -> String {
        guard !summary.rows.isEmpty else { return "" }
        var kinds: [String] = []
        for row in summary.rows where !kinds.contains(summary.text(row, "fault")) {
            kinds.append(summary.text(row, "fault"))
        }
        var html = "<h2>How long are we down?</h2>\n"
        for kind in kinds {
            let rows = summary.rows.filter { summary.text($0, "fault") == kind }
            let bars = rows.map { row in
                StackedBars.Bar(
                    name: name(row, summary),
                    values: ElectionSummary.phases.map { summary.number(row, "\($0.name)_p50_ms") },
                    label: outage(row, summary, "outage_p50_ms")
                )
            }
            html +=
                StackedBars(
                    title: kind.replacing("_", with: " ") + ": medians of the phases; outage p50 behind them",
                    parts: ElectionSummary.phases.map { $0.name.replacing("_", with: " ") },
                    bars: bars
                ).html
        }
        return html + table(summary)
    }

    private static func table(_ summary: CSVTable) -> String {
        var html = "<table><tr><th>Fault</th><th>Setting</th><th>Complete</th><th>Outage p50</th><th>95 % interval</th>"
        html += "<th>p90</th><th>max</th><th>Writes owed</th><th>Watches kept</th><th>Sessions expired</th></tr>\n"
        for row in summary.rows {
            let low = outage(row, summary, "outage_p50_low_ms")
            let cells = [
                summary.text(row, "fault").replacing("_", with: " "), name(row, summary),
                "\(summary.text(row, "complete"))/\(summary.text(row, "faults"))",
                outage(row, summary, "outage_p50_ms"),
                low == "-" ? "-" : "\(low) to \(outage(row, summary, "outage_p50_high_ms"))",
                outage(row, summary, "outage_p90_ms"), outage(row, summary, "outage_max_ms"),
                summary.number(row, "writes_owed_p50").map(ConsoleTable.grouped) ?? "-",
                "\(summary.text(row, "watches_kept"))/\(summary.text(row, "watches_placed"))",
                summary.text(row, "sessions_expired"),
            ]
            html += "<tr>" + cells.map { "<td>\(LineChart.escaped($0))</td>" }.joined() + "</tr>\n"
        }
        return html
            + "</table>\n<p class=\"legend\">Outage: the longest silence of acknowledged writes over all sessions. "
            + "Phases are medians over the complete rows, so they need not add up to the median outage.</p>\n"
    }

    private static func name(_ row: [String], _ summary: CSVTable) -> String {
        let point = summary.text(row, "point")
        let znodes = summary.number(row, "znodes").map(ConsoleTable.grouped) ?? "?"
        return "\(summary.text(row, "ensemble_size")) servers\(point.isEmpty ? "" : ", " + point), \(znodes) znodes"
    }

    private static func outage(_ row: [String], _ summary: CSVTable, _ column: String) -> String {
        ConsoleTable.latency(microseconds: summary.number(row, column).map { $0 * 1000 })
    }
}

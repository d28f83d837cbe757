import Results
import Statistics

extension HTMLReport {
    /// How long the ensembles were down, and what of it was what; empty without faults.
    static func elections(_ summaries: [ElectionSummary], palette: Palette) -> String {
        guard !summaries.isEmpty else { return "" }
        var kinds: [String] = []
        for summary in summaries where !kinds.contains(summary.key.kind) { kinds.append(summary.key.kind) }
        var html = ""
        for kind in kinds {
            let bars = summaries.filter { $0.key.kind == kind }.map { summary -> BarChart.Bar in
                let phases = ElectionSummary.phases.map { summary.phase($0.value) }
                return BarChart.Bar(
                    name: name(summary.key),
                    values: phases.map { $0?.median },
                    errors: phases.map { known in
                        known.flatMap { $0.interval == nil ? nil : $0.error.words(ElectionSummary.milliseconds) } ?? ""
                    },
                    label: label(summary.outage)
                )
            }
            html +=
                BarChart(
                    id: HTMLText.anchor("phases-\(kind)"),
                    kind: "elections",
                    title: kind.replacing("_", with: " ") + ": medians of the phases; outage p50 behind them",
                    axis: Axis("Time", unit: "ms"),
                    parts: ElectionSummary.phases.map {
                        .init(name: $0.name.replacing("_", with: " "), style: palette.style(of: $0.name))
                    },
                    bars: bars
                ).html
        }
        return html + table(summaries)
    }

    private static func table(_ summaries: [ElectionSummary]) -> String {
        let titles =
            ElectionSummary.tablePhases.map(\.title) + [
                "Outage p50", "95 % interval", "p90", "max", "Writes owed", "Watches kept", "Sessions expired",
            ]
        var table = HTMLTable(
            [.init("Fault"), .init("Setting", isWords: true), .init("Complete")] + titles.map { .init($0) }
        )
        for summary in summaries {
            let outage = summary.outage
            let interval = outage?.medianInterval.map {
                "\(latency(milliseconds: $0.low)) to \(latency(milliseconds: $0.high))"
            }
            var cells = [
                summary.key.kind.replacing("_", with: " "), name(summary.key),
                "\(summary.complete)/\(summary.rows.count)",
            ].map(HTMLText.escaped)
            cells += ElectionSummary.tablePhases.map {
                html(ElectionSummary.cell(summary.phase($0.value), ElectionSummary.milliseconds))
            }
            cells += [
                latency(milliseconds: outage?.median), interval ?? (outage == nil ? "-" : "one fault"),
                latency(milliseconds: outage?.p90), latency(milliseconds: outage?.max),
                html(ElectionSummary.cell(summary.writesOwed, ConsoleTable.grouped)),
                "\(summary.watchesKept)/\(summary.watchesPlaced)", "\(summary.sessionsExpired)",
            ]
            table.add(cells)
        }
        return table.html
            + "<p class=\"note\">\(HTMLText.escaped(ElectionSummary.legend)) Medians of phases need not add up "
            + "to the median outage.</p>\n"
    }

    private static func label(_ outage: SampleSummary?) -> String {
        guard let outage else { return "-" }
        return FigureError(outage.median, outage.medianInterval.map { ($0.low, $0.high) })
            .beside(latency(milliseconds: outage.median), ElectionSummary.milliseconds)
    }

    private static func html(_ cell: LoadTable.Cell) -> String {
        HTMLText.escaped(cell.text) + (cell.error.isEmpty ? "" : " <small>\(HTMLText.escaped(cell.error))</small>")
    }

    private static func name(_ key: ElectionSummary.Key) -> String {
        "\(key.ensembleSize) servers\(key.point.isEmpty ? "" : ", " + key.point), "
            + "\(ConsoleTable.grouped(Double(key.znodes))) znodes"
    }

    private static func latency(milliseconds: Double?) -> String {
        ConsoleTable.latency(microseconds: milliseconds.map { $0 * 1000 })
    }
}

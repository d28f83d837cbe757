import Results
import Statistics

/// Where the time of a write goes.
extension HTMLReport {
    /// The ledger as stacked bars, for each quantile; empty where nothing was traced.
    static func stageCharts(_ stages: [StageRow], groups: [Group], palette: Palette) -> String {
        let ledger = stages.filter { $0.kind == .ledger && $0.serverID == nil }
        guard !ledger.isEmpty else { return "" }
        var parts: [String] = []
        for row in ledger where !parts.contains(row.stage) { parts.append(row.stage) }
        var html = ""
        for quantile in ["p50", "p99"] {
            let bars = groups.compactMap { group -> BarChart.Bar? in
                let ids = Set(group.point.valid.map(\.tag.runID))
                let own = ledger.filter { ids.contains($0.tag.runID) && $0.quantile == quantile }
                guard !own.isEmpty else { return nil }
                let known = parts.map { part in
                    Distribution(own.filter { $0.stage == part }.compactMap(\.meanMicroseconds))
                }
                let values = known.map { $0?.median ?? 0 }
                let sums = Dictionary(grouping: own, by: \.tag.runID).values.map { run in
                    run.compactMap(\.meanMicroseconds).reduce(0, +)
                }
                let together = FigureError(
                    values.reduce(0, +),
                    Distribution(Array(sums))?.interval.map { ($0.low, $0.high) }
                )
                let sum = ConsoleTable.latency(microseconds: values.reduce(0, +))
                let error = words(together)
                return BarChart.Bar(
                    name: group.setting,
                    values: values,
                    errors: known.map { $0.map { words($0.error) } ?? "" },
                    label: error.isEmpty ? sum : "\(sum) \(error)"
                )
            }
            html +=
                BarChart(
                    id: "stages-\(quantile)",
                    kind: "stages",
                    title: "Stages of writes at \(quantile)",
                    axis: Axis("Time since the request was read", unit: "µs"),
                    parts: parts.map { .init(name: $0, style: palette.style(of: $0)) },
                    bars: bars
                ).html
        }
        let loose = stages.filter { $0.kind == .rest && $0.quantile == "p50" && $0.isWithin == false }
        if !loose.isEmpty {
            var runs: [String] = []
            for row in loose {
                let group = groups.first { $0.point.rows.contains { $0.tag.runID == row.tag.runID } }
                runs.append("\(group?.setting ?? row.tag.runID), run \(row.tag.repeatNumber) (\(percent(row.share)))")
            }
            html += "<p class=\"bad\">The stages leave more than 5 % of the measured p50 unexplained in "
            html += "\(HTMLText.escaped(runs.joined(separator: "; "))).</p>\n"
        }
        return html
    }

    /// Empty for one run.
    private static func words(_ error: FigureError) -> String {
        error.interval == nil ? "" : error.words { ConsoleTable.latency(microseconds: $0) }
    }

    private static func percent(_ share: Double?) -> String { share.map(Limiter.percent) ?? "-" }
}

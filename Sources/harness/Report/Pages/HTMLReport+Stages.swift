import Results
import Statistics

/// Where the time of a write goes.
extension HTMLReport {
    /// Bars beyond which the second quantile is folded.
    private static let mostStages = 12

    /// The ledger as stacked bars, all loads on one scale, a chart for each quantile; empty where nothing was traced.
    static func stageCharts(_ context: ReportContext) -> String {
        let stages = context.results.stages
        let ledger = stages.filter { $0.kind == .ledger && $0.serverID == nil }
        guard !ledger.isEmpty else { return "" }
        var parts: [String] = []
        for row in ledger where !parts.contains(row.stage) { parts.append(row.stage) }
        let quantiles = ["p50", "p99"].map { quantile in
            let own = ledger.filter { $0.quantile == quantile }
            let bars = context.groups.compactMap { bar($0, own, parts: parts) }
            let chart = BarChart(
                id: "stages-\(quantile)",
                kind: "stages",
                title: "Stages of writes at \(quantile)",
                axis: Axis("Time since the planned send", unit: "µs"),
                parts: parts.map { stage in
                    .init(name: words(stage), style: context.palette.style(of: "stage " + stage))
                },
                bars: bars,
                note:
                    "A bar's parts are medians over runs, and so is the total beside it; medians of the parts need not add up to it."
            )
            return (name: quantile, chart: chart)
        }
        var html = quantiles[0].chart.html
        html +=
            quantiles[1].chart.bars.count > mostStages
            ? HTMLPage.folded("The same at \(quantiles[1].name)", quantiles[1].chart.html) : quantiles[1].chart.html
        let loose = stages.filter { $0.kind == .rest && $0.quantile == "p50" && $0.isWithin == false }
        if !loose.isEmpty {
            var runs: [String] = []
            for row in loose {
                let group = context.groups.first { $0.point.rows.contains { $0.tag.runID == row.tag.runID } }
                runs.append("\(group?.setting ?? row.tag.runID), run \(row.tag.repeatNumber) (\(percent(row.share)))")
            }
            html += "<p class=\"bad\">The stages leave more than 5 % of the measured p50 unexplained in "
            html += "\(HTMLText.escaped(runs.joined(separator: "; "))).</p>\n"
        }
        return html
    }

    /// The stages of one setting, each a median over its valid runs; nil where none of them was traced.
    private static func bar(_ group: Group, _ ledger: [StageRow], parts: [String]) -> BarChart.Bar? {
        let ids = Set(group.point.valid.map(\.tag.runID))
        let own = ledger.filter { ids.contains($0.tag.runID) }
        guard !own.isEmpty else { return nil }
        let known = parts.map { part in
            Distribution(own.filter { $0.stage == part }.compactMap(\.meanMicroseconds))
        }
        let sums = Dictionary(grouping: own, by: \.tag.runID).values.map { run in
            run.compactMap(\.meanMicroseconds).reduce(0, +)
        }
        guard let whole = Distribution(Array(sums)) else { return nil }
        let error = words(whole.error)
        let text = ConsoleTable.latency(microseconds: whole.median)
        return BarChart.Bar(
            name: group.setting,
            values: known.map { $0?.median },
            errors: known.map { $0.map { words($0.error) } ?? "" },
            label: error.isEmpty ? text : "\(text) \(error)"
        )
    }

    /// Empty for one run.
    private static func words(_ error: FigureError) -> String {
        error.interval == nil ? "" : error.words { ConsoleTable.latency(microseconds: $0) }
    }

    private static func percent(_ share: Double?) -> String { share.map(Limiter.percent) ?? "-" }
}

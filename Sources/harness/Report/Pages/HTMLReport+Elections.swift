import Results
import Statistics

extension HTMLReport {
    /// More bars or rows than these are folded.
    private static let mostSeen = 12
    /// The outage of a fault after which no leader was elected: its followers died, or its journals are not known.
    private static let noElection = "outage without an election"
    /// That of servers which keep no journal of their phases.
    private static let noPhases = "outage, phases not reported"

    /// How long the ensembles were down, and what of it was what; empty without faults.
    static func elections(_ context: ReportContext) -> String {
        let summaries = ElectionSummary.grouped(context.results.faults)
        guard !summaries.isEmpty else { return "" }
        let names = FaultSettings(summaries.map(\.key))
        let bars = summaries.map { bar($0, name: "\(words($0.key.kind)), \(names.name($0.key))") }
        func chart(_ id: String, _ bars: [BarChart.Bar]) -> String {
            BarChart(
                id: id,
                kind: "elections",
                title: "What an outage is made of",
                axis: Axis("Time from the last acknowledged write before", unit: "ms"),
                parts: parts(context.palette, hasSilent: summaries.contains { !$0.reportsPhases }),
                bars: bars,
                note:
                    "Medians of the phases over the complete faults of a setting; behind a bar the median outage with its "
                    + "95 % interval. Medians of phases need not add up to the median outage. All bars of the chart have one scale."
            ).html
        }
        guard bars.count > mostSeen else { return chart("elections", bars) + table(summaries, names) }
        // Of each kind and system the first setting, which has the fewest servers; all others a click away.
        var kinds: Set<[String]> = []
        let first = summaries.indices.filter {
            kinds.insert([summaries[$0].key.kind, summaries[$0].key.system]).inserted
        }
        return chart("elections", first.map { bars[$0] })
            + HTMLPage.folded("All \(bars.count) settings", chart("elections-all", bars))
            + HTMLPage.folded("The \(summaries.count) settings as a table", table(summaries, names))
    }

    private static func parts(_ palette: Palette, hasSilent: Bool) -> [BarChart.Part] {
        ElectionSummary.phases.map { .init(name: words($0.name), style: palette.style(of: "phase " + $0.name)) }
            + (hasSilent ? [noElection, noPhases] : [noElection]).map { .init(name: $0, style: palette.style(of: $0)) }
    }

    private static func bar(_ summary: ElectionSummary, name: String) -> BarChart.Bar {
        let phases = ElectionSummary.phases.map { summary.phase($0.value) }
        let isKnown = phases.contains { $0 != nil }
        let outage = summary.outage
        var values = phases.map { $0?.median }
        values.append(isKnown || !summary.reportsPhases ? nil : outage?.median)
        values.append(isKnown || summary.reportsPhases ? nil : outage?.median)
        return BarChart.Bar(
            name: name,
            values: values,
            errors: phases.map { known in
                known.flatMap { $0.interval == nil ? nil : $0.error.words(ElectionSummary.milliseconds) } ?? ""
            },
            label: label(outage),
            isWarning: summary.complete == 0
        )
    }

    private static func table(_ summaries: [ElectionSummary], _ names: FaultSettings) -> String {
        var table = HTMLTable(
            [.init("Fault"), .init("Setting", isWords: true), .init("Outage p50"), .init("95 % interval")]
                + ["p90", "max"].map { .init($0) } + ElectionSummary.tablePhases.map { .init($0.title) }
                + ["Writes owed", "Watches kept", "Sessions expired", "Complete"].map { .init($0) }
        )
        for summary in summaries {
            let outage = summary.outage
            var cells = [
                words(summary.key.kind), names.name(summary.key), latency(milliseconds: outage?.median),
                summary.intervalInWords { latency(milliseconds: $0) }, latency(milliseconds: outage?.p90),
                latency(milliseconds: outage?.max),
            ].map(HTMLText.escaped)
            cells += ElectionSummary.tablePhases.map {
                guard summary.reportsPhases else { return "not reported" }
                return html(ElectionSummary.cell(summary.phase($0.value), ElectionSummary.milliseconds))
            }
            cells += [
                html(ElectionSummary.cell(summary.writesOwed, ConsoleTable.grouped)),
                watches(summary), "\(summary.sessionsExpired)",
                "\(summary.complete)/\(summary.rows.count)",
            ]
            table.add(cells, isWarning: summary.complete < summary.rows.count)
        }
        let legend = [ElectionSummary.legend, ElectionSummary.silentSystems(summaries)].compactMap { $0 }
        return table.html + "<p class=\"note\">\(HTMLText.escaped(legend.joined(separator: " ")))</p>\n"
    }

    private static func watches(_ summary: ElectionSummary) -> String {
        guard let kept = summary.watchesKept, let placed = summary.watchesPlaced else { return "-" }
        return "\(kept)/\(placed)"
    }

    private static func label(_ outage: SampleSummary?) -> String {
        guard let outage else { return "no end seen" }
        return FigureError(outage.median, outage.medianInterval.map { ($0.low, $0.high) })
            .beside(latency(milliseconds: outage.median), ElectionSummary.milliseconds)
    }

    private static func html(_ cell: LoadTable.Cell) -> String {
        HTMLText.escaped(cell.text) + (cell.error.isEmpty ? "" : " <small>\(HTMLText.escaped(cell.error))</small>")
    }

    /// `leader_killed` as `leader killed`.
    static func words(_ name: String) -> String { name.replacing("_", with: " ") }

    private static func latency(milliseconds: Double?) -> String {
        ConsoleTable.latency(microseconds: milliseconds.map { $0 * 1000 })
    }
}

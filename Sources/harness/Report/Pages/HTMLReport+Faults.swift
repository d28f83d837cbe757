import Results

extension HTMLReport {
    /// Throughput and latency in tenths of a second around the faults of each kind; empty where there are no such rows.
    static func faultSeries(_ context: ReportContext) -> String {
        let results = context.results
        guard !results.faultBins.isEmpty else { return "" }
        let bins = Dictionary(grouping: results.faultBins) { FaultID(run: $0.tag.runID, number: $0.faultNumber) }
        let groups = ElectionSummary.grouped(results.faults)
        let names = FaultSettings(groups.map(\.key))
        var html = ""
        var folded = ""
        var kinds: Set<[String]> = []
        for (index, group) in groups.enumerated() {
            let charts = charts(group, setting: names.name(group.key), bins: bins, id: index, context.palette)
            guard !charts.isEmpty else { continue }
            // Of each kind and system one setting is seen; of a sweep the others would be forty charts.
            if kinds.insert([group.key.kind, group.key.system]).inserted { html += charts } else { folded += charts }
        }
        let note =
            "One bin is a tenth of a second. The line is one fault, the one with the median outage; the band is the range of all "
            + "faults of the setting and no confidence interval. Shaded: from the fault until writes were acknowledged again. "
            + "Response time counts from the planned send, so writes that waited for the new leader count in full."
        return html + "<p class=\"note\">\(note)</p>\n" + HTMLPage.folded("The other settings", folded)
    }

    private struct FaultID: Hashable {
        var run: String
        var number: Int
    }

    private static func charts(
        _ group: ElectionSummary,
        setting: String,
        bins: [FaultID: [FaultBinRow]],
        id: Int,
        _ palette: Palette
    ) -> String {
        // As in the table, nothing counts of a run that lost an acknowledged write.
        let rows = group.rows.filter { row in
            row.why != RunValidity.violation && bins[FaultID(run: row.tag.runID, number: row.fault.number)] != nil
        }
        .sorted { ($0.clients.outage ?? .infinity) < ($1.clients.outage ?? .infinity) }
        guard !rows.isEmpty else { return "" }
        let typical = rows[(rows.count - 1) / 2]
        let own = bins[FaultID(run: typical.tag.runID, number: typical.fault.number)] ?? []
        let all = rows.flatMap { bins[FaultID(run: $0.tag.runID, number: $0.fault.number)] ?? [] }
        let moments = FaultMoments(typical, loadStart: nil)
        // By the fault's own clock.
        func sinceFault(_ moment: Double) -> Double { moment - (moments?.fault ?? 0) }
        let kind = words(group.key.kind)
        let over = moments?.outage.map { sinceFault($0.upperBound) } ?? 0
        let spans = [ChartSpan(name: kind, from: 0, to: max(0, over), style: style(ofFault: group.key.kind, palette))]
        let rules = (moments?.elected).map {
            [ChartRule(name: "leader elected", at: sinceFault($0), direction: .vertical)]
        }
        func chart(_ name: String, _ y: Axis, _ style: SeriesStyle, _ value: (FaultBinRow) -> Double?) -> Chart {
            Chart(
                id: "faults-\(id)-\(HTMLText.anchor(name))",
                kind: "faults",
                title: "\(name): \(kind), \(setting)",
                x: Axis("Time since the fault", unit: "s", scale: .seconds),
                y: y,
                series: [
                    ChartSeries(
                        name: rows.count == 1
                            ? name : "\(name), the fault with the median outage; band: range of \(rows.count) faults",
                        style: style,
                        points: points(own, beside: rows.count > 1 ? all : [], value),
                        drawing: .band
                    )
                ],
                spans: spans,
                rules: rules ?? [],
                height: 180
            )
        }
        return Chart.multiples([
            chart("Throughput", .throughput(), palette.style(of: "throughput")) { $0.achievedPerSecond },
            chart("Response time p99", .latency(), palette.style(of: "response time p99")) {
                $0.responseP99Microseconds.map { $0 / 1000 }
            },
        ])
    }

    /// The middles of one fault's bins, with what all faults had in the same tenth.
    private static func points(
        _ own: [FaultBinRow],
        beside all: [FaultBinRow],
        _ value: (FaultBinRow) -> Double?
    ) -> [ChartSeries.Point] {
        func tenth(_ row: FaultBinRow) -> Int { Int((row.sinceFaultSeconds * 10).rounded(.up)) }
        let others = Dictionary(grouping: all, by: tenth)
        return own.sorted { $0.sinceFaultSeconds < $1.sinceFaultSeconds }.map { row in
            let range = (others[tenth(row)] ?? []).compactMap(value)
            let middle = row.sinceFaultSeconds - row.lengthSeconds / 2
            // In an outage there is no latency: the line breaks.
            guard let figure = value(row) else { return ChartSeries.Point(x: middle, y: .nan) }
            let interval = range.min().flatMap { low in range.max().map { min(low, figure)...max($0, figure) } }
            return ChartSeries.Point(x: middle, y: figure, interval: interval)
        }
    }
}

import Report
import Results
import Statistics

/// report.html of `zabbench ab`: the verdict first, then what it rests on.
public struct PairedPage: Sendable {
    /// What others had of the processors while one side of a pair was measured, from 0 to 1 of all of them.
    public struct Neighbours: Sendable {
        /// From 1.
        public var pair: Int
        public var a: Double?
        public var b: Double?

        public init(pair: Int, a: Double?, b: Double?) {
            self.pair = pair
            self.a = a
            self.b = b
        }
    }

    public var title: String
    public var comparison: Comparison
    /// Both sides' runs, for the pairs one by one; nil where they cannot be read.
    public var runs: (a: StoredRuns, b: StoredRuns)?
    public var neighbours: [Neighbours]
    /// One line about the machine.
    public var machine: String

    public init(
        title: String,
        comparison: Comparison,
        runs: (a: StoredRuns, b: StoredRuns)?,
        neighbours: [Neighbours],
        machine: String
    ) {
        self.title = title
        self.comparison = comparison
        self.runs = runs
        self.neighbours = neighbours
        self.machine = machine
    }

    /// One offline page.
    public var html: String {
        let palette = Palette(ComparedMetric.all.map(\.name))
        var lead = "<h1>\(HTMLText.escaped(title))</h1>\n"
        lead += "<p class=\"machine\">\(HTMLText.escaped(machine))</p>\n"
        lead += "<p class=\"answer\"><b>\(HTMLText.escaped(comparison.headline))</b></p>\n"
        for (_, metric) in comparison.all where metric.isWorthSaying && metric.ratio != nil && metric.proved != nil {
            lead += "<p class=\"answer\">\(HTMLText.escaped(metric.sentence))</p>\n"
        }
        lead +=
            "<p>\(HTMLText.escaped(comparison.baseline.text)).<br>\(HTMLText.escaped(comparison.candidate.text)).</p>\n"
        if let reach = comparison.reachText { lead += "<p class=\"note\">\(HTMLText.escaped(reach)).</p>\n" }
        lead += HTMLReport.warnings(comparison.remarks)
        return HTMLPage(
            title: title,
            lead: lead,
            sections: [
                .init(
                    id: "verdict",
                    title: "Verdict of each metric",
                    body: ComparisonCharts.intervals(comparison, axis: "B ÷ A", palette)
                ),
                .init(id: "pairs", title: "Pair by pair", body: pairs(palette)),
                .init(id: "neighbours", title: "Other load on the machine", body: others),
                .init(
                    id: "figures",
                    title: "All figures",
                    body: ComparisonCharts.table(comparison, sides: ("A", "B")),
                    summary: "\(comparison.all.count) figures with their tests"
                ),
            ],
            foot:
                "<p>The order within each pair is random. All figures come from the runs in this folder.</p>\n"
        ).html
    }

    /// The ratio of each pair in the order in which they were made, so that a drift shows.
    private func pairs(_ palette: Palette) -> String {
        guard let runs else { return "" }
        return comparison.groups.enumerated().map { place, group in
            let charts = group.metrics.compactMap { metric -> Chart? in
                let ratios = PairedValues.ratios(runs.a, runs.b, metric: metric.metric, members: group.members)
                guard ratios.count > 1 else { return nil }
                let margin = metric.metric.margin
                return Chart(
                    id: "pairs-\(place + 1)-\(HTMLText.anchor(metric.metric.name))",
                    kind: "pairs",
                    title: "\(metric.metric.title): \(metric.word)",
                    x: Self.axis(ratios.map(\.pair)),
                    y: Axis("B ÷ A", unit: "ratio", scale: .linearFromLeast),
                    series: [
                        ChartSeries(
                            name: metric.metric.title,
                            style: palette.style(of: metric.metric.name),
                            points: ratios.map { ChartSeries.Point(x: Double($0.pair), y: $0.ratio) }
                        )
                    ],
                    rules: [
                        ChartRule(name: "margin", at: margin.low, direction: .horizontal),
                        ChartRule(name: "margin", at: margin.high, direction: .horizontal),
                    ],
                    height: 160,
                    hasLegend: false
                )
            }
            let html = Chart.multiples(charts)
            return comparison.groups.count == 1 || html.isEmpty
                ? html : "<h3>\(HTMLText.escaped(group.label))</h3>\n" + html
        }.joined()
    }

    /// Pairs by their numbers, not all of them named.
    private static func axis(_ pairs: [Int]) -> Axis {
        let step = max(1, (pairs.count + 7) / 8)
        let marks = stride(from: 0, to: pairs.count, by: step).map { index in
            Axis.Mark(at: Double(pairs[index]), label: "\(pairs[index])")
        }
        return Axis("Pair", unit: "in the order made", scale: .named(marks))
    }

    private var others: String {
        let sides: [(name: String, share: (Neighbours) -> Double?)] = [("A", \.a), ("B", \.b)]
        // Its own colours: these are sides, and no metrics.
        let palette = Palette(sides.map(\.name))
        return Chart(
            id: "neighbours-shares",
            kind: "neighbours",
            title: "CPU used by other processes while each side was measured",
            x: Self.axis(neighbours.map(\.pair)),
            y: Axis("CPU used by others", unit: "% of all processors"),
            series: sides.map { side in
                ChartSeries(
                    name: side.name,
                    style: palette.style(of: side.name),
                    points: neighbours.compactMap { row in
                        side.share(row).map { ChartSeries.Point(x: Double(row.pair), y: $0 * 100) }
                    }
                )
            },
            height: 160
        ).html
    }
}

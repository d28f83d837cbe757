import Report
import Results
import Statistics

/// Two folders with faults: how long each side was down.
extension FoldersPage {
    /// All faults of one kind in one setting, on both sides.
    struct FaultPair {
        var name: String
        var a: ElectionSummary?
        var b: ElectionSummary?

        var isOfBoth: Bool { a != nil && b != nil }

        /// Nil where a side has no such fault, or an outage that took no time.
        var ratio: HodgesLehmann? {
            guard let a, let b else { return nil }
            return (try? UnpairedRuns(baseline: Self.outages(a), candidate: Self.outages(b))).map { HodgesLehmann($0) }
        }

        private static func outages(_ summary: ElectionSummary) -> [Double] {
            summary.rows.compactMap(\.clients.outage)
        }
    }

    /// In the order of a folder's own report.
    static func faultPairs(_ a: Side, _ b: Side) -> [FaultPair] {
        let sides = [a, b].map { side in
            Dictionary(
                ElectionSummary.grouped(side.results.faults).map { ($0.key, $0) },
                uniquingKeysWith: { first, _ in first }
            )
        }
        let keys = ElectionSummary.grouped(a.results.faults + b.results.faults).map(\.key)
        let names = ElectionSummary.names(keys)
        return zip(keys, names).map { key, name in FaultPair(name: name, a: sides[0][key], b: sides[1][key]) }
    }

    /// Rows of one side alone, beyond which they are folded.
    private static let mostAlone = 6

    /// Empty where neither side has faults.
    func outages(_ palette: Palette) -> String {
        let pairs = Self.faultPairs(a, b)
        guard !pairs.isEmpty else { return "" }
        let (both, alone) = (pairs.filter(\.isOfBoth), pairs.filter { !$0.isOfBoth })
        let rest = Self.table(alone)
        return bars(both, palette) + Self.table(both)
            + (both.isEmpty || alone.count <= Self.mostAlone
                ? rest : HTMLPage.folded("\(alone.count) kinds of faults in one folder alone", rest))
            + "<p class=\"note\">Median outages, ±: their 95 % intervals over the faults, ±? of one fault. The ratio is Hodges and "
            + "Lehmann's, which need not be the medians' own; it has no interval where the faults are too few. Red: some faults "
            + "lack a phase.</p>\n"
    }

    private static func table(_ pairs: [FaultPair]) -> String {
        var table = HTMLTable(
            [.init("Fault"), .init("A"), .init("B")]
                + ["B ÷ A", "95 % interval", "Faults, A", "Faults, B"].map { .init($0) }
        )
        for pair in pairs {
            let ratio = pair.ratio
            let cells = [
                pair.name, Self.outage(pair.a), Self.outage(pair.b), Figures.ratio(ratio?.ratio),
                Figures.interval(ratio?.interval), Self.count(pair.a), Self.count(pair.b),
            ]
            let isWarning = [pair.a, pair.b].contains { $0.map { $0.complete < $0.rows.count } ?? false }
            table.add(cells.map(HTMLText.escaped), isWarning: isWarning)
        }
        return table.html
    }

    private func bars(_ pairs: [FaultPair], _ palette: Palette) -> String {
        let bars = pairs.flatMap { pair in
            [("A", pair.a, 0), ("B", pair.b, 1)].map { letter, summary, place in
                var values: [Double?] = [nil, nil]
                values[place] = summary?.outage?.median
                return BarChart.Bar(name: "\(letter): \(pair.name)", values: values, label: Self.outage(summary))
            }
        }
        return BarChart(
            id: "outages-by-fault",
            kind: "outages",
            title: "Median outage",
            axis: Axis("Longest time without an acknowledged write", unit: "ms"),
            parts: ["A", "B"].map { .init(name: $0, style: palette.style(of: $0)) },
            bars: bars
        ).html
    }

    /// `16.2 ms ±7 %`.
    private static func outage(_ summary: ElectionSummary?) -> String {
        guard let summary else { return "-" }
        guard let outage = summary.outage else { return "no end seen" }
        func words(_ milliseconds: Double) -> String { ConsoleTable.latency(microseconds: milliseconds * 1000) }
        let error = FigureError(outage.median, outage.medianInterval.map { ($0.low, $0.high) })
        return "\(words(outage.median)) \(error.words(words))"
    }

    private static func count(_ summary: ElectionSummary?) -> String { summary.map { "\($0.rows.count)" } ?? "-" }
}

import Report
import Results
import Statistics

/// `zabbench report A B`: two results folders beside each other, on one offline page.
public struct FoldersPage: Sendable {
    /// One of the two.
    public struct Side: Sendable {
        /// The folder's own name.
        public let name: String
        /// One line about it; what is known without a manifest.
        public let machine: String
        let runs: StoredRuns
        let results: StoredResults
        /// Of each run's number, response times from every bucket.
        let curves: [Int: [(quantile: Double, microseconds: Double)]]
        /// What of the folder cannot be shown.
        var doubts: [String]

        /// - Parameter path: a results folder, or a summary.csv in one.
        /// - Throws: `StoredRunsError`, `ResultsError`, `ResultsFileError`, each of which names the folder.
        public init(path: String) throws {
            runs = try StoredRuns(path: path)
            let folder = try ResultsFolder(existing: runs.folder)
            name = folder.name
            results = try StoredResults(folder)
            guard !results.runs.isEmpty else { throw StoredRunsError.missing(path: path) }
            doubts = runs.doubts
            let manifest = try? ManifestHead(reading: folder.read("manifest.json"), name: path)
            machine = manifest?.machine ?? "no manifest.json; zabbench at \(runs.commit)"
            do {
                let recorded = try results.latencies.read().filter { $0.clock == .response }
                curves = Dictionary(recorded.map { ($0.run, $0.quantiles) }, uniquingKeysWith: { first, _ in first })
            } catch {
                curves = [:]
                doubts.append("\(error), so percentiles cannot be drawn")
            }
        }
    }

    let a: Side
    let b: Side
    /// Nil where not even unlike folders have a load in common.
    let comparison: Comparison?
    /// Why the verdicts are not to be had; nil where they are.
    let reason: String?
    /// What about the folders is too different for verdicts.
    let differences: [Fingerprint.Difference]
    /// Columns of a load that only the newer file has.
    let unknown: Set<String>
    let loads: [Load]

    /// Compares what can be compared. What cannot is shown all the same, with the reason and without verdicts.
    public init(_ a: Side, _ b: Side) {
        self.a = a
        self.b = b
        var options = StoredComparison.Options()
        do {
            comparison = try StoredComparison.compare(a.runs, b.runs, options: options)
            reason = nil
            differences = []
        } catch {
            if case .unlike(let found) = error {
                differences = found
                reason = "not comparable: different " + Self.listed(found.map(\.name))
            } else {
                differences = []
                reason = error.description.replacing("say --force", with: "take zabbench compare --force")
            }
            options.force = true
            comparison = try? StoredComparison.compare(a.runs, b.runs, options: options)
        }
        unknown = StoredRuns.unknownColumns(a.runs, b.runs)
        loads = Self.loads(a, b, comparison, unknown)
    }

    /// `kernel, storage source and workload text`, or the first few and how many more.
    private static func listed(_ names: [String]) -> String {
        guard names.count > 1 else { return names.first ?? "" }
        let most = 4
        guard names.count > most + 1 else {
            return names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
        }
        return names.prefix(most).joined(separator: ", ") + " and \(names.count - most) more"
    }

    /// `quick-vs-other.html` of two folders; the names are those of the folders.
    public static func fileName(_ a: Side, _ b: Side) -> String { "report-\(a.name)-vs-\(b.name).html" }

    public var html: String {
        let palette = Palette(["A", "B"])
        let title = "\(a.name) and \(b.name)"
        return HTMLPage(
            title: title,
            lead: lead(title),
            sections: [
                .init(id: "outages", title: "Outages by fault", body: outages(palette)),
                .init(id: "loads", title: "Load by load", body: table),
                .init(id: "verdict", title: "Ratios with their intervals", body: intervals),
                .init(id: "latency", title: "Response time by percentile", body: percentiles(palette)),
                .init(id: "sizes", title: "By ensemble size", body: sizes(palette)),
            ],
            foot: "<p>A is \(HTMLText.escaped(a.runs.path)), B is \(HTMLText.escaped(b.runs.path)).</p>\n"
        ).html
    }

    // MARK: The lead

    private func lead(_ title: String) -> String {
        var lead = "<h1>\(HTMLText.escaped(title))</h1>\n"
        for (letter, side) in [("A", a), ("B", b)] {
            lead += "<p class=\"machine\">\(letter): \(HTMLText.escaped(side.name)), \(Self.runs(side)); "
            lead += "\(HTMLText.escaped(side.machine))</p>\n"
        }
        if let reason {
            lead += "<p class=\"answer bad\"><b>No verdict.</b> \(HTMLText.escaped(reason)).</p>\n"
            lead += HTMLPage.folded("What differs", differencesTable)
        } else if let comparison {
            lead += "<p class=\"answer\"><b>\(HTMLText.escaped(comparison.headline))</b></p>\n"
        }
        for load in loads.prefix(Self.mostAnswers) { lead += answer(load) }
        for (letter, side) in [("A", a), ("B", b)] {
            let answers = Answers.of(side.results).prefix(Self.mostAnswers)
            lead += answers.map { "<p class=\"lead2\"><b>\(letter)</b> · \(HTMLText.escaped($0.text))</p>\n" }.joined()
        }
        var warnings = a.doubts.map { "A: \($0)" } + b.doubts.map { "B: \($0)" }
        warnings += Self.warnings(a, b)
        // Forced, it says again what the reason has said.
        if reason == nil { warnings += comparison?.remarks ?? [] }
        return lead + HTMLReport.warnings(warnings)
    }

    /// What a reader must know of either folder; once where it is true of both.
    private static func warnings(_ a: Side, _ b: Side) -> [String] {
        let (one, other) = (a.results.warnings, b.results.warnings)
        return one.map { other.contains($0) ? "A and B: \($0)" : "A: \($0)" }
            + other.filter { !one.contains($0) }.map { "B: \($0)" }
    }

    private var differencesTable: String {
        var table = HTMLTable([.init("What")] + ["A", "B"].map { .init($0, isWords: true) })
        for one in differences { table.add([one.name, one.baseline, one.candidate].map(HTMLText.escaped)) }
        guard !differences.isEmpty else { return "" }
        return table.html + "<p class=\"note\">Measure both on one machine with one workload to get verdicts. "
            + "zabbench compare --force gives them all the same.</p>\n"
    }

    private static let mostAnswers = 4

    private static func runs(_ side: Side) -> String {
        let count = side.runs.runs.count
        let invalid = side.runs.invalid
        return "\(count) \(count == 1 ? "run" : "runs")" + (invalid > 0 ? ", \(invalid) invalid" : "")
    }

    /// One sentence: throughput and p99 of both.
    private func answer(_ load: Load) -> String {
        guard let one = load.a, let other = load.b else { return "" }
        func part(_ figure: Figure) -> String? {
            guard let before = figure.value(one), let after = figure.value(other) else { return nil }
            let verdict = reason == nil ? load.metric(figure.name).map { " (\(Self.verdict($0)))" } ?? "" : ""
            let (one, other) = (Self.cell(before, figure.words), Self.cell(after, figure.words))
            return "\(figure.title) \(one) in A, \(other) in B\(verdict)"
        }
        let parts = [Figure.all[0], Figure.all[2]].compactMap(part)
        guard !parts.isEmpty else { return "" }
        return "<p class=\"answer\"><b>\(HTMLText.escaped(load.label))</b>: "
            + "\(HTMLText.escaped(parts.joined(separator: "; "))).</p>\n"
    }

    private static func verdict(_ metric: Comparison.Metric) -> String {
        let interval =
            metric.interval.map { ", \(Figures.percent($0.confidence)) interval \(Figures.interval($0))" } ?? ""
        return "ratio \(Figures.ratio(metric.ratio))\(interval): \(metric.word)"
    }

    // MARK: Loads

    /// A load of either folder.
    struct Load {
        var key: LoadKey
        var label: String
        var a: LoadPointSummary?
        var b: LoadPointSummary?
        var metrics: [Comparison.Metric]

        func metric(_ name: String) -> Comparison.Metric? { metrics.first { $0.metric.name == name } }

        /// The same load on any number of servers. Unlike `LoadKey.acrossSizes` it has the rate: two folders with different
        /// rates have no latency to be compared.
        var family: LoadKey {
            var family = key
            family.ensembleSize = 0
            return family
        }

        /// Why there is nothing to compare; nil where there is.
        var missing: String? {
            switch (a, b) {
            case (nil, _): "only B ran this load"
            case (_, nil): "only A ran this load"
            case (.some(let one), .some(let other)):
                one.valid.isEmpty ? "no valid run in A" : other.valid.isEmpty ? "no valid run in B" : nil
            }
        }

        var isDisturbed: Bool { [a, b].contains { $0?.valid.contains { $0.foreign.isMarked == true } == true } }
    }

    /// A figure that both sides have for each load.
    private struct Figure {
        var name: String
        var title: String
        var of: @Sendable (SummaryRow) -> Double?
        var words: @Sendable (Double) -> String

        func value(_ point: LoadPointSummary) -> Distribution? { point.distribution(of) }

        static let all = [
            Figure(name: "achieved_per_s", title: "Throughput", of: { $0.achievedPerSecond }) {
                "\(ConsoleTable.grouped($0))/s"
            },
            Figure(name: "response_p50_us", title: "Response time p50", of: { $0.response.p50Microseconds }) {
                ConsoleTable.latency(microseconds: $0)
            },
            Figure(name: "response_p99_us", title: "Response time p99", of: { $0.response.p99Microseconds }) {
                ConsoleTable.latency(microseconds: $0)
            },
            Figure(
                name: "cpu_us_per_write",
                title: "Processor time per write",
                of: { $0.cost.cpuMicrosecondsPerWrite }
            ) { "\(ConsoleTable.threeDigits($0)) µs" },
        ]
    }

    /// Those of both folders first.
    private static func loads(_ a: Side, _ b: Side, _ comparison: Comparison?, _ unknown: Set<String>) -> [Load] {
        let sides = [a, b].map { side in
            Dictionary(
                LoadPointSummary.grouped(side.results.runs).map { ($0.key.without(unknown), $0) },
                uniquingKeysWith: { first, _ in first }
            )
        }
        let keys = Set(sides.flatMap(\.keys)).sorted()
        let label = labels(keys)
        let loads = keys.map { key in
            Load(
                key: key,
                label: label(key),
                a: sides[0][key],
                b: sides[1][key],
                metrics: comparison?.groups.first { LoadKey(members: $0.members) == key }?.metrics ?? []
            )
        }
        return loads.filter { $0.missing == nil } + loads.filter { $0.missing != nil }
    }

    /// What tells the loads of both folders apart; all of a load where that is not enough.
    private static func labels(_ keys: [LoadKey]) -> (LoadKey) -> String {
        let names = SettingNames(keys)
        var counts: [String: Int] = [:]
        for key in keys { counts[names.setting(key), default: 0] += 1 }
        let long = LoadKey.labels(keys)
        return { key in
            let name = names.setting(key)
            return counts[name] == 1 ? name : long[key] ?? key.label
        }
    }

    /// Loads that only one folder has, beyond which they are folded.
    private static let mostMissing = 6

    private var table: String {
        let (both, missing) = (loads.filter { $0.missing == nil }, loads.filter { $0.missing != nil })
        let rest = table(missing)
        return table(both)
            + (both.isEmpty || missing.count <= Self.mostMissing
                ? rest : HTMLPage.folded("\(missing.count) loads with results in one folder alone", rest))
            + "<p class=\"note\">Medians over the valid runs, ±: their 95 % intervals, ±? of one run (docs/reference/errors.md). "
            + "B ÷ A is the ratio of the test, which need not be the medians' own; - where there is no test.\(unknownNote)</p>\n"
    }

    /// Loads are matched all the same; a reader should know by what they were not.
    private var unknownNote: String {
        guard !unknown.isEmpty else { return "" }
        return
            " Only one of the files says \(HTMLText.escaped(Self.listed(unknown.sorted()))) of its loads, so loads are "
            + "matched without."
    }

    private func table(_ loads: [Load]) -> String {
        var table = HTMLTable(
            [.init("Load"), .init("Figure", isWords: true)]
                + ["A", "B", "B ÷ A", "95 % interval"].map { .init($0) } + [.init("Verdict", isWords: true)]
        )
        for load in loads {
            var label = load.label
            for figure in Figure.all {
                let (one, other) = (load.a.flatMap(figure.value), load.b.flatMap(figure.value))
                guard one != nil || other != nil || load.missing != nil && figure.name == Figure.all[0].name else {
                    continue
                }
                let metric = load.metric(figure.name)
                let verdict = load.missing ?? (reason == nil ? metric?.word ?? "left out" : "no verdict")
                let cells = [
                    label, figure.title, Self.cell(one, figure.words), Self.cell(other, figure.words),
                    Figures.ratio(metric?.ratio), Figures.interval(metric?.interval),
                    verdict + (load.isDisturbed ? "; others disturbed runs of it" : ""),
                ]
                table.add(cells.map(HTMLText.escaped), isWarning: reason == nil && metric?.verdict == .regressed)
                // Said once.
                label = ""
            }
        }
        return table.html
    }

    private static func cell(_ figure: Distribution?, _ words: (Double) -> String) -> String {
        figure.map { "\(words($0.median)) \(FigureError($0).words(words))" } ?? "-"
    }

    // MARK: Charts

    /// Loads beyond which charts are folded.
    private static let mostCharts = 6

    private var intervals: String {
        guard reason == nil, let comparison else { return "" }
        let charts = ComparisonCharts.intervals(
            comparison,
            axis: "B ÷ A",
            Palette(ComparedMetric.all.map(\.name))
        )
        guard comparison.groups.count > Self.mostCharts else { return charts }
        return HTMLPage.folded("\(comparison.groups.count) loads", charts)
    }

    private func percentiles(_ palette: Palette) -> String {
        let charts = loads.filter { $0.missing == nil }.enumerated().map { index, load in
            let series = [("A", a, load.a), ("B", b, load.b)].map { letter, side, point in
                ChartSeries(
                    name: "\(letter): \(side.name)",
                    style: palette.style(of: letter),
                    points: point.map { Self.quantiles($0, side.curves) } ?? [],
                    drawing: .band
                )
            }
            return Chart(
                id: "percentiles-\(index + 1)",
                kind: "percentiles",
                title: load.label,
                x: .quantile,
                y: .latency(),
                series: series
            )
        }
        let html = charts.map(\.html).joined()
        return charts.count > Self.mostCharts ? HTMLPage.folded("\(charts.count) loads", html) : html
    }

    /// From every bucket of the valid runs, as in a folder's own report.
    private static func quantiles(
        _ point: LoadPointSummary,
        _ curves: [Int: [(quantile: Double, microseconds: Double)]]
    ) -> [ChartSeries.Point] {
        LatencyCurve(point, recorded: curves).points.map { found in
            ChartSeries.Point(
                x: found.quantile,
                y: found.microseconds / 1000,
                interval: found.interval.map { $0.lowerBound / 1000...$0.upperBound / 1000 }
            )
        }
    }

    private func sizes(_ palette: Palette) -> String {
        let sizes = Set(loads.map(\.key.ensembleSize)).sorted()
        // A throughput with faults in it is that of the schedule of faults.
        guard sizes.count > 1, a.results.faults.isEmpty, b.results.faults.isEmpty else { return "" }
        let families = Set(loads.map(\.family)).sorted()
        let label = Self.labels(families)
        func series(_ figure: Figure, scale: Double) -> [ChartSeries] {
            families.enumerated().flatMap { number, family in
                ["A", "B"].map { letter in
                    let points = loads.filter { $0.family == family }.compactMap { load in
                        (letter == "A" ? load.a : load.b).flatMap(figure.value).map { found in
                            ChartSeries.Point(
                                x: Double(load.key.ensembleSize),
                                y: found.median / scale,
                                interval: found.interval.map { $0.low / scale...$0.high / scale }
                            )
                        }
                    }
                    .sorted { $0.x < $1.x }
                    let name = families.count == 1 ? letter : "\(letter), \(label(family))"
                    // The side is the colour, the load the dashes.
                    return ChartSeries(name: name, style: palette.style(of: letter).variant(number), points: points)
                }
            }
            .filter { !$0.points.isEmpty }
        }
        return [
            Chart(
                id: "sizes-throughput",
                kind: "sizes",
                title: "Throughput",
                x: .servers(sizes),
                y: .throughput(),
                series: series(Figure.all[0], scale: 1)
            ),
            Chart(
                id: "sizes-p99",
                kind: "sizes",
                title: "Response time p99",
                x: .servers(sizes),
                y: .latency(),
                series: series(Figure.all[2], scale: 1000)
            ),
        ].map(\.html).joined()
    }
}

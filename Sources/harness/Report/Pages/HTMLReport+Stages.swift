import Results
import Statistics

/// Where the time of a write goes, and how it grows with the ensemble.
extension HTMLReport {
    /// The ledger as stacked bars, for each quantile; empty where nothing was traced.
    static func stageCharts(_ stages: [StageRow], groups: [Group]) -> String {
        let ledger = stages.filter { $0.kind == .ledger && $0.serverID == nil }
        guard !ledger.isEmpty else { return "" }
        var parts: [String] = []
        for row in ledger where !parts.contains(row.stage) { parts.append(row.stage) }
        var html = "<h2>Where a write's time goes</h2>\n"
        for quantile in ["p50", "p99"] {
            let bars = groups.compactMap { group -> StackedChart.Bar? in
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
                return StackedChart.Bar(
                    name: group.name,
                    values: values,
                    errors: known.map { $0.map { words($0.error) } ?? "" },
                    sumError: words(together)
                )
            }
            html +=
                StackedChart(
                    title: "Stages of writes at \(quantile), medians over the valid runs, with their 95 % intervals",
                    parts: parts,
                    bars: bars
                ).html
        }
        let loose = stages.filter { $0.kind == .rest && $0.quantile == "p50" && $0.isWithin == false }
        if !loose.isEmpty {
            let ids = loose.map { "\($0.tag.runID) (\(percent($0.share)))" }
            html += "<p class=\"bad\">The stages leave more than 5 % of the measured p50 unexplained in "
            html += "\(LineChart.escaped(ids.joined(separator: ", "))).</p>\n"
        }
        return html
    }

    /// Empty for one run.
    private static func words(_ error: FigureError) -> String {
        error.interval == nil ? "" : error.words { ConsoleTable.latency(microseconds: $0) }
    }

    private static func percent(_ share: Double?) -> String { share.map(Limiter.percent) ?? "-" }

    /// The time for a write by the number of followers, with the fitted line; empty where there is no fit.
    static func scalingFits(_ runs: [SummaryRow]) -> String {
        let scaling = ScalingStudy.rows(runs, folder: "")
        let fits = scaling.filter { $0.kind == .fit && $0.quantity == "us_per_write" }
        guard !fits.isEmpty else { return "" }
        var html = "<h2>1/throughput = a + b (servers - 1)</h2>\n"
        for fit in fits {
            guard let a = fit.intercept, let b = fit.slope else { continue }
            let sizes = (fit.sizes ?? "").split(separator: " ").compactMap { Int($0) }
            let own = runs.filter { $0.isValid && LoadKey($0).acrossSizes == fit.subject }
            let points = sizes.compactMap { size in
                Distribution(own.filter { $0.tag.ensembleSize == size }.compactMap(\.microsecondsPerWrite)).map {
                    LineChart.Point(x: Double(size), y: $0.median, range: $0.min...$0.max)
                }
            }
            html +=
                LineChart(
                    title: "\(fit.subject.system), \(fit.subject.loadName)",
                    xTitle: "servers",
                    yTitle: "us for a write",
                    series: [
                        LineChart.Series(name: "median, least and greatest of the runs", points: points),
                        LineChart.Series(
                            name: "\(ConsoleTable.threeDigits(a)) + \(ConsoleTable.threeDigits(b)) (servers - 1) us",
                            points: sizes.map { LineChart.Point(x: Double($0), y: a + b * Double($0 - 1)) }
                        ),
                    ],
                    xTicks: sizes.map { (Double($0), "\($0)") }
                ).html
        }
        for sentence in ScalingWords.sentences(scaling) { html += "<p>\(LineChart.escaped(sentence))</p>\n" }
        return html
    }
}

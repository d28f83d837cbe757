import Statistics

/// Where the time of a write goes, and how it grows with the ensemble.
extension HTMLReport {
    /// The ledger as stacked bars, for each quantile; empty where nothing was traced.
    static func stageCharts(_ stages: CSVTable, groups: [Group], runs: CSVTable) -> String {
        let ledger = stages.rows.filter { stages.text($0, "kind") == "ledger" && stages.text($0, "server_id").isEmpty }
        guard !ledger.isEmpty else { return "" }
        var parts: [String] = []
        for row in ledger where !parts.contains(stages.text(row, "stage")) { parts.append(stages.text(row, "stage")) }
        var html = "<h2>Where a write's time goes</h2>\n"
        for quantile in ["p50", "p99"] {
            let bars = groups.compactMap { group -> StackedChart.Bar? in
                let ids = Set(group.valid(runs).map { runs.text($0, "run_id") })
                let own = ledger.filter {
                    ids.contains(stages.text($0, "run_id")) && stages.text($0, "quantile") == quantile
                }
                guard !own.isEmpty else { return nil }
                let values = parts.map { part in
                    Distribution(
                        own.filter { stages.text($0, "stage") == part }.compactMap { stages.number($0, "mean_us") }
                    )?.median ?? 0
                }
                return StackedChart.Bar(name: group.name, values: values)
            }
            html +=
                StackedChart(
                    title: "Stages of writes at \(quantile), medians over the valid runs",
                    parts: parts,
                    bars: bars
                ).html
        }
        let loose = stages.rows.filter {
            stages.text($0, "kind") == "rest" && stages.text($0, "quantile") == "p50"
                && stages.text($0, "rest_within_5_percent") == "false"
        }
        if !loose.isEmpty {
            let ids = loose.map { "\(stages.text($0, "run_id")) (\(percent(stages.number($0, "share"))))" }
            html += "<p class=\"bad\">The stages leave more than 5 % of the measured p50 unexplained in "
            html += "\(LineChart.escaped(ids.joined(separator: ", "))).</p>\n"
        }
        return html
    }

    private static func percent(_ share: Double?) -> String { share.map(Limiter.percent) ?? "-" }

    /// The time for a write by the number of followers, with the fitted line; empty where there is no fit.
    static func scalingFits(_ scaling: CSVTable, groups: [Group], runs: CSVTable) -> String {
        let fits = scaling.rows.filter {
            scaling.text($0, "kind") == "fit" && scaling.text($0, "quantity") == "us_per_write"
        }
        guard !fits.isEmpty else { return "" }
        var html = "<h2>1/throughput = a + b (servers - 1)</h2>\n"
        for fit in fits {
            let subject = ScalingRow.Subject(fit, scaling)
            guard let a = scaling.number(fit, "intercept"), let b = scaling.number(fit, "slope") else { continue }
            let sizes = scaling.text(fit, "sizes").split(separator: " ").compactMap { Double($0) }
            let measured = runs.rows.filter {
                runs.text($0, "valid") == "true" && ScalingRow.Subject($0, runs) == subject
            }.compactMap { row -> (size: Double, time: Double)? in
                guard let size = runs.number(row, "ensemble_size"), sizes.contains(size),
                    let writes = runs.number(row, "writes_measured"), writes > 0,
                    let seconds = runs.number(row, "duration_s")
                else { return nil }
                return (size, seconds * 1e6 / writes)
            }
            let points = sizes.compactMap { size in
                Distribution(measured.filter { $0.size == size }.map(\.time)).map {
                    LineChart.Point(x: size, y: $0.median, range: $0.min...$0.max)
                }
            }
            html +=
                LineChart(
                    title: "\(subject.system), \(subject.words)",
                    xTitle: "servers",
                    yTitle: "us for a write",
                    series: [
                        LineChart.Series(name: "median, least and greatest of the runs", points: points),
                        LineChart.Series(
                            name: "\(ConsoleTable.threeDigits(a)) + \(ConsoleTable.threeDigits(b)) (servers - 1) us",
                            points: sizes.map { LineChart.Point(x: $0, y: a + b * ($0 - 1)) }
                        ),
                    ],
                    xTicks: sizes.map { ($0, CSVValue.number($0).plain) }
                ).html
        }
        for sentence in ScalingWords.sentences(scaling) { html += "<p>\(LineChart.escaped(sentence))</p>\n" }
        return html
    }
}

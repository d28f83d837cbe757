import Results
import Statistics

/// report.html: one offline file, made from the rows of the CSV files and from nothing else.
public enum HTMLReport {
    /// - Parameters:
    ///   - environment: one line about the machine.
    ///   - results: the folder's rows.
    public static func text(title: String, environment: String, results: StoredResults) -> String {
        let groups = groups(results.runs)
        var body = "<h1>\(LineChart.escaped(title))</h1>\n<p>\(LineChart.escaped(environment))</p>\n"
        body += table(groups)
        body += invalid(results.runs) + trustNotes(groups)
        body += elections(ElectionSummary.grouped(results.faults))
        body += logs(groups)
        body += bySize(groups)
        body += scalingFits(results.runs)
        body += stageCharts(results.stages, groups: groups)
        body += percentiles(groups)
        body += perSecond(results.seconds, groups: groups)
        body += "<h2>Events</h2>\n" + eventList(results.events)
        body += "<p class=\"legend\">Response time counts from the planned send, service time from the actual one. "
        body += "All figures come from the CSV files beside this page.</p>\n"
        return page(title: title, body: body)
    }

    /// One offline page with the report's style.
    ///
    /// - Parameters:
    ///   - title: plain text.
    ///   - body: HTML.
    public static func page(title: String, body: String) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>\(LineChart.escaped(title))</title>
        <meta name="viewport" content="width=device-width">
        <style>\(style)</style></head><body>
        \(body)</body></html>

        """
    }

    private static let style = """
        body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        td,th{padding:.2rem .5rem;border-bottom:1px solid #ddd;text-align:right}
        td:first-child,th:first-child{text-align:left}
        figure{margin:1.5rem 0}figcaption{font-weight:600;margin-bottom:.3rem}svg{width:100%;height:auto}
        .grid{stroke:#ddd}text{font-size:11px;fill:#555}text.x{text-anchor:middle}text.y{text-anchor:end}
        .legend{font-size:13px;color:#555}.legend i{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 .8em}
        .bad{color:#b00020}small{color:#555;white-space:nowrap}
        """

    /// Runs that are repeats of each other, and what charts call them.
    struct Group {
        var point: LoadPointSummary
        /// What tells its log from those of other groups; empty where all have the same.
        var log = ""

        /// A figure of a run, as charts and tables read it.
        typealias Figure = (SummaryRow) -> Double?

        func distribution(_ figure: Figure) -> Distribution? { point.distribution(figure) }

        /// A figure with its error, as HTML.
        func cell(_ figure: LoadFigure, hasRepeats: Bool) -> String {
            let cell = LoadTable.Cell(point, figure, hasRepeats: hasRepeats, hasMarks: false)
            let text = LineChart.escaped(cell.text) + (figure.name == LoadFigure.achieved.name ? mark : "")
            return cell.error.isEmpty ? text : "\(text) <small>\(LineChart.escaped(cell.error))</small>"
        }

        var ensemble: String { "\(point.key.system), \(point.key.ensembleSize) servers" }
        var load: String { point.loadName }
        var name: String { "\(ensemble), \(load)" + (log.isEmpty ? "" : ", \(log)") }
    }

    static func groups(_ runs: [SummaryRow]) -> [Group] {
        LoadPointSummary.grouped(runs).map { Group(point: $0) }.withLogs
    }

    private static func table(_ groups: [Group]) -> String {
        let columns: [(title: String, figure: LoadFigure)] = [
            ("Offered/s", .offered), ("Achieved/s", .achieved), ("Response p50", .responseP50), ("p99", .responseP99),
            ("Service p50", .serviceP50), ("p99", .serviceP99), ("Syncs/write", .syncsPerWrite),
            ("&times; floor", .timesFloor), ("% of limit", .percentOfLimit),
        ]
        let hasRepeats = groups.contains(where: \.point.hasRepeats)
        var html = "<table><tr><th>Load</th>" + columns.map { "<th>\($0.title)</th>" }.joined()
        html += "<th>Valid runs</th></tr>\n"
        for group in groups {
            html += "<tr><td>\(LineChart.escaped(group.name))</td>"
            for column in columns { html += "<td>\(group.cell(column.figure, hasRepeats: hasRepeats))</td>" }
            html += "<td>\(group.point.valid.count)/\(group.point.rows.count)</td></tr>\n"
        }
        return html + "</table>\n" + notes(groups, figures: columns.map(\.figure))
    }

    /// What ± means and what is known where there is none, below a table.
    static func notes(_ groups: [Group], figures: [LoadFigure]) -> String {
        let points = groups.map(\.point)
        let medians = points.contains(where: \.hasRepeats) ? ["Medians over the valid runs."] : []
        let lines = medians + FigureNotes.lines(points, figures: figures)
        guard !lines.isEmpty else { return "" }
        return "<p class=\"legend\">\(lines.map(LineChart.escaped).joined(separator: " "))</p>\n"
    }

    private static func invalid(_ runs: [SummaryRow]) -> String {
        var html = ""
        for run in runs where !run.isValid {
            let text = "Not a result: \(run.tag.runID): \(run.invalidReasons.joined(separator: "; "))"
            html += "<p class=\"bad\">\(LineChart.escaped(text))</p>\n"
        }
        if runs.contains(where: \.context.isMachineLimited) {
            html += "<p class=\"bad\">Rows with more servers than cores measure the machine.</p>\n"
        }
        return html
    }

    /// Throughput and latency by ensemble size, where there are several.
    private static func bySize(_ groups: [Group]) -> String {
        let sizes = Set(groups.map(\.point.key.ensembleSize)).sorted()
        guard sizes.count > 1 else { return "" }
        var lines: [String] = []
        func line(_ group: Group) -> String {
            group.point.key.system + ", " + group.load + (group.log.isEmpty ? "" : ", " + group.log)
        }
        for group in groups where !lines.contains(line(group)) { lines.append(line(group)) }
        func chart(_ title: String, _ unit: String, scale: Double, _ figure: Group.Figure) -> String {
            let series = lines.map { name in
                let points = groups.filter { line($0) == name }.compactMap { group in
                    group.distribution(figure).map {
                        LineChart.Point(
                            x: Double(group.point.key.ensembleSize),
                            y: $0.median / scale,
                            range: $0.min / scale...$0.max / scale
                        )
                    }
                }
                return LineChart.Series(name: name, points: points)
            }
            return LineChart(
                title: title,
                xTitle: "servers",
                yTitle: unit,
                series: series,
                xTicks: sizes.map { (Double($0), "\($0)") }
            ).html
        }
        return "<h2>By ensemble size</h2>\n"
            + chart("Throughput: median, least and greatest of the repeats", "operations/s", scale: 1) {
                $0.achievedPerSecond
            }
            + chart("Response time, p50", "ms", scale: 1000) { $0.response.p50Microseconds }
            + chart("Response time, p99", "ms", scale: 1000) { $0.response.p99Microseconds }
    }

    private static func percentiles(_ groups: [Group]) -> String {
        let marks: [(String, Group.Figure)] = [
            ("p50", { $0.response.p50Microseconds }), ("p90", { $0.response.p90Microseconds }),
            ("p99", { $0.response.p99Microseconds }), ("p99.9", { $0.response.p999Microseconds }),
            ("max", { $0.response.maxMicroseconds }),
        ]
        // In a sweep of logs there is a line for each of them, which a chart of all loads could not hold.
        let isSweep = groups.contains { !$0.log.isEmpty }
        let chapters =
            isSweep ? chaptered(groups, by: { "\($0.ensemble), \($0.load)" }) : [(title: "", groups: groups)]
        var html = "<h2>Latency</h2>\n"
        for (title, same) in chapters {
            html +=
                LineChart(
                    title: "Response time by percentile: median, least and greatest of the repeats"
                        + (title.isEmpty ? "" : "; \(title)"),
                    xTitle: "percentile",
                    yTitle: "ms",
                    series: same.map { percentiles($0, marks, name: isSweep ? $0.log : $0.name) },
                    isLogarithmic: true,
                    xTicks: marks.enumerated().map { (Double($0.offset), $0.element.0) }
                ).html
        }
        return html
    }

    private static func percentiles(
        _ group: Group,
        _ marks: [(String, Group.Figure)],
        name: String
    ) -> LineChart.Series {
        let points = marks.enumerated().compactMap { index, mark in
            group.distribution(mark.1).map {
                LineChart.Point(x: Double(index), y: $0.median / 1000, range: $0.min / 1000...$0.max / 1000)
            }
        }
        return LineChart.Series(name: name, points: points, isWarning: group.point.durability.isLossy)
    }

    private static func perSecond(_ seconds: [SecondRow], groups: [Group]) -> String {
        let rowsOfRun = Dictionary(grouping: seconds, by: \.tag.runID)
        var html = "<h2>Second by second</h2>\n"
        // More charts than anybody scrolls through stay folded.
        let isFolded = groups.count > 12
        if isFolded { html += "<details><summary>\(groups.count) load points</summary>\n" }
        for group in groups {
            func series(_ figure: (SecondRow) -> Double?) -> [LineChart.Series] {
                group.point.rows.map { run in
                    let points = rowsOfRun[run.tag.runID, default: []].compactMap { row in
                        figure(row).map { LineChart.Point(x: row.elapsedSeconds, y: $0) }
                    }
                    return LineChart.Series(name: run.tag.runID, points: points)
                }
            }
            html +=
                LineChart(
                    title: group.name + ": throughput, warm-up included",
                    xTitle: "s",
                    yTitle: "operations/s",
                    series: series(\.achievedPerSecond)
                ).html
            html +=
                LineChart(
                    title: group.name + ": response time p99",
                    xTitle: "s",
                    yTitle: "ms",
                    series: series { $0.responseP99Microseconds.map { $0 / 1000 } },
                    isLogarithmic: true
                ).html
        }
        return html + (isFolded ? "</details>\n" : "")
    }

    private static func eventList(_ events: [EventRow]) -> String {
        var html = "<details><summary>\(events.count) events</summary><table>"
        html += "<tr><th>Run</th><th>s</th><th>Event</th><th>Server</th><th>Detail</th></tr>\n"
        for row in events {
            let cells = [
                row.tag.runID, CSVValue.number(row.elapsedSeconds).plain, row.event,
                row.serverID.map { "\($0)" } ?? "", row.detail ?? "",
            ]
            html += "<tr>" + cells.map { "<td>\(LineChart.escaped($0))</td>" }.joined() + "</tr>\n"
        }
        return html + "</table></details>\n"
    }
}

extension [HTMLReport.Group] {
    /// With what tells their logs apart, where anything does.
    fileprivate var withLogs: [HTMLReport.Group] {
        // Other systems differ from ours in more than their logs.
        guard Set(map(\.point.key.system)).count == 1 else { return self }
        let parts = [\LoadKey.fsyncStrategy, \.commit, \.logDirectories].filter { part in
            Set(map { $0.point.key[keyPath: part] }).count > 1
        }
        return map { group in
            var group = group
            group.log = parts.map { group.point.key[keyPath: $0] }.joined(separator: ", ")
            return group
        }
    }
}

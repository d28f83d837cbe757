import Measure

/// report.html: one offline file, made from the CSV files' text and from nothing else.
public enum HTMLReport {
    /// - Parameters:
    ///   - summary: the text of summary.csv.
    ///   - timeseries: the text of timeseries.csv.
    ///   - events: the text of events.csv.
    ///   - environment: one line about the machine.
    public static func text(
        title: String,
        environment: String,
        summary: String,
        timeseries: String,
        events: String
    ) -> String {
        let runs = CSVTable(parsing: summary)
        let groups = grouped(runs)
        var body = "<h1>\(LineChart.escaped(title))</h1>\n<p>\(LineChart.escaped(environment))</p>\n"
        body += table(groups, runs: runs)
        body += invalid(runs)
        body += bySize(groups, runs: runs)
        body += percentiles(groups, runs: runs)
        body += perSecond(CSVTable(parsing: timeseries), groups: groups, runs: runs)
        body += "<h2>Events</h2>\n" + eventList(CSVTable(parsing: events))
        body += "<p class=\"legend\">Response time counts from the planned send, service time from the actual one. "
        body += "All figures come from the CSV files beside this page.</p>\n"
        return """
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
        .bad{color:#b00020}
        """

    /// Runs that are repeats of each other.
    private struct Group {
        var system: String
        var size: Double
        var load: String
        var rows: [[String]]

        func valid(_ runs: CSVTable) -> [[String]] { rows.filter { runs.text($0, "valid") == "true" } }

        func distribution(_ column: String, _ runs: CSVTable) -> Distribution? {
            Distribution(valid(runs).compactMap { runs.number($0, column) })
        }

        var name: String { "\(system), \(CSVValue.number(size).plain) servers, \(load)" }
    }

    private static func grouped(_ runs: CSVTable) -> [Group] {
        let columns = [
            "system", "placement", "ensemble_size", "fsync_strategy", "batch_policy", "load_mode", "clients",
            "outstanding",
            "payload_bytes", "point", "rate_per_s", "connect_to", "mix", "keys",
        ]
        var order: [[String]] = []
        var groups: [[String]: Group] = [:]
        for row in runs.rows {
            let key = columns.map { runs.text(row, $0) }
            if groups[key] == nil {
                order.append(key)
                let system = runs.text(row, "system")
                let size = runs.number(row, "ensemble_size") ?? 0
                groups[key] = Group(system: system, size: size, load: load(row, runs), rows: [])
            }
            groups[key]?.rows.append(row)
        }
        return order.compactMap { groups[$0] }.sorted { ($0.system, $0.load, $0.size) < ($1.system, $1.load, $1.size) }
    }

    private static func load(_ row: [String], _ runs: CSVTable) -> String {
        let point = runs.text(row, "point")
        let rate = runs.text(row, "rate_per_s")
        return (point.isEmpty ? "" : point + ": ") + runs.text(row, "load_mode").replacing("_", with: " ")
            + (rate.isEmpty ? "" : " \(rate)/s")
            + " \(runs.text(row, "clients"))x\(runs.text(row, "outstanding")), \(runs.text(row, "payload_bytes")) B"
    }

    private static func table(_ groups: [Group], runs: CSVTable) -> String {
        var html = "<table><tr><th>Load</th><th>Offered/s</th><th>Achieved/s</th><th>Spread</th><th>Response p50</th>"
        html += "<th>p99</th><th>Service p50</th><th>p99</th><th>Valid runs</th></tr>\n"
        for group in groups {
            let achieved = group.distribution("achieved_per_s", runs)
            func latency(_ column: String) -> String {
                ConsoleTable.latency(microseconds: group.distribution(column, runs)?.median)
            }
            let spread = achieved.flatMap { $0.count > 1 ? $0.spreadPercent : nil }
            let cells = [
                LineChart.escaped(group.name),
                group.distribution("offered_per_s", runs).map { ConsoleTable.grouped($0.median) } ?? "-",
                achieved.map { ConsoleTable.grouped($0.median) } ?? "-",
                spread.map { ConsoleTable.threeDigits($0) + " %" } ?? "-",
                latency("response_p50_us"), latency("response_p99_us"), latency("service_p50_us"),
                latency("service_p99_us"), "\(group.valid(runs).count)/\(group.rows.count)",
            ]
            html += "<tr>" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>\n"
        }
        return html + "</table>\n<p class=\"legend\">Medians over the valid runs; spread is (max - min) / median.</p>\n"
    }

    private static func invalid(_ runs: CSVTable) -> String {
        var html = ""
        for row in runs.rows where runs.text(row, "valid") != "true" {
            let text = "Not a result: \(runs.text(row, "run_id")): \(runs.text(row, "invalid_reason"))"
            html += "<p class=\"bad\">\(LineChart.escaped(text))</p>\n"
        }
        if runs.rows.contains(where: { runs.text($0, "machine_limited") == "true" }) {
            html += "<p class=\"bad\">Rows with more servers than cores measure the machine.</p>\n"
        }
        return html
    }

    /// Throughput and latency by ensemble size, where there are several.
    private static func bySize(_ groups: [Group], runs: CSVTable) -> String {
        let sizes = Set(groups.map(\.size)).sorted()
        guard sizes.count > 1 else { return "" }
        var lines: [String] = []
        for group in groups where !lines.contains(group.system + ", " + group.load) {
            lines.append(group.system + ", " + group.load)
        }
        func chart(_ title: String, _ unit: String, _ column: String, scale: Double) -> String {
            let series = lines.map { line in
                let points = groups.filter { $0.system + ", " + $0.load == line }.compactMap { group in
                    group.distribution(column, runs).map {
                        LineChart.Point(x: group.size, y: $0.median / scale, range: $0.min / scale...$0.max / scale)
                    }
                }
                return LineChart.Series(name: line, points: points)
            }
            return LineChart(
                title: title,
                xTitle: "servers",
                yTitle: unit,
                series: series,
                xTicks: sizes.map { ($0, CSVValue.number($0).plain) }
            ).html
        }
        return "<h2>By ensemble size</h2>\n"
            + chart("Throughput: median, least and greatest of the repeats", "operations/s", "achieved_per_s", scale: 1)
            + chart("Response time, p50", "ms", "response_p50_us", scale: 1000)
            + chart("Response time, p99", "ms", "response_p99_us", scale: 1000)
    }

    private static func percentiles(_ groups: [Group], runs: CSVTable) -> String {
        let marks = [
            ("p50", "response_p50_us"), ("p90", "response_p90_us"), ("p99", "response_p99_us"),
            ("p99.9", "response_p999_us"), ("max", "response_max_us"),
        ]
        let series = groups.map { group in
            let points = marks.enumerated().compactMap { index, mark in
                group.distribution(mark.1, runs).map {
                    LineChart.Point(x: Double(index), y: $0.median / 1000, range: $0.min / 1000...$0.max / 1000)
                }
            }
            return LineChart.Series(name: group.name, points: points)
        }
        return "<h2>Latency</h2>\n"
            + LineChart(
                title: "Response time by percentile: median, least and greatest of the repeats",
                xTitle: "percentile",
                yTitle: "ms",
                series: series,
                isLogarithmic: true,
                xTicks: marks.enumerated().map { (Double($0.offset), $0.element.0) }
            ).html
    }

    private static func perSecond(_ seconds: CSVTable, groups: [Group], runs: CSVTable) -> String {
        var rowsOfRun: [String: [[String]]] = [:]
        for row in seconds.rows { rowsOfRun[seconds.text(row, "run_id"), default: []].append(row) }
        var html = "<h2>Second by second</h2>\n"
        for group in groups {
            func series(_ column: String, scale: Double) -> [LineChart.Series] {
                group.rows.map { run in
                    let id = runs.text(run, "run_id")
                    let points = rowsOfRun[id, default: []].compactMap { row -> LineChart.Point? in
                        guard let x = seconds.number(row, "elapsed_s"), let y = seconds.number(row, column) else {
                            return nil
                        }
                        return LineChart.Point(x: x, y: y / scale)
                    }
                    return LineChart.Series(name: id, points: points)
                }
            }
            html +=
                LineChart(
                    title: group.name + ": throughput, warm-up included",
                    xTitle: "s",
                    yTitle: "operations/s",
                    series: series("achieved_per_s", scale: 1)
                ).html
            html +=
                LineChart(
                    title: group.name + ": response time p99",
                    xTitle: "s",
                    yTitle: "ms",
                    series: series("response_p99_us", scale: 1000),
                    isLogarithmic: true
                ).html
        }
        return html
    }

    private static func eventList(_ events: CSVTable) -> String {
        var html = "<details><summary>\(events.rows.count) events</summary><table>"
        html += "<tr><th>Run</th><th>s</th><th>Event</th><th>Server</th><th>Detail</th></tr>\n"
        for row in events.rows {
            let cells = ["run_id", "elapsed_s", "event", "server_id", "detail"].map { events.text(row, $0) }
            html += "<tr>" + cells.map { "<td>\(LineChart.escaped($0))</td>" }.joined() + "</tr>\n"
        }
        return html + "</table></details>\n"
    }
}

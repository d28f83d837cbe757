import Statistics

/// report.html: one offline file, made from the CSV files' text and from nothing else.
public enum HTMLReport {
    /// - Parameters:
    ///   - summary: the text of summary.csv.
    ///   - timeseries: the text of timeseries.csv.
    ///   - events: the text of events.csv.
    ///   - stages: the text of stages.csv; empty where nothing was traced.
    ///   - scaling: the text of scaling.csv; empty where there was one size.
    ///   - elections: the text of elections-summary.csv; empty where there is none.
    ///   - environment: one line about the machine.
    public static func text(
        title: String,
        environment: String,
        summary: String,
        timeseries: String,
        events: String,
        stages: String = "",
        scaling: String = "",
        elections: String = ""
    ) -> String {
        let runs = CSVTable(parsing: summary)
        let groups = grouped(runs)
        var body = "<h1>\(LineChart.escaped(title))</h1>\n<p>\(LineChart.escaped(environment))</p>\n"
        body += table(groups, runs: runs)
        body += invalid(runs)
        body += self.elections(CSVTable(parsing: elections))
        body += logs(groups, runs: runs)
        body += bySize(groups, runs: runs)
        body += scalingFits(CSVTable(parsing: scaling), groups: groups, runs: runs)
        body += stageCharts(CSVTable(parsing: stages), groups: groups, runs: runs)
        body += percentiles(groups, runs: runs)
        body += perSecond(CSVTable(parsing: timeseries), groups: groups, runs: runs)
        body += "<h2>Events</h2>\n" + eventList(CSVTable(parsing: events))
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
        .bad{color:#b00020}
        """

    /// Runs that are repeats of each other.
    struct Group {
        var system: String
        var size: Double
        var load: String
        var strategy: String
        /// The batch policy, and how many logs are in flight where the policy does not say it.
        var commit: String
        /// `one` or `separate`; empty in files of older versions.
        var directories: String
        /// What tells its log from those of other groups; empty where all have the same.
        var log = ""
        var rows: [[String]]

        func valid(_ runs: CSVTable) -> [[String]] { rows.filter { runs.text($0, "valid") == "true" } }

        func distribution(_ column: String, _ runs: CSVTable) -> Distribution? {
            Distribution(valid(runs).compactMap { runs.number($0, column) })
        }

        /// Whether every run was asked for more than the servers can do, and nothing else was wrong.
        func isOverloaded(_ runs: CSVTable) -> Bool {
            rows.allSatisfy {
                RunValidity.isOverload(runs.text($0, "invalid_reason").split(separator: "; ").map(String.init))
            }
        }

        /// What was proven about the strategy: the same in all rows.
        func durability(_ runs: CSVTable) -> SummaryRow.Durability {
            guard let row = rows.first else { return SummaryRow.Durability() }
            let flags = ["true": true, "false": false]
            return SummaryRow.Durability(
                survivesProcessCrash: flags[runs.text(row, "survives_process_crash")],
                survivesPowerLoss: flags[runs.text(row, "survives_power_loss")],
                acknowledgedLost: runs.number(row, "acknowledged_lost_in_simulation").map { Int($0) }
            )
        }

        var ensemble: String { "\(system), \(CSVValue.number(size).plain) servers" }
        var name: String { "\(ensemble), \(load)" + (log.isEmpty ? "" : ", \(log)") }
    }

    static func grouped(_ runs: CSVTable) -> [Group] {
        let columns = [
            "system", "placement", "ensemble_size", "fsync_strategy", "batch_policy", "in_flight", "log_directories",
            "load_mode", "clients", "outstanding", "payload_bytes", "point", "rate_per_s", "connect_to", "mix", "keys",
        ]
        var order: [[String]] = []
        var groups: [[String]: Group] = [:]
        for row in runs.rows {
            let key = columns.map { runs.text(row, $0) }
            if groups[key] == nil {
                order.append(key)
                let policy = runs.text(row, "batch_policy")
                let inFlight = runs.number(row, "in_flight").map { Int($0) } ?? 1
                let isPlain = inFlight == (policy == "overlapped" ? 2 : 1)
                groups[key] = Group(
                    system: runs.text(row, "system"),
                    size: runs.number(row, "ensemble_size") ?? 0,
                    load: load(row, runs),
                    strategy: runs.text(row, "fsync_strategy"),
                    commit: isPlain ? policy : "\(policy), \(inFlight) in flight",
                    directories: runs.text(row, "log_directories"),
                    rows: []
                )
            }
            groups[key]?.rows.append(row)
        }
        return order.compactMap { groups[$0] }.withLogs.sorted {
            let (left, right) = (NaturalOrder.key($0.load), NaturalOrder.key($1.load))
            return ($0.system, left, $0.size, NaturalOrder.key($0.log))
                < ($1.system, right, $1.size, NaturalOrder.key($1.log))
        }
    }

    private static func load(_ row: [String], _ runs: CSVTable) -> String {
        let point = runs.text(row, "point")
        let rate = runs.text(row, "rate_per_s")
        return (point.isEmpty ? "" : point + ": ") + runs.text(row, "load_mode").replacing("_", with: " ")
            + (rate.isEmpty ? "" : " \(rate)/s")
            + " \(runs.text(row, "clients"))x\(runs.text(row, "outstanding")), \(runs.text(row, "payload_bytes")) B"
            + LoadPointSummary.placement(runs.text(row, "connect_to"))
    }

    private static func table(_ groups: [Group], runs: CSVTable) -> String {
        var html = "<table><tr><th>Load</th><th>Offered/s</th><th>Achieved/s</th><th>Spread</th><th>Response p50</th>"
        html +=
            "<th>p99</th><th>Service p50</th><th>p99</th><th>&times; floor</th><th>% of limit</th><th>Valid runs</th></tr>\n"
        for group in groups {
            let achieved = group.distribution("achieved_per_s", runs)
            func latency(_ column: String) -> String {
                ConsoleTable.latency(microseconds: group.distribution(column, runs)?.median)
            }
            func figure(_ column: String) -> String {
                group.distribution(column, runs).map { ConsoleTable.threeDigits($0.median) } ?? "-"
            }
            let spread = achieved.flatMap { $0.count > 1 ? $0.spreadPercent : nil }
            let cells = [
                LineChart.escaped(group.name),
                group.distribution("offered_per_s", runs).map { ConsoleTable.grouped($0.median) } ?? "-",
                achieved.map { ConsoleTable.grouped($0.median) } ?? "-",
                spread.map { ConsoleTable.threeDigits($0) + " %" } ?? "-",
                latency("response_p50_us"), latency("response_p99_us"), latency("service_p50_us"),
                latency("service_p99_us"), figure("x_floor"), figure("percent_of_limit"),
                "\(group.valid(runs).count)/\(group.rows.count)",
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
        func line(_ group: Group) -> String {
            group.system + ", " + group.load + (group.log.isEmpty ? "" : ", " + group.log)
        }
        for group in groups where !lines.contains(line(group)) { lines.append(line(group)) }
        func chart(_ title: String, _ unit: String, _ column: String, scale: Double) -> String {
            let series = lines.map { name in
                let points = groups.filter { line($0) == name }.compactMap { group in
                    group.distribution(column, runs).map {
                        LineChart.Point(x: group.size, y: $0.median / scale, range: $0.min / scale...$0.max / scale)
                    }
                }
                return LineChart.Series(name: name, points: points)
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
                    series: same.map { percentiles($0, marks, runs: runs, name: isSweep ? $0.log : $0.name) },
                    isLogarithmic: true,
                    xTicks: marks.enumerated().map { (Double($0.offset), $0.element.0) }
                ).html
        }
        return html
    }

    private static func percentiles(
        _ group: Group,
        _ marks: [(String, String)],
        runs: CSVTable,
        name: String
    ) -> LineChart.Series {
        let points = marks.enumerated().compactMap { index, mark in
            group.distribution(mark.1, runs).map {
                LineChart.Point(x: Double(index), y: $0.median / 1000, range: $0.min / 1000...$0.max / 1000)
            }
        }
        return LineChart.Series(name: name, points: points, isWarning: group.durability(runs).isLossy)
    }

    private static func perSecond(_ seconds: CSVTable, groups: [Group], runs: CSVTable) -> String {
        var rowsOfRun: [String: [[String]]] = [:]
        for row in seconds.rows { rowsOfRun[seconds.text(row, "run_id"), default: []].append(row) }
        var html = "<h2>Second by second</h2>\n"
        // More charts than anybody scrolls through stay folded.
        let isFolded = groups.count > 12
        if isFolded { html += "<details><summary>\(groups.count) load points</summary>\n" }
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
        return html + (isFolded ? "</details>\n" : "")
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

extension [HTMLReport.Group] {
    /// With what tells their logs apart, where anything does.
    fileprivate var withLogs: [HTMLReport.Group] {
        // Other systems differ from ours in more than their logs.
        guard Set(map(\.system)).count == 1 else { return self }
        let parts = [\HTMLReport.Group.strategy, \.commit, \.directories].filter { part in
            Set(map { $0[keyPath: part] }).count > 1
        }
        return map { group in
            var group = group
            group.log = parts.map { group[keyPath: $0] }.joined(separator: ", ")
            return group
        }
    }
}

import Results

extension HTMLReport {
    /// What is drawn of each server: by the second, from servers.csv.
    private struct ServerFigure: Sendable {
        var name: String
        var unit: String
        var value: @Sendable (ServerRow) -> Double?

        static func rate(_ name: String, _ unit: String, _ counter: ServerCounter) -> ServerFigure {
            ServerFigure(name: name, unit: unit) { row in
                row.counters[counter].map { Double($0) / row.lengthSeconds }
            }
        }

        /// A thread's time on a processor.
        static func share(_ name: String, _ counter: ServerCounter) -> ServerFigure {
            ServerFigure(name: name, unit: "% of a core") { row in
                row.counters[counter].map { Double($0) / 1e4 / row.lengthSeconds }
            }
        }

        static let all = [
            rate("Syncs", "1/s", .syncs),
            ServerFigure(name: "Records in a group commit", unit: "records") { row in
                guard let records = row.counters[.recordsLogged], let groups = row.counters[.groupCommits], groups > 0
                else { return nil }
                return Double(records) / Double(groups)
            },
            share("Processor time of the loop", .cpuLoop),
            share("Processor time of the log", .cpuLog),
            ServerFigure(name: "Requests taken and not answered", unit: "requests") {
                $0.gauges[.outstandingRequests].map { Double($0) }
            },
            ServerFigure(name: "Records waiting for the log", unit: "records") {
                $0.gauges[.queueLogRecords].map { Double($0) }
            },
            ServerFigure(name: "Records waiting for links", unit: "records") {
                $0.gauges[.queueLinkRecords].map { Double($0) }
            },
        ]
    }

    /// Shorter stretches, at the borders of phases, say nothing of a rate.
    private static let shortestSeconds = 0.4
    /// Load points beyond which followers are drawn as one of them.
    private static let mostPoints = 12

    /// What the servers did, second by second: of each load point its first valid run, folded where there are several; empty where
    /// nothing was sampled.
    static func servers(_ context: ReportContext) -> String {
        let results = context.results
        let rows = Dictionary(grouping: results.servers, by: \.tag.runID)
        let points = context.groups.map(\.point)
        var html = ""
        for (index, point) in points.enumerated() {
            guard let run = point.valid.first ?? point.rows.first else { continue }
            let own = (rows[run.tag.runID] ?? []).filter {
                $0.elapsedSeconds > 0 && $0.lengthSeconds >= shortestSeconds
            }
            let spans = faultSpans(context, run: run.tag.runID)
            let charts = charts(own, isBrief: points.count > mostPoints, id: index, spans: spans, context.palette)
            guard !charts.isEmpty else { continue }
            let name = context.runNames[run.tag.runID] ?? run.tag.runID
            html += points.count == 1 ? charts : HTMLPage.folded(name, charts)
        }
        return html
    }

    private static func charts(
        _ rows: [ServerRow],
        isBrief: Bool,
        id: Int,
        spans: [ChartSpan],
        _ palette: Palette
    ) -> String {
        var ids = Array(Set(rows.map(\.serverID))).sorted()
        let servers = Dictionary(grouping: rows, by: \.serverID)
        func reign(_ id: Int) -> Int { (servers[id] ?? []).count { $0.state == "leader" } }
        if isBrief {
            // The leader, and one that follows.
            let leader = ids.max { reign($0) < reign($1) }
            let follower = ids.first { $0 != leader && reign($0) == 0 }
            ids = [leader, follower].compactMap(\.self)
        }
        func name(_ id: Int) -> String {
            let led = reign(id)
            let words = led == 0 ? "" : led == servers[id]?.count ? ", the leader" : ", leader for a time"
            return "server \(id)" + words
        }
        // Of a sweep the first four: rates and threads.
        let charts = ServerFigure.all.prefix(isBrief ? 4 : ServerFigure.all.count).map { figure in
            let series = ids.map { id in
                ChartSeries(
                    name: name(id),
                    style: palette.style(of: "server \(id)"),
                    points: (servers[id] ?? []).map { row in
                        ChartSeries.Point(x: row.elapsedSeconds, y: figure.value(row) ?? .nan)
                    },
                    // A hundred charts of points, each with its words, would be megabytes.
                    drawing: isBrief ? .band : .line
                )
            }
            return Chart(
                id: "servers-\(id)-\(HTMLText.anchor(figure.name))",
                kind: "servers",
                title: figure.name,
                x: .time(),
                y: Axis(figure.name, unit: figure.unit),
                series: series,
                spans: spans,
                height: 150,
                hasLegend: false
            )
        }
        // What stayed at zero, or nobody counts, is no chart.
        let drawn = charts.filter { chart in chart.series.contains { $0.points.contains { $0.y > 0 } } }
        return drawn.isEmpty ? "" : Chart.legend(of: drawn[0].series) + legend(of: spans) + Chart.multiples(drawn)
    }

    /// What is shaded in all of the charts.
    private static func legend(of spans: [ChartSpan]) -> String {
        var named: Set<String> = []
        let keys = spans.filter { named.insert($0.name).inserted }.map {
            "<span>\($0.style.patch)\(HTMLText.escaped($0.name))</span>"
        }
        return keys.isEmpty ? "" : "<p class=\"legend\">\(keys.joined(separator: " "))</p>\n"
    }
}

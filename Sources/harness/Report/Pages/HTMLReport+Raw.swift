import Results
import Statistics

/// What few look at, folded: every second, every run, every event.
extension HTMLReport {
    static func rawSections(_ context: ReportContext) -> [HTMLPage.Section] {
        let seconds = perSecond(context)
        let runs = context.results.runs
        return [
            HTMLPage.Section(
                id: "seconds",
                title: "Second by second",
                body: seconds,
                summary: "throughput and p99 of every run, warm-up included",
                isRaw: true
            ),
            HTMLPage.Section(
                id: "runs",
                title: "Runs",
                body: runTable(context),
                summary: "\(counted(runs.count, "run")), \(runs.count(where: \.isValid)) valid, each with its limiter",
                isRaw: true
            ),
            HTMLPage.Section(
                id: "events",
                title: "Events",
                body: events(context),
                summary: counted(context.results.events.count, "event"),
                isRaw: true
            ),
        ]
    }

    private static func perSecond(_ context: ReportContext) -> String {
        let rowsOfRun = Dictionary(grouping: context.results.seconds, by: \.tag.runID)
        return context.groups.map { group in
            func series(_ figure: (SecondRow) -> Double?) -> [ChartSeries] {
                group.point.rows.map { run in
                    let points = rowsOfRun[run.tag.runID, default: []].compactMap { row in
                        figure(row).map { ChartSeries.Point(x: row.elapsedSeconds, y: $0) }
                    }
                    var style = context.style(of: group)
                    // Repeats are one thing, so they have one colour.
                    style.dash = max(0, run.tag.repeatNumber - 1) % SeriesStyle.dashes
                    return ChartSeries(
                        name: "run \(run.tag.repeatNumber)",
                        style: style,
                        points: points,
                        drawing: points.count > 12 ? .band : .line
                    )
                }
            }
            // Of several runs, whose faults came at other moments, the shades would lie on each other.
            let spans =
                group.point.rows.count == 1 ? faultSpans(context, run: group.point.rows[0].tag.runID) : []
            return Chart.multiples([
                Chart(
                    id: context.anchors.unique("throughput-\(group.setting)"),
                    kind: "timeseries",
                    title: "\(group.setting): throughput",
                    x: .time("Time"),
                    y: .throughput(),
                    series: series(\.achievedPerSecond),
                    spans: spans,
                    height: 120
                ),
                Chart(
                    id: context.anchors.unique("p99-\(group.setting)"),
                    kind: "timeseries",
                    title: "\(group.setting): p99",
                    x: .time("Time"),
                    y: .latency("Response time p99"),
                    series: series { $0.responseP99Microseconds.map { $0 / 1000 } },
                    spans: spans,
                    height: 120,
                    hasLegend: false
                ),
            ])
        }.joined()
    }

    private static func runTable(_ context: ReportContext) -> String {
        var table = HTMLTable([
            .init("Setting"), .init("Valid", isWords: true), .init("Achieved/s"), .init("p99"),
            .init("Limiter", isWords: true),
            .init("Reason", isWords: true), .init("run_id in the files", isWords: true),
        ])
        for row in context.groups.flatMap(\.point.rows) {
            let cells = [
                context.runNames[row.tag.runID] ?? "", row.isValid ? "yes" : "NO",
                ConsoleTable.grouped(row.achievedPerSecond),
                ConsoleTable.latency(microseconds: row.response.p99Microseconds), row.leader.limiter ?? "-",
                row.invalidReasons.joined(separator: "; "), row.tag.runID,
            ]
            table.add(cells.map(HTMLText.escaped), isWarning: !row.isValid)
        }
        return table.html
    }

    private static func events(_ context: ReportContext) -> String {
        var table = HTMLTable([
            .init("Run"), .init("Second"), .init("Event", isWords: true), .init("Server"),
            .init("Detail", isWords: true),
        ])
        var last = ""
        for row in context.results.events {
            let run = context.runNames[row.tag.runID] ?? row.tag.runID
            let cells = [
                // A run's name stands beside its first event.
                run == last ? "" : run, CSVValue.number(row.elapsedSeconds).plain, row.event.replacing("_", with: " "),
                row.serverID.map { "\($0)" } ?? "", row.detail ?? "",
            ]
            last = run
            table.add(cells.map(HTMLText.escaped))
        }
        return table.html
    }
}

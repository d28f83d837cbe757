import Results
import Statistics

/// Throughput and latency by ensemble size, where there are several.
extension HTMLReport {
    static func bySize(_ context: ReportContext) -> String {
        // What a load achieves while faults are made says nothing of the size.
        guard context.hasSizes, !context.hasFaults else { return "" }
        return throughputBySize(context) + latencyBySize(context)
    }

    /// What would be one line through the sizes: the load, and the system where there are several.
    private static func lines(_ context: ReportContext) -> [(title: String, groups: [Group])] {
        let hasSystems = Set(context.groups.map(\.point.key.system)).count > 1
        return chaptered(context.groups) { group in
            context.names.load(group.point.key) + (hasSystems ? ", \(group.point.key.system)" : "")
        }
    }

    private static func points(
        _ groups: [Group],
        scale: Double = 1,
        _ figure: Group.Figure
    ) -> [ChartSeries.Point] {
        groups.compactMap { group in
            group.distribution(figure).map { found in
                ChartSeries.Point(
                    x: Double(group.point.key.ensembleSize),
                    y: found.median / scale,
                    interval: found.limits.map { $0.lowerBound / scale...$0.upperBound / scale }
                )
            }
        }
    }

    /// Without those whose calibration was refused: what it says of them is no limit.
    private static func calibrated(_ groups: [Group]) -> [Group] { groups.filter { !$0.point.isCalibrationRefused } }

    /// Only loads that show what the servers can do: at a given rate, or with one operation at a time, there is a latency
    /// and no capacity.
    private static func throughputBySize(_ context: ReportContext) -> String {
        func isSaturating(_ key: LoadKey) -> Bool { key.mode == "closed" && key.clients * key.outstanding > 1 }
        let all = lines(context)
        let some = all.filter { $0.groups.allSatisfy { isSaturating($0.point.key) } }
        let shown = some.isEmpty ? all : some
        var series = shown.map { title, groups in
            ChartSeries(
                name: title,
                style: context.palette.style(of: title),
                points: points(groups, \.achievedPerSecond)
            )
        }
        if shown.count == 1, let groups = shown.first?.groups {
            let limit = points(calibrated(groups), \.limits.perSecond)
            if !limit.isEmpty { series.append(ChartSeries(name: "calibrated limit", style: .muted, points: limit)) }
        }
        return Chart(
            id: "throughput-by-size",
            kind: "throughput-by-size",
            title: "Throughput by ensemble size",
            x: .servers(context.groups.map(\.point.key.ensembleSize)),
            y: .throughput(),
            series: series
        ).html
    }

    private static func latencyBySize(_ context: ReportContext) -> String {
        let quantiles: [(name: String, figure: Group.Figure)] = [
            ("p50", { $0.response.p50Microseconds }), ("p99", { $0.response.p99Microseconds }),
            ("p99.9", { $0.response.p999Microseconds }),
        ]
        let charts = lines(context).map { title, groups -> Chart in
            var series = quantiles.map { name, figure in
                ChartSeries(
                    name: name,
                    style: context.palette.style(of: name),
                    points: points(groups, scale: 1000, figure)
                )
            }
            let floor = points(calibrated(groups), scale: 1000) { run in
                run.limits.timesFloor.flatMap { times in run.response.p50Microseconds.map { $0 / times } }
            }
            if !floor.isEmpty { series.append(ChartSeries(name: "calibrated floor", style: .muted, points: floor)) }
            return Chart(
                id: context.anchors.unique("latency-by-size-\(title)"),
                kind: "latency-by-size",
                title: "Response time by ensemble size, \(title)",
                x: .servers(groups.map(\.point.key.ensembleSize)),
                y: .latency(),
                series: series,
                height: 200
            )
        }
        return Chart.multiples(charts, unfolded: 4, "loads")
    }
}

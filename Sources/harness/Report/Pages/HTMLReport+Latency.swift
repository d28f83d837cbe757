import Results
import Statistics

/// Latency by percentile, and which rates were kept up with.
extension HTMLReport {
    /// As many lines as one can follow.
    private static let mostLines = 24

    static func percentiles(_ context: ReportContext) -> String {
        guard !context.groups.isEmpty else { return "" }
        let isSweep = context.names.isLogSweep && context.names.ensemble(context.groups[0].point.key).isEmpty
        return context.chapters.map { title, groups in
            let shown = shown(groups, context)
            let series = shown.map { group -> ChartSeries in
                let curve = context.curve(group)
                let points = curve.points.map { point in
                    ChartSeries.Point(
                        x: point.quantile,
                        y: point.microseconds / 1000,
                        interval: point.interval.map { $0.lowerBound / 1000...$0.upperBound / 1000 }
                    )
                }
                let isCurve = points.count > ChartPlot.mostShapes / 2
                return ChartSeries(
                    name: (isSweep ? shortLog(group, among: shown) : context.seriesName(group))
                        + (group.point.durability.isLossy ? " (not durable)" : ""),
                    style: context.style(of: group),
                    points: points,
                    drawing: isCurve ? .band : .line
                )
            }
            return Chart(
                id: context.anchors.unique("percentiles-\(title)"),
                kind: "percentiles",
                title: "Response time by percentile" + (title.isEmpty ? "" : ", \(title)"),
                x: .quantile,
                y: .latency(),
                series: series,
                note: shown.count < groups.count
                    ? "Shown are the \(shown.count) logs that differ only in strategy; the tables list all \(groups.count)."
                    : ""
            ).html
        }.joined()
    }

    /// Of a sweep with more logs than lines can be told apart, those that differ in their strategy alone.
    static func shown(_ groups: [Group], _ context: ReportContext) -> [Group] {
        guard context.names.isLogSweep, groups.count > mostLines else { return groups }
        let base = base(groups)
        return base.isEmpty ? Array(groups.prefix(mostLines)) : base
    }

    /// The valid runs at a planned rate, and those whose one fault is that they could not keep up: they show where it ends.
    static func offeredAndAchieved(_ context: ReportContext) -> String {
        let open = context.groups.filter { $0.point.key.mode != "closed" }
        let lines = chaptered(open) { context.names.isLogSweep ? $0.log : context.names.ensemble($0.point.key) }
        var series = lines.compactMap { title, groups -> ChartSeries? in
            let points = groups.flatMap { group -> [ChartSeries.Point] in
                // A rate found by the run itself differs from run to run.
                let isOneRate = group.point.key.ratePerSecond != nil
                let known = group.point.rows.filter { $0.isValid || RunValidity.isOverload($0.invalidReasons) }
                let rows = isOneRate ? [known] : known.map { [$0] }
                return rows.compactMap { rows in
                    guard let offered = Distribution(rows.map(\.offeredPerSecond)),
                        let achieved = Distribution(rows.map(\.achievedPerSecond))
                    else { return nil }
                    return ChartSeries.Point(x: offered.median, y: achieved.median, interval: achieved.limits)
                }
            }
            guard let first = groups.first, !points.isEmpty else { return nil }
            return ChartSeries(
                name: title.isEmpty ? "runs" : title,
                style: context.style(of: first),
                points: points.sorted { $0.x < $1.x },
                drawing: .points
            )
        }
        let rates = series.flatMap(\.points).map(\.x).filter { $0 > 0 }
        // One rate that was kept up with needs no chart.
        guard let least = rates.min(), let most = rates.max(),
            most > least * 1.1 || open.contains(where: { $0.point.isOverloaded })
        else { return "" }
        let ends = [least * 0.8, most * 1.25].map { ChartSeries.Point(x: $0, y: $0) }
        series.append(ChartSeries(name: "all that was offered", style: .muted, points: ends, drawing: .band))
        return Chart(
            id: "offered-achieved",
            kind: "offered-achieved",
            title: "Offered and achieved rate",
            x: Axis("Offered", unit: "operations/s", scale: .logarithmic),
            y: Axis("Achieved", unit: "operations/s", scale: .logarithmic),
            series: series,
            note: "Points below the line could not keep up with the offered rate."
        ).html
    }
}

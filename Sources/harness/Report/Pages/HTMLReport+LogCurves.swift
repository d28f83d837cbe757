import Results
import Statistics

/// Each log as a line through its loads, in the order of their throughput.
extension HTMLReport {
    static func allCurves(_ context: ReportContext) -> String {
        var html = ""
        for (ensemble, same) in chaptered(context.groups, by: { context.names.ensemble($0.point.key) }) {
            let subject = ensemble.isEmpty ? "" : ", \(ensemble)"
            html += curves("Strategies: p99 against throughput\(subject)", base(same), context) {
                $0.point.key.fsyncStrategy
            }
            for (strategy, variants) in chaptered(
                same,
                by: {
                    "\($0.point.key.fsyncStrategy), logs in \($0.point.key.logDirectories) \($0.point.key.logDirectories == "one" ? "directory" : "directories")"
                }
            )
            where Set(variants.map(\.point.key.commit)).count > 1 {
                let name = "\(subject), \(strategy)"
                html += curves("Batching: p99 against throughput\(name)", variants, context) { $0.point.key.commit }
                html += curves(
                    "Batching: records per group commit against throughput\(name)",
                    variants,
                    context,
                    y: Axis("Mean batch", unit: "records", scale: .logarithmic),
                    figure: { $0.log.batchMean }
                ) { $0.point.key.commit }
            }
            for (log, variants) in chaptered(same, by: { "\($0.point.key.fsyncStrategy), \($0.point.key.commit)" })
            where Set(variants.map(\.point.key.logDirectories)).count > 1 {
                html += curves("Directories: p99 against throughput\(subject), \(log)", variants, context) {
                    $0.point.key.logDirectories
                }
            }
        }
        return html
    }

    private static func curves(
        _ title: String,
        _ groups: [Group],
        _ context: ReportContext,
        y: Axis = .latency("Response time p99"),
        figure: Group.Figure = { $0.response.p99Microseconds.map { $0 / 1000 } },
        by name: (Group) -> String
    ) -> String {
        let series = chaptered(groups, by: name).compactMap { name, same -> ChartSeries? in
            guard let first = same.first else { return nil }
            let points = same.compactMap { group -> ChartSeries.Point? in
                guard let achieved = group.distribution(\.achievedPerSecond), let found = group.distribution(figure)
                else {
                    return nil
                }
                return ChartSeries.Point(x: achieved.median, y: found.median, interval: found.limits)
            }
            return ChartSeries(
                name: first.point.durability.isLossy ? "\(name) (not durable)" : name,
                style: context.style(of: first),
                points: points.sorted { $0.x < $1.x }
            )
        }
        guard series.count > 1 else { return "" }
        return Chart(
            id: context.anchors.unique(title),
            kind: "curves",
            title: title,
            x: Axis("Throughput", unit: "operations/s", scale: .logarithmic),
            y: y,
            series: series
        ).html
    }
}

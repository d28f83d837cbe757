import Report
import Statistics

/// What the pages of `ab` and of two folders share: the verdicts as an interval plot and as a table.
enum ComparisonCharts {
    /// One for each load: the ratios with their intervals, the margin shaded.
    static func intervals(_ comparison: Comparison, axis: String, _ palette: Palette) -> String {
        comparison.groups.enumerated().map { index, group in
            let rows = group.metrics.compactMap { metric -> IntervalChart.Row? in
                guard let ratio = metric.ratio else { return nil }
                return IntervalChart.Row(
                    name: "\(metric.metric.title): \(metric.word)",
                    ratio: ratio,
                    interval: metric.interval.map { $0.low...$0.high },
                    margin: metric.metric.margin.low...metric.metric.margin.high,
                    style: metric.verdict == .regressed ? .warning : palette.style(of: metric.metric.name),
                    label: label(metric),
                    isWarning: metric.verdict == .regressed
                )
            }
            return IntervalChart(
                id: "intervals-\(index + 1)",
                title: group.label,
                axis: axis,
                rows: rows,
                note: "A point is the ratio, its bar the \(Figures.percent(comparison.confidence)) interval. "
                    + "A ratio above 1 is better for throughput and worse for everything else."
            ).html
        }.joined()
    }

    private static func label(_ metric: Comparison.Metric) -> String {
        let interval = metric.interval.map { ", \(Figures.interval($0))" } ?? ""
        return Figures.ratio(metric.ratio) + interval
    }

    /// Every figure of every load, folded loads one below the other.
    static func table(_ comparison: Comparison, sides: (a: String, b: String)) -> String {
        comparison.groups.map { group in
            var table = HTMLTable(
                [.init("Metric"), .init("Verdict", isWords: true)]
                    + [
                        sides.a, sides.b, "Ratio", Figures.percent(comparison.confidence) + " interval", "p", "Runs",
                        "Sees",
                    ].map { .init($0) } + [.init("Why", isWords: true)]
            )
            for metric in group.metrics {
                let cells = [
                    "\(metric.metric.title) (\(metric.metric.unit))", metric.word,
                    Figures.value(metric.baseline?.median), Figures.value(metric.candidate?.median),
                    Figures.ratio(metric.ratio), Figures.interval(metric.interval), Figures.p(metric.adjustedP),
                    metric.runs(comparison.design), metric.sees, metric.why,
                ]
                table.add(cells.map(HTMLText.escaped), isWarning: metric.verdict == .regressed)
            }
            return "<h3>\(HTMLText.escaped(group.label))</h3>\n" + table.html
        }.joined() + "<p class=\"note\">\(HTMLText.escaped(comparison.method)).</p>\n"
    }
}

extension ComparedMetric {
    /// As charts call it; its unit stands beside.
    var title: String {
        switch name {
        case "achieved_per_s": "throughput"
        case "response_p50_us": "response time p50"
        case "response_p99_us": "response time p99"
        case "cpu_us_per_write": "processor time per write"
        case "syncs_per_write": "syncs per write"
        case "allocations_per_write": "allocations per write"
        case "log_bytes_per_write": "log bytes per write"
        default: name.replacing("_", with: " ")
        }
    }
}

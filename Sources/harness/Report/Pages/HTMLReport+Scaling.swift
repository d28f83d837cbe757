import Results
import Statistics

/// The time of a write by the number of servers, with the fitted line and its band.
extension HTMLReport {
    /// Empty where there is no fit.
    static func scalingFits(_ context: ReportContext) -> String {
        let runs = context.results.runs
        let charts = ScalingStudy.timesOfWrites(runs).map { time in
            chart(time, time.runs.first.map { context.names.load(LoadKey($0)) } ?? time.subject.loadName, context)
        }
        guard !charts.isEmpty else { return "" }
        var html =
            "<p>Time of a write = 1/throughput = a + b × (servers − 1), fitted to the valid, saturated runs of a load. "
        html += "The band is the 95&#160;% interval of the line.</p>\n"
        html += charts.count > 1 ? Chart.multiples(charts, unfolded: 4, "loads") : charts[0].html
        let sentences = ScalingWords.sentences(ScalingStudy.rows(runs, folder: "")).map {
            "<p class=\"note\">\(HTMLText.escaped($0))</p>\n"
        }
        return html + HTMLPage.folded("Fits and predicted limits in words", sentences.joined())
    }

    private static func chart(_ time: ScalingStudy.TimeOfWrite, _ name: String, _ context: ReportContext) -> Chart {
        let bySize = Dictionary(grouping: time.runs, by: \.tag.ensembleSize).sorted { $0.key < $1.key }
        let points = bySize.compactMap { size, runs in
            Distribution(runs.compactMap(\.microsecondsPerWrite)).map {
                ChartSeries.Point(x: Double(size), y: $0.median, interval: $0.limits)
            }
        }
        let (a, b) = (time.line.intercept.value, time.line.slope.value)
        let words = "\(ConsoleTable.threeDigits(a)) + \(ConsoleTable.threeDigits(b)) × (servers − 1) µs"
        return Chart(
            id: context.anchors.unique("scaling-\(name)"),
            kind: "scaling",
            title: "Time of a write, \(name)",
            x: .servers(bySize.map(\.key)),
            y: Axis("Time of a write", unit: "µs"),
            series: [
                ChartSeries(name: words, style: .muted, points: linePoints(time), drawing: .band),
                ChartSeries(
                    name: medians(of: bySize.map(\.value.count)),
                    style: context.palette.style(of: name),
                    points: points,
                    drawing: .points
                ),
            ],
            height: 200
        )
    }

    /// A place for each size, or fewer where the sizes are far apart: a line has no use for more.
    private static let mostPlaces = 50.0

    /// The line with its interval, between the least and the greatest size. Both are from one fit.
    static func linePoints(_ time: ScalingStudy.TimeOfWrite) -> [ChartSeries.Point] {
        let sizes = time.runs.map { Double($0.tag.ensembleSize) }
        guard let least = sizes.min(), let most = sizes.max() else { return [] }
        let step = max(1, ((most - least) / (mostPlaces - 1)).rounded(.up))
        var places = Array(stride(from: least, to: most, by: step))
        places.append(most)
        return places.map { size in
            let found = time.line.estimate(at: size - 1)
            return ChartSeries.Point(
                x: size,
                y: found.value,
                interval: min(found.low, found.high)...max(found.low, found.high)
            )
        }
    }

    /// `median of 5 runs`, `median of 3 to 5 runs`, `one run`: what a point is.
    private static func medians(of counts: [Int]) -> String {
        guard let least = counts.min(), let most = counts.max(), most > 1 else { return "one run" }
        return least == most ? "median of \(most) runs" : "median of \(least) to \(most) runs"
    }
}

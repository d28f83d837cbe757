import Results
import Statistics

/// The time of a write by the number of servers, with the fitted line and its band.
extension HTMLReport {
    /// Empty where there is no fit.
    static func scalingFits(_ context: ReportContext) -> String {
        let runs = context.results.runs
        let scaling = ScalingStudy.rows(runs, folder: "")
        let fits = scaling.filter { $0.kind == .fit && $0.quantity == "us_per_write" }
        let charts = fits.compactMap { fit -> Chart? in
            let own = runs.filter { $0.isValid && LoadKey($0).acrossSizes == fit.subject }
            let name = own.first.map { context.names.load(LoadKey($0)) } ?? fit.subject.loadName
            return chart(fit, own, name, context)
        }
        guard !charts.isEmpty else { return "" }
        var html = "<p>Time of a write = 1/throughput = a + b × (servers − 1), fitted to all runs of a load.</p>\n"
        html += charts.count > 1 ? Chart.multiples(charts, unfolded: 4, "loads") : charts[0].html
        let sentences = ScalingWords.sentences(scaling).map { "<p class=\"note\">\(HTMLText.escaped($0))</p>\n" }
        return html + HTMLPage.folded("Fits and predicted limits in words", sentences.joined())
    }

    private static func chart(_ fit: ScalingRow, _ own: [SummaryRow], _ name: String, _ context: ReportContext)
        -> Chart?
    {
        guard let a = fit.intercept, let b = fit.slope else { return nil }
        let sizes = (fit.sizes ?? "").split(separator: " ").compactMap { Int($0) }
        let points = sizes.compactMap { size in
            Distribution(own.filter { $0.tag.ensembleSize == size }.compactMap(\.microsecondsPerWrite)).map {
                ChartSeries.Point(x: Double(size), y: $0.median, interval: $0.limits)
            }
        }
        let known = own.compactMap { run in run.microsecondsPerWrite.map { (Double(run.tag.ensembleSize) - 1, $0) } }
        let line = try? LinearFit(x: known.map(\.0), y: known.map(\.1))
        let ends = sizes.isEmpty ? [] : (sizes[0]...sizes[sizes.count - 1]).map(Double.init)
        let fitted = ends.map { size in
            ChartSeries.Point(
                x: size,
                y: a + b * (size - 1),
                interval: line.map { $0.estimate(at: size - 1) }.map { $0.low...$0.high }
            )
        }
        let words = "\(ConsoleTable.threeDigits(a)) + \(ConsoleTable.threeDigits(b)) × (servers − 1) µs"
        return Chart(
            id: HTMLText.anchor("scaling-\(name)"),
            kind: "scaling",
            title: "Time of a write, \(name)",
            x: .servers(sizes),
            y: Axis("Time of a write", unit: "µs"),
            series: [
                ChartSeries(name: words, style: .muted, points: fitted, drawing: .band),
                ChartSeries(name: "runs", style: context.palette.style(of: name), points: points, drawing: .points),
            ],
            height: 200
        )
    }
}

import Results
import Statistics

/// Response time and cost against the offered rate, where the workload has a curve.
extension HTMLReport {
    /// Empty without a curve.
    static func curves(_ context: ReportContext) -> String {
        let curves = LoadCurve.all(of: context.results.runs)
        guard !curves.isEmpty else { return "" }
        let names = SettingNames(curves.map(\.key))
        let charts = curves.map { responseCurve($0, names.setting($0.key), context) }
        return curveTable(curves, names) + charts.map(\.html).joined() + costCurves(curves, names, context)
    }

    private static func curveTable(_ curves: [LoadCurve], _ names: SettingNames) -> String {
        let hasObjective = curves.contains { !$0.objective.isEmpty }
        var table = HTMLTable(
            [.init("Curve"), .init("Capacity/s"), .init("Knee/s")]
                + (hasObjective ? [.init("Objective held up to")] : [])
        )
        for curve in curves {
            let cells =
                [names.setting(curve.key), CurveTable.cell(curve.capacity), CurveTable.kneeCell(curve)]
                + (hasObjective ? [CurveTable.objectiveCell(curve)] : [])
            table.add(cells.map(HTMLText.escaped), isWarning: curve.missesObjective)
        }
        let notes = CurveTable.notes(curves).map(HTMLText.escaped).joined(separator: " ")
        return table.html + "<p class=\"note\">\(notes)</p>\n"
    }

    /// The median rate that the valid runs of a point were offered, and one of their figures.
    private static func place(
        _ point: LoadPointSummary,
        scale: Double = 1,
        _ figure: (SummaryRow) -> Double?
    ) -> ChartSeries.Point? {
        guard let offered = point.distribution(\.offeredPerSecond), let found = point.distribution(figure) else {
            return nil
        }
        return ChartSeries.Point(
            x: offered.median,
            y: found.median / scale,
            interval: found.limits.map { $0.lowerBound / scale...$0.upperBound / scale }
        )
    }

    private static func responseCurve(_ curve: LoadCurve, _ name: String, _ context: ReportContext) -> Chart {
        let quantiles: [(name: String, figure: Group.Figure)] = [
            ("p50", { $0.response.p50Microseconds }), ("p99", { $0.response.p99Microseconds }),
            ("p99.9", { $0.response.p999Microseconds }),
        ]
        let points = curve.points
        var rules: [ChartRule] = []
        if let knee = curve.knee, knee.end == .bend, let rate = knee.rate {
            rules.append(ChartRule(name: "knee", at: rate.median, direction: .vertical))
        }
        let isCut = points.contains(where: \.isBeyondKnee)
        return Chart(
            id: context.anchors.unique("curve-\(name)"),
            kind: "curve",
            title: "Response time by offered rate, \(name)",
            x: Axis("Offered", unit: "operations/s", scale: .logarithmic),
            y: .latency(),
            series: quantiles.map { quantile in
                ChartSeries(
                    name: quantile.name,
                    style: context.palette.style(of: quantile.name),
                    points: points.compactMap { place($0, scale: 1000, quantile.figure) }
                )
            },
            rules: rules,
            note: isCut
                ? "Rates that could not be kept up with are left out: their response times say how long the run was."
                : ""
        )
    }

    private static func costCurves(_ curves: [LoadCurve], _ names: SettingNames, _ context: ReportContext) -> String {
        let series = curves.map { curve in
            let name = names.setting(curve.key)
            return ChartSeries(
                name: name,
                style: context.palette.style(of: name),
                points: curve.points.compactMap { place($0, \.cost.cpuMicrosecondsPerWrite) }
            )
        }
        return Chart(
            id: context.anchors.unique("curve-cost"),
            kind: "curve-cost",
            title: "Processor time per write by offered rate",
            x: Axis("Offered", unit: "operations/s", scale: .logarithmic),
            y: Axis("Processor time of all servers per write", unit: "µs", scale: .logarithmic),
            series: series
        ).html
    }
}

/// The inside of a chart: grid, marks and the words on the axes.
struct ChartPlot {
    private let chart: Chart
    private let x: AxisScale
    private let y: AxisScale

    /// More points than these are a curve: no shapes on them.
    static let mostShapes = 40

    init?(_ chart: Chart) {
        let points = chart.series.flatMap(\.points)
        var across = points.map(\.x)
        across += chart.spans.flatMap { [$0.from, $0.to] }
        across += chart.rules.filter { $0.direction == .vertical }.map(\.at)
        var up = points.map(\.y)
        up += Self.ends(points, isLogarithmic: chart.y.scale == .logarithmic)
        up += chart.rules.filter { $0.direction == .horizontal }.map(\.at)
        guard
            points.contains(where: { AxisScale.isDrawn($0.y, chart.y.scale) && AxisScale.isDrawn($0.x, chart.x.scale) }
            ),
            let x = AxisScale(chart.x, values: across), let y = AxisScale(chart.y, values: up)
        else { return nil }
        (self.chart, self.x, self.y) = (chart, x, y)
    }

    /// Of the intervals, as far as they may stretch the axis: that of two runs can have limits a million times apart, and is
    /// cut at the plot's edge.
    private static func ends(_ points: [ChartSeries.Point], isLogarithmic: Bool) -> [Double] {
        let known = points.map(\.y).filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
        guard let least = known.min(), let most = known.max() else { return [] }
        let range = isLogarithmic ? least / 5...most * 5 : min(0, least * 2)...max(0, most * 2)
        return points.compactMap(\.interval).flatMap { interval in
            [interval.lowerBound, interval.upperBound].map { min(max($0, range.lowerBound), range.upperBound) }
        }
    }

    var html: String {
        let title = HTMLText.escaped(chart.title)
        var html = "<div class=\"plot\" style=\"height:\(chart.height)px\">"
        html += "<svg role=\"img\" aria-label=\"\(title)\"><title>\(title)</title>"
        html += spans + curves + rules + points
        html += "</svg>" + labels + "</div>\n"
        return html
    }

    // MARK: Axes

    private var grid: String {
        let across = y.ticks.map { "M0 \(Int(((1 - $0.position) * 1000).rounded()))h2000" }.joined()
        let up = x.ticks.map { "M\(Int(($0.position * 2000).rounded())) 0v1000" }.joined()
        return "<path class=\"g\" d=\"\(across)\(up)\"/>"
    }

    private var labels: String {
        y.ticks.map {
            "<b class=\"yk\" style=\"bottom:\(HTMLText.percent($0.position))\">\(HTMLText.escaped($0.label))</b>"
        }
        .joined()
            + x.ticks.map { tick in
                "<b class=\"xk\(tick.isSpare ? " odd" : "")\" style=\"left:\(HTMLText.percent(tick.position))\">"
                    + "\(HTMLText.escaped(tick.label))</b>"
            }.joined()
    }

    // MARK: Marks

    private var spans: String {
        chart.spans.compactMap { span -> String? in
            guard let from = x.position(span.from), let to = x.position(span.to) else { return nil }
            // A fault of a few milliseconds is seen, too.
            let width = max(to - from, 0.002)
            let words =
                "\(span.name), \(x.words(span.from)) to \(x.words(span.to))\(span.detail.isEmpty ? "" : ": \(span.detail)")"
            return "<rect class=\"span \(span.style.classes)\" x=\"\(HTMLText.percent(from))\" y=\"0\" "
                + "width=\"\(HTMLText.percent(width))\" height=\"100%\"><title>\(HTMLText.escaped(words))</title></rect>"
        }.joined()
    }

    private var rules: String {
        chart.rules.compactMap { rule -> String? in
            let name = HTMLText.escaped(rule.name)
            switch rule.direction {
            case .vertical:
                guard let at = x.position(rule.at) else { return nil }
                let place = HTMLText.percent(at)
                let side = at > 0.6 ? "x=\"\(place)\" dx=\"-4\" text-anchor=\"end\"" : "x=\"\(place)\" dx=\"4\""
                return
                    "<line class=\"rule \(rule.style.classes)\" x1=\"\(place)\" x2=\"\(place)\" y1=\"0\" y2=\"100%\"/>"
                    + "<text \(side) y=\"0\" dy=\"12\">\(name)</text>"
            case .horizontal:
                guard let at = y.position(rule.at) else { return nil }
                let place = HTMLText.percent(1 - at)
                return
                    "<line class=\"rule \(rule.style.classes)\" x1=\"0\" x2=\"100%\" y1=\"\(place)\" y2=\"\(place)\"/>"
                    + "<text x=\"100%\" y=\"\(place)\" dx=\"-4\" dy=\"\(at > 0.9 ? 12 : -4)\" text-anchor=\"end\">\(name)</text>"
            }
        }.joined()
    }

    /// Grid, lines and bands, which need coordinates: 2000 by 1000 of them are stretched over the plot, their strokes are not.
    private var curves: String {
        let drawn = chart.series.map { series in
            let runs = pieces(of: series)
            var svg = ""
            if series.drawing == .band { svg += runs.map { band($0, series.style) }.joined() }
            if series.drawing != .points {
                for run in runs where run.count > 1 {
                    let corners = run.map { coordinates($0.x, $0.y) }.joined(separator: " ")
                    svg += "<polyline class=\"line \(series.style.classes)\" points=\"\(corners)\"/>"
                }
            }
            return svg.isEmpty ? "" : "<g>\(svg)<title>\(HTMLText.escaped(series.name))</title></g>"
        }.joined()
        return
            "<svg viewBox=\"0 0 2000 1000\" width=\"100%\" height=\"100%\" preserveAspectRatio=\"none\">\(grid)\(drawn)</svg>"
    }

    private func band(_ run: [Placed], _ style: SeriesStyle) -> String {
        let known = run.filter { $0.low != nil }
        guard known.count > 1 else { return "" }
        let corners =
            known.map { coordinates($0.x, $0.high ?? $0.y) }
            + known.reversed().map { coordinates($0.x, $0.low ?? $0.y) }
        return "<polygon class=\"band \(style.classes)\" points=\"\(corners.joined(separator: " "))\"/>"
    }

    private var points: String {
        let names = PointNames(chart, x: x, y: y)
        return chart.series.map { series in
            guard series.drawing != .band, series.points.count <= Self.mostShapes else { return "" }
            let marks = series.points.map { point -> String in
                guard let place = placed(point) else { return "" }
                let left = HTMLText.percent(place.x)
                let top = HTMLText.percent(1 - place.y)
                var svg = ""
                if let low = place.low, let high = place.high, high > low {
                    svg += "<line class=\"w\" x1=\"\(left)\" x2=\"\(left)\" "
                    svg += "y1=\"\(HTMLText.percent(1 - high))\" y2=\"\(HTMLText.percent(1 - low))\"/>"
                }
                svg += "<svg x=\"\(left)\" y=\"\(top)\"><use href=\"#m\(series.style.shape)\"/>"
                svg += "<title>\(HTMLText.escaped(words(point, of: series)))</title></svg>"
                return svg + names.text(of: point, left: left, top: top)
            }.joined()
            return "<g class=\"\(series.style.classes)\">\(marks)</g>"
        }.joined()
    }

    private func words(_ point: ChartSeries.Point, of series: ChartSeries) -> String {
        var text = point.name.map { $0 == series.name ? $0 : "\(series.name), \($0)" } ?? series.name
        text += ": \(y.words(point.y))"
        if let interval = point.interval, interval.lowerBound < interval.upperBound {
            text += " (\(HTMLText.rounded(interval.lowerBound)) to \(HTMLText.rounded(interval.upperBound)))"
        }
        return text + " at \(x.words(point.x))"
    }

    // MARK: Places

    /// Shares of the plot, from its lower left corner.
    private struct Placed {
        var x: Double
        var y: Double
        var low: Double?
        var high: Double?
    }

    private func placed(_ point: ChartSeries.Point) -> Placed? {
        guard let across = x.position(point.x), let up = y.position(point.y) else { return nil }
        var placed = Placed(x: across, y: up)
        if let interval = point.interval, let high = y.position(interval.upperBound) {
            // A limit below what a logarithmic axis has is at its end.
            placed.low = y.position(interval.lowerBound) ?? 0
            placed.high = high
        }
        return placed
    }

    /// The points of a line, cut where one has no place.
    private func pieces(of series: ChartSeries) -> [[Placed]] {
        var pieces: [[Placed]] = [[]]
        for point in series.points {
            if let place = placed(point) {
                pieces[pieces.count - 1].append(place)
            } else if AxisScale.isDrawn(point.x, chart.x.scale), !pieces[pieces.count - 1].isEmpty {
                pieces.append([])
            }
        }
        return pieces
    }

    private func coordinates(_ x: Double, _ y: Double) -> String {
        "\(Int((x * 2000).rounded())),\(Int(((1 - y) * 1000).rounded()))"
    }
}

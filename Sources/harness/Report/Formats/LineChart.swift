import Glibc
import Results

/// A line chart as inline SVG: no script, no font, no file beside it.
public struct LineChart: Sendable {
    public struct Point: Sendable {
        public var x: Double
        public var y: Double
        /// Least and greatest of the repeats, drawn as a whisker; nil for a single value.
        public var range: ClosedRange<Double>?

        public init(x: Double, y: Double, range: ClosedRange<Double>? = nil) {
            self.x = x
            self.y = y
            self.range = range
        }
    }

    public struct Series: Sendable {
        public var name: String
        public var points: [Point]
        /// Drawn in red and dashed, whatever its place.
        public var isWarning: Bool

        public init(name: String, points: [Point], isWarning: Bool = false) {
            self.name = name
            self.points = points
            self.isWarning = isWarning
        }
    }

    public var title: String
    public var xTitle: String
    public var yTitle: String
    public var series: [Series]
    /// Powers of ten on the vertical axis; points at or below zero are left out.
    public var isLogarithmic: Bool
    /// Where the horizontal axis is marked, and how; nil for round numbers.
    public var xTicks: [(at: Double, label: String)]?

    public init(
        title: String,
        xTitle: String,
        yTitle: String,
        series: [Series],
        isLogarithmic: Bool = false,
        xTicks: [(at: Double, label: String)]? = nil
    ) {
        self.title = title
        self.xTitle = xTitle
        self.yTitle = yTitle
        self.series = series.map { series in
            let points = series.points.filter { $0.y.isFinite && $0.x.isFinite && (!isLogarithmic || $0.y > 0) }
            return Series(name: series.name, points: points, isWarning: series.isWarning)
        }
        self.isLogarithmic = isLogarithmic
        self.xTicks = xTicks
    }

    private static let width = 720.0
    private static let height = 300.0
    private static let left = 84.0
    private static let right = 24.0
    private static let top = 12.0
    private static let bottom = 48.0
    /// Tells eight lines apart, also for most people who do not see red and green apart.
    private static let colours = [
        "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#000000",
    ]

    /// The figure with its title and legend; empty where there is nothing to draw.
    public var html: String {
        let points = series.flatMap(\.points)
        guard let scale = Scale(points: points, isLogarithmic: isLogarithmic) else { return "" }
        var svg = "<svg viewBox=\"0 0 \(Self.number(Self.width)) \(Self.number(Self.height))\" role=\"img\">"
        svg += "<title>\(Self.escaped(title))</title>"
        svg += grid(scale)
        for (index, series) in series.enumerated() where !series.points.isEmpty {
            svg += line(series, style: Self.style(series, index), scale: scale)
        }
        svg += "</svg>"
        var legend = ""
        if series.count > 1 {
            for (index, series) in series.enumerated() where !series.points.isEmpty {
                let colour = Self.style(series, index).colour
                legend += "<span><i style=\"background:\(colour)\"></i>\(Self.escaped(series.name))</span> "
            }
        }
        return
            "<figure><figcaption>\(Self.escaped(title))</figcaption>\(svg)<p class=\"legend\">\(legend)</p></figure>\n"
    }

    private func grid(_ scale: Scale) -> String {
        var svg = ""
        for tick in scale.yTicks {
            let y = Self.number(scale.y(tick))
            svg +=
                "<line class=\"grid\" x1=\"\(Self.number(Self.left))\" x2=\"\(Self.number(Self.width - Self.right))\""
            svg += " y1=\"\(y)\" y2=\"\(y)\"/>"
            svg +=
                "<text class=\"y\" x=\"\(Self.number(Self.left - 6))\" y=\"\(y)\" dy=\"4\">\(Self.label(tick))</text>"
        }
        let ticks = xTicks ?? scale.roundXTicks.map { ($0, Self.label($0)) }
        let base = Self.height - Self.bottom
        for tick in ticks where scale.holds(x: tick.at) {
            let x = Self.number(scale.x(tick.at))
            svg +=
                "<line class=\"grid\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(Self.number(Self.top))\" y2=\"\(Self.number(base))\"/>"
            svg += "<text class=\"x\" x=\"\(x)\" y=\"\(Self.number(base + 16))\">\(Self.escaped(tick.label))</text>"
        }
        let middle = Self.number((Self.left + Self.width - Self.right) / 2)
        svg += "<text class=\"x\" x=\"\(middle)\" y=\"\(Self.number(Self.height - 8))\">\(Self.escaped(xTitle))</text>"
        let half = Self.number((Self.top + base) / 2)
        svg +=
            "<text class=\"x\" transform=\"rotate(-90 14 \(half))\" x=\"14\" y=\"\(half)\">\(Self.escaped(yTitle))</text>"
        return svg
    }

    /// Beyond eight lines the colours come again, with other strokes.
    private static func style(_ series: Series, _ index: Int) -> (colour: String, dashes: String) {
        if series.isWarning { return ("#b00020", "4 3") }
        return (colours[index % colours.count], ["", "6 3", "2 2", "8 3 2 3"][index / colours.count % 4])
    }

    private func line(_ series: Series, style: (colour: String, dashes: String), scale: Scale) -> String {
        let colour = style.colour
        let dashes = style.dashes.isEmpty ? "" : " stroke-dasharray=\"\(style.dashes)\""
        let corners = series.points.map { "\(Self.number(scale.x($0.x))),\(Self.number(scale.y($0.y)))" }
        var svg =
            "<polyline fill=\"none\" stroke=\"\(colour)\"\(dashes) stroke-width=\"1.6\" points=\"\(corners.joined(separator: " "))\"/>"
        for point in series.points {
            let x = Self.number(scale.x(point.x))
            if let range = point.range, range.lowerBound < range.upperBound, !isLogarithmic || range.lowerBound > 0 {
                svg +=
                    "<line stroke=\"\(colour)\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(Self.number(scale.y(range.lowerBound)))\""
                svg += " y2=\"\(Self.number(scale.y(range.upperBound)))\"/>"
            }
            // Dots only where they can be told apart.
            guard series.points.count <= 60 else { continue }
            let label = "\(series.name): \(Self.label(point.y))"
            svg += "<circle cx=\"\(x)\" cy=\"\(Self.number(scale.y(point.y)))\" r=\"2.6\" fill=\"\(colour)\">"
            svg += "<title>\(Self.escaped(label))</title></circle>"
        }
        return svg
    }

    /// From values to pixels.
    private struct Scale {
        let xRange: ClosedRange<Double>
        let yRange: ClosedRange<Double>
        let isLogarithmic: Bool

        init?(points: [Point], isLogarithmic: Bool) {
            guard let first = points.first else { return nil }
            var (xLow, xHigh) = (first.x, first.x)
            var (yLow, yHigh) = (first.y, first.y)
            for point in points {
                xLow = min(xLow, point.x)
                xHigh = max(xHigh, point.x)
                yLow = min(yLow, point.y)
                yHigh = max(yHigh, point.range?.upperBound ?? point.y)
            }
            if xLow == xHigh { (xLow, xHigh) = (xLow - 1, xHigh + 1) }
            self.isLogarithmic = isLogarithmic
            xRange = xLow...xHigh
            if isLogarithmic {
                let low = LineChart.powerOfTen(atMost: yLow)
                yRange = low...max(low * 10, LineChart.powerOfTen(atMost: yHigh * 9.999_999))
            } else {
                yRange = 0...max(yHigh * 1.05, 1e-9)
            }
        }

        func holds(x: Double) -> Bool { xRange.contains(x) }

        func x(_ value: Double) -> Double {
            let share = (value - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound)
            return LineChart.left + share * (LineChart.width - LineChart.left - LineChart.right)
        }

        func y(_ value: Double) -> Double {
            let share: Double
            if isLogarithmic {
                share =
                    LineChart.log10(value / yRange.lowerBound) / LineChart.log10(yRange.upperBound / yRange.lowerBound)
            } else {
                share = value / yRange.upperBound
            }
            let base = LineChart.height - LineChart.bottom
            return base - min(1, max(0, share)) * (base - LineChart.top)
        }

        var yTicks: [Double] {
            guard isLogarithmic else { return LineChart.roundTicks(in: yRange) }
            var ticks: [Double] = []
            var tick = yRange.lowerBound
            while tick <= yRange.upperBound * 1.001 {
                ticks.append(tick)
                tick *= 10
            }
            return ticks
        }

        var roundXTicks: [Double] { LineChart.roundTicks(in: xRange) }
    }

    /// About five marks at 1, 2 or 5 times a power of ten.
    static func roundTicks(in range: ClosedRange<Double>) -> [Double] {
        let raw = (range.upperBound - range.lowerBound) / 5
        guard raw > 0, raw.isFinite else { return [range.lowerBound] }
        let power = powerOfTen(atMost: raw)
        let step = [1.0, 2, 5, 10].map { $0 * power }.first { $0 >= raw } ?? raw
        var index = (range.lowerBound / step).rounded(.up)
        var ticks: [Double] = []
        while index * step <= range.upperBound + step * 1e-9 {
            ticks.append(index * step)
            index += 1
        }
        return ticks
    }

    /// The greatest power of ten that is not above `value`, which is above 0.
    static func powerOfTen(atMost value: Double) -> Double {
        var power = 1.0
        while power > value { power /= 10 }
        while power * 10 <= value { power *= 10 }
        return power
    }

    private static func log10(_ value: Double) -> Double { Glibc.log10(value) }

    private static func label(_ value: Double) -> String {
        abs(value) >= 1000 ? ConsoleTable.grouped(value) : CSVValue.number((value * 1000).rounded() / 1000).plain
    }

    private static func number(_ value: Double) -> String { CSVValue.number((value * 10).rounded() / 10).plain }

    /// Text for HTML and for attributes in double quotes.
    public static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}

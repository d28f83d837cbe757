import Results

/// Horizontal bars made of parts, one below the other, as inline SVG: no script, no font, no file beside it.
struct StackedChart: Sendable {
    struct Bar: Sendable {
        var name: String
        /// Microseconds by the place of the part; none below zero.
        var values: [Double]
        /// How well each is known, `±4 %`, and all together; empty for one run.
        var errors: [String] = []
        var sumError = ""
    }

    var title: String
    var parts: [String]
    var bars: [Bar]

    private static let width = 720.0
    private static let left = 8.0
    private static let right = 110.0
    private static let rowHeight = 40.0
    /// Twelve that can be told from their neighbours, also without red and green.
    private static let colours = [
        "#999999", "#56b4e9", "#e69f00", "#d55e00", "#f0e442", "#0072b2", "#009e73", "#cc79a7", "#882255", "#44aa99",
        "#bbbbbb", "#000000",
    ]

    /// The figure with its title and legend; empty where there is nothing to draw.
    var html: String {
        let known = bars.map { bar in
            var bar = bar
            bar.values = bar.values.map { $0.isFinite ? max(0, $0) : 0 }
            return bar
        }
        let longest = known.map { $0.values.reduce(0, +) }.max() ?? 0
        guard longest > 0 else { return "" }
        let height = Double(known.count) * Self.rowHeight + 8
        var svg = "<svg viewBox=\"0 0 \(Self.number(Self.width)) \(Self.number(height))\" role=\"img\">"
        svg += "<title>\(LineChart.escaped(title))</title>"
        let scale = (Self.width - Self.left - Self.right) / longest
        for (row, bar) in known.enumerated() {
            let top = Double(row) * Self.rowHeight
            svg +=
                "<text x=\"\(Self.number(Self.left))\" y=\"\(Self.number(top + 13))\">\(LineChart.escaped(bar.name))</text>"
            var x = Self.left
            for (part, value) in bar.values.enumerated() where value > 0 && part < parts.count {
                let error = part < bar.errors.count ? bar.errors[part] : ""
                let label = "\(parts[part]): \(ConsoleTable.latency(microseconds: value)) \(error)".trimmed
                svg += "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(top + 18))\" height=\"16\" "
                svg += "width=\"\(Self.number(value * scale))\" fill=\"\(Self.colour(part))\">"
                svg += "<title>\(LineChart.escaped(label))</title></rect>"
                x += value * scale
            }
            let sum = "\(ConsoleTable.latency(microseconds: bar.values.reduce(0, +))) \(bar.sumError)".trimmed
            svg += "<text x=\"\(Self.number(x + 4))\" y=\"\(Self.number(top + 30))\">\(LineChart.escaped(sum))</text>"
        }
        svg += "</svg>"
        let legend = parts.enumerated().map { part, name in
            "<span><i style=\"background:\(Self.colour(part))\"></i>\(LineChart.escaped(name))</span>"
        }
        return "<figure><figcaption>\(LineChart.escaped(title))</figcaption>\(svg)"
            + "<p class=\"legend\">\(legend.joined(separator: " "))</p></figure>\n"
    }

    private static func colour(_ part: Int) -> String { colours[part % colours.count] }

    private static func number(_ value: Double) -> String { CSVValue.number((value * 10).rounded() / 10).plain }
}

extension String {
    /// Without a blank at its end.
    fileprivate var trimmed: String { hasSuffix(" ") ? String(dropLast()) : self }
}

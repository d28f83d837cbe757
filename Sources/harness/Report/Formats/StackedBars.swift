import Results

/// Horizontal bars, each of several parts end to end, as inline SVG.
struct StackedBars {
    struct Bar {
        var name: String
        /// As many as there are parts; missing or negative ones are drawn as nothing.
        var values: [Double?]
        /// How well each is known; nil where nobody knows.
        var errors: [String?] = []
        /// What is written behind the bar.
        var label: String
    }

    var title: String
    var parts: [String]
    var bars: [Bar]

    private static let width = 720.0
    private static let left = 250.0
    private static let right = 120.0
    private static let row = 20.0
    /// As in `LineChart`: told apart by most people who do not see red and green apart.
    private static let colours = ["#7f7f7f", "#0072b2", "#cc79a7", "#e69f00", "#009e73", "#d55e00"]

    /// Empty where there is nothing to draw.
    var html: String {
        func length(_ bar: Bar) -> Double { bar.values.reduce(0) { $0 + max(0, $1 ?? 0) } }
        guard let longest = bars.map(length).max(), longest > 0 else { return "" }
        let height = Self.row * Double(bars.count) + 8
        let scale = (Self.width - Self.left - Self.right) / longest
        var svg = "<svg viewBox=\"0 0 \(number(Self.width)) \(number(height))\" role=\"img\">"
        svg += "<title>\(LineChart.escaped(title))</title>"
        for (index, bar) in bars.enumerated() {
            let y = 4 + Self.row * Double(index)
            var x = Self.left
            svg += "<text class=\"y\" x=\"\(number(Self.left - 6))\" y=\"\(number(y + 13))\">"
            svg += "\(LineChart.escaped(bar.name))</text>"
            for (part, value) in bar.values.enumerated() {
                guard let value, value > 0 else { continue }
                svg += "<rect x=\"\(number(x))\" y=\"\(number(y + 2))\" width=\"\(number(value * scale))\""
                svg += " height=\"\(number(Self.row - 5))\" fill=\"\(Self.colours[part % Self.colours.count])\">"
                let error = part < bar.errors.count ? bar.errors[part].map { " " + $0 } ?? "" : ""
                let label = "\(parts[part]): \(CSVValue.number(value).plain) ms\(error)"
                svg += "<title>\(LineChart.escaped(label))</title></rect>"
                x += value * scale
            }
            svg += "<text x=\"\(number(x + 6))\" y=\"\(number(y + 13))\">\(LineChart.escaped(bar.label))</text>"
        }
        svg += "</svg>"
        let legend = parts.enumerated().map { index, part in
            "<span><i style=\"background:\(Self.colours[index % Self.colours.count])\"></i>"
                + "\(LineChart.escaped(part))</span>"
        }
        return "<figure><figcaption>\(LineChart.escaped(title))</figcaption>\(svg)"
            + "<p class=\"legend\">\(legend.joined(separator: " "))</p></figure>\n"
    }

    private func number(_ value: Double) -> String { CSVValue.number((value * 10).rounded() / 10).plain }
}

/// Horizontal bars on one axis, each of several parts end to end. On narrow screens a bar's name and figure stand above it.
///
///     BarChart(id: "stages", kind: "stages", title: "…", axis: Axis("Time of a write", unit: "µs"),
///         parts: [.init(name: "sync", style: palette.style(of: "sync"))],
///         bars: [.init(name: "3 servers", values: [200], errors: ["±4 %"], label: "412 µs ±3 %")]).html
public struct BarChart: Sendable {
    public struct Part: Sendable {
        public var name: String
        public var style: SeriesStyle

        public init(name: String, style: SeriesStyle) {
            self.name = name
            self.style = style
        }
    }

    public struct Bar: Sendable {
        public var name: String
        /// As many as there are parts, in the axis' unit; missing or negative ones are drawn as nothing.
        public var values: [Double?]
        /// How well each is known, `±4 %`; empty or missing where nobody knows.
        public var errors: [String]
        /// What is written behind the bar.
        public var label: String
        /// In red: what is no result, or loses writes.
        public var isWarning: Bool

        public init(name: String, values: [Double?], errors: [String] = [], label: String, isWarning: Bool = false) {
            self.name = name
            self.values = values
            self.errors = errors
            self.label = label
            self.isWarning = isWarning
        }
    }

    public var id: String
    public var kind: String
    public var title: String
    /// Linear from zero.
    public var axis: Axis
    public var parts: [Part]
    public var bars: [Bar]
    public var note: String

    public init(
        id: String,
        kind: String,
        title: String,
        axis: Axis,
        parts: [Part],
        bars: [Bar],
        note: String = ""
    ) {
        self.id = id
        self.kind = kind
        self.title = title
        self.axis = axis
        self.parts = parts
        self.bars = bars
        self.note = note
    }

    /// Empty where there is nothing to draw.
    public var html: String {
        let sums = bars.map { bar in Self.known(bar).reduce(0, +) }
        guard let longest = sums.max(), longest > 0, let scale = AxisScale(axis, values: sums) else { return "" }
        let title = HTMLText.escaped(title)
        var html =
            "<figure class=\"chart bars\" id=\"\(HTMLText.escaped(id))\" data-chart=\"\(HTMLText.escaped(kind))\">"
        html += "<figcaption>\(title)</figcaption>\n<div class=\"rows\" role=\"img\" aria-label=\"\(title)\">\n"
        html += bars.map { row($0, scale) }.joined()
        html += "<div class=\"row axis\"><span></span><div class=\"track\">"
        html += scale.ticks.enumerated().map { index, tick in
            "<b class=\"xk\(index % 2 == 1 && scale.ticks.count > 4 ? " odd" : "")\" "
                + "style=\"left:\(HTMLText.percent(tick.position))\">\(HTMLText.escaped(tick.label))</b>"
        }.joined()
        html += "</div></div></div>\n<p class=\"xt\">\(HTMLText.escaped(axis.heading))</p>\n"
        if parts.count > 1 {
            let keys = parts.map { "<span>\($0.style.patch)\(HTMLText.escaped($0.name))</span>" }
            html += "<p class=\"legend\">\(keys.joined(separator: " "))</p>"
        }
        if !note.isEmpty { html += "<p class=\"note\">\(HTMLText.escaped(note))</p>" }
        return html + "</figure>\n"
    }

    private static func known(_ bar: Bar) -> [Double] {
        bar.values.map { value in value.flatMap { $0.isFinite ? max(0, $0) : nil } ?? 0 }
    }

    private func row(_ bar: Bar, _ scale: AxisScale) -> String {
        var html =
            "<div class=\"row\(bar.isWarning ? " bad" : "")\"><span class=\"name\">\(HTMLText.escaped(bar.name))</span>"
        html += "<div class=\"track\">"
        for (index, value) in Self.known(bar).enumerated() where value > 0 && index < parts.count {
            let error = index < bar.errors.count && !bar.errors[index].isEmpty ? " " + bar.errors[index] : ""
            let words = "\(parts[index].name): \(scale.words(value))\(error)"
            html +=
                "<i class=\"\(parts[index].style.classes)\" style=\"width:\(HTMLText.percent(scale.position(value) ?? 0))\" "
            html += "title=\"\(HTMLText.escaped(words))\"></i>"
        }
        return html + "</div><span class=\"value\">\(HTMLText.escaped(bar.label))</span></div>\n"
    }
}

/// Ratios with their intervals below each other, on one axis, with the margin, which is too small to matter, shaded.
public struct IntervalChart: Sendable {
    public struct Row: Sendable {
        public var name: String
        public var ratio: Double
        /// Nil where too few runs give none.
        public var interval: ClosedRange<Double>?
        /// Ratios around 1 that are too small a change to matter.
        public var margin: ClosedRange<Double>
        public var style: SeriesStyle
        /// Written behind the row.
        public var label: String
        /// In red.
        public var isWarning: Bool

        public init(
            name: String,
            ratio: Double,
            interval: ClosedRange<Double>?,
            margin: ClosedRange<Double>,
            style: SeriesStyle,
            label: String,
            isWarning: Bool = false
        ) {
            self.name = name
            self.ratio = ratio
            self.interval = interval
            self.margin = margin
            self.style = style
            self.label = label
            self.isWarning = isWarning
        }
    }

    /// Ratios beyond these are drawn at the end: one wild interval would flatten all others.
    private static let widest = 0.4...2.5

    public var id: String
    public var title: String
    /// `B ÷ A`.
    public var axis: String
    public var rows: [Row]
    public var note: String

    public init(id: String, title: String, axis: String, rows: [Row], note: String = "") {
        self.id = id
        self.title = title
        self.axis = axis
        self.rows = rows
        self.note = note
    }

    /// Empty where there is nothing to draw.
    public var html: String {
        guard let scale else { return "" }
        let title = HTMLText.escaped(title)
        var html = "<figure class=\"chart bars\" id=\"\(HTMLText.escaped(id))\" data-chart=\"intervals\">"
        html += "<figcaption>\(title)</figcaption>\n<div class=\"rows\" role=\"img\" aria-label=\"\(title)\">\n"
        html += rows.map { row($0, scale) }.joined()
        html += "<div class=\"row axis\"><span></span><div class=\"track\">"
        html += scale.ticks.enumerated().map { index, tick in
            "<b class=\"xk\(index % 2 == 1 && scale.ticks.count > 4 ? " odd" : "")\" "
                + "style=\"left:\(HTMLText.percent(tick.position))\">\(HTMLText.escaped(tick.label))</b>"
        }.joined()
        html += "</div></div></div>\n<p class=\"xt\">\(HTMLText.escaped(axis)) (ratio; 1 is no difference)</p>\n"
        html += "<p class=\"legend\"><span>\(SeriesStyle.muted.patch)within the margin: too small to matter</span></p>"
        if !note.isEmpty { html += "<p class=\"note\">\(HTMLText.escaped(note))</p>" }
        return html + "</figure>\n"
    }

    private var scale: AxisScale? {
        var values = rows.flatMap { [$0.ratio, $0.margin.lowerBound, $0.margin.upperBound] }
        values += rows.flatMap { $0.interval.map { [$0.lowerBound, $0.upperBound] } ?? [] }
        let known = values.filter(\.isFinite).map { min(max($0, Self.widest.lowerBound), Self.widest.upperBound) }
        guard !rows.isEmpty, let low = known.min(), let high = known.max(), low < high else { return nil }
        let room = (high - low) * 0.04
        return AxisScale(Axis("", unit: "", scale: .linearFromLeast, range: low - room...high + room), values: known)
    }

    private func row(_ row: Row, _ scale: AxisScale) -> String {
        func at(_ value: Double) -> Double { scale.position(value) ?? 0 }
        func piece(_ range: ClosedRange<Double>, _ classes: String, _ style: String) -> String {
            let (from, to) = (at(range.lowerBound), at(range.upperBound))
            return "<i class=\"\(classes)\" style=\"position:absolute;left:\(HTMLText.percent(from));"
                + "width:\(HTMLText.percent(to - from));\(style)\"></i>"
        }
        let words = "\(row.name): \(row.label)"
        var html = "<div class=\"row\(row.isWarning ? " bad" : "")\" title=\"\(HTMLText.escaped(words))\">"
        html += "<span class=\"name\">\(HTMLText.escaped(row.name))</span><div class=\"track\">"
        html += piece(row.margin, SeriesStyle.muted.classes, "opacity:.3")
        html += piece(1...1, SeriesStyle.muted.classes, "min-width:1px")
        if let interval = row.interval {
            html += piece(interval, row.style.classes, "height:4px;top:calc(50% - 2px);min-width:2px")
        }
        html += piece(
            row.ratio...row.ratio,
            row.style.classes,
            "width:10px;height:10px;margin-left:-5px;top:calc(50% - 5px);border-radius:50%"
        )
        return html + "</div><span class=\"value\">\(HTMLText.escaped(row.label))</span></div>\n"
    }
}

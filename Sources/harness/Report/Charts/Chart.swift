/// A chart with two axes: lines with whiskers or bands, scattered points, shaded spans, marker lines.
///
/// It is one `<figure>`, drawn without a script: the plot is an SVG whose coordinates are per cent of whatever room there is,
/// and all of its words are HTML, so that they have the reader's size on a telephone, too. `data-chart` tells its kind.
/// Draw it into an `HTMLPage`, which has the style and the shapes of points:
///
///     let palette = Palette(["3 servers", "5 servers"])       // one for the page, in the order of its legends
///     let chart = Chart(
///         id: "percentiles", kind: "percentiles", title: "Response time by percentile",
///         x: .quantile, y: .latency(),
///         series: [ChartSeries(name: "3 servers", style: palette.style(of: "3 servers"), points: points, drawing: .band)],
///         spans: [ChartSpan(name: "leader killed", from: 2.1, to: 2.4)]
///     )
///     HTMLPage(title: "…", lead: "<p>…</p>", sections: [.init(id: "latency", title: "Latency", body: chart.html)]).html
///
/// Stacked horizontal bars are `BarChart`; tables that may be wider than the page are `HTMLTable`.
public struct Chart: Sendable {
    /// Unique in the page: an anchor.
    public var id: String
    /// What a checker counts: `percentiles`, `timeseries`, `frontier`, ...
    public var kind: String
    public var title: String
    public var x: Axis
    public var y: Axis
    public var series: [ChartSeries]
    public var spans: [ChartSpan]
    public var rules: [ChartRule]
    /// Pixels of the plot.
    public var height: Int
    /// One sentence below the chart; plain text.
    public var note: String
    /// Left out where a legend for several charts stands beside them (`legend(of:)`).
    public var hasLegend: Bool

    public init(
        id: String,
        kind: String,
        title: String,
        x: Axis,
        y: Axis,
        series: [ChartSeries],
        spans: [ChartSpan] = [],
        rules: [ChartRule] = [],
        height: Int = 260,
        note: String = "",
        hasLegend: Bool = true
    ) {
        self.id = id
        self.kind = kind
        self.title = title
        self.x = x
        self.y = y
        self.series = series
        self.spans = spans
        self.rules = rules
        self.height = height
        self.note = note
        self.hasLegend = hasLegend
    }

    /// Empty where there is nothing to draw.
    public var html: String {
        guard let plot = ChartPlot(self) else { return "" }
        var html = "<figure class=\"chart\" id=\"\(HTMLText.escaped(id))\" data-chart=\"\(HTMLText.escaped(kind))\">"
        html += "<figcaption>\(HTMLText.escaped(title))</figcaption>\n"
        html += "<p class=\"yt\">\(HTMLText.escaped(y.heading))</p>"
        html += plot.html
        html += "<p class=\"xt\">\(HTMLText.escaped(x.heading))</p>\n"
        if hasLegend { html += legend }
        if !note.isEmpty { html += "<p class=\"note\">\(HTMLText.escaped(note))</p>" }
        return html + "</figure>\n"
    }

    private var legend: String {
        var keys: [String] = []
        let drawn = series.filter { !$0.points.isEmpty }
        if drawn.count + spans.count + rules.count > 1 {
            keys += drawn.map { "<span>\($0.key)\(HTMLText.escaped($0.name))</span>" }
        }
        var named: Set<String> = []
        for span in spans where named.insert(span.name).inserted {
            keys.append("<span>\(span.style.patch)\(HTMLText.escaped(span.name))</span>")
        }
        return keys.isEmpty ? "" : "<p class=\"legend\">\(keys.joined(separator: " "))</p>"
    }

    /// The legend of several charts with the same series.
    public static func legend(of series: [ChartSeries]) -> String {
        var named: Set<String> = []
        let keys = series.filter { named.insert($0.name).inserted }
            .map { "<span>\($0.key)\(HTMLText.escaped($0.name))</span>" }
        return keys.count > 1 ? "<p class=\"legend\">\(keys.joined(separator: " "))</p>\n" : ""
    }

    /// Small charts beside each other, as many as there is room for.
    public static func multiples(_ charts: [Chart]) -> String {
        let html = charts.map(\.html).joined()
        return html.isEmpty ? "" : "<div class=\"multiples\">\n\(html)</div>\n"
    }

    /// The same with those after the first few folded.
    ///
    /// - Parameter noun: what the folded ones are of, in the plural.
    public static func multiples(_ charts: [Chart], unfolded: Int, _ noun: String) -> String {
        // One chart is not worth a fold.
        let shown = charts.count <= unfolded + 1 ? charts.count : unfolded
        let rest = Array(charts.dropFirst(shown))
        return multiples(Array(charts.prefix(shown)))
            + HTMLPage.folded("The same for \(rest.count) more \(noun)", multiples(rest))
    }
}

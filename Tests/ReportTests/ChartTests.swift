import Foundation
import Testing

@testable import Report

@Suite struct ChartTests {
    private static func chart(
        _ series: [ChartSeries],
        x: Axis = .time(),
        y: Axis = .throughput(),
        spans: [ChartSpan] = [],
        rules: [ChartRule] = []
    ) -> Chart {
        Chart(id: "c", kind: "test", title: "A <title>", x: x, y: y, series: series, spans: spans, rules: rules)
    }

    private static func line(_ values: [Double], name: String = "s", drawing: ChartSeries.Drawing = .line)
        -> ChartSeries
    {
        ChartSeries(
            name: name,
            style: Palette().style(of: name),
            points: values.enumerated().map { .init(x: Double($0.offset), y: $0.element) },
            drawing: drawing
        )
    }

    // MARK: Series

    @Test func aNameKeepsItsLookWhateverIsAskedBetween() {
        let palette = Palette(["3 servers", "5 servers"])
        let first = palette.style(of: "3 servers")
        let new = palette.style(of: "7 servers")
        #expect(palette.style(of: "3 servers") == first && palette.style(of: "7 servers") == new)
        #expect(first != new && palette.style(of: "5 servers") != first)
        #expect(Palette(["3 servers"]).style(of: "3 servers") == first)
    }

    @Test func moreThanEightSeriesAreToldApartWithoutColourAlone() {
        let palette = Palette()
        let styles = (0..<24).map { palette.style(of: "series \($0)") }
        #expect(Set(styles.map { "\($0.colour) \($0.dash)" }).count == 24)
        // Those of one colour differ in their points, too, and so do neighbours.
        for colour in 0..<SeriesStyle.colours {
            let same = styles.filter { $0.colour == colour }
            #expect(Set(same.map(\.shape)).count == same.count)
        }
        #expect(zip(styles, styles.dropFirst()).allSatisfy { $0.shape != $1.shape })
    }

    @Test func aLossyThingKeepsItsColour() {
        let style = Palette(["a"]).style(of: "a")
        #expect(style.marked(true).colour == style.colour && style.marked(true).classes != style.classes)
        #expect(style.marked(false) == style)
    }

    // MARK: Axes

    @Test(
        arguments: [
            (0.0, 10.0, [0.0, 2, 4, 6, 8, 10]), (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (1, 7, [2, 4, 6]), (5, 5, [5]),
        ] as [(Double, Double, [Double])]
    )
    func marksAreRound(_ low: Double, _ high: Double, _ marks: [Double]) {
        let found = AxisTicks.even(from: low, to: high)
        #expect(found.count == marks.count)
        for (one, other) in zip(found, marks) { #expect(abs(one - other) < 1e-9) }
    }

    @Test func eachNineHasTheSameRoom() throws {
        let scale = try #require(AxisScale(.quantile, values: [0, 0.5, 0.9999]))
        for (quantile, position) in [(0, 0), (0.9, 0.25), (0.99, 0.5), (0.999, 0.75), (0.9999, 1)] {
            #expect(abs(try #require(scale.position(quantile)) - position) < 1e-9)
        }
        // The slowest of all has no place: its nines have no end.
        #expect(scale.position(1) == nil)
        #expect(scale.ticks.map(\.label) == ["0", "50", "90", "99", "99.9", "99.99"])
        // On a telephone p99, which answers quote, keeps its mark.
        #expect(scale.ticks.filter(\.isSpare).map(\.label) == ["0", "50"])
        let long = try #require(AxisScale(.quantile, values: [0, 0.999_999]))
        #expect(long.ticks.filter(\.isSpare).map(\.label) == ["0", "50", "99.99", "99.9999"])
        #expect(scale.words(0.99987) == "99.987 %")
    }

    @Test func aLogarithmicAxisHasMarksWhateverItsSpan() throws {
        for (low, high) in [(0.3, 0.32), (1, 9), (0.02, 80), (1e-3, 1e6)] as [(Double, Double)] {
            let scale = try #require(AxisScale(.latency(), values: [low, high]))
            #expect(scale.ticks.count > 1 && scale.ticks.count < 12, "\(low) to \(high): \(scale.ticks)")
            #expect(scale.low < low && scale.high > high)
        }
        #expect(AxisScale(.latency(), values: [0, -1, .nan]) == nil)
    }

    @Test func sizesAreMarkedAtTheirPlaces() throws {
        let scale = try #require(AxisScale(.servers([7, 3, 1, 3]), values: [1, 7]))
        #expect(scale.ticks.map(\.label) == ["1", "3", "7"])
        let places = scale.ticks.map(\.position)
        #expect(abs((places[2] - places[1]) - 2 * (places[1] - places[0])) < 1e-9)
        #expect(scale.words(1) == "1 server" && scale.words(3) == "3 servers")
    }

    @Test func everyAxisHasItsUnit() {
        let html = Self.chart([Self.line([1, 2])]).html
        #expect(html.contains("<p class=\"yt\">Throughput (operations/s)</p>"))
        #expect(html.contains("<p class=\"xt\">Time since the start of the load (s)</p>"))
    }

    // MARK: Marks

    @Test func aValueWithoutAPlaceBreaksTheLine() {
        let gap = Self.chart([Self.line([1, 2, 0, 3, 4])], y: .latency()).html
        #expect(gap.components(separatedBy: "<polyline").count == 3)
        let whole = Self.chart([Self.line([1, 2, 0, 3, 4])]).html
        #expect(whole.components(separatedBy: "<polyline").count == 2)
        #expect(!gap.contains("nan") && Self.chart([Self.line([0])], y: .latency()).html == "")
    }

    @Test func pointsHaveTheirValuesInTooltipsUntilTheyAreACurve() {
        let few = Self.chart([Self.line([1234, 5678])]).html
        #expect(few.contains("<title>s: 1,234 operations/s at 0 s</title>"))
        let many = Self.chart([Self.line((0..<100).map(Double.init))]).html
        #expect(!many.contains("<use") && many.contains("<polyline"))
        var sure = Self.line([10])
        sure.points[0].interval = 8...12
        #expect(Self.chart([sure]).html.contains("s: 10 operations/s (8 to 12) at 0 s"))
    }

    /// An interval of two runs may have limits a million times apart: the points decide what is seen.
    @Test func aWildIntervalDoesNotFlattenTheChart() {
        var wild = Self.line([10, 20])
        wild.points[0].interval = 1e-9...1e9
        let logarithmic = Self.chart([wild], y: .latency()).html
        #expect(!logarithmic.contains(">1,000,000") && logarithmic.contains("(0 to 1,000,000,000)"))
        #expect(!Self.chart([wild]).html.contains(">1,000,000"))
        wild.points[0].interval = 8...30
        #expect(Self.chart([wild]).html.contains(">30</b>"))
    }

    @Test func faultsAreShadedAndNamedOnceInTheLegend() {
        let spans = [(1.0, 1.2), (3, 3.1)].map { ChartSpan(name: "leader killed", from: $0.0, to: $0.1) }
        let html = Self.chart([Self.line([1, 2, 3, 4])], spans: spans).html
        #expect(html.components(separatedBy: "<rect class=\"span").count == 3)
        #expect(html.components(separatedBy: "</i>leader killed</span>").count == 2)
        #expect(html.contains("leader killed, 1 s to 1.2 s"))
    }

    @Test func aLimitIsNamedInThePlot() {
        let html = Self.chart([Self.line([1, 2])], rules: [ChartRule(name: "limit", at: 5, direction: .horizontal)])
            .html
        #expect(html.contains("class=\"rule") && html.contains(">limit</text>"))
    }

    @Test func namesOfPointsDoNotCoverEachOther() {
        let crowd = (0..<3).map { index in
            ChartSeries(
                name: "strategy \(index)",
                style: Palette().style(of: "\(index)"),
                points: [.init(x: 5 + Double(index) / 1000, y: 5, name: "strategy \(index)")],
                drawing: .points
            )
        }
        let html = Self.chart(crowd + [Self.line([0, 10])]).html
        let places = html.components(separatedBy: "<text class=\"pn\"").dropFirst().map { text in
            text.prefix { $0 != ">" }.split(separator: " ").filter { $0.hasPrefix("dx") || $0.hasPrefix("dy") }
        }
        #expect(places.count > 1 && Set(places.map { "\($0)" }).count == places.count)
    }

    // MARK: Bars, tables, pages

    @Test func barsHaveTheirPartsAndErrors() {
        let chart = BarChart(
            id: "b",
            kind: "stages",
            title: "t",
            axis: Axis("Time", unit: "ms"),
            parts: [.init(name: "sync", style: .muted), .init(name: "vote", style: .warning)],
            bars: [.init(name: "<one>", values: [2, nil], errors: ["±3 %"], label: "2 ms")]
        )
        #expect(chart.html.contains("title=\"sync: 2 ms ±3 %\"") && !chart.html.contains("vote:"))
        #expect(chart.html.contains("&lt;one&gt;") && chart.html.contains("Time (ms)"))
        var nothing = chart
        nothing.bars[0].values = [nil, -1]
        #expect(nothing.html == "")
    }

    @Test func hostileNamesStayText() {
        let name = "<script>\"'&"
        let chart = Self.chart(
            [Self.line([1, 2], name: name)],
            spans: [ChartSpan(name: name, from: 0, to: 1, detail: name)],
            rules: [ChartRule(name: name, at: 1, direction: .vertical)]
        )
        let page = HTMLPage(
            title: name,
            lead: "",
            sections: [
                .init(id: name, title: name, body: chart.html, summary: name), .init(id: "b", title: name, body: "x"),
            ]
        )
        #expect(!page.html.contains("<script"))
        for word in ["http://", "https://", "nan", "url("] { #expect(!page.html.contains(word), "\(word)") }
    }

    @Test func contentsLeadToEverySection() {
        let sections = ["One", "Two", "Empty"].map {
            HTMLPage.Section(id: HTMLText.anchor($0), title: $0, body: $0 == "Empty" ? "" : "<p>\($0)</p>\n")
        }
        var page = HTMLPage(title: "t", lead: "", sections: sections)
        page.sections[1].summary = "what is in it"
        #expect(page.html.contains("<a href=\"#one\">One</a>") && page.html.contains("<section id=\"one\">"))
        // Inside the fold, so that a link to it opens it.
        #expect(page.html.contains("what is in it</span></summary>\n<div id=\"two\">"))
        #expect(!page.html.contains("Empty"))
        #expect(HTMLText.anchor("16x64, 128 B: <load>") == "16x64-128-b-load" && HTMLText.anchor("µ") == "x")
    }

    @Test func aTableScrollsInItsOwnFrame() {
        var table = HTMLTable([.init("Strategy"), .init("Durable", isWords: true), .init("p99")])
        #expect(table.html == "")
        table.add(["a", "NO", "1"], isWarning: true)
        #expect(table.html.hasPrefix("<div class=\"scroll\"") && table.html.contains("<table class=\"t w2\">"))
        #expect(table.html.contains("<tr class=\"bad\"><td>a</td>"))
    }
}

import Foundation
import Testing

@testable import Report

@Suite struct IntervalChartTests {
    private static func row(_ ratio: Double, _ interval: ClosedRange<Double>?, isWarning: Bool = false)
        -> IntervalChart.Row
    {
        IntervalChart.Row(
            name: "cpu <us>: regressed",
            ratio: ratio,
            interval: interval,
            margin: 0.97...1.03,
            style: Palette().style(of: "cpu"),
            label: "1.200",
            isWarning: isWarning
        )
    }

    @Test func aRatioItsIntervalAndItsMarginHaveTheirPlaces() {
        // From 0.9 to 1.3, and 4 % of that on both sides.
        let html = IntervalChart(
            id: "i",
            title: "t",
            axis: "B ÷ A",
            rows: [Self.row(1.2, 1.1...1.3, isWarning: true), Self.row(1, 0.9...1.1)]
        ).html
        #expect(html.contains("data-chart=\"intervals\"") && html.contains("B ÷ A (ratio; 1 is no difference)"))
        #expect(html.contains("cpu &lt;us&gt;: regressed") && html.contains("<div class=\"row bad\""))
        #expect(html.contains("left:50%;width:46.3%;height:4px"))
        #expect(html.contains("left:3.7%;width:46.3%;height:4px"))
        // A margin and the line at 1 in each row.
        #expect(html.components(separatedBy: "opacity:.3").count == 3)
    }

    @Test func oneWildIntervalFlattensNoOther() {
        let html = IntervalChart(id: "i", title: "t", axis: "r", rows: [Self.row(1, 0.01...900), Self.row(1, nil)]).html
        // The axis goes from 0.4 to 2.5 and a little further, and the interval from end to end.
        #expect(html.contains("left:0%;width:100%;height:4px"))
        #expect(html.contains(">0.5</b>") && html.contains(">2.5</b>") && !html.contains(">3</b>"))
        #expect(html.components(separatedBy: "height:4px").count == 2)
        #expect(IntervalChart(id: "i", title: "t", axis: "r", rows: []).html.isEmpty)
    }
}

import Histogram
import Results
import TestSupport
import Testing

@testable import Report

@Suite struct HTMLReportTests {
    @Test func thePageIsMadeFromTheFilesAlone() throws {
        var summary = SummaryRow.header
        for size in [1, 3] {
            for number in 1...2 { summary += Samples.row(repeatNumber: number, size: size, achieved: 1000).line }
        }
        let second = SecondRow(
            tag: Samples.tag(1),
            time: Timestamp(unixNanoseconds: 0),
            elapsedSeconds: 1,
            lengthSeconds: 1,
            phase: "measured",
            offeredPerSecond: 10,
            achievedPerSecond: 10,
            errors: 0,
            responseP50Microseconds: 5,
            responseP99Microseconds: 9,
            responseMaxMicroseconds: 10,
            sessionsConnected: 1
        )
        let event = EventRow(
            tag: Samples.tag(1),
            time: Timestamp(unixNanoseconds: 0),
            elapsedSeconds: 0,
            event: "killed",
            serverID: 2,
            detail: "<SIGKILL>"
        )
        let html = HTMLReport.text(
            title: "quick <1>",
            environment: "a machine",
            results: try StoredResults(
                summary: summary,
                timeseries: SecondRow.header + second.line,
                events: EventRow.header + event.line
            )
        )
        #expect(html.contains("<h1>quick &lt;1&gt;</h1>"))
        #expect(html.contains("By ensemble size"))
        #expect(html.contains("&lt;SIGKILL&gt;"))
        #expect(!html.contains("<SIGKILL>"))
        #expect(html.contains("<polyline"))
        for word in ["http://", "https://", "<script", "nan"] { #expect(!html.contains(word), "\(word)") }
    }

    @Test func aPageOfNothingIsAPage() throws {
        let html = HTMLReport.text(title: "t", environment: "", results: StoredResults())
        #expect(html.hasSuffix("</body></html>\n"))
    }

    @Test(
        arguments: [
            (0.0, 10.0, [0.0, 2, 4, 6, 8, 10]), (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (1, 7, [2, 4, 6]), (5, 5, [5]),
        ] as [(Double, Double, [Double])]
    )
    func marksAreRound(_ low: Double, _ high: Double, _ marks: [Double]) {
        let found = LineChart.roundTicks(in: low...high)
        #expect(found.count == marks.count)
        for (one, other) in zip(found, marks) { #expect(abs(one - other) < 1e-9) }
    }

    @Test func aLogarithmicChartLeavesZeroOut() {
        let chart = LineChart(
            title: "t",
            xTitle: "x",
            yTitle: "y",
            series: [.init(name: "s", points: [.init(x: 0, y: 0), .init(x: 1, y: 10), .init(x: 2, y: 1000)])],
            isLogarithmic: true
        )
        #expect(chart.series[0].points.count == 2)
        #expect(chart.html.contains("<polyline"))
    }

    @Test func figuresOfAHistogramAreMicroseconds() {
        var histogram = Histogram<UInt64>(highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)
        #expect(LatencyFigures(nanoseconds: histogram) == LatencyFigures())
        for value in 1...1000 { histogram.record(UInt64(value) * 1000) }
        let figures = LatencyFigures(nanoseconds: histogram)
        #expect(abs((figures.p50Microseconds ?? 0) - 500) < 1)
        #expect(abs((figures.p99Microseconds ?? 0) - 990) < 2)
        #expect(abs((figures.meanMicroseconds ?? 0) - 500.5) < 1)
    }
}

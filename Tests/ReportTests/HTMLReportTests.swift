import Foundation
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
        #expect(html.contains("<h1>quick</h1>") && html.contains("Folder quick &lt;1&gt;"))
        #expect(html.contains("By ensemble size"))
        #expect(html.contains("&lt;SIGKILL&gt;"))
        #expect(!html.contains("<SIGKILL>"))
        #expect(html.contains("<polyline"))
        for word in ["http://", "https://", "<script", "nan", "url("] { #expect(!html.contains(word), "\(word)") }
        // Settings have names; an id of a run is only in the table that says which is which.
        let before = try #require(html.range(of: "run_id in the files"))
        #expect(!html[..<before.lowerBound].contains("20261121T012405Z-quick-1"))
    }

    /// One rate that was kept up with is in the table; two of them, or one that was too high, make a chart.
    @Test func offeredAndAchievedAreDrawnWhereTheyTellSomething() {
        func page(_ rates: [Double], achieved: Double = 1) -> String {
            var results = StoredResults()
            results.runs = rates.enumerated().map { index, rate in
                var row = Samples.row(repeatNumber: 1, achieved: rate * achieved)
                (row.load.mode, row.load.ratePerSecond, row.load.point) = ("open_poisson", rate, "p\(index)")
                row.offeredPerSecond = rate
                if achieved < 1 { row.invalidReasons = ["overloaded: less than asked for"] }
                return row
            }
            return HTMLReport.text(title: "t", environment: "", results: results)
        }
        let kind = "data-chart=\"offered-achieved\""
        #expect(page([1000, 5000]).contains(kind) && page([5000], achieved: 0.5).contains(kind))
        #expect(!page([5000]).contains(kind))
    }

    @Test func aHostileNameStaysText() throws {
        let name = "<script>alert(1)</script>"
        var row = Samples.row(repeatNumber: 1, achieved: 1000)
        row.load.point = name
        row.workload = name
        row.tag.fsyncStrategy = name
        row.invalidReasons = [name]
        var good = Samples.row(repeatNumber: 2, achieved: 1000)
        good.tag.fsyncStrategy = name + "2"
        good.load.point = name
        var results = StoredResults()
        results.runs = [row, good]
        let html = HTMLReport.text(title: name, environment: name, results: results)
        #expect(!html.contains("<script") && html.contains("&lt;script&gt;"))
    }

    /// The page of a sweep with 39 logs and four loads: 34,000 pixels and 324 charts before.
    @Test func theReferenceSweepIsAPageThatOneCanRead() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = try ResultsFolder(existing: root.appending(path: "results/reference/fsync").path)
        let html = HTMLReport.text(title: folder.name, environment: "e", results: try StoredResults(folder))
        let open = Self.unfolded(html)
        #expect(html.contains("<nav aria-label=\"Contents\">"))
        #expect(Self.count("data-chart=", in: open) == 1 && open.contains("data-chart=\"frontier\""))
        #expect(Self.count("data-chart=", in: html) > 100)
        // A table for each load, with the decisive column second.
        #expect(Self.count("<th>Strategy</th><th>Durable</th>", in: open) == 4)
        #expect(Self.count("<tr", in: open) < 120)
        #expect(html.contains("<b>Durable log measured fastest at saturation:</b>"))
        // Every anchor of the contents is there, and no id twice.
        let ids = html.matches(of: /id="([^"]+)"/).map { String($0.1) }
        #expect(Set(ids).count == ids.count)
        for link in html.matches(of: /href="#([a-z][^"]+)"/) { #expect(ids.contains(String(link.1)), "\(link.1)") }
        // Each axis names its unit.
        for axis in html.matches(of: /<p class="[xy]t">([^<]*)<\/p>/) { #expect(axis.1.hasSuffix(")"), "\(axis.1)") }
    }

    private static func count(_ text: String, in html: String) -> Int { html.components(separatedBy: text).count - 1 }

    /// Without what is inside of details.
    private static func unfolded(_ html: String) -> String {
        var depth = 0
        var text = ""
        for part in html.split(separator: "<", omittingEmptySubsequences: false) {
            if part.hasPrefix("details") { depth += 1 }
            if depth == 0 { text += "<" + part }
            if part.hasPrefix("/details") { depth -= 1 }
        }
        return text
    }

    @Test func aPageOfNothingIsAPage() throws {
        let html = HTMLReport.text(title: "t", environment: "", results: StoredResults())
        #expect(html.hasSuffix("</body></html>\n"))
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

    /// A run that was interrupted, or short, says nothing of a rate; one that could not keep up does.
    @Test func offeredAndAchievedLeaveOutWhatIsNoResult() {
        func chart(_ reason: String) -> String {
            var results = StoredResults()
            results.runs = [(1000.0, ""), (4000, reason)].map { rate, reason in
                var row = Samples.row(repeatNumber: 1, achieved: rate / 2)
                (row.load.mode, row.load.ratePerSecond, row.load.point) = ("open_poisson", rate, "p\(rate)")
                row.offeredPerSecond = rate
                if !reason.isEmpty { row.invalidReasons = [reason] }
                return row
            }
            return HTMLReport.offeredAndAchieved(ReportContext(results))
        }
        #expect(chart("overloaded: 2000/s of 4000/s achieved").contains("2,000 operations/s at 4,000"))
        #expect(chart("interrupted").isEmpty)
    }

    @Test func aRefusedCalibrationIsNoLimit() {
        func page(isValid: Bool) -> String {
            var results = StoredResults()
            results.runs = [1, 3].map { size in
                var row = Samples.row(repeatNumber: 1, size: size, achieved: 1000)
                (row.limits.perSecond, row.limits.timesFloor, row.limits.isValid) = (2000, 2, isValid)
                return row
            }
            return HTMLReport.bySize(ReportContext(results))
        }
        #expect(page(isValid: true).contains("calibrated limit") && page(isValid: true).contains("calibrated floor"))
        #expect(!page(isValid: false).contains("calibrated"))
    }

    @Test func noIdIsUsedTwice() {
        var results = StoredResults()
        for (number, name) in ["a b", "a-b", "a-b-2"].enumerated() {
            for size in [1, 3] {
                var row = Samples.row(repeatNumber: number + 1, size: size, achieved: 1000)
                row.load.point = name
                results.runs.append(row)
                var second = SecondRow()
                second.tag = row.tag
                for elapsed in 1...3 {
                    second.elapsedSeconds = Double(elapsed)
                    second.achievedPerSecond = 10
                    second.responseP99Microseconds = 9
                    results.seconds.append(second)
                }
            }
        }
        let html = HTMLReport.text(title: "t", environment: "", results: results)
        let ids = html.matches(of: /\sid="([^"]+)"/).map { String($0.1) }
        #expect(ids.count > 15 && Set(ids).count == ids.count, "\(ids.sorted())")
    }
}

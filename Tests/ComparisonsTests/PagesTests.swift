import Foundation
import Histogram
import Measure
import Report
import Results
import Statistics
import TestSupport
import Testing

@testable import Comparisons

/// The pages of `ab` and of two folders.
@Suite struct PagesTests {
    private let root = TemporaryFolder()

    private func count(_ kind: String, in html: String) -> Int {
        html.components(separatedBy: "data-chart=\"\(kind)\"").count - 1
    }

    // MARK: ab

    /// Pairs of one load, made in turns.
    private func paired(factor: Double) throws -> PairedPage {
        let sides = [Canned.runs(12), Canned.runs(12, factor: factor, commit: "bbbb")]
        let folders = try sides.map { try $0.write(in: root) }
        var comparison = try StoredComparison.run(
            baseline: folders[0],
            candidate: folders[1],
            options: .init(design: .pairs)
        )
        comparison.warnings.append("others had up to <12 %> of the processors")
        return PairedPage(
            title: "ab-quick",
            comparison: comparison,
            runs: (try StoredRuns(path: folders[0]), try StoredRuns(path: folders[1])),
            neighbours: (1...12).map { .init(pair: $0, a: 0.01, b: $0 == 3 ? nil : 0.02) },
            machine: "a machine"
        )
    }

    @Test func theVerdictOfPairsComesFirst() throws {
        let page = try paired(factor: 1.2)
        let html = page.html
        let verdict = try #require(html.range(of: "<b>\(HTMLText.escaped(page.comparison.headline))</b>"))
        let chart = try #require(html.range(of: "data-chart"))
        #expect(verdict.lowerBound < chart.lowerBound)
        #expect(html.contains("others had up to &lt;12 %&gt; of the processors"))
        #expect(count("intervals", in: html) == 1)
        #expect(html.contains("processor time per write: regressed") && html.contains("<div class=\"row bad\""))
        // A chart for each metric that has a ratio, in the order of the pairs.
        let ratios = page.comparison.all.count { $0.metric.baseline.map { $0.median > 0 } == true }
        #expect(count("pairs", in: html) == ratios && ratios >= 5)
        #expect(count("neighbours", in: html) == 1)
        for word in ["http://", "https://", "<script", "nan"] { #expect(!html.contains(word), "\(word)") }
    }

    @Test func pairsThatCannotBeReadLeaveTheVerdict() throws {
        var page = try paired(factor: 1)
        page.runs = nil
        page.neighbours = []
        #expect(count("pairs", in: page.html) == 0 && count("neighbours", in: page.html) == 0)
        #expect(count("intervals", in: page.html) == 1)
    }

    // MARK: Two folders

    /// A folder on disk with a histogram for each of its runs.
    private func folder(_ canned: Canned, size: Int = 3) throws -> String {
        var canned = canned
        for index in canned.rows.indices { canned.rows[index].tag.ensembleSize = size }
        let path = try canned.write(in: root)
        let results = try ResultsFolder(existing: path)
        for number in 1...canned.rows.count {
            var histogram = Histogram<UInt64>(
                highestTrackableValue: 3_600_000_000_000,
                numberOfSignificantValueDigits: .three
            )
            for value in 1...1000 { histogram.record(UInt64(value) * 10_000) }
            let interval = LatencyLog.Interval(
                tag: "\(number)_response",
                startSeconds: 0,
                lengthSeconds: 1,
                histogram: histogram
            )
            try results.append(try LatencyLog.line(for: interval), to: RecordedLatencies.file)
        }
        return path
    }

    private func page(_ a: String, _ b: String) throws -> FoldersPage {
        try FoldersPage(.init(path: a), .init(path: b))
    }

    @Test func twoFoldersAreBesideEachOther() throws {
        let page = try page(folder(.runs()), folder(.runs(factor: 1.2, commit: "bbbb")))
        #expect(page.reason == nil)
        let html = page.html
        #expect(html.contains("<b>\(HTMLText.escaped(page.comparison?.headline ?? "?"))</b>"))
        // Both figures, the ratio with its interval, and the verdict.
        let cpu = try #require(html.components(separatedBy: "<td>Processor time per write</td>").last)
        let row = try #require(cpu.components(separatedBy: "</tr>").first)
        #expect(row.contains("<td>10.0 µs ±") && row.contains("<td>12.0 µs ±"))
        #expect(row.contains("<td>1.20") && row.contains("..1.20") && row.contains("<td>regressed</td>"))
        #expect(count("percentiles", in: html) == 1 && count("intervals", in: html) == 1)
        #expect(html.contains("A: 20261121T120000Z-aaaa") && html.contains("B: 20261121T120000Z-bbbb"))
        #expect(html.contains("kernel 6.1.0"))
        // One size has no curve.
        #expect(count("sizes", in: html) == 0)
        for word in ["http://", "https://", "<script", "nan"] { #expect(!html.contains(word), "\(word)") }
        #expect(FoldersPage.fileName(page.a, page.b) == "report-20261121T120000Z-aaaa-vs-20261121T120000Z-bbbb.html")
    }

    /// Another machine: the figures are shown, the reason too, and no verdict.
    @Test func unlikeMachinesHaveNoVerdict() throws {
        var other = Canned.runs(factor: 1.2, commit: "bbbb")
        other.kernel = "6.2.0"
        let html = try page(folder(.runs()), folder(other)).html
        #expect(html.contains("<b>No verdict.</b> not comparable: different kernel.</p>"))
        #expect(html.contains("<summary>What differs</summary>"))
        #expect(html.contains("<td>kernel</td><td>6.1.0</td><td>6.2.0</td>"))
        // Each figure of the lead with its error.
        #expect(html.contains(/Throughput [\d,]+\/s ±[\d.]+ % in A, [\d,]+\/s ±[\d.]+ % in B/))
        #expect(html.contains("<td>12.0 µs ±") && html.contains("<td>no verdict</td>"))
        #expect(!html.contains("regressed") && count("intervals", in: html) == 0)
        #expect(count("percentiles", in: html) == 1)
    }

    @Test func loadsOfOneSideAreShownWithTheReason() throws {
        var one = Canned.runs()
        one.add(8, point: "steady")
        let page = try page(folder(one), folder(.runs(commit: "bbbb")))
        #expect(page.loads.map(\.missing) == [nil, "only A ran this load"])
        #expect(page.html.contains("<td>only A ran this load</td>"))
        // Another size is another load, and a point of a curve.
        let sizes = try self.page(folder(.runs(commit: "cccc")), folder(.runs(commit: "dddd"), size: 5))
        #expect(sizes.reason?.hasPrefix("not comparable: no load was run on both sides") == true)
        #expect(count("sizes", in: sizes.html) == 2)
        #expect(sizes.html.contains("<td>only B ran this load</td>"))
    }

    /// A file of an older version: what it has no column for is no difference, and is said.
    @Test func aColumnThatOneFileLacksKeepsNoLoadsApart() throws {
        var canned = Canned.runs(commit: "bbbb")
        for index in canned.rows.indices { canned.rows[index].log.inFlight = 1 }
        let new = try folder(canned)
        let old = try folder(.runs())
        let lines = canned.summary.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        let place = try #require(lines[0].firstIndex(of: "in_flight"))
        let cut = try String(contentsOfFile: old + "/summary.csv", encoding: .utf8).split(separator: "\n").map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).prefix(place).joined(separator: ",") + "\n"
        }
        try root.write(cut.joined().utf8, (old as NSString).lastPathComponent + "/summary.csv")
        let page = try page(old, new)
        #expect(page.loads.map(\.missing) == [nil])
        #expect(page.reason == nil, "\(page.reason ?? "")")
        #expect(
            page.html.contains(
                "Only one of the files says in_flight, links, log_directories, multi and 10 more of its loads"
            )
        )
        // Two kinds of loads in the newer file: nobody knows which of them the older one is like.
        canned.rows[0].log.inFlight = 2
        try root.write(canned.summary.utf8, (new as NSString).lastPathComponent + "/summary.csv")
        #expect(try self.page(old, new).loads.allSatisfy { $0.missing != nil })
    }

    /// As a folder's own report: histograms of some of the runs are no curve of all.
    @Test func aCurveIsOfAllRunsOrOfTheirPercentiles() throws {
        let path = try folder(.runs())
        let log = path + "/" + RecordedLatencies.file
        let all = try page(path, folder(.runs(commit: "bbbb"))).html
        var lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
        lines.removeLast()
        try root.write(
            (lines.joined(separator: "\n") + "\n").utf8,
            (path as NSString).lastPathComponent + "/" + RecordedLatencies.file
        )
        let some = try page(path, root.path(of: "20261121T120000Z-bbbb")).html
        #expect(all.count > some.count)
    }

    @Test func warningsOfBothFoldersAreSaid() throws {
        var other = Canned.runs(commit: "bbbb")
        other.rows[0].invalidReasons = ["too short: 0.5 s measured"]
        other.rows[1].context.isGeneratorLimited = true
        let html = try page(folder(.runs()), folder(other)).html
        #expect(html.contains("<li>B: 1 of 8 runs rejected, too short: "))
        #expect(html.contains("<li>B: Generator-limited: "))
        #expect(!html.contains("<li>A: Generator-limited"))
    }

    /// A ratio without a test has no interval, and would pass for the test's.
    @Test func whatIsNotTestedHasNoRatio() throws {
        var one = Canned.runs()
        for index in one.rows.indices { one.rows[index].invalidReasons = ["too short: 0.5 s measured"] }
        one.rows[0].invalidReasons = []
        one.add(8, point: "steady")
        let page = try page(folder(one), folder(.runs(commit: "bbbb")))
        for load in page.loads where load.metrics.isEmpty {
            #expect(page.html.contains("<td>\(load.label)</td>"))
        }
        let rows = page.html.components(separatedBy: "<tr>").filter { $0.contains("<td>only A ran this load</td>") }
        #expect(!rows.isEmpty && rows.allSatisfy { $0.contains("<td>-</td><td>-</td><td>only A") })
    }

    private func faults(_ path: String, _ outages: [Double], kind: String = "leader_killed") throws {
        let rows = outages.enumerated().map { index, outage in
            var row = ElectionRow(tag: Samples.tag(1), time: Timestamp(unixNanoseconds: 0))
            row.fault.number = index + 1
            row.fault.kind = kind
            row.phases = .init()
            row.clients.outage = outage
            return row
        }
        try ResultsFolder(existing: path).append(
            ElectionRow.header + rows.map(\.line).joined(),
            to: ElectionRow.file
        )
    }

    @Test func outagesAreBesideEachOther() throws {
        let (a, b) = (try folder(.runs()), try folder(.runs(commit: "bbbb"), size: 5))
        try faults(a, [10, 11, 12, 13, 14, 15, 16, 17])
        try faults(b, [20, 22, 24, 26, 28, 30, 32, 34])
        let html = try page(a, b).html
        #expect(html.contains("Outages by fault") && count("outages", in: html) == 1)
        let ids = html.matches(of: #/ id="([^"]+)"/#).map(\.output.1)
        #expect(Set(ids).count == ids.count, "a link finds the first of two elements of one name")
        let row = try #require(html.components(separatedBy: "<td>leader killed, 3 servers").last)
        #expect(row.contains("<td>13.5 ms ±"), "\(row.prefix(300))")
        #expect(row.contains(/<td>2\.000<\/td><td>1\.\d+\.\.2\.\d+<\/td><td>8<\/td><td>8<\/td>/), "\(row.prefix(300))")
        // The throughput under faults is that of the schedule.
        #expect(count("sizes", in: html) == 0)
    }

    /// The same colour for a side in every chart, however many loads there are.
    @Test func aSideIsAColourAndALoadItsDashes() throws {
        var (one, other) = (Canned.runs(), Canned.runs(commit: "bbbb"))
        for index in one.rows.indices { one.rows[index].tag.ensembleSize = index % 2 == 0 ? 1 : 3 }
        for index in 4..<6 { one.rows[index].tag.ensembleSize = 5 }
        one.add(8, point: "steady")
        other.add(8, point: "steady")
        let html = try page(a: one, b: other).html
        #expect(count("sizes", in: html) == 2)
        #expect(!html.contains("class=\"key c2") && !html.contains("class=\"key c3"))
        // Sizes are in their order, whichever of them the other side has.
        let chart = try #require(html.components(separatedBy: "data-chart=\"sizes\"").dropFirst().first)
        let curve = try #require(chart.firstMatch(of: /<polyline[^>]*points="([^"]*)"/)?.output.1)
        let places = curve.split(separator: " ").compactMap { Int($0.prefix { $0 != "," }) }
        #expect(places == places.sorted())
        #expect(html.contains("class=\"key c0 d1\"") && html.contains("class=\"key c1 d1\""))
    }

    private func page(a: Canned, b: Canned) throws -> FoldersPage {
        try FoldersPage(.init(path: a.write(in: root)), .init(path: b.write(in: root)))
    }

    @Test func rowsThatOthersDisturbedAreMarked() throws {
        var other = Canned.runs(commit: "bbbb")
        for index in other.rows.indices { other.rows[index].foreign.share = 0.5 }
        let page = try page(folder(.runs()), folder(other))
        #expect(page.reason?.contains("others had a tenth of the processors") == true)
        #expect(page.html.contains("others disturbed runs of it"))
    }

    @Test func aBrokenHistogramLogIsSaidAndStopsNothing() throws {
        let path = try folder(.runs())
        try ResultsFolder(existing: path).append("no histogram\n", to: RecordedLatencies.file)
        let html = try page(path, folder(.runs(commit: "bbbb"))).html
        #expect(html.contains("latency.hlog: line 9: expected start,length,max,histogram"))
        #expect(html.contains("so percentiles cannot be drawn"))
        #expect(html.contains("<td>Throughput</td>"))
    }

    @Test func aBadFolderIsNamed() throws {
        let missing = root.path(of: "nothing")
        var error = #expect(throws: StoredRunsError.self) { try FoldersPage.Side(path: missing) }
        #expect(error?.description == "\(missing): no such folder or file; name a results folder or a summary.csv")
        try root.make("empty")
        error = #expect(throws: StoredRunsError.self) { try FoldersPage.Side(path: root.path(of: "empty")) }
        #expect(error?.description.hasPrefix(root.path(of: "empty") + ": there is no summary.csv") == true)
    }
}

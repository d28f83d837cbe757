import Foundation
import Results
import TestSupport
import Testing

@testable import Report

/// Faults on the time axis, and what the servers did meanwhile.
@Suite struct FaultChartTests {
    /// A fault four seconds after the load began, with an outage from 5 ms before it to `end` ms after it.
    private static func fault(_ number: Int, kind: String = "leader_killed", end: Double) -> ElectionRow {
        var row = ElectionTests.row(end + 5, kind: kind)
        row.fault.number = number
        row.fault.elapsedSeconds = 4
        row.clients.outageBegin = -5
        row.clients.outageEnd = end
        return row
    }

    /// Four seconds of tenths around it, without an answer in one of them.
    private static func bins(_ number: Int, kind: String = "leader_killed", rate: Double) -> [FaultBinRow] {
        (-20...20).map { tenth in
            var bin = FaultBinRow(tag: ElectionTests.row(1).tag, faultNumber: number, kind: kind)
            bin.sinceFaultSeconds = Double(tenth) / 10
            bin.elapsedSeconds = 4 + bin.sinceFaultSeconds
            bin.lengthSeconds = 0.1
            bin.achievedPerSecond = tenth == 1 ? 0 : rate
            bin.responseP99Microseconds = tenth == 1 ? nil : 1000
            return bin
        }
    }

    @Test func eachKindIsDrawnAroundItsFault() {
        var results = StoredResults()
        results.faults = [Self.fault(1, end: 30), Self.fault(2, end: 80), Self.fault(3, end: 95)]
        results.faults.append(Self.fault(4, kind: "followers_lost", end: 20))
        results.faultBins = Self.bins(1, rate: 900) + Self.bins(2, rate: 1000) + Self.bins(3, rate: 1200)
        results.faultBins += Self.bins(4, kind: "followers_lost", rate: 1000)
        let html = HTMLReport.faultSeries(ReportContext(results))
        // Throughput and latency of two kinds.
        #expect(html.components(separatedBy: "data-chart=\"faults\"").count == 5)
        #expect(html.contains("Throughput: leader killed, 3 servers"))
        // The fault with the median outage, shaded until writes were acknowledged again.
        #expect(html.contains("<title>leader killed, 0 s to 0.08 s</title>"))
        #expect(html.contains("leader elected"))
        #expect(html.contains("Throughput, the fault with the median outage; band: range of 3 faults"))
        // In the tenth without an answer the latency's line is cut.
        let latency = html.components(separatedBy: "Response time p99: leader killed").last ?? ""
        #expect(latency.prefix(20_000).components(separatedBy: "<polyline").count >= 3)
        #expect(!html.contains("nan") && !html.contains(ElectionTests.row(1).tag.runID))
        #expect(HTMLReport.faultSeries(ReportContext(StoredResults())).isEmpty)
        let exception = "except around faults, where a band is the range of all faults"
        #expect(HTMLReport.text(title: "t", environment: "", results: results).contains(exception))
        results.faultBins = []
        #expect(!HTMLReport.text(title: "t", environment: "", results: results).contains(exception))
    }

    /// What was measured around it stays in the file, and is no chart.
    @Test func faultsOfALostWriteAreNotDrawn() {
        var results = StoredResults()
        results.faults = [Self.fault(1, end: 30)]
        results.faultBins = Self.bins(1, rate: 900)
        results.faults[0].why = RunValidity.violation
        #expect(!HTMLReport.faultSeries(ReportContext(results)).contains("data-chart"))
    }

    @Test func otherSettingsAreFolded() {
        var results = StoredResults()
        results.faults = [Self.fault(1, end: 30)]
        results.faultBins = Self.bins(1, rate: 900)
        #expect(!HTMLReport.faultSeries(ReportContext(results)).contains("<details"))
        var five = Self.fault(2, end: 40)
        five.tag.ensembleSize = 5
        results.faults.append(five)
        results.faultBins += Self.bins(2, rate: 800)
        let html = HTMLReport.faultSeries(ReportContext(results))
        let parts = html.components(separatedBy: "<details>")
        #expect(parts.count == 2)
        #expect(parts[0].contains("leader killed, 3 servers") && parts[1].contains("leader killed, 5 servers"))
    }

    /// Rows of versions that wrote no `elapsed_s` are placed by the time of day and by their phases.
    @Test func olderRowsHaveTheirPlaceToo() throws {
        var row = ElectionTests.row(20)
        row.time = Timestamp(unixNanoseconds: 1_000_000_007_250_000_000)
        var second = SecondRow()
        second.tag = row.tag
        second.time = Timestamp(unixNanoseconds: 1_000_000_003_000_000_000)
        second.elapsedSeconds = 1
        let offset = try #require(FaultMoments.loadStart([second]))
        let moments = try #require(FaultMoments(row, loadStart: offset))
        #expect(abs(moments.fault - 5.25) < 1e-6)
        // The last acknowledgement came a millisecond after the fault.
        let outage = try #require(moments.outage)
        #expect(abs(outage.lowerBound - 5.251) < 1e-6 && abs(outage.upperBound - 5.271) < 1e-6)
        #expect(abs((moments.elected ?? 0) - 5.255) < 1e-6)
        #expect(FaultMoments(row, loadStart: nil) == nil)
        var results = StoredResults()
        (results.seconds, results.faults) = ([second], [row])
        let spans = HTMLReport.faultSpans(ReportContext(results), run: row.tag.runID)
        #expect(spans.map(\.name) == ["leader killed"] && abs(spans[0].to - 5.271) < 1e-6)
        #expect(HTMLReport.faultSpans(ReportContext(results), run: "another").isEmpty)
    }

    @Test func theLeadersLineIsNamed() {
        var results = StoredResults()
        results.runs = [Samples.row(repeatNumber: 1, achieved: 1000)]
        for second in 1...5 {
            for id in 1...3 {
                var row = ServerRow()
                row.tag = results.runs[0].tag
                row.elapsedSeconds = Double(second)
                row.lengthSeconds = 1
                row.serverID = id
                row.state = id == 2 ? "leader" : id == 3 && second < 3 ? "leader" : "follower"
                row.counters = [.syncs: 100, .cpuLoop: 500_000, .recordsLogged: 900, .groupCommits: 90]
                row.gauges = [.outstandingRequests: UInt64(second), .queueLogRecords: 0]
                results.servers.append(row)
            }
        }
        let html = HTMLReport.servers(ReportContext(results))
        #expect(html.contains("server 2, the leader") && html.contains("server 3, leader for a time"))
        // Syncs, batch, loop, requests; what stayed at zero or is not known is no chart.
        #expect(html.components(separatedBy: "data-chart=\"servers\"").count == 5)
        #expect(html.contains("(% of a core)") && html.contains("50 % of a core"))
        #expect(html.contains("server 2, the leader: 5 requests at 5 s"))
        #expect(!html.contains("Records waiting") && !html.contains(results.runs[0].tag.runID))
        #expect(HTMLReport.servers(ReportContext(StoredResults())).isEmpty)
    }

    @Test func theStagesOfAllLoadsHaveOneScale() throws {
        var results = StoredResults()
        results.runs = [
            Samples.row(repeatNumber: 1, achieved: 1000), Samples.row(repeatNumber: 2, size: 1, achieved: 1000),
        ]
        for (run, quantile, length) in [(0, "p50", 100.0), (1, "p50", 50), (0, "p99", 400)] {
            for stage in ["queue", "sync"] {
                results.stages.append(
                    StageRow(
                        tag: results.runs[run].tag,
                        kind: .ledger,
                        quantile: quantile,
                        stage: stage,
                        meanMicroseconds: length,
                        share: 0.5,
                        writes: 100
                    )
                )
            }
        }
        let html = HTMLReport.stageCharts(ReportContext(results))
        #expect(html.components(separatedBy: "data-chart=\"stages\"").count == 3)
        // All loads of a quantile have one scale, and the longest of them fills it but for a little.
        #expect(html.contains("style=\"width:47.2%\" title=\"sync: 100 µs\""))
        #expect(html.contains("style=\"width:23.6%\" title=\"sync: 50 µs\""))
        #expect(html.contains("style=\"width:47.2%\" title=\"sync: 400 µs\""))
        #expect(html.contains("3 servers, closed 16x64, 128 B") && !html.contains(results.runs[0].tag.runID))
    }

    /// A server, a kind of fault and a load have each a style of their own.
    @Test func noFaultLooksLikeAServer() throws {
        var results = StoredResults()
        results.runs = [Samples.row(repeatNumber: 1, achieved: 1000)]
        let palette = ReportContext(results).palette
        let styles = [
            palette.style(of: "server 1"), HTMLReport.style(ofFault: "leader_killed", palette),
            palette.style(of: "server 2"), HTMLReport.style(ofFault: "leader_hung", palette),
        ]
        #expect(Set(styles).count == 4)
        #expect(HTMLReport.style(ofFault: "leader_killed", palette) == styles[1])
    }

    /// The medians of stages that vary against each other do not add up to the median of their sums.
    @Test func theTotalOfABarIsTheMedianOfTheRunsTotals() throws {
        var results = StoredResults()
        for (number, (queue, sync)) in [(100.0, 10.0), (10, 200), (20, 20)].enumerated() {
            let run = Samples.row(repeatNumber: number + 1, achieved: 1000)
            results.runs.append(run)
            for (stage, length) in [("queue", queue), ("sync", sync)] {
                results.stages.append(
                    StageRow(
                        tag: run.tag,
                        kind: .ledger,
                        quantile: "p50",
                        stage: stage,
                        meanMicroseconds: length,
                        share: 0.5,
                        writes: 100
                    )
                )
            }
        }
        let html = HTMLReport.stageCharts(ReportContext(results))
        // The medians are 20 and 20 µs, the totals 110, 210 and 40.
        #expect(html.contains("110 µs ±") && !html.contains("40.0 µs"))
        #expect(html.contains("medians of the parts need not add up to it"))
    }
}

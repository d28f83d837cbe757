import Foundation
import Measure
import Results
import TestSupport
import Testing

@testable import Report

/// A sweep over logs: what a reader sees of it.
@Suite struct LogSweepTests {
    static func row(
        _ strategy: String,
        batching: String = "natural",
        inFlight: Int = 1,
        directories: String = "one",
        point: String = "saturation",
        rate: Double? = nil,
        achieved: Double,
        p99: Double = 900,
        lost: Int? = nil
    ) -> SummaryRow {
        var row = Samples.row(repeatNumber: 1, achieved: achieved, p99: p99)
        row.tag.fsyncStrategy = strategy
        row.batchPolicy = batching
        row.log.inFlight = inFlight
        row.log.directories = directories
        row.load.point = point
        if let rate {
            row.load.mode = "open_poisson"
            row.load.ratePerSecond = rate
        }
        row.log.syncsPerSecond = 3000
        row.log.batchMean = achieved / 1000
        row.log.identityRatio = 1
        row.durability = SummaryRow.Durability(
            survivesProcessCrash: true,
            survivesPowerLoss: lost == nil,
            acknowledgedLost: lost ?? 0
        )
        return row
    }

    static let sweep = [
        row("none_recycled", achieved: 90_000, lost: 1234), row("fdatasync_recycled", achieved: 50_000),
        row("fdatasync_recycled", batching: "count_128", achieved: 40_000),
        row("fdatasync_recycled", batching: "count_32", achieved: 41_000),
        row("fdatasync_recycled", point: "low", rate: 500, achieved: 500),
        row("none_recycled", point: "low", rate: 500, achieved: 500, lost: 1234),
    ]

    @Test func eachLoadHasATableInWhichTheLogsStandInTheirOrder() throws {
        let lines = SummaryTable.text(rows: Self.sweep, on: .wide).split(separator: "\n").map(String.init)
        #expect(lines[0] == "zabbench, 3 servers as processes")
        #expect(lines[1] == "3 servers, low: open poisson 500/s 16x64, 128 B")
        #expect(lines[2].split(separator: " ").prefix(2) == ["log", "durable"])
        let saturation = try #require(lines.firstIndex(of: "3 servers, saturation: closed 16x64, 128 B"))
        let rows = lines[(saturation + 3)..<(saturation + 7)].map {
            $0.split(separator: " ").prefix(3).joined(separator: " ")
        }
        #expect(
            rows == [
                "fdatasync_recycled yes 50,000", "fdatasync_recycled, count_32 yes",
                "fdatasync_recycled, count_128 yes",
                "none_recycled NO: lost",
            ]
        )
        #expect(lines.contains { $0.hasPrefix("NOT DURABLE: none_recycled: ") })
    }

    @Test func onATerminalWhatWasLostIsRed() throws {
        let red = SummaryTable.text(rows: Self.sweep, on: Display(columns: nil, isColoured: true))
        let lines = red.split(separator: "\n")
        let lossy = try #require(lines.last { $0.contains("lost 1,234") })
        #expect(lossy.hasPrefix("\u{1b}[31mnone_recycled\u{1b}[0m  "))
        #expect(lossy.contains("\u{1b}[31mNO: lost 1,234 at power loss\u{1b}[0m"))
        #expect(lines.filter { $0.contains("\u{1b}") }.count == 2)
        // Nothing but the colour differs.
        let plain = red.replacing("\u{1b}[31m", with: "").replacing("\u{1b}[0m", with: "")
        #expect(plain == SummaryTable.text(rows: Self.sweep, on: .wide))
    }

    @Test func onlyWhatVariesIsAColumn() {
        func header(_ rows: [SummaryRow]) -> String {
            SummaryTable.text(rows: rows).split(separator: "\n").first { $0.contains("achieved/s") }.map(String.init)
                ?? ""
        }
        let base = Self.row("fdatasync_recycled", achieved: 1)
        #expect(header([base]).hasPrefix("load"))
        let deep = Self.row("fdatasync_recycled", inFlight: 4, achieved: 2)
        #expect(header([base, deep]).hasPrefix("in flight"))
        let apart = Self.row("fdatasync_recycled", directories: "separate", achieved: 2)
        #expect(header([base, apart]).hasPrefix("directories"))
        var other = base
        other.tag.system = "zookeeper"
        other.tag.fsyncStrategy = nil
        #expect(header([base, other]).hasPrefix("system "))
    }

    @Test func aLossyStrategyAloneIsSaidToo() {
        let text = SummaryTable.text(rows: [Self.row("none_append", achieved: 1, lost: 7)], on: .wide)
        #expect(text.contains("NO: lost 7 at power loss"))
        #expect(text.contains("NOT DURABLE: none_append"))
        #expect(!SummaryTable.text(rows: [Self.row("fsync_append", achieved: 1)]).contains("durable"))
    }

    @Test func theWordsSayWhatWasLostByWhat() {
        typealias Durability = SummaryRow.Durability
        #expect(Durability().words == "-" && !Durability().isLossy)
        let none = Durability(survivesProcessCrash: false, survivesPowerLoss: false, acknowledgedLost: nil)
        #expect(none.words == "NO: fails at a process crash")
        let kept = Durability(survivesProcessCrash: true, survivesPowerLoss: true, acknowledgedLost: 0)
        #expect(kept.words == "yes" && !kept.isLossy)
    }

    @Test func aBrokenIdentityIsNoted() {
        var row = Self.row("fdatasync_recycled", achieved: 1000)
        #expect(!SummaryTable.text(rows: [row]).contains("mean batch"))
        row.log.identityRatio = 1.25
        var lossy = row
        lossy.durability.survivesPowerLoss = false
        #expect(!SummaryTable.text(rows: [lossy]).contains("mean batch"))
        // Not tried: it may sync no group at all.
        lossy.durability = SummaryRow.Durability()
        #expect(!SummaryTable.text(rows: [lossy]).contains("mean batch"))
        #expect(
            SummaryTable.text(rows: [row]).replacing("\n", with: " ").contains(
                "times it: 1.25 (saturation: closed 16x64, 128 B)"
            )
        )
        // As older versions have stored it.
        row.log.identityRatio = 0
        #expect(!SummaryTable.text(rows: [row]).contains("mean batch"))
        (row.log.identityRatio, row.load.storm) = (0.3, "leader_killed")
        #expect(!SummaryTable.text(rows: [row]).contains("mean batch"))
    }

    @Test func whatNobodyTriedIsEmptyAndSaid() {
        let tried = Self.row("fdatasync_recycled", achieved: 50_000)
        #expect(!SummaryTable.text(rows: [tried]).contains("durable is -"))
        var untried = Self.row("fdatasync_recycled", batching: "overlapped", inFlight: 2, achieved: 60_000)
        untried.durability = SummaryRow.Durability()
        let text = SummaryTable.text(rows: [tried, untried])
        #expect(text.contains("durable is - where that log was never tried"))
        let row = text.split(separator: "\n").first { $0.contains("overlapped") }
        #expect(row?.contains("yes") == false)
    }

    @Test func notesNameTheRowsOfASweep() {
        var deep = Self.row("fdatasync_recycled", inFlight: 4, directories: "separate", achieved: 10)
        deep.log.identityRatio = 2
        let text = SummaryTable.text(rows: [Self.row("fdatasync_recycled", achieved: 10), deep])
        #expect(
            text.replacing("\n", with: " ").contains(
                "times it: 2.00 (saturation: closed 16x64, 128 B, 4 in flight, separate directories)"
            ),
            "\(text)"
        )
    }

    @Test func whatTheMachineDoesNotOfferIsSaid() throws {
        let skipped = [SkippedRuns(strategy: "io_uring_append", reason: "no \"io_uring\" here")]
        let line = "Skipped: io_uring_append: no \"io_uring\" here\n"
        #expect(SummaryTable.text(rows: Self.sweep, skipped: skipped).contains(line))
        #expect(SummaryTable.text(rows: [], skipped: skipped).contains(line))
        let failed = [("1", "x"), ("2", "y"), ("3", "y")].map { FailedRun(run: $0.0, system: "etcd", reason: $0.1) }
        let text = SummaryTable.text(rows: Self.sweep, failed: failed)
        #expect(text.contains("Failed: 1 run of etcd: x\nFailed: 2 runs of etcd: y\n"))
        let json = JSONDocument(rows: [], skipped: skipped, folder: "f", workload: "w", exitCode: .failed)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.text().utf8)) as? [String: Any])
        #expect((object["skipped"] as? [[String: String]])?.first?["reason"] == "no \"io_uring\" here")
    }

    /// 20,000/s are too much for one log and not for the other: an answer.
    @Test func anOverloadedLogIsAnAnswerWhereAnotherHasAResult() {
        var slow = Self.row("fsync_append", point: "high", rate: 20_000, achieved: 3000)
        slow.invalidReasons = ["unanswered: 500 of 20000 operations", "overloaded: 3000/s of 20000/s achieved"]
        let fast = Self.row("fdatasync_recycled", point: "high", rate: 20_000, achieved: 20_000)
        func areAnswered(_ rows: [SummaryRow]) -> Bool { LoadPointSummary.areAnswered(LoadPointSummary.grouped(rows)) }
        #expect(areAnswered([slow, fast]))
        #expect(!areAnswered([slow]))
        #expect(!areAnswered([slow, Self.row("fdatasync_recycled", achieved: 1)]))
        #expect(SummaryTable.text(rows: [slow, fast], on: .wide).contains("  overloaded  "))
        slow.invalidReasons.append("acknowledged writes violated: 1 lost")
        #expect(!areAnswered([slow, fast]))
    }

    @Test func theReportShowsTheFrontier() throws {
        var rows = Self.sweep
        rows.append(Self.row("fsync_append", achieved: 30_000, p99: 2000))
        rows.append(Self.row("fdatasync_recycled", directories: "separate", achieved: 55_000, p99: 800))
        let html = HTMLReport.text(
            title: "t",
            environment: "",
            results: try StoredResults(summary: SummaryRow.header + rows.map(\.line).joined())
        )
        #expect(html.contains("<h2>Durability frontier</h2>"))
        let lines = html.split(separator: "\n")
        let lossy = try #require(
            lines.first { $0.contains("<td>none_recycled, natural, one directory</td>") && $0.contains("90,000") }
        )
        #expect(lossy.hasPrefix("<tr class=\"bad\">"))
        // The decisive column comes second.
        #expect(lossy.contains("</td><td>NO: lost 1,234 at power loss</td><td></td>"))
        func line(_ log: String) throws -> Substring {
            try #require(lines.first { $0.contains("<td>\(log)</td><td>yes</td>") && !$0.contains(">500<") })
        }
        #expect(try line("fdatasync_recycled, natural, separate directories").contains("<td>●</td>"))
        #expect(try !line("fsync_append, natural, one directory").contains("●"))
        #expect(
            html.contains("data-chart=\"frontier\"")
                && html.contains("none_recycled, natural, one directory (not durable)")
        )
        #expect(html.contains("Strategies: p99 against throughput"))
        #expect(html.contains("Batching: records per group commit against throughput"))
        #expect(html.contains("Directories: p99 against throughput"))
        for word in ["http://", "<script", "nan"] { #expect(!html.contains(word), "\(word)") }
    }

    /// Nobody has tried them, so nobody knows which of them loses nothing.
    @Test func whatWasNotTriedIsOnNoFrontier() throws {
        var rows = Self.sweep
        for index in rows.indices { rows[index].durability = SummaryRow.Durability() }
        let html = HTMLReport.text(
            title: "t",
            environment: "",
            results: try StoredResults(summary: SummaryRow.header + rows.map(\.line).joined())
        )
        #expect(html.contains("<h2>Durability frontier</h2>") && !html.contains("<td>●</td>"))
    }

    /// All keep up with the rate, but for the draw of the arrivals: then the latency decides alone.
    @Test func atAGivenRateTheFrontierIsTheLatency() throws {
        let rows = [
            Self.row("fsync_append", point: "p", rate: 5000, achieved: 5002, p99: 3000),
            Self.row("fdatasync_recycled", point: "p", rate: 5000, achieved: 4998, p99: 1000),
        ]
        let html = HTMLReport.text(
            title: "t",
            environment: "",
            results: try StoredResults(summary: SummaryRow.header + rows.map(\.line).joined())
        )
        let marked = html.split(separator: "\n").filter { $0.contains("<td>●</td>") }
        #expect(marked.count == 1 && marked.first?.contains("fdatasync_recycled") == true)
    }

    @Test func withoutASweepThereIsNoFrontier() throws {
        let html = HTMLReport.text(
            title: "t",
            environment: "",
            results: try StoredResults(summary: SummaryRow.header + Samples.row(repeatNumber: 1, achieved: 5).line)
        )
        #expect(!html.contains("data-chart=\"frontier\""))
    }

    @Test func columnsAreOnlyEverAppended() {
        let names = SummaryRow.header.dropLast().split(separator: ",").map(String.init)
        #expect(names[names.firstIndex(of: "in_flight")! - 1] == "log_bytes_per_write")
        #expect(names[names.firstIndex(of: "injected")! - 1] == "acknowledged_lost_in_simulation")
        #expect(names[names.firstIndex(of: "leader_bytes_out_per_write")! - 1] == "generator_bound_per_s")
        #expect(names[names.firstIndex(of: "turn_ms")! - 1] == "traced")
        let table = CSVTable(parsing: SummaryRow.header + Self.sweep[0].line)
        #expect(table.text(table.rows[0], "survives_power_loss") == "false")
        #expect(table.text(table.rows[0], "acknowledged_lost_in_simulation") == "1234")
        #expect(table.text(table.rows[0], "device_flushes_per_s") == "")
    }

    @Test func labelsAreOrderedAsPeopleCount() {
        let labels = ["bytes_16384", "each", "bytes_4096", "delay_500us", "delay_2000us"]
        #expect(
            labels.sorted { NaturalOrder.key($0) < NaturalOrder.key($1) } == [
                "bytes_4096", "bytes_16384", "delay_500us", "delay_2000us", "each",
            ]
        )
    }
}

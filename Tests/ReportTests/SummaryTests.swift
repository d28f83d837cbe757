import Foundation
import Measure
import Results
import Statistics
import TestSupport
import Testing

@testable import Report

@Suite struct SummaryTests {
    @Test func mediansAreOverValidRunsOnly() throws {
        var bad = Samples.row(repeatNumber: 4, achieved: 1)
        bad.invalidReasons = ["too short"]
        let groups = LoadPointSummary.grouped([
            Samples.row(repeatNumber: 1, achieved: 100), Samples.row(repeatNumber: 2, achieved: 300),
            Samples.row(repeatNumber: 3, achieved: 200), bad,
        ])
        #expect(groups.count == 1)
        let achieved = try #require(groups[0].distribution(\.achievedPerSecond))
        #expect(achieved.median == 200)
        #expect(achieved.count == 3)
        #expect(groups[0].rows.count == 4)
    }

    @Test func groupsAreSortedWhateverTheOrderOfRuns() {
        let groups = LoadPointSummary.grouped([
            Samples.row(repeatNumber: 1, size: 7, achieved: 1), Samples.row(repeatNumber: 1, size: 1, achieved: 1),
            Samples.row(repeatNumber: 1, size: 3, achieved: 1), Samples.row(repeatNumber: 2, size: 7, achieved: 1),
        ])
        #expect(groups.map(\.key.ensembleSize) == [1, 3, 7])
        #expect(groups[2].rows.count == 2)
    }

    @Test func twoSystemsAreToldApart() {
        var other = Samples.row(repeatNumber: 1, achieved: 1)
        other.tag.system = "zookeeper"
        let text = SummaryTable.text(rows: [other, Samples.row(repeatNumber: 1, achieved: 1)])
        let lines = text.split(separator: "\n")
        let starts = lines.map { $0.prefix(9) }
        #expect(lines[0] == "zabbench and ZooKeeper, 3 servers as processes, fdatasync_recycled")
        #expect(Array(starts[1..<3]) == ["system   ", "---------"])
        #expect(starts[3] == "closed 16" && starts[4] == "zabbench " && starts[5] == "zookeeper")
    }

    @Test func aCrowdedMachineIsSaid() {
        var row = Samples.row(repeatNumber: 1, size: 7, achieved: 1)
        row.context.isMachineLimited = true
        row.context.cores = 2
        #expect(SummaryTable.text(rows: [row]).contains("Rows with 7 servers measure the machine: it has 2 cores"))
    }

    @Test func whatLayBetweenTheServersAndWhatWasInjectedIsSaid() {
        var row = Samples.row(repeatNumber: 1, achieved: 900)
        let plain = SummaryTable.text(rows: [row])
        for words in ["proxy", "on purpose", "generator-limited"] { #expect(!plain.contains(words)) }
        row.links = "proxied: 6 ways 100us"
        row.injected = "sync 2000us"
        row.generatorBoundPerSecond = 1000
        row.context.isGeneratorLimited = true
        let text = SummaryTable.text(rows: [row])
        #expect(text.contains("The servers talked through the harness's proxy (proxied: 6 ways 100us)"))
        #expect(text.contains("Slowed down on purpose: sync 2000us."))
        #expect(text.contains("with 3 servers is generator-limited: the generator does 1,000/s against a target"))
    }

    @Test func theSetUpHasItsColumns() {
        var row = Samples.row(repeatNumber: 1, achieved: 1)
        let names = ["injected", "links", "generator_bound_per_s"]
        let columns = SummaryRow.columns.filter { names.contains($0.name) }
        #expect(columns.map(\.name) == names)
        #expect(columns.map { $0.cell(of: row).plain } == ["", "", ""])
        row.links = "proxied"
        row.injected = "sync 1us"
        row.generatorBoundPerSecond = 12
        #expect(columns.map { $0.cell(of: row).plain } == ["sync 1us", "proxied", "12"])
    }

    @Test func aLostWriteAndAnInvalidRunAreSaid() {
        var row = Samples.row(repeatNumber: 1, achieved: 10)
        row.proof.acknowledgedVerified = 999
        row.invalidReasons = ["acknowledged writes violated: 1 lost"]
        let text = SummaryTable.text(rows: [row])
        #expect(text.contains("999 of 1,000 FOUND"))
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(
            words.contains(
                "Not a result: \(LoadKey(row).label): acknowledged writes violated: 1 lost (run 20261121T012405Z-quick-1)"
            )
        )
        #expect(!text.contains("LoadKey("))
        #expect(text.contains("0 of 1"))
        #expect(SummaryTable.text(rows: []) == "No run was completed.\n")
    }

    @Test func jsonIsOneDocument() throws {
        var row = Samples.row(repeatNumber: 1, achieved: 10.5)
        row.invalidReasons = ["a \"quoted\" reason\n"]
        let document = JSONDocument(
            rows: [row, Samples.row(repeatNumber: 2, achieved: 20)],
            folder: "results/x",
            workload: "quick",
            exitCode: .lostWrite
        )
        let object = try #require(try JSONSerialization.jsonObject(with: Data(document.text().utf8)) as? [String: Any])
        let runs = try #require(object["runs"] as? [[String: Any]])
        #expect(object["exit_code"] as? Int == 4)
        #expect(runs.count == 2)
        #expect(runs[0]["invalid_reason"] as? String == "a \"quoted\" reason\n")
        #expect(runs[0]["achieved_per_s"] as? Double == 10.5)
        #expect(runs[1]["invalid_reason"] is NSNull)
        let points = try #require(object["points"] as? [[String: Any]])
        #expect(points.count == 1)
        #expect(points[0]["achieved_per_s_median"] as? Double == 20)
        #expect(points[0]["achieved_per_s_low"] is NSNull && points[0]["achieved_per_s_high"] is NSNull)
        #expect(points[0]["runs_valid"] as? Int == 1)
        let empty = JSONDocument(rows: [], folder: "", workload: "", exitCode: .failed)
        #expect(try JSONSerialization.jsonObject(with: Data(empty.text().utf8)) is [String: Any])
    }
}

@Suite struct ConsoleTableTests {
    @Test func columnsLineUp() {
        var table = ConsoleTable(columns: [("name", .left), ("n", .right)])
        table.rows = [["a", "1"], ["longer", "1,000"], ["µ", ""]]
        #expect(
            table.text == """
                name        n
                ------  -----
                a           1
                longer  1,000
                µ

                """
        )
    }

    @Test(
        arguments: [
            (0.0, "0"), (999, "999"), (1000, "1,000"), (52_340.6, "52,341"), (-1_234_567, "-1,234,567"), (.nan, "-"),
        ] as [(Double, String)]
    )
    func thousands(_ value: Double, _ text: String) { #expect(ConsoleTable.grouped(value) == text) }

    @Test(
        arguments: [
            (nil, "-"), (12, "12 µs"), (999.4, "999 µs"), (999.6, "1.00 ms"), (12_345, "12.3 ms"), (123_456, "123 ms"),
            (1_250_000, "1.25 s"), (61_000_000, "61.0 s"),
        ] as [(Double?, String)]
    )
    func latencies(_ value: Double?, _ text: String) { #expect(ConsoleTable.latency(microseconds: value) == text) }
}

@Suite struct ProgressLineTests {
    @Test(arguments: [
        (-1.0, "----------"), (0, "----------"), (0.55, "#####-----"), (1, "##########"), (9, "##########"),
    ])
    func bar(_ fraction: Double, _ text: String) { #expect(ProgressLine.bar(fraction: fraction, width: 10) == text) }
}

import Foundation
import Measure
import Results
import Testing

@testable import Report

/// What a terminal shows of the committed results, at the widths people have: the whole text in `terminal/`, made again
/// with UPDATE_TERMINAL=1, and no line too long at any of four widths.
@Suite struct TerminalTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let reference = tests.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("results/reference")

    /// All folders of runs.
    static let folders =
        (try? FileManager.default.contentsOfDirectory(atPath: reference.path))?.sorted().filter {
            FileManager.default.fileExists(atPath: reference.path + "/\($0)/summary.csv")
        } ?? []

    private static func stored(_ name: String) throws -> (results: StoredResults, version: String?) {
        let folder = try ResultsFolder(existing: reference.appendingPathComponent(name).path)
        let head = try? ManifestHead(reading: folder.read("manifest.json"), name: name)
        return (try StoredResults(folder), head?.zabbenchVersion)
    }

    private static func tables(_ name: String, on display: Display) throws -> String {
        if name == "calibration" {
            let data = try Data(contentsOf: reference.appendingPathComponent("calibration.json"))
            return CalibrationTable.text(try Calibration.decoder.decode(Calibration.self, from: data), on: display)
        }
        let (results, version) = try stored(name)
        let parts = [
            results.runs.isEmpty ? "" : SummaryTable.text(rows: results.runs, version: version, on: display),
            ElectionTable.text(results.faults, on: display),
            ScalingTable.text(ScalingStudy.rows(results.runs, folder: ""), on: display),
            ExplanationTable(Explanation(results)).text(on: display),
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    @Test(
        arguments: ["quick", "fsync", "ensemble-size", "leader-bottleneck", "election-3", "calibration"],
        ["80", "120", "wide"]
    )
    func aTerminalShowsWhatItDid(_ name: String, _ width: String) throws {
        let text = try Self.tables(name, on: Display(columns: Int(width)))
        let file = Self.tests.appendingPathComponent("terminal/\(name)-\(width).txt")
        if ProcessInfo.processInfo.environment["UPDATE_TERMINAL"] != nil {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        guard text != expected else { return }
        let now = text.split(separator: "\n", omittingEmptySubsequences: false)
        let before = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let place = zip(now, before).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        let line = place ?? min(now.count, before.count)
        Issue.record(
            """
            terminal/\(name)-\(width).txt:\(line + 1): it says
            \(before.indices.contains(line) ? before[line] : "(nothing)")
            and now
            \(now.indices.contains(line) ? now[line] : "(nothing)")
            """
        )
    }

    @Test(arguments: folders + ["calibration"], [80, 100, 120, 160])
    func noLineIsTooLong(_ name: String, _ width: Int) throws {
        #expect(Self.folders.count >= 9)
        let text = try Self.tables(name, on: Display(columns: width))
        for line in text.split(separator: "\n") where line.count > width {
            Issue.record("\(name) at \(width) columns, \(line.count): \(line)")
        }
        // Whatever the width, somebody who chooses a strategy sees whether it keeps what it acknowledged.
        if name.hasPrefix("fsync") { #expect(text.contains(" durable ")) }
    }
}

/// The table's own rules.
@Suite struct NarrowTableTests {
    private static var table: ConsoleTable {
        var table = ConsoleTable(columns: [
            .init("name", .left), .init("rate", .right), .init("least important", .right, rank: 9),
            .init("less important", .right, rank: 2, name: "less"), .init("why", .left, isProse: true),
        ])
        table.cells = [
            ["a", .init("533,207 ±13 %", short: "533k ±13 %"), "1", "2", "because of this and that"],
            ["b", .init("12,000 ±1 %", short: "12.0k ±1 %"), "1", "2", "no"],
        ]
        return table
    }

    @Test func nothingIsLeftOutWhereThereIsRoom() {
        let text = Self.table.text(on: .wide)
        #expect(text == Self.table.text(on: Display(columns: 79)))
        #expect(text.contains("533,207 ±13 %") && text.contains("because of this and that\n"))
        #expect(!text.contains("Not shown"))
    }

    @Test func theLeastImportantGoFirstAndAreNamed() {
        let text = Self.table.text(on: Display(columns: 45))
        #expect(!text.contains("least") || text.contains("Not shown at this width: least important"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 45 }, "\(text)")
        let narrow = Self.table.text(on: Display(columns: 40))
        #expect(narrow.replacing("\n", with: " ").contains("Not shown at this width: least important"), "\(narrow)")
        #expect(narrow.split(separator: "\n").allSatisfy { $0.count <= 40 }, "\(narrow)")
        // No word is cut.
        let words = narrow.split(whereSeparator: \.isWhitespace)
        for word in ["because", "of", "this", "and", "that"] { #expect(words.contains { $0 == word }) }
    }

    @Test(
        arguments: [
            (80, nil, 80), (nil, nil, 100), (200, "120", 120), (nil, "120", 120), (nil, "x", 100), (10, nil, 40),
        ] as [(Int?, String?, Int)]
    )
    func theWidth(terminal: Int?, variable: String?, width: Int) {
        let environment = variable.map { ["COLUMNS": $0] } ?? [:]
        func display(_ isWide: Bool) -> Display {
            .standardOutput(isWide: isWide, terminalColumns: terminal, environment: environment)
        }
        #expect(display(false).columns == width)
        #expect(display(true).columns == nil)
    }

    @Test(
        arguments: [
            (2884, "2,884"), (9999, "9,999"), (12_000, "12.0k"), (533_207, "533k"), (1_245_735, "1.25M"),
        ] as [(Double, String)]
    )
    func shortNumbers(_ value: Double, _ text: String) { #expect(ConsoleTable.short(value) == text) }

    @Test func countsAgreeWithTheirNouns() {
        #expect("\(Count(1, "run")), \(Count(2, "run")), \(Count(0, "run"))" == "1 run, 2 runs, 0 runs")
        #expect("\(Count(1, "watch", "watches")), \(Count(1200, "watch", "watches"))" == "1 watch, 1,200 watches")
    }

    /// The protocol's version is no product's.
    @Test func theHeadNamesProductAndVersion() {
        var row = SummaryRow()
        row.tag.system = "zabbench"
        row.systemVersion = "3.8.0-zabbench"
        row.context.commit = "d2f7d7c9ab12"
        #expect(TableHead.product(row, version: "0.1.0") == "zabbench 0.1.0 (d2f7d7c)")
        row.context.commit = "4e2799fe2ca0-dirty"
        #expect(TableHead.product(row, version: "0.1.0") == "zabbench 0.1.0 (4e2799f-dirty)")
        row.context.commit = "unknown"
        #expect(TableHead.product(row, version: "0.1.0") == "zabbench 0.1.0")
        row.tag.system = "zookeeper"
        row.systemVersion = "3.8.0-5a02a05eddb59aee6ac762f7ea82e92a68eb9c0f"
        #expect(TableHead.product(row, version: "0.1.0") == "ZooKeeper 3.8.0")
    }
}

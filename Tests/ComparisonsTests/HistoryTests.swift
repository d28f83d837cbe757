import Foundation
import Report
import Results
import TestSupport
import Testing

@testable import Comparisons
@testable import Statistics

@Suite struct HistoryTests {
    let root = TemporaryFolder()

    /// A folder of one commit, at second `index` of a day.
    func canned(_ index: Int, factor: Double = 1, kernel: String = "6.1.0", workload: String? = nil) -> Canned {
        var canned = Canned(
            name: "20261121T1200\(index < 10 ? "0" : "")\(index)Z-quick",
            commit: "commit\(index)",
            kernel: kernel,
            startedAt: 1_795_262_400 + index * 100
        )
        if let workload { canned.workloadText = workload }
        // A little noise that is no trend.
        canned.add(3, factor: factor * (1 + 0.001 * Double(index * 7 % 10)))
        return canned
    }

    func file(_ folders: [Canned]) throws -> String {
        let path = root.path(of: "history.jsonl")
        for folder in folders {
            let written = try folder.write(in: root)
            #expect(try HistoryFile.append(StoredRuns(path: written), to: path) == (1, 0))
        }
        return path
    }

    @Test func aLineHasWhatOtherToolsRead() throws {
        let path = try file([canned(0)])
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasSuffix("}\n"))
        let line = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(line["timestamp"] as? Int == 1_795_262_401)
        #expect(line["time"] as? String == "2026-11-21T12:00:01.000Z")
        #expect(line["run"] as? String == "20261121T120000Z-quick")
        #expect((line["attributes"] as? [String: String]) == ["git_commit": "commit0"])
        #expect((line["load"] as? [String: String])?["point"] == "saturation")
        let metrics = try #require(line["metrics"] as? [[String: Any]])
        #expect(metrics.map { $0["name"] as? String } == ComparedMetric.all.map(\.name))
        #expect(metrics[0]["unit"] as? String == "1/s")
        #expect(metrics[0]["runs"] as? Int == 3)
    }

    @Test func appendingTwiceAppendsOnce() throws {
        let folder = try canned(0).write(in: root)
        let path = root.path(of: "history.jsonl")
        #expect(try HistoryFile.append(StoredRuns(path: folder), to: path) == (1, 0))
        #expect(try HistoryFile.append(StoredRuns(path: folder), to: path) == (0, 1))
        #expect(try HistoryFile(path: path).entries.count == 1)
    }

    @Test func brokenLinesAreNamedAndTheRestIsUsed() throws {
        let path = try file([canned(0)])
        let line = try String(contentsOfFile: path, encoding: .utf8)
        let newer = line.replacing("\"schema_version\":1", with: "\"schema_version\":2")
        let nameless = line.replacing("\"run\":", with: "\"walk\":")
        let odd = line.replacing("\"metrics\":[", with: "\"metrics\":3,\"more\":[")
        let half = String(line.dropLast(20))
        try (line + "\nrubbish\n" + newer + nameless + odd + half).write(
            toFile: path,
            atomically: true,
            encoding: .utf8
        )
        let history = try HistoryFile(path: path)
        #expect(history.entries.count == 1)
        #expect(
            history.broken == [
                .init(line: 3, reason: "no JSON"), .init(line: 4, reason: "schema_version 2, this program knows 1"),
                .init(line: 5, reason: "it has no run"), .init(line: 6, reason: "metrics is of another kind"),
                .init(line: 7, reason: "no JSON"),
            ]
        )
        // What comes next begins on a line of its own.
        let folder = try canned(1).write(in: root)
        #expect(try HistoryFile.append(StoredRuns(path: folder), to: path) == (1, 0))
        #expect(try HistoryFile(path: path).entries.map(\.run) == ["20261121T120000Z-quick", "20261121T120001Z-quick"])
    }

    @Test func foldersAndFilesThatAreNoneAreRefused() throws {
        #expect(throws: HistoryError.self) { try HistoryFile(path: root.path(of: "nowhere")) }
        var invalid = canned(0)
        for index in invalid.rows.indices { invalid.rows[index].invalidReasons = ["too short"] }
        let folder = try invalid.write(in: root)
        #expect(throws: HistoryError.nothingValid(path: folder)) {
            try HistoryFile.append(StoredRuns(path: folder), to: root.path(of: "history.jsonl"))
        }
        let good = try canned(1).write(in: root)
        #expect(throws: HistoryError.self) {
            try HistoryFile.append(StoredRuns(path: good), to: root.path(of: "a/b/c"))
        }
    }

    @Test func whatCannotBeAppendedToIsFoundBefore() throws {
        for path in [root.path(of: "a/b"), root.path, root.path + "/c/", "/dev/full", ""] {
            #expect {
                try HistoryFile.checkAppendable(path)
            } throws: {
                guard case HistoryError.unwritable(path, _) = $0 else { return false }
                return "\($0)".hasPrefix("\(path): ") && "\($0)".contains("; nothing was appended: name a file")
            }
        }
        let notes = root.path(of: "notes.md")
        try "# Notes\n".write(toFile: notes, atomically: true, encoding: .utf8)
        #expect(throws: HistoryError.notHistory(path: notes)) { try HistoryFile.checkAppendable(notes) }
        let good = try canned(0).write(in: root)
        #expect(throws: HistoryError.notHistory(path: notes)) {
            try HistoryFile.append(StoredRuns(path: good), to: notes)
        }
        #expect(try String(contentsOfFile: notes, encoding: .utf8) == "# Notes\n")
    }

    @Test func lookingChangesNothing() throws {
        let path = try file([canned(0)])
        let before = try String(contentsOfFile: path, encoding: .utf8)
        try HistoryFile.checkAppendable(path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == before)
        let new = root.path(of: "new.jsonl")
        try HistoryFile.checkAppendable(new)
        #expect(try HistoryFile(path: new) == HistoryFile(parsing: ""))
        try HistoryFile.checkAppendable(new)
    }

    @Test func aChangeIsMarkedWithItsCommit() throws {
        let folders = (0..<12).map { canned($0) } + (12..<24).map { canned($0, factor: 1.2) }
        let history = try HistoryFile(path: file(folders))
        let series = try HistorySeries.all(of: history, metrics: ["cpu_us_per_write", "log_bytes_per_write"])
        #expect(series.map(\.name) == ["cpu_us_per_write", "log_bytes_per_write"])
        #expect(series[0].changes.map(\.index) == [12])
        #expect(series[1].changes.isEmpty)
        let text = HistoryText.text(series)
        #expect(text.contains("\n  ▁▁▁▁▁▁▁▁▁▁▁▁████████████\n              ^\n"), "\(text)")
        #expect(text.contains("  worse at commit12, 2026-11-21T12:20:01.000Z: 10."))
        // Each commit's figure with what its runs say, and the levels on both sides of a change with what the commits say.
        #expect(
            text.contains(/newest 12\.\d+ µs ±\d/) && text.contains(/: 10\.0\d ±0\.\d % to 12\.0\d ±0\.\d % \(\+\d/),
            "\(text)"
        )
        #expect(text.contains("\nA value is the median of a commit's valid runs; ±: its 95 % interval over them"))
        #expect(text.hasSuffix("\n2 series of up to 24 commits, 1 change point\n"))
        let page = HistoryPage.text(title: "a <b>", series: series)
        #expect(page.contains("<title>a &lt;b&gt;</title>"))
        #expect(page.contains("<li class=\"bad\">worse at commit12"))
        #expect(page.components(separatedBy: "data-chart=\"history\"").count == 3)
        // What it comes to, first; and a line where the level changed.
        #expect(page.contains("<b>1 change of level</b>, 1 for the worse, in 2 series of"))
        #expect(page.contains("worse from commit12"))
    }

    /// Of many changes the newest five are named, whatever series they are in.
    @Test func theNewestChangesAreNamedFirst() throws {
        func series(_ number: Int) -> HistorySeries {
            let points = (0..<12).map { index in
                HistorySeries.Point(
                    time: "2026-11-\(10 + index)T12:00:00.000Z",
                    commit: "commit\(index)",
                    value: index < number ? 10 : 12,
                    min: 9,
                    max: 13,
                    runs: 3,
                    error: FigureError(10, nil)
                )
            }
            return HistorySeries(
                label: "load \(number)",
                environmentDigest: "d",
                fingerprint: nil,
                name: "cpu_us_per_write",
                unit: "µs",
                direction: .lowerIsBetter,
                points: points,
                changes: [ChangePoint(index: number, before: 10, after: 12, p: 0.001)]
            )
        }
        // The newest is the first series, and the oldest the last.
        let page = HistoryPage.text(title: "a", series: [10, 9, 8, 7, 6, 5, 4].map(series))
        let named = page.components(separatedBy: "is worse from ").dropFirst().map { $0.prefix { $0 != " " } }
        #expect(named == ["commit10", "commit9", "commit8", "commit7", "commit6"])
    }

    @Test func aNewKernelIsANewSeriesAndNobodysRegression() throws {
        let folders = (0..<8).map { canned($0) } + (8..<16).map { canned($0, factor: 1.2, kernel: "6.2.0") }
        let series = try HistorySeries.all(of: HistoryFile(path: file(folders)), metrics: ["cpu_us_per_write"])
        #expect(series.count == 2)
        #expect(series.allSatisfy { $0.changes.isEmpty && $0.points.count == 8 })
    }

    /// As runs of 8 s and of 2 s are, or with and without a null target: environment and load are the same.
    @Test func whatCompareRefusesIsAnotherSeries() throws {
        let lengths = ["name: quick\nduration_s: 8\n", "name: quick\nduration_s: 2\n"]
        let nulls = lengths.map { $0 + "null_target: true\n" }
        let folders = (0..<16).map { canned($0, workload: (lengths + nulls)[$0 % 4]) }
        let series = try HistorySeries.all(of: HistoryFile(path: file(folders)), metrics: ["cpu_us_per_write"])
        #expect(series.map(\.points.count) == [4, 4, 4, 4])
        #expect(Set(series.map(\.fingerprint)).count == 4 && Set(series.map(\.title)).count == 4)
        #expect(Set(series.map(\.environmentDigest)).count == 1)
        // Their names have room for the load alone: the newest run of a load is what other tools get.
        let text = try HistoryExport.customSmallerIsBetter.text(series)
        #expect(text.components(separatedBy: "\"name\"").count == 2 && text.contains("commit commit15, "))
        let page = HistoryPage.text(title: "a", series: series)
        #expect(page.components(separatedBy: "<h2>").count == 5)
    }

    @Test func commentsRepeatsAndLineEndsAreNoOtherSeries() throws {
        let text = "name: quick\nduration_s: 8\n"
        var folders = [text, "# eight\n" + text, text.replacing("\n", with: "\r\n"), "\u{feff}" + text].enumerated()
            .map { canned($0, workload: $1) }
        folders[1].overrides = ["repeats=9"]
        let series = try HistorySeries.all(of: HistoryFile(path: file(folders)), metrics: ["cpu_us_per_write"])
        #expect(series.map(\.points.count) == [4])
    }

    @Test func linesOfOlderVersionsAreASeriesOfTheirOwn() throws {
        let path = try file((0..<4).map { canned($0) })
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let digest = try #require(try HistoryFile(path: path).entries[0].fingerprint)
        #expect(text.contains("\"fingerprint\":\"\(digest)\","))
        let old = text.replacing("\"fingerprint\":\"\(digest)\",", with: "")
        let series = try HistorySeries.all(of: HistoryFile(parsing: old + text), metrics: ["cpu_us_per_write"])
        #expect(series.map(\.fingerprint) == [nil, digest] && series.map(\.points.count) == [4, 4])
    }

    /// Lines of versions before there were intervals, and commits of one run.
    @Test func whatHasNoIntervalSaysSo() throws {
        let path = try file([canned(0)])
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.contains("\"low\":") && text.contains("\"high\":"))
        let old = text.replacing(/"(low|high)":[0-9.]+,?/, with: "").replacing(",}", with: "}")
        let series = try HistorySeries.all(of: HistoryFile(parsing: old), metrics: ["cpu_us_per_write"])
        #expect(series.count == 1 && series[0].points[0].error.interval == nil && series[0].points[0].runs == 3)
        #expect(series[0].points[0].range == series[0].points[0].min...series[0].points[0].max)
        #expect(HistoryText.text(series).contains(/newest 10\.\d+ µs ±\?\n/))
        let new = try HistorySeries.all(of: HistoryFile(parsing: text), metrics: ["cpu_us_per_write"])
        #expect(new[0].points[0].error.interval?.contains(new[0].points[0].value) == true)
    }

    @Test func aHistoryWithOtherLineEndsIsReadAndAppendedTo() throws {
        let path = try file([canned(0), canned(1)])
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let windows = "\u{feff}" + text.replacing("\n", with: "\r\n")
        #expect(HistoryFile(parsing: windows) == HistoryFile(parsing: text))
        try windows.write(toFile: path, atomically: true, encoding: .utf8)
        let again = try canned(1).write(in: root)
        #expect(try HistoryFile.append(StoredRuns(path: again), to: path) == (0, 1))
        let folder = try canned(2).write(in: root)
        #expect(try HistoryFile.append(StoredRuns(path: folder), to: path) == (1, 0))
        let history = try HistoryFile(path: path)
        #expect(history.entries.map(\.attributes.gitCommit) == ["commit0", "commit1", "commit2"])
        #expect(history.broken.isEmpty)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data((windows + history.entries[2].line()).utf8))
    }

    @Test func linesOutOfOrderAreSortedByTime() throws {
        let series = try HistorySeries.all(of: HistoryFile(path: file([canned(3), canned(1), canned(2)])))
        #expect(series[0].points.map(\.commit) == ["commit1", "commit2", "commit3"])
    }

    @Test func longSeriesShareColumns() {
        let values = (0..<1000).map { Double($0) }
        let blocks = HistoryText.blocks(values)
        #expect(blocks.count == HistoryText.width)
        #expect(blocks.first == "▁" && blocks.last == "█")
        #expect(HistoryText.blocks([5, 5, 5]) == "▄▄▄")
    }

    @Test func otherToolsGetTheNewestRuns() throws {
        let series = try HistorySeries.all(of: HistoryFile(path: file([canned(0), canned(1)])))
        let label = "zabbench, 3 servers, saturation: closed 16x64, 128 B, fdatasync_recycled natural"
        func parsed(_ format: HistoryExport) throws -> Any {
            try JSONSerialization.jsonObject(with: Data(try format.text(series).utf8))
        }
        let smaller = try #require(try parsed(.customSmallerIsBetter) as? [[String: Any]])
        #expect(smaller.count == 6)
        #expect(smaller[0]["name"] as? String == "\(label): response_p50_us")
        #expect(smaller[0]["unit"] as? String == "us")
        #expect((smaller[0]["extra"] as? String)?.hasPrefix("commit commit1, environment ") == true)
        let bigger = try #require(try parsed(.customBiggerIsBetter) as? [[String: Any]])
        #expect(bigger.map { $0["name"] as? String } == ["\(label): achieved_per_s"])
        let bmf = try #require(try parsed(.bmf) as? [String: [String: [String: Double]]])
        #expect(bmf[label]?["log_bytes_per_write"] == ["value": 700, "lower_value": 700, "upper_value": 700])
    }
}

import Foundation
import Results
import TestSupport
import Testing

@testable import Report

/// Systems beside each other: ratios within rounds, and how a table says them.
@Suite struct SystemRatioTests {
    private static func row(_ system: String, _ round: Int, size: Int = 3, achieved: Double, p50: Double = 500)
        -> SummaryRow
    {
        var row = Samples.row(repeatNumber: round, size: size, achieved: achieved)
        row.tag.system = system
        row.response.p50Microseconds = p50
        return row
    }

    /// A machine that is half as fast in each round does not move a ratio.
    private static let rounds = [100_000.0, 50_000, 25_000].enumerated().flatMap { index, achieved in
        [
            row("zabbench", index + 1, achieved: achieved, p50: 1000),
            row("zookeeper", index + 1, achieved: achieved / 4, p50: 4000),
        ]
    }

    @Test func aRatioIsTheMedianOfThoseWithinRounds() throws {
        let ratio = try #require(SystemRatio.all(Self.rounds).first)
        #expect(ratio.base == "zabbench" && ratio.key.system == "zookeeper")
        #expect(ratio.achieved?.ratio == 4 && ratio.achieved?.interval == 4...4)
        #expect(ratio.p50?.ratio == 0.25 && ratio.p99?.ratio == 1)
        // Of runs that have nothing to do with each other nothing could be said.
        let apart = try #require(
            RunRatio([100_000, 50_000, 25_000], to: [25_000, 12_500, 6250])
        )
        #expect(apart.interval == nil)
    }

    @Test func roundsWithoutAValidRunOfBothDoNotCount() throws {
        var rows = Self.rounds
        rows[3].invalidReasons = ["too short"]
        rows[5].achievedPerSecond = 25_000
        let ratio = try #require(SystemRatio.all(rows).first?.achieved)
        #expect(ratio.ratio == 2.5 && ratio.interval?.contains(1) == true)
        let one = try #require(SystemRatio.all(Array(rows.prefix(2))).first?.achieved)
        #expect(one.ratio == 4 && one.interval == nil)
    }

    @Test func eachSizeAndLoadIsComparedWithItself() {
        let rows = [
            Self.row("zabbench", 1, achieved: 100), Self.row("zabbench", 1, size: 5, achieved: 60),
            Self.row("etcd", 1, achieved: 50), Self.row("etcd", 1, size: 5, achieved: 20),
            Self.row("zookeeper", 1, size: 5, achieved: 6),
        ]
        let ratios = SystemRatio.all(rows)
        #expect(ratios.map { "\($0.key.system) \($0.key.ensembleSize)" } == ["etcd 3", "etcd 5", "zookeeper 5"])
        #expect(ratios.map { $0.achieved?.ratio } == [2, 3, 10])
        var mixed = Self.row("etcd", 1, achieved: 50)
        mixed.load.mix = "set:50 get:50"
        #expect(SystemRatio.all([rows[0], mixed]).isEmpty)
    }

    /// Our best of several logs is what others are held against; our best of several ensembles is not.
    @Test func onlyLogsMayDiffer() {
        func rows(_ change: (inout SummaryRow) -> Void) -> [SummaryRow] {
            var rows = [("zabbench", 100.0), ("zabbench", 60), ("zookeeper", 10), ("zookeeper", 20)]
                .map { Self.row($0.0, 1, achieved: $0.1) }
            change(&rows[1])
            change(&rows[3])
            return rows
        }
        func ratios(_ rows: [SummaryRow]) -> [Double] {
            SystemRatio.all(rows).compactMap { $0.achieved?.ratio }.sorted()
        }
        #expect(ratios(rows { $0.observers = 2 }) == [3, 10])
        #expect(ratios(rows { $0.links = "proxied" }) == [3, 10])
        #expect(ratios(rows { $0.placement = "embedded" }) == [3, 10])
        #expect(ratios(rows { $0.context.turnMilliseconds = 50 }) == [3, 10])
        #expect(ratios(rows { $0.load.stormReaders = 3 }) == [3, 10])
        var logs = rows { $0.batchPolicy = "overlapped" }
        logs.removeLast()
        #expect(ratios(logs) == [10])
        // Theirs with observers alone has none of ours beside it.
        let apart = rows { $0.observers = 2 }
        #expect(ratios([apart[0], apart[3]]).isEmpty)
    }

    /// Another system's log follows the directories of ours: what lies on a disk of its own is held against the same.
    @Test func directoriesMustBeAlike() {
        var rows = [("zabbench", 100.0), ("zabbench", 60), ("zookeeper", 10), ("zookeeper", 20)]
            .map { Self.row($0.0, 1, achieved: $0.1) }
        for (index, directories) in ["one", "separate", "one", "separate"].enumerated() {
            rows[index].log.directories = directories
        }
        #expect(SystemRatio.all(rows).map { $0.achieved?.ratio } == [10, 3])
        let text = RatioTable.text(rows)
        #expect(text.contains("128 B, one directory\n") && text.contains("128 B, separate directories\n"), "\(text)")
        // An older version had one folder, and did not say so.
        rows[0].log.directories = nil
        #expect(SystemRatio.all([rows[0], rows[2]]).map { $0.achieved?.ratio } == [10])
        #expect(SystemRatio.all([rows[0], rows[3]]).isEmpty)
    }

    @Test func whatDoesNotCompareHasNoRatio() {
        #expect(SystemRatio.all([Self.row("zabbench", 1, achieved: 1)]).isEmpty && SystemRatio.all([]).isEmpty)
        var unequal = Self.rounds
        unequal[0].context.isDurabilityUnequal = true
        #expect(SystemRatio.all(unequal).isEmpty)
        var curve = Self.rounds
        for index in curve.indices { curve[index].load.ofCapacity = 0.5 }
        #expect(SystemRatio.all(curve).isEmpty)
    }

    @Test func theTableSaysWhatIsDividedByWhat() {
        let systems = [
            Manifest.System(system: "zookeeper", version: "3.8.0"),
            Manifest.System(system: "zabbench", version: "0.1.0"),
            Manifest.System(system: "zookeeper", version: "3.8.0"),
        ]
        let text = RatioTable.text(Self.rounds, systems: systems)
        let lines = text.split(separator: "\n")
        #expect(lines[0].hasPrefix("servers  zabbench by"))
        #expect(lines[2] == "closed 16x64, 128 B")
        #expect(
            lines[3] == "      3  zookeeper    4.00 (4.00 to 4.00)  0.25 (0.25 to 0.25)  1.00 (1.00 to 1.00)",
            "\(text)"
        )
        let words = text.replacing("\n", with: " ")
        #expect(words.contains("the ratios within each of 3 rounds, and their 95 % intervals"))
        #expect(words.contains("Systems, and how a quorum syncs a write: zabbench 0.1.0; zookeeper 3.8.0."))
        #expect(RatioTable.text([]) == "")
        #expect(RatioTable.text(Array(Self.rounds.prefix(2))).contains("other system's: one round."))
    }

    @Test(arguments: [
        (36.04, "36.0"), (0.5, "0.50"), (0.0996, "0.10"), (0.0234, "0.023"), (0.00996, "0.010"), (0.0004, "0.0004"),
        (0, "0.00"),
    ])
    func aSmallRatioKeepsTwoDigits(_ ratio: Double, _ words: String) {
        #expect(ConsoleTable.ratio(ratio) == words)
    }

    /// Two rows that nothing tells apart are of no use.
    @Test func whatDiffersBeyondTheLoadIsNamed() {
        let rows = [("zabbench", ""), ("zabbench", "proxied"), ("etcd", ""), ("etcd", "proxied")].map { system, links in
            var row = Self.row(system, 1, achieved: 100)
            row.links = links
            row.observers = links.isEmpty ? 0 : 2
            return row
        }
        let text = RatioTable.text(rows)
        #expect(text.contains("128 B, direct links, 0 observers\n"), "\(text)")
        #expect(text.contains("128 B, proxied, 2 observers\n"), "\(text)")
    }

    /// `saturation, 3, 5, 5 and 3 servers` says of no system what limits it.
    @Test func aLimitIsTheOneOfASystem() {
        var rows = [("zabbench", 3), ("etcd", 5), ("zabbench", 5)].map { Self.row($0.0, 1, size: $0.1, achieved: 100) }
        for index in rows.indices { rows[index].context.limiterHint = "cpu" }
        let text = SummaryTable.text(rows: rows).replacing("\n", with: " ")
        let load = LoadPointSummary.grouped(rows)[0].loadName
        #expect(
            text.contains("Limited by cpu: etcd: \(load), 5 servers; zabbench: \(load), 3 and 5 servers."),
            "\(text)"
        )
    }

    @Test func theDocumentHasThem() throws {
        func ratios(_ rows: [SummaryRow]) throws -> [[String: Any]] {
            let text = try JSONDocument(rows: rows, folder: "f", workload: "w", exitCode: .pass).text()
            let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            return try #require(object["ratios"] as? [[String: Any]])
        }
        let all = try ratios(Self.rounds)
        let ratio = try #require(all.first)
        #expect(all.count == 1 && ratio["load"] as? String == "closed 16x64, 128 B")
        #expect(ratio["base"] as? String == "zabbench" && ratio["system"] as? String == "zookeeper")
        #expect(ratio["ensemble_size"] as? Int == 3 && ratio["of_capacity"] == nil)
        let figures = ["achieved_per_s": 4.0, "response_p50_us": 0.25, "response_p99_us": 1]
        for (name, value) in figures {
            for member in ["\(name)_ratio", "\(name)_ratio_low", "\(name)_ratio_high"] {
                #expect(ratio[member] as? Double == value, "\(member)")
            }
        }
        // One round has no interval, and one system no ratio.
        let one = try #require(try ratios(Array(Self.rounds.prefix(2))).first)
        #expect(one["achieved_per_s_ratio"] as? Double == 4 && one["achieved_per_s_ratio_low"] is NSNull)
        #expect(try ratios([Self.rounds[0]]).isEmpty)
    }

    @Test func thePageAndTheAnswersHaveTheSameRatios() throws {
        var results = StoredResults()
        results.runs = Self.rounds
        let page = HTMLReport.text(title: "t", environment: "", results: results)
        #expect(page.contains("Systems beside each other") && page.contains("4.00 (4.00 to 4.00)"))
        let answer = try #require(Answers.of(results).first { $0.question == .systems })
        #expect(answer.value("ratio")?.value == 4 && answer.value("ratio")?.interval == 4...4)
    }
}

import Foundation
import Histogram
import Report
import Results
import TestSupport
import Testing

@testable import Bench
@testable import Comparisons

/// `zabbench merge`, from folders to a folder.
@Suite struct MergeTests {
    private let root = TemporaryFolder()

    private static let other = GeneratorFolder(
        starts: [400],
        samples: Array(repeating: 900_000, count: 3000),
        keySpace: "/zabbench-20261121T120000Z-2"
    )

    /// Two folders of different hosts, made in the same second: they have one name.
    private func merged(_ one: GeneratorFolder = GeneratorFolder(), _ two: GeneratorFolder = Self.other) throws
        -> MergedRuns
    {
        let paths = [try one.write(in: root, "a"), try two.write(in: root, "b")]
        return try MergedRuns(paths.map { try MergePart(path: $0) }, name: "m")
    }

    private func refusal(_ one: GeneratorFolder = GeneratorFolder(), _ two: GeneratorFolder = Self.other) throws
        -> MergeRefusal
    {
        try #require(throws: MergeRefusal.self) { try merged(one, two) }
    }

    /// The folders as a user of these tests would name them.
    private func shortened(_ text: String) -> String { text.replacing(root.path + "/", with: "") }

    // MARK: What is merged

    @Test func countsAreAddedAndPercentilesAreThoseOfAllOperations() throws {
        let merged = try merged()
        let row = try #require(merged.runs.first?.row)
        #expect(merged.runs.count == 1 && row.isValid && merged.exitCode == .pass)
        #expect(row.tag.runID == "m-1" && row.load.clients == 16 && row.context.operationsCompleted == 5000)
        #expect(row.achievedPerSecond == 500 && row.proof.acknowledgedVerified == 5000)
        var all = Histogram<UInt64>(highestTrackableValue: 3_600_000_000_000, numberOfSignificantValueDigits: .three)
        for _ in 0..<2000 { all.record(500_000) }
        for _ in 0..<3000 { all.record(900_000) }
        #expect(row.response == LatencyFigures(nanoseconds: all))
        // A mean of both medians would be 700 µs, which no operation took.
        #expect(row.response.p50Microseconds == 900)
        #expect(row.cost.cpuMicrosecondsPerWrite == nil && row.context.outages == nil)
        #expect(row.durationSeconds == 10.4)
        #expect(merged.runs[0].seconds.map(\.achievedPerSecond) == [200, 420])
        #expect(
            merged.simultaneity.map(shortened) == [
                "a/20261121T120000Z-quick: began first",
                "b/20261121T120000Z-quick: began at most 0.4 s after the first",
                "By the generators' own clocks; all were measured for 96 % of the longest window or more",
            ]
        )
    }

    @Test func repeatsFindTheirPartners() throws {
        var (one, two) = (GeneratorFolder(), Self.other)
        (one.starts, two.starts) = ([0, 30_000, 60_000], [100, 29_900, 60_000])
        let merged = try merged(one, two)
        #expect(merged.runs.map(\.row.tag.repeatNumber) == [1, 2, 3])
        #expect(merged.runs.map(\.row.context.orderIndex) == [1, 2, 3])
        #expect(merged.runs.allSatisfy { $0.row.isValid && $0.row.context.operationsCompleted == 5000 })
        #expect(merged.simultaneity.map(shortened)[0].hasSuffix("after the first, and first in 2 of 3 runs"))
    }

    /// The folder is a results folder like others: it is shown, and its histograms are read again.
    @Test func theFolderIsOneOfResults() throws {
        let paths = [try GeneratorFolder().write(in: root, "a"), try Self.other.write(in: root, "b")]
        let outcome = try MergeStudy(folders: paths, root: root.path(of: "out"), commandLine: ["zabbench"]).run()
        let name = "20261121T115958Z-quick-merged"
        #expect(root.names(in: "out") == [name, "latest"])
        #expect(
            root.names(in: "out/\(name)") == [
                "latency.hlog", "manifest.json", "report.html", "summary.csv", "timeseries.csv",
            ]
        )
        let folder = try ResultsFolder(existing: root.path(of: "out/\(name)"))
        let stored = try StoredResults(folder)
        #expect(stored.runs.map(\.tag.runID) == ["\(name)-1"] && stored.seconds.count == 2)
        #expect(try stored.latencies.read().map(\.count) == [5000, 5000])
        let head = try ManifestHead(reading: folder.read("manifest.json"), name: "m")
        #expect(head.machine.hasPrefix("the machines of 2 generators: A processor, 2 cores, kernel 6.1.0; zabbench"))
        #expect(folder.read("manifest.json").contains("\"start_skew_seconds\" : [\n        0.4\n"))
        #expect(folder.read("manifest.json").contains("/b/\(GeneratorFolder().name): a warning\""))
        let table = outcome.table(on: .document)
        #expect(table.contains("measured for 96 % of the longest window"))
        #expect(table.hasSuffix("Results: \(root.path(of: "out"))/\(name)\n"))
        #expect(try outcome.json.text().contains("\"exit_code\":0"))
        // It compares with folders of as many generators alone.
        let runs = try StoredRuns(path: folder.url.path)
        let single = try StoredRuns(path: paths[0])
        #expect(runs.fingerprint.differences(to: single.fingerprint).map(\.name) == ["merged from"])
        // Nor is it merged again: its parts would be lost.
        let error = #expect(throws: MergeRefusal.self) { try MergePart(path: folder.url.path) }
        #expect(error == .merged(folder.url.path) && error?.exitCode == .usage)
    }

    // MARK: What is no result

    private func reasons(_ two: GeneratorFolder) throws -> [String] {
        try merged(GeneratorFolder(), two).runs.flatMap(\.row.invalidReasons).map(shortened)
    }

    @Test func loadsAtDifferentTimesDoNotAddUp() throws {
        var two = Self.other
        two.starts = [1100]
        #expect(
            try reasons(two) == [
                "not at the same time: b/20261121T120000Z-quick began 1.1 s after a/20261121T120000Z-quick, and all were "
                    + "measured for 89 % of the longest window, at least 90 % needed"
            ]
        )
        two.starts = [1000]
        #expect(try reasons(two) == [])
        // A window that is too short has little in common with a long one, however it lies.
        (two.starts, two.seconds) = ([100], 5)
        #expect(try reasons(two).count == 1)
    }

    @Test func anInvalidPartMakesAllInvalidByItsName() throws {
        var two = Self.other
        two.change = { $0.invalidReasons = ["overloaded: 1/s of 2/s achieved", "not verified: nobody answered"] }
        #expect(
            try reasons(two) == [
                "overloaded: 1/s of 2/s achieved (b/20261121T120000Z-quick)",
                "not verified: nobody answered (b/20261121T120000Z-quick)",
            ]
        )
        #expect(try merged(GeneratorFolder(), two).exitCode == .failed)
        two.change = { $0.proof.acknowledgedVerified = nil }
        #expect(try reasons(two)[0].hasPrefix("not verified: nobody counted its acknowledged writes (b/"))
        two.change = { $0.proof.acknowledgedVerified = 2999 }
        #expect(try reasons(two)[0].hasPrefix("not verified: 2999 of 3000 acknowledged writes found (b/"))
    }

    @Test func aWriteThatOneGeneratorLostIsLost() throws {
        var two = Self.other
        two.change = { $0.invalidReasons = [RunValidity.violation + ": /k is missing"] }
        let merged = try merged(GeneratorFolder(), two)
        #expect(merged.exitCode == .lostWrite)
        #expect(merged.runs[0].row.invalidReasons[0].hasPrefix("acknowledged writes violated: /k is missing ("))
        two.failed = [FailedRun(run: "x", system: "zookeeper", reason: "it ended")]
        #expect(try self.merged(GeneratorFolder(), two).exitCode == .lostWrite)
    }

    @Test func aRunThatFailedSomewhereIsAFailure() throws {
        var two = Self.other
        two.failed = [FailedRun(run: "x", system: "zookeeper", reason: "it ended")]
        #expect(try merged(GeneratorFolder(), two).exitCode == .failed)
    }

    @Test func aGeneratorAtItsLimitIsNamed() throws {
        var two = Self.other
        two.change = { $0.context.isGeneratorLimited = true }
        let merged = try merged(GeneratorFolder(), two)
        let row = merged.runs[0].row
        #expect(row.context.isGeneratorLimited && row.leader.limiter == "generator")
        #expect(row.leader.limiterEvidence.map(shortened) == "near its own limit: b/20261121T120000Z-quick")
        #expect(merged.warnings.map(shortened) == ["generators near its own limit: b/20261121T120000Z-quick"])
    }

    /// Whoever merges runs of two ensembles must know what is added there.
    @Test func serversOfTheirOwnAreSaid() throws {
        var (one, two) = (GeneratorFolder(), Self.other)
        one.change = { $0.placement = "processes" }
        two.change = one.change
        #expect(try merged(one, two).warnings[0].contains("the rates of 2 ensembles are added"))
    }

    // MARK: What is refused

    @Test func oneRunCountsOnce() throws {
        let path = try GeneratorFolder().write(in: root, "a")
        let part = try MergePart(path: path)
        for other in [path + "/", root.path(of: "link"), try GeneratorFolder().write(in: root, "copy")] {
            if other.hasSuffix("link") {
                try FileManager.default.createSymbolicLink(atPath: other, withDestinationPath: path)
            }
            let error = #expect(throws: MergeRefusal.self) {
                try MergedRuns([part, try MergePart(path: other)], name: "m")
            }
            guard case .sameRun(_, _, "20261121T120000Z-quick-1")? = error else {
                Issue.record("\(other): \(String(describing: error))")
                continue
            }
            #expect(error?.exitCode == .usage)
        }
    }

    @Test func unlikeRunsAreRefused() throws {
        var two = Self.other
        two.workloadText = "name: quick\nload:\n  clients: 9\n"
        var error = try refusal(GeneratorFolder(), two)
        #expect(error.exitCode == .notComparable)
        #expect(
            shortened(error.description)
                == "a/20261121T120000Z-quick and b/20261121T120000Z-quick cannot be merged: workload text: line 3, clients: 8 "
                + "against line 3, clients: 9; merge runs of one workload on the same servers"
        )
        two = Self.other
        two.overrides = ["duration_s=5"]
        error = try refusal(GeneratorFolder(), two)
        #expect(error.description.contains("workload overrides: none against duration_s=5"))
        two = Self.other
        var one = GeneratorFolder()
        (one.isSynced, two.isSynced) = (true, false)
        #expect(try refusal(one, two).description.contains("durability of zookeeper: synced against not synced"))
        two = Self.other
        two.change = { $0.systemVersion = "3.9.1" }
        #expect(try refusal(GeneratorFolder(), two).description.contains("version of zookeeper: 3.8.0 against 3.9.1"))
        two = Self.other
        two.changeManifest = { $0.schemaVersion = 2 }
        error = try refusal(GeneratorFolder(), two)
        #expect(error.exitCode == .notComparable && error.description.contains("schema version: 2 against 1"))
        two = Self.other
        two.keySpace = GeneratorFolder().keySpace
        error = try refusal(GeneratorFolder(), two)
        #expect(error.exitCode == .notComparable)
        #expect(error.description.contains("both wrote to the znodes below /zabbench-20261121T120000Z-1-*"))
    }

    /// Its own seed gives each generator its own arrivals, and how often a load runs is no part of it.
    @Test func seedsAndRepeatsMayBeTheirOwn() throws {
        var two = Self.other
        two.overrides = ["seed=2", "repeats=1"]
        two.change = { $0.context.seed = 2 }
        #expect(try merged(GeneratorFolder(), two).runs[0].row.context.seed == nil)
    }

    @Test func aMissingRunIsNamed() throws {
        var one = GeneratorFolder()
        one.starts = [0, 30_000]
        for (first, second, lacking) in [(one, Self.other, "b"), (Self.other, one, "a")] {
            let error = try refusal(first, second)
            #expect(error.exitCode == .notComparable)
            let has = lacking == "b" ? "a" : "b"
            let text = shortened(error.description)
            #expect(text.hasPrefix("\(lacking)/20261121T120000Z-quick: it lacks the run \""), "\(text)")
            #expect(text.contains("steady: closed 8x1, 128 B"), "\(text)")
            #expect(text.contains("repeat 2\", which \(has)/20261121T120000Z-quick has; "), "\(text)")
        }
    }

    @Test func otherThanLoadsIsRefused() throws {
        var two = Self.other
        two.change = { $0.load.storm = "leader_killed" }
        #expect(try refusal(GeneratorFolder(), two).description.contains("it has storms, which belong to one harness"))
        two.change = { $0.context.turnMilliseconds = 50 }
        #expect(try refusal(GeneratorFolder(), two).exitCode == .notComparable)
        two.change = { $0.tag.repeatNumber = 1 }
        two.starts = [0, 1]
        #expect(try refusal(GeneratorFolder(), two).description.contains("twice, so nobody can tell"))
    }

    @Test func whatIsDamagedIsNamed() throws {
        var two = Self.other
        two.hasLatencies = false
        let error = try refusal(GeneratorFolder(), two)
        #expect(error.exitCode == .failed)
        #expect(error.description.contains("latency.hlog: it has no response and service times of 2026"))
        let path = try Self.other.write(in: root, "c")
        let text = try String(contentsOfFile: path + "/latency.hlog", encoding: .utf8)
        try root.write(text.replacing("HISTFAAA", with: "HISTFABA").utf8, "c/\(two.name)/latency.hlog")
        #expect(throws: ResultsFileError.self) { try MergePart(path: path) }
        try "{}".write(toFile: path + "/manifest.json", atomically: false, encoding: .utf8)
        #expect(throws: MergeRefusal.badManifest(folder: path)) { try MergePart(path: path) }
        #expect(throws: ExplanationError.self) { try MergePart(path: try root.make("empty")) }
        #expect(throws: ResultsError.self) { try MergePart(path: root.path(of: "none")) }
    }

    /// Whatever stops it, no folder stays that only looks like one of results.
    @Test func nothingHalfWrittenIsLeft() throws {
        let paths = [try GeneratorFolder().write(in: root, "a"), try Self.other.write(in: root, "b")]
        try root.make("out/latest")
        #expect(throws: ResultsError.self) {
            try MergeStudy(folders: paths, root: root.path(of: "out"), commandLine: []).run()
        }
        #expect(root.names(in: "out") == ["latest"])
        var two = Self.other
        two.overrides = ["duration_s=5"]
        let unlike = try two.write(in: root, "b")
        #expect(throws: MergeRefusal.self) {
            try MergeStudy(folders: [paths[0], unlike], root: root.path(of: "new"), commandLine: []).run()
        }
        #expect(!root.names.contains("new"))
    }
}

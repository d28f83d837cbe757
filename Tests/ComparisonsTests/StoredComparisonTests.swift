import Foundation
import Measure
import Report
import Results
import Statistics
import TestSupport
import Testing

@testable import Comparisons

@Suite struct StoredComparisonTests {
    let root = TemporaryFolder()

    func compare(
        _ baseline: Canned,
        _ candidate: Canned,
        metrics: [String] = [],
        force: Bool = false
    ) throws -> Comparison {
        try StoredComparison.run(
            baseline: baseline.write(in: root),
            candidate: candidate.write(in: root),
            options: .init(metrics: ComparedMetric.chosen(metrics), force: force)
        )
    }

    func refusal(_ baseline: Canned, _ candidate: Canned) throws -> StoredComparison.Refusal {
        try #require(throws: StoredComparison.Refusal.self) { try compare(baseline, candidate) }
    }

    func metric(_ name: String, in comparison: Comparison) throws -> Comparison.Metric {
        try #require(comparison.all.map(\.metric).first { $0.metric.name == name })
    }

    @Test func aSlowerCandidateRegresses() throws {
        let comparison = try compare(.runs(), .runs(factor: 1.1, commit: "bbbb"))
        let cpu = try metric("cpu_us_per_write", in: comparison)
        #expect(cpu.verdict == .regressed)
        #expect(cpu.reason == .judged(.beyondMargin))
        #expect(abs((cpu.ratio ?? 0) - 1.1) < 0.001)
        // 2 of the 12,870 orders, times the five tests that are made.
        #expect(comparison.tests == 5)
        #expect(cpu.p == 2.0 / 12_870)
        #expect(cpu.adjustedP == 10.0 / 12_870)
        #expect(comparison.verdict == .regressed)
        #expect(comparison.exitCode(strict: false) == .regression)
    }

    @Test func aFasterOneImprovesAndPasses() throws {
        let comparison = try compare(.runs(), .runs(factor: 0.9, commit: "bbbb"))
        #expect(try metric("cpu_us_per_write", in: comparison).verdict == .improved)
        #expect(comparison.verdict == .improved)
        #expect(comparison.exitCode(strict: true) == .pass)
    }

    @Test func theSameIsEquivalent() throws {
        let comparison = try compare(.runs(), .runs(commit: "bbbb"))
        #expect(comparison.verdict == .equivalent)
        #expect(comparison.exitCode(strict: true) == .pass)
        #expect(comparison.warnings.isEmpty)
    }

    @Test func lessThroughputIsARegression() throws {
        var slow = Canned.runs(commit: "bbbb")
        for index in slow.rows.indices { slow.rows[index].achievedPerSecond *= 0.8 }
        let comparison = try compare(.runs(), slow)
        #expect(try metric("achieved_per_s", in: comparison).verdict == .regressed)
    }

    @Test func constantsAndZerosAreNotTested() throws {
        var candidate = Canned.runs(commit: "bbbb")
        candidate.rows[3].cost.allocationsPerWrite = 1
        let comparison = try compare(.runs(), candidate)
        let bytes = try metric("log_bytes_per_write", in: comparison)
        #expect(bytes.reason == .constant)
        #expect(bytes.verdict == .equivalent)
        #expect(bytes.p == nil)
        let allocations = try metric("allocations_per_write", in: comparison)
        #expect(allocations.reason == .zero)
        #expect(allocations.verdict == .inconclusive)
        #expect(comparison.exitCode(strict: false) == .pass)
        #expect(comparison.exitCode(strict: true) == .inconclusive)
    }

    @Test func aMetricOfOneSideIsMissing() throws {
        var candidate = Canned.runs(commit: "bbbb")
        for index in candidate.rows.indices { candidate.rows[index].cost.syncsPerWrite = nil }
        let syncs = try metric("syncs_per_write", in: try compare(.runs(), candidate))
        #expect(syncs.reason == .missing)
        #expect(syncs.why == "not measured on the candidate")
    }

    @Test func tooFewRunsCannotTellAndSayHowManyCould() throws {
        let comparison = try compare(.runs(3), .runs(3, factor: 2, commit: "bbbb"))
        #expect(try metric("cpu_us_per_write", in: comparison).reason == .judged(.undecidable))
        #expect(comparison.exitCode(strict: false) == .inconclusive)
        #expect(comparison.exitCode(strict: true) == .inconclusive)
        #expect(comparison.exitCode(strict: false, lenient: true) == .pass)
        #expect(comparison.headline == "cannot tell (7 figures: 2 equivalent, 5 cannot tell)")
        let reach =
            "Smallest p possible: 0.5 of a single load (3 runs on each side, 5 tests); level 0.01. No difference can be "
            + "proved, whatever was measured: make 7 runs of each load on both sides, or choose fewer --metrics"
        #expect(ComparisonTable.text(comparison).replacing("\n", with: " ").hasPrefix(reach + " Baseline: "))
        #expect(ComparisonJUnit.text(comparison).contains("name=\"reach\" value=\"\(reach)\""))
        #expect(ComparisonAnnotations.text(comparison).hasPrefix("::warning title=zabbench%3A cannot tell::\(reach)\n"))
        #expect(ComparisonMarkdown.text(comparison).contains("\n\nSmallest p possible: 0.5 of a single load"))
        let document = try ComparisonDocument.text(comparison, exitCode: .inconclusive)
        #expect(document.contains("\"runs_needed\" : 7") && document.contains("\"smallest_p\" : 0.5"))
    }

    /// Two sides that are alike within their margins are no question that runs were missing for.
    @Test func whatIsEquivalentNeedsNoMoreRuns() throws {
        let comparison = try compare(.runs(5), .runs(5, commit: "bbbb"))
        #expect(comparison.reach?.needed == 7)
        #expect(comparison.verdict == .equivalent && comparison.exitCode(strict: true) == .pass)
    }

    @Test func aMetricThatTheCandidateLostDoesNotPass() throws {
        var candidate = Canned.runs(commit: "bbbb")
        for index in candidate.rows.indices { candidate.rows[index].cost.cpuMicrosecondsPerWrite = nil }
        let comparison = try compare(.runs(), candidate)
        #expect(comparison.exitCode(strict: false) == .inconclusive)
        #expect(comparison.headline.hasPrefix("cannot tell (") && comparison.headline.hasSuffix("1 cannot tell)"))
        // What only the candidate measured is nothing that could have become worse.
        let reverse = try StoredComparison.run(
            baseline: candidate.write(in: root),
            candidate: Canned.runs().write(in: root),
            options: .init()
        )
        #expect(reverse.exitCode(strict: false) == .pass)
    }

    /// Twice the processor time, in the runs beside a neighbour only: without them nothing differs.
    @Test func disturbedRunsAreNoSample() throws {
        var candidate = Canned.runs(commit: "bbbb")
        candidate.add(8, factor: 2)
        for index in 8..<16 { candidate.rows[index].foreign.share = 0.12 }
        let comparison = try compare(.runs(), candidate)
        #expect(comparison.verdict == .equivalent)
        let words = "others had a tenth of the processors or more in 8 of 16 runs"
        #expect(comparison.warnings.count == 1 && comparison.warnings[0].contains(words))
        #expect(comparison.warnings[0].hasSuffix("(foreign_limited), which are left out; --force takes them in"))
        for text in [ComparisonTable.text(comparison), ComparisonMarkdown.text(comparison)] {
            #expect(text.replacing("\n", with: " ").contains(words))
        }
        let forced = try compare(.runs(), candidate, force: true)
        let counts = [comparison, forced].map { $0.all.first { $0.metric.metric.name == "cpu_us_per_write" } }
        #expect(counts.map { $0?.metric.candidate?.count } == [8, 16])
        #expect(forced.warnings[0].hasSuffix("; they are compared all the same"))
    }

    @Test func aSideThatIsAllDisturbedIsNotCompared() throws {
        var busy = Canned.runs(commit: "bbbb")
        for index in busy.rows.indices { busy.rows[index].foreign.share = 0.5 }
        let path = root.path(of: busy.name)
        let refusals = [try refusal(.runs(), busy), try refusal(busy, .runs())]
        #expect(refusals == [.noQuiet("candidate", path), .noQuiet("baseline", path)])
        #expect(refusals.allSatisfy { $0.exitCode == .notComparable })
        // Of one load of two: of that one nothing can be told.
        busy.add(8, point: "serial")
        var quiet = Canned.runs()
        quiet.add(8, point: "serial")
        let comparison = try compare(quiet, busy)
        #expect(comparison.exitCode(strict: false) == .inconclusive && comparison.headline.hasPrefix("cannot tell ("))
        #expect(comparison.warnings.contains { $0.contains("the candidate has no undisturbed run") })
    }

    @Test func chosenMetricsAloneAreTested() throws {
        let comparison = try compare(.runs(5), .runs(5, factor: 1.2, commit: "bbbb"), metrics: ["cpu_us_per_write"])
        #expect(comparison.tests == 1)
        #expect(comparison.exitCode(strict: false) == .regression)
        #expect(throws: ComparedMetric.ChoiceError(name: "speed")) { try ComparedMetric.chosen(["speed"]) }
    }

    @Test func pIsAdjustedOverAllLoads() throws {
        var (before, after) = (Canned.runs(), Canned.runs(factor: 1.1, commit: "bbbb"))
        before.add(8, point: "serial")
        after.add(8, point: "serial")
        let comparison = try compare(before, after)
        #expect(comparison.groups.count == 3)
        #expect(comparison.tests == 10)
        // Of the loads together and of the one of which it is true.
        #expect(comparison.groups.map { $0.metrics.count { $0.verdict == .regressed } } == [0, 1, 0])
        #expect(comparison.method.contains("p by Holm over 10 tests of single loads and over 5 of all loads together"))
    }

    @Test func unlikeMachinesAreRefusedByName() throws {
        var candidate = Canned.runs(commit: "bbbb")
        candidate.kernel = "6.2.0"
        let refusal = try refusal(.runs(), candidate)
        #expect(refusal == .unlike([.init(name: "kernel", baseline: "6.1.0", candidate: "6.2.0")]))
        #expect(refusal.exitCode == .notComparable)
        #expect(
            refusal.description.hasPrefix("not comparable: kernel: 6.1.0 against 6.2.0. Measure the baseline again")
        )
    }

    @Test func forcedItComparesAndSaysSoEverywhere() throws {
        var candidate = Canned.runs(commit: "bbbb")
        candidate.kernel = "6.2.0"
        let comparison = try compare(.runs(), candidate, force: true)
        #expect(comparison.exitCode(strict: false) == .pass)
        let words = "kernel: 6.1.0 against 6.2.0"
        #expect(ComparisonTable.text(comparison).contains("Note: FORCED"))
        #expect(ComparisonMarkdown.text(comparison).contains(words))
        #expect(ComparisonJUnit.text(comparison).contains(words))
        #expect(ComparisonAnnotations.text(comparison).contains("::warning title=zabbench::FORCED"))
        #expect(try ComparisonDocument.text(comparison, exitCode: .pass).contains("\"forced\" : true"))
    }

    @Test func anotherWorkloadIsRefusedAndCommentsAreNoDifference() throws {
        var candidate = Canned.runs(commit: "bbbb")
        candidate.workloadText = "name: quick   \n\n# other words\nload:\n  clients: 8\n"
        candidate.overrides = ["repeats=8"]
        #expect(try compare(.runs(), candidate).differences.isEmpty)
        candidate.workloadText = "name: quick\nload:\n  clients: 9\n"
        candidate.overrides = ["load.keys=5"]
        #expect(
            try refusal(.runs(), candidate)
                == .unlike([
                    .init(name: "workload overrides", baseline: "none", candidate: "load.keys=5"),
                    .init(name: "workload text", baseline: "line 4, clients: 8", candidate: "line 3, clients: 9"),
                ])
        )
    }

    /// As an editor of Windows' leaves it. CR LF is one character, so the whole file was one line, and a comment.
    @Test func lineEndsAreNoDifferenceAndHideNone() throws {
        var candidate = Canned.runs(commit: "bbbb")
        candidate.workloadText = "\u{feff}" + Canned().workloadText.replacing("\n", with: "\r\n")
        #expect(try compare(.runs(), candidate).differences.isEmpty)
        candidate.workloadText = candidate.workloadText.replacing("clients: 8", with: "clients: 9")
        #expect(
            try refusal(.runs(), candidate)
                == .unlike([
                    .init(name: "workload text", baseline: "line 4, clients: 8", candidate: "line 4, clients: 9")
                ])
        )
        var both = Canned.runs()
        both.workloadText = Canned().workloadText.replacing("\n", with: "\r\n")
        #expect(try refusal(both, candidate).exitCode == .notComparable)
    }

    /// A spreadsheet's copy of a summary.
    @Test func aSummaryWithAMarkAndOtherLineEndsIsRead() throws {
        let path = try Canned.runs().write(in: root)
        try root.write(("\u{feff}" + Canned.runs().summary.replacing("\n", with: "\r\n")).utf8, "copy.csv")
        let copy = try StoredRuns(path: root.path(of: "copy.csv"))
        let original = try StoredRuns(path: path)
        #expect(copy.runs.map(\.values) == original.runs.map(\.values) && copy.doubts.isEmpty)
        #expect(copy.fingerprint.rowFacts == original.fingerprint.rowFacts)
    }

    /// A run that was killed while it wrote: the last number may lack digits.
    @Test(arguments: [1, 30, 300])
    func aLineThatBreaksOffIsLeftOut(characters: Int) throws {
        var canned = Canned.runs(9, commit: "bbbb")
        canned.name = "cut"
        let path = try canned.write(in: root)
        try root.write(canned.summary.utf8.dropLast(characters), "cut/summary.csv")
        let comparison = try StoredComparison.run(
            baseline: Canned.runs().write(in: root),
            candidate: path,
            options: .init()
        )
        #expect(comparison.candidate.runs == 8)
        #expect(comparison.warnings == ["\(path): the last line breaks off, so its run is left out"])
    }

    @Test func cellsThatAreNoFiguresAreNamed() throws {
        var canned = Canned.runs(8, commit: "bbbb")
        for (index, value) in [(0, Double.nan), (1, .infinity), (2, -3)] {
            canned.rows[index].cost.cpuMicrosecondsPerWrite = value
        }
        let path = try canned.write(in: root)
        var lines = canned.summary.split(separator: "\n")
        let cells = lines[1].split(separator: ",", omittingEmptySubsequences: false)
        let place = try #require(lines[0].split(separator: ",").firstIndex(of: "cpu_us_per_write"))
        lines[1] = Substring((cells[..<place] + ["nan"] + cells[(place + 1)...]).joined(separator: ","))
        lines[4] = "1,2,3"
        try root.write(lines.map { $0 + "\n" }.joined().utf8, "\(canned.name)/summary.csv")
        let runs = try StoredRuns(path: path)
        #expect(runs.runs.count == 7)
        #expect(runs.doubts.count == 2 && runs.doubts[0] == "\(path): 1 line is no complete run, and left out")
        #expect(runs.doubts[1].hasPrefix("\(path): cpu_us_per_write is no figure in "), "\(runs.doubts)")
        #expect(runs.runs.allSatisfy { ($0.values["cpu_us_per_write"] ?? 0) >= 0 })
    }

    /// Nothing else tells 2 s from 8 s where the manifests are lost.
    @Test func withoutManifestsLengthsAreCompared() throws {
        func canned(_ seconds: Double, _ commit: String) -> Canned {
            var canned = Canned.runs(4, commit: commit)
            canned.hasManifest = false
            for index in canned.rows.indices { canned.rows[index].durationSeconds = seconds + 0.001 * Double(index) }
            return canned
        }
        #expect(try compare(canned(8, "aaaa"), canned(7.999, "bbbb")).differences.isEmpty)
        #expect(
            try refusal(canned(8, "aaaa"), canned(2, "bbbb"))
                == .unlike([.init(name: "duration s", baseline: "8.0", candidate: "2.0")])
        )
        var unplanned = canned(8, "aaaa")
        for index in unplanned.rows.indices { unplanned.rows[index].durationSeconds = 8 + Double(index) }
        #expect(try StoredRuns(path: unplanned.write(in: root)).fingerprint.rowFacts["duration s"] == "unknown")
    }

    /// A run that went on until it had enough operations is a repeat of one that had them in time.
    @Test(arguments: [true, false])
    func runsThatWentOnAreRepeatsOfThoseThatDidNot(hasManifest: Bool) throws {
        func canned(_ seconds: [Double], _ commit: String) -> Canned {
            var canned = Canned.runs(seconds.count, commit: commit)
            canned.hasManifest = hasManifest
            for (index, measured) in seconds.enumerated() {
                canned.rows[index].durationSeconds = measured
                canned.rows[index].plannedSeconds = 5
            }
            return canned
        }
        let (one, other) = (canned([5.001, 7, 12, 5], "aaaa"), canned([5, 5.002, 5, 5], "bbbb"))
        #expect(try compare(one, other).differences.isEmpty)
        #expect(try StoredRuns(path: one.write(in: root)).groups.count == 1)
        #expect(try StoredRuns(path: one.write(in: root)).fingerprint.rowFacts["duration s"] == "5.0")
    }

    @Test func withoutAManifestTheDigestDecides() throws {
        var candidate = Canned.runs(commit: "bbbb")
        candidate.hasManifest = false
        let path = try candidate.write(in: root) + "/summary.csv"
        let comparison = try StoredComparison.run(
            baseline: Canned.runs().write(in: root),
            candidate: path,
            options: .init()
        )
        #expect(
            comparison.warnings == [
                "\(path): no manifest.json lies beside it, so environments are compared by digest alone"
            ]
        )
        for index in candidate.rows.indices { candidate.rows[index].context.environmentDigest = "0123" }
        let own = Canned().environment.digest
        #expect(
            try refusal(.runs(), candidate)
                == .unlike([.init(name: "environment digest", baseline: own, candidate: "0123")])
        )
    }

    @Test func invalidRunsAreLeftOutAndCounted() throws {
        var candidate = Canned.runs(9, commit: "bbbb")
        candidate.rows[8].invalidReasons = ["too short"]
        candidate.rows[8].cost.cpuMicrosecondsPerWrite = 1e6
        let comparison = try compare(.runs(), candidate)
        #expect(comparison.candidate.invalid == 1)
        #expect(comparison.exitCode(strict: true) == .pass)
        #expect(comparison.remarks == ["1 of 9 runs of the candidate is invalid and left out"])
        #expect(try metric("cpu_us_per_write", in: comparison).candidate?.count == 8)
    }

    @Test func aLostWriteOutweighsEverything() throws {
        var candidate = Canned.runs(9, factor: 2, commit: "bbbb")
        candidate.rows[8].invalidReasons = RunValidity.reasons(
            RunValidity.Facts(),
            proof: .violated("key 3 is missing")
        )
        let comparison = try compare(.runs(), candidate)
        #expect(comparison.violated == ["20261121T120000Z-bbbb-9"])
        #expect(comparison.exitCode(strict: false) == .lostWrite)
        candidate.kernel = "6.2.0"
        let refusal = try refusal(.runs(), candidate)
        #expect(refusal == .violated(["20261121T120000Z-bbbb-9"]))
        #expect(refusal.exitCode == .lostWrite)
    }

    @Test func aLoadWithoutResultFails() throws {
        var (before, after) = (Canned.runs(), Canned.runs(commit: "bbbb"))
        before.add(8, point: "serial")
        after.add(8, point: "serial")
        for index in 8..<16 { after.rows[index].invalidReasons = ["errors: 5"] }
        let comparison = try compare(before, after)
        #expect(comparison.failed == ["zabbench, 3 servers, serial: closed 16x64, 128 B, fdatasync_recycled natural"])
        #expect(comparison.exitCode(strict: false) == .failed)
        #expect(comparison.headline.hasPrefix("failed ("))
    }

    /// It cannot regress any more, and would pass in silence.
    @Test func aLoadThatIsNotRunAnyMoreFails() throws {
        var before = Canned.runs()
        before.add(8, point: "serial")
        let comparison = try compare(before, .runs(commit: "bbbb"))
        #expect(comparison.failed == ["zabbench, 3 servers, serial: closed 16x64, 128 B, fdatasync_recycled natural"])
        #expect(comparison.exitCode(strict: false) == .failed)
        #expect(comparison.remarks.contains { $0.contains("serial") && $0.contains("no valid run") })
    }

    @Test func aNewLoadIsOnlyNamed() throws {
        var after = Canned.runs(commit: "bbbb")
        for point in ["one", "two", "three", "four", "five"] { after.add(2, point: point) }
        let comparison = try compare(.runs(), after)
        #expect(comparison.exitCode(strict: false) == .pass)
        #expect(comparison.warnings.count { $0.contains("only the candidate has it") } == 3)
        #expect(comparison.warnings.contains("2 more loads are only the candidate's, and left out"))
    }

    @Test func baselinesThatAreNoneAreRefused() throws {
        var invalid = Canned.runs()
        for index in invalid.rows.indices { invalid.rows[index].invalidReasons = ["too short"] }
        #expect(try refusal(invalid, .runs(commit: "bbbb")).exitCode == .notComparable)
        #expect(try refusal(.runs(), .runs(commit: "bbbb", point: "serial")) == .nothingInCommon)
        let there = try Canned.runs().write(in: root)
        let missing = root.path(of: "nowhere")
        let baseline = try #require(throws: StoredComparison.Refusal.self) {
            try StoredComparison.run(baseline: missing, candidate: there, options: .init())
        }
        #expect(baseline.exitCode == .notComparable)
        #expect(
            baseline.description
                == "the baseline \(missing): no such folder or file; name a results folder or a summary.csv"
        )
        let candidate = try #require(throws: StoredComparison.Refusal.self) {
            try StoredComparison.run(baseline: there, candidate: missing, options: .init())
        }
        #expect(candidate.exitCode == .usage)
    }

    @Test func filesThatAreNoSummaryAreRefused() throws {
        let path = root.path(of: "other.csv")
        try "a,b\n1,2\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: StoredRunsError.badFile(.noColumn(file: path, column: "run_id"))) {
            try StoredRuns(path: path)
        }
        try "".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: StoredRunsError.noRuns(path: path)) { try StoredRuns(path: path) }
    }

    @Test func aSummaryWithoutRunsIsRefused() throws {
        var canned = Canned()
        canned.name = "empty"
        let path = try canned.write(in: root)
        #expect(throws: StoredRunsError.noRuns(path: path)) { try StoredRuns(path: path) }
    }

    @Test func theSameFolderTwiceIsSaid() throws {
        let path = try Canned.runs().write(in: root)
        let comparison = try StoredComparison.run(baseline: path, candidate: path, options: .init())
        #expect(comparison.warnings.first?.hasPrefix("both sides are the same folder") == true)
        #expect(comparison.verdict == .equivalent)
    }

    @Test func loadsThatLookAlikeAreToldApart() {
        let one = LoadKey(members: [
            "system": "zabbench", "ensemble_size": "3", "load_mode": "closed", "mix": "set:100",
        ])
        let other = LoadKey(members: [
            "system": "zabbench", "ensemble_size": "3", "load_mode": "closed", "mix": "get:1",
        ])
        let labels = LoadKey.labels([one, other])
        #expect(labels[one]?.hasSuffix(", mix=set:100") == true)
        #expect(labels[other]?.hasSuffix(", mix=get:1") == true)
    }

    /// Two roots with a folder for each run, as a script leaves them that runs both builds in turns.
    func roots(_ count: Int, factor: Double, change: (inout Canned, Int) -> Void = { _, _ in }) throws -> [String] {
        for side in ["base", "candidate"] {
            for index in 0..<count {
                var canned = Canned(name: "20261121T12000\(index)Z-quick", commit: side)
                canned.add(1, factor: (side == "base" ? 1 : factor) * (1 + 0.1 * Double(index)))
                if side == "candidate" { change(&canned, index) }
                _ = try canned.write(in: root, side)
            }
            // What zabbench run leaves there, too, and what its user may: neither is another run.
            for link in ["latest", "best"] {
                try FileManager.default.createSymbolicLink(
                    atPath: root.path(of: side + "/" + link),
                    withDestinationPath: "20261121T120000Z-quick"
                )
            }
        }
        return [root.path(of: "base"), root.path(of: "candidate")]
    }

    @Test func foldersOfFoldersArePutTogetherAndPaired() throws {
        let roots = try roots(10, factor: 1.05)
        var options = StoredComparison.Options(metrics: try ComparedMetric.chosen(["cpu_us_per_write"]))
        let stored = try StoredComparison.run(baseline: roots[0], candidate: roots[1], options: options)
        #expect(stored.baseline.runs == 10)
        #expect(try StoredRuns(path: roots[0]).name == "20261121T120000Z-quick and 9 more")
        // The drift is larger than the difference; the pairs share it.
        #expect(stored.verdict == .inconclusive)
        options.design = .pairs
        let pairs = try StoredComparison.run(baseline: roots[0], candidate: roots[1], options: options)
        #expect(pairs.verdict == .regressed)
        #expect(pairs.design == .pairs)
        #expect(try metric("cpu_us_per_write", in: pairs).runs(.pairs) == "10")
    }

    @Test func anInvalidRunTakesItsPartnerWithIt() throws {
        let roots = try roots(10, factor: 1.05) { canned, index in
            if index == 4 { canned.rows[0].invalidReasons = ["too short"] }
        }
        let options = StoredComparison.Options(metrics: try ComparedMetric.chosen(["cpu_us_per_write"]), design: .pairs)
        let comparison = try StoredComparison.run(baseline: roots[0], candidate: roots[1], options: options)
        #expect(comparison.verdict == .regressed)
        #expect(try metric("cpu_us_per_write", in: comparison).runs(.pairs) == "9")
        #expect(comparison.remarks.first == "1 of 10 runs of the candidate is invalid and left out")
    }

    @Test func tooFewPairsSayHowManyAreNeeded() throws {
        let roots = try roots(4, factor: 1.05)
        let comparison = try StoredComparison.run(
            baseline: roots[0],
            candidate: roots[1],
            options: .init(metrics: ComparedMetric.chosen(["cpu_us_per_write"]), design: .pairs)
        )
        #expect(comparison.warnings.isEmpty)
        #expect(
            comparison.reachText
                == "Smallest p possible: 0.125 (4 pairs, 1 test); level 0.01. No difference can be proved, whatever was "
                + "measured: make 8 pairs"
        )
        #expect(comparison.exitCode(strict: false) == .inconclusive)
    }

    @Test func foldersOfOneSideMustBeAlike() throws {
        let roots = try roots(3, factor: 1) { canned, index in if index == 1 { canned.kernel = "6.2.0" } }
        let refusal = try #require(throws: StoredComparison.Refusal.self) {
            try StoredComparison.run(baseline: roots[0], candidate: roots[1], options: .init())
        }
        #expect(refusal.exitCode == .failed)
        #expect(refusal.description.contains("are not alike (kernel: 6.1.0 against 6.2.0)"))
    }
}

import Foundation
import TestSupport
import Testing

/// `zabbench simulate` as its users call it, rightly and wrongly.
@Suite struct SimulateCommandTests {
    @Test(
        arguments: [
            (["--seeds", "5"], "--seeds 5: give the first and the last seed, as 1..2000"),
            (["--seeds", "9..3"], "--seeds 9..3: give the first and the last seed, as 1..2000"),
            (["--seeds", "a..b"], "--seeds a..b: give the first and the last seed, as 1..2000"),
            (["--scenario", "storm"], "--scenario storm: no such scenario; there are mixed, calm"),
            (["--faults", "1"], "give it with --replay"),
            (["--quiet"], "give it with --replay"),
            (["--replay", "1", "--faults", "x"], "--faults x: give numbers of faults (3,7), or none"),
            (["--replay", "1", "--ticks", "0"], "--ticks 0: at least 1 is needed"),
            (["--replay", "1", "--clients", "0"], "--clients 0: at least 1 is needed"),
            (["--threads", "0"], "--threads 0: at least 1 is needed"),
            (["--batching", "lazy"], "--batching: \"lazy\" is not one of each, natural"),
            (["--batching", "overlapped", "--in-flight", "1"], "overlapped with 1 log in flight makes no sense"),
            (["--strategy", "none_append", "--in-flight", "2"], "2 logs in flight with none_append make no sense"),
            (["--plant", "everything"], "--plant everything is not known; there are newleader-ack-before-sync"),
        ] as [([String], String)]
    )
    func wrongUseIsSaidOnce(arguments: [String], words: String) throws {
        let result = try Program.run(["simulate"] + arguments)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(result.errors.components(separatedBy: words).count == 2, "\(result.errors)")
    }

    @Test(arguments: [["--replay", "7"], ["--seeds", "1..2", "--json"]])
    func aFullDiskIsSaid(arguments: [String]) throws {
        let result = try Program.run(["simulate"] + arguments, sink: "/dev/full")
        #expect(result.status == 1)
        #expect(result.errors.contains("standard output: No space left on device"))
    }

    @Test func aReplayHasATraceAndAHashThatStays() throws {
        let first = try Program.run(["simulate", "--replay", "7"])
        let second = try Program.run(["simulate", "--replay", "7", "--quiet"])
        #expect(first.status == 0 && second.status == 0)
        let lines = first.output.split(separator: "\n")
        #expect(lines.count > 20)
        #expect(lines.contains { $0.hasPrefix("hash ") })
        #expect(second.output.split(separator: "\n").last == lines.last)
    }

    @Test func aCampaignTellsItsFigures() throws {
        struct Figures: Decodable {
            var seeds: Int
            var rechecked: Int
            var violations: Int
        }
        let result = try Program.run(["simulate", "--seeds", "1..6", "--recheck-every", "3", "--json"])
        #expect(result.status == 0)
        let figures = try JSONDecoder().decode(Figures.self, from: Data(result.output.utf8))
        #expect(figures.seeds == 6 && figures.rechecked == 2 && figures.violations == 0)
    }

    /// How groups are made is the seed's, unless it is said.
    @Test func aReplayMakesGroupsAsItIsTold() throws {
        let told = try Program.run([
            "simulate", "--replay", "7", "--quiet", "--batching", "count_2", "--in-flight", "3",
        ])
        #expect(told.status == 0 && told.output.contains("faults, count_2, 3 in flight\n"))
        let natural = try Program.run(["simulate", "--replay", "7", "--quiet", "--batching", "natural"])
        #expect(natural.status == 0 && natural.output.contains("faults\n") && natural.output != told.output)
    }

    /// A failing seed is made smaller, and what is printed replays it.
    @Test func aFailingSeedPrintsWhatReplaysIt() throws {
        let bug = ["--plant", "minority-commit"]
        let failed = try Program.run(["simulate", "--seeds", "1..50", "--recheck-every", "0", "--threads", "1"] + bug)
        #expect(failed.status == 4)
        let line = try #require(failed.errors.split(separator: "\n").last { $0.hasPrefix("replay: zabbench ") })
        let words = line.split(separator: " ").dropFirst(2).map(String.init)
        let again = try Program.run(words + bug)
        #expect(again.status == 4)
        #expect(again.output.contains("VIOLATION"))
    }
}

import Foundation
import TestSupport
import Testing

/// `zabbench verdict` as its users call it, rightly and wrongly.
@Suite struct VerdictCommandTests {
    private struct Verdict: Decodable {
        struct Trial: Decodable {
            var lost: Int
            var acknowledged: Int
            var exampleCommand: String?
        }
        var strategy: String
        var batching: String
        var inFlight: Int
        var survivesProcessCrash: Bool
        var survivesPowerLoss: Bool
        var processCrash: Trial
        var powerLoss: Trial
    }

    @Test(
        arguments: [
            (["verdict", "fsync"], "\"fsync\" is not <method>_<allocation>"),
            (["verdict", "none_prewritten"], "none_prewritten makes no sense"),
            (["verdict", "periodic_0ms_append"], "\"periodic_0ms_append\" is not <method>_<allocation>"),
            (["verdict", "--seeds", "7"], "--seeds 7: give the first and the last seed, as 1..2000"),
            (["verdict", "none_append", "--in-flight", "2"], "2 logs in flight with none_append make no sense"),
            (["verdict", "--batching", "count_0"], "--batching: \"count_0\" is not one of each, natural"),
            (["verdict", "--from", "a.json", "--check", "a.json"], "--from and --check: give only one of them"),
            (["verdict", "--check", "a.json", "--in-flight", "2"], "--check says how groups are made"),
            (
                ["verdict", "--workload", "w.yaml", "none_append"],
                "--workload says which strategies; remove those named"
            ),
            (["verdict", "--from", "none.json"], "none.json: no such file; make it with zabbench verdict --json"),
            (["verdict", "--threads", "0"], "--threads 0: at least 1 is needed"),
            (["simulate", "--strategy", "fast", "--replay", "1"], "--strategy: \"fast\" is not <method>_<allocation>"),
        ] as [([String], String)]
    )
    func wrongUseIsSaidOnce(arguments: [String], words: String) throws {
        let result = try Program.run(arguments)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(result.errors.components(separatedBy: words).count == 2, "\(result.errors)")
    }

    /// What README and docs/reference/durability.md quote of 24 seeds is played whole in `.ci/run`; one seed of it, here.
    @Test func theStoredVerdictsAreThoseOfThisBuild() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let stored = root + "/results/reference/verdict/seed-1.json"
        let cache = TemporaryFolder()
        let check = try Program.run(["verdict", "--check", stored], environment: ["XDG_CACHE_HOME": cache.path])
        #expect(check.status == 0, "\(check.errors)")
        #expect(check.output.contains("none_recycled"))

        // The same file with another count in it, and the verdicts of the cache.
        let text = try String(contentsOfFile: stored, encoding: .utf8)
        let lost = try #require(text.firstMatch(of: /"lost" : ([1-9][0-9]*)/)?.1)
        let doctored = TemporaryFolder()
        try doctored.write(text.replacing("\"lost\" : \(lost)", with: "\"lost\" : 987654").utf8, "old.json")
        let path = doctored.path(of: "old.json")
        let stale = try Program.run(["verdict", "--check", path], environment: ["XDG_CACHE_HOME": cache.path])
        #expect(stale.status == 1)
        #expect(stale.errors.contains("none_recycled, power loss: lost 987654, now \(lost)"), "\(stale.errors)")

        let shown = try Program.run(["verdict", "none_recycled", "--from", path, "--format", "markdown"])
        #expect(shown.status == 0 && shown.output.contains("| none_recycled | survives | **loses** in 1 of 1 runs |"))
        #expect(shown.output.hasPrefix("Seeds 1 to 1: ") && !shown.output.contains("fdatasync"))
    }

    /// The verdict, its example played again, and the same verdict from the cache, of which nothing is left to play.
    @Test func theExampleReplaysTheVerdict() throws {
        let cache = TemporaryFolder()
        let environment = ["XDG_CACHE_HOME": cache.path, "NO_COLOR": ""]
        let arguments = ["verdict", "none_recycled", "--batching", "count_3", "--seeds", "1..1"]
        let result = try Program.run(arguments + ["--json"], environment: environment)
        #expect(result.status == 0)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let verdict = try #require(try decoder.decode([Verdict].self, from: Data(result.output.utf8)).first)
        #expect(verdict.strategy == "none_recycled" && verdict.survivesProcessCrash && !verdict.survivesPowerLoss)
        #expect(verdict.batching == "count_3" && verdict.inFlight == 1)
        #expect(verdict.powerLoss.lost > 0 && verdict.processCrash.exampleCommand == nil)

        let words = try #require(verdict.powerLoss.exampleCommand).split(separator: " ").map(String.init)
        #expect(words.first == "zabbench" && words.contains("count_3"))
        let replay = try Program.run(Array(words.dropFirst()) + ["--quiet"])
        #expect(replay.status == 4)
        #expect(
            replay.output.contains(
                "\(verdict.powerLoss.acknowledged) acknowledged writes, \(verdict.powerLoss.lost) lost"
            )
        )

        let file = "zabbench/verdicts-1..1.json"
        let stored = String(decoding: try cache.read(file), as: UTF8.self)
        let doctored = stored.replacingOccurrences(
            of: "\"lost\" : \(verdict.powerLoss.lost)",
            with: "\"lost\" : 987654"
        )
        #expect(doctored != stored)
        try cache.write(doctored.utf8, file)
        let known = try Program.run(arguments, environment: environment)
        #expect(known.status == 0 && known.output.contains("987,654") && known.output.contains("loses in 1 of 1 runs"))
        #expect(!known.output.contains("\u{1b}["), "standard output is no terminal")

        // Nor of other batching.
        let natural = try Program.run(["verdict", "none_recycled", "--seeds", "1..1"], environment: environment)
        #expect(natural.status == 0 && !natural.output.contains("987,654") && natural.output.contains("none_recycled"))

        // Of another program the cache says nothing.
        let foreign = doctored.replacingOccurrences(of: "\"program\" : \"", with: "\"program\" : \"0")
        try cache.write(foreign.utf8, file)
        let again = try Program.run(arguments, environment: environment)
        #expect(again.status == 0 && !again.output.contains("987,654"))
    }
}

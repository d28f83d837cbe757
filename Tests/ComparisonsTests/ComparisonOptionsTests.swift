import ArgumentParser
import Comparisons
import Statistics
import Testing

@testable import zabbench

/// The options that `compare` and `ab` have alike.
@Suite struct ComparisonOptionsTests {
    static let words = [
        "--metrics", "cpu_us_per_write,syncs_per_write", "--margin", "cpu_us_per_write=7.5", "--level", "0.05",
        "--strict", "--format", "junit", "--out", "verdict.xml",
    ]

    private static func comparing(_ command: String, _ words: [String]) throws -> ComparisonOptions {
        if command == "ab" {
            return try PairedCommand.parse(["--a", "main", "--b", "HEAD", "quick.yaml"] + words).comparing
        }
        return try CompareCommand.parse(["old", "new"] + words).comparing
    }

    @Test(arguments: ["compare", "ab"])
    func bothCommandsUnderstandTheSame(command: String) throws {
        let comparing = try Self.comparing(command, Self.words)
        #expect(comparing.strict && comparing.output.format == .junit && comparing.output.out == "verdict.xml")
        let judging = try comparing.judging()
        #expect(judging.level == 0.05)
        #expect(judging.metrics.map(\.name) == ["cpu_us_per_write", "syncs_per_write"])
        #expect(judging.metrics.map(\.margin.share) == [0.075, 0.02])
        let silent = try Self.comparing(command, [])
        #expect(try Self.comparing(command, ["--lenient"]).lenient)
        #expect(!silent.strict && !silent.lenient && silent.output.format == .table && silent.output.out == nil)
        #expect(try silent.judging().metrics == ComparedMetric.all)
        let exacting = try Self.comparing(command, ["--margin", "0", "--margin", "response_p99_us=4"])
        #expect(try exacting.judging().metrics.map(\.margin.share) == [0, 0, 0.04, 0, 0, 0, 0])
    }

    @Test(
        arguments: ["compare", "ab"],
        [
            (["--level", "1"], "--level 1.0: give a number between 0 and 1"),
            (["--level", "0"], "--level 0.0: give a number between 0 and 1"),
            (
                ["--margin", "3%"],
                "--margin 3%: give METRIC=PERCENT (cpu_us_per_write=3), or one percent for all"
            ),
            (["--margin", "cpu_us_per_write=-1"], "--margin cpu_us_per_write=-1: give METRIC=PERCENT"),
            (["--margin", "speed=3"], "speed is no metric of a comparison: choose from achieved_per_s, "),
            (["--metrics", "speed"], "speed is no metric of a comparison: choose from achieved_per_s, "),
            (["--strict", "--lenient"], "--strict and --lenient exclude each other"),
            (["--out", ""], "--out is empty; name a file"),
            (["--format", "yaml"], "The value 'yaml' is invalid for '--format <format>'"),
        ] as [([String], String)]
    )
    func whatIsWrongIsNamedBeforeAnythingIsRead(command: String, wrong: ([String], String)) {
        #expect {
            try Self.comparing(command, wrong.0)
        } throws: { error in
            let type: any ParsableArguments.Type = command == "ab" ? PairedCommand.self : CompareCommand.self
            return type.exitCode(for: error) == .validationFailure && type.message(for: error).contains(wrong.1)
        }
    }
}

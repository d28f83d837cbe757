import ArgumentParser
import Testing

@testable import zabbench

/// The options of `zabbench exact`.
@Suite struct ExactOptionsTests {
    @Test(
        arguments: [
            (["--json", "--format", "junit"], "--json and --format junit: say one of them"),
            (["--format", "yaml"], "The value 'yaml' is invalid for '--format <format>'"),
            (["--out", ""], "--out is empty; name a file"),
            (["--out", "workloads/ci-baseline.json"], "--out workloads/ci-baseline.json: that file is read"),
            (["my.yaml", "--out", "./my-baseline.json"], "--out my-baseline.json: that file is read"),
            (["my.yaml", "--out", "x/../my.yaml"], "--out my.yaml: that file is read"),
        ] as [([String], String)]
    )
    func whatIsWrongIsNamed(words: [String], message: String) {
        #expect {
            try ExactCommand.parse(words)
        } throws: { error in
            ExactCommand.exitCode(for: error) == .validationFailure
                && ExactCommand.message(for: error).contains(message)
        }
    }

    @Test func jsonIsAFormat() throws {
        #expect(try ExactCommand.parse(["--json"]).output.chosen == .json)
        #expect(try ExactCommand.parse(["--json", "--format", "json"]).output.chosen == .json)
        #expect(try ExactCommand.parse(["--format", "github"]).output.chosen == .github)
        #expect(try ExactCommand.parse([]).output.chosen == .table)
    }
}

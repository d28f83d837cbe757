import ArgumentParser
import Bench
import Foundation
import Report
import TestSupport
import Testing

@testable import zabbench

/// Files that a verdict is written to.
@Suite struct OutputOptionsTests {
    let root = TemporaryFolder()

    private func options(_ out: String) throws -> OutputOptions<VerdictFormat> {
        try OutputOptions<VerdictFormat>.parse(["--format", "json", "--out", out])
    }

    private func publish(_ exitCode: Report.ExitStatus, to out: String) throws -> Report.ExitStatus {
        try options(out).publish(exitCode: exitCode) { format, display in
            format == .json && display == .document ? "whole\n" : ""
        }
    }

    @Test func aFileGetsTheOutputAndNothingOfWhatItHeld() throws {
        let path = root.path(of: "verdict.json")
        try "something longer than that".write(toFile: path, atomically: true, encoding: .utf8)
        try options(path).check()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "something longer than that")
        #expect(try publish(.pass, to: path) == .pass)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "whole\n")
        #expect(try publish(.regression, to: path) == .regression)
    }

    @Test func whatCannotBeWrittenIsFoundBefore() throws {
        #expect(throws: ExplainedEnd(.failed)) { try options(root.path(of: "none/verdict.json")).check() }
        // Nothing is left behind by looking.
        try options(root.path(of: "verdict.json")).check()
        #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).isEmpty)
    }

    /// Before a workload or a results folder is even looked for, which would be exit codes 64 and 5.
    @Test func noCommandWorksForAFileThatCannotBeWritten() async throws {
        let out = ["--out", root.path(of: "none/verdict.json")]
        let compare = try CompareCommand.parse([root.path(of: "a"), root.path(of: "b")] + out)
        #expect(throws: ExplainedEnd(.failed)) { try compare.run() }
        let ab = try PairedCommand.parse(["--a", "a", "--b", "b", root.path(of: "w.yaml")] + out)
        await #expect(throws: ExplainedEnd(.failed)) { try await ab.run() }
    }

    /// A verdict is more than a file that is not whole; a pass is not.
    @Test func aFullDiskIsNoPass() throws {
        #expect(try publish(.pass, to: "/dev/full") == .failed)
        #expect(try publish(.regression, to: "/dev/full") == .regression)
        #expect(try publish(.pass, to: root.path(of: "none/verdict.json")) == .failed)
    }

    /// In `run` it once was the folder of results; all commands say the same.
    @Test(arguments: [
        ["run", "w.yaml"], ["compare", "a", "b"], ["ab", "--a", "a", "--b", "b", "w.yaml"], ["exact"],
        ["explain", "a"],
        ["calibrate"], ["verdict"], ["simulate"], ["history", "h.jsonl"],
    ])
    func aFolderIsNoFileAndTheMessageSaysWhereFoldersGo(words: [String]) throws {
        for path in [root.path, root.path + "/new/"] {
            let error = try #require(throws: (any Error).self) {
                _ = try Zabbench.parseAsRoot(words + ["--out", path])
            }
            #expect(Zabbench.exitCode(for: error) == .validationFailure)
            #expect(Zabbench.message(for: error).contains("--out \(path): that is a folder"))
            #expect(Zabbench.message(for: error).contains("--results"))
        }
        _ = try Zabbench.parseAsRoot(words + ["--out", root.path(of: "new.txt")])
    }

    @Test func jsonIsTheSameEverywhere() throws {
        #expect(try RunCommand.parse(["w.yaml", "--json"]).output.chosen == .json)
        #expect(try CalibrateCommand.parse(["--format", "json"]).output.chosen == .json)
        #expect(try ExplainCommand.parse(["a"]).output.chosen == .table)
        #expect(try CompareCommand.parse(["a", "b", "--json"]).comparing.output.chosen == .json)
        #expect(try RunCommand.parse(["w.yaml"]).results == "results")
        // What a command cannot make it does not offer.
        #expect(throws: (any Error).self) { try RunCommand.parse(["w.yaml", "--format", "junit"]) }
    }
}

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

    private func options(_ out: String) throws -> OutputOptions {
        try OutputOptions.parse(["--format", "json", "--out", out])
    }

    private func publish(_ exitCode: Report.ExitStatus, to out: String) throws -> Report.ExitStatus {
        try options(out).publish(exitCode: exitCode) { format, isColoured in
            format == .json && !isColoured ? "whole\n" : ""
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
        for path in [root.path(of: "none/verdict.json"), root.path + "/none/", root.path] {
            #expect(throws: ExitCode(.failed), "\(path)") { try options(path).check() }
        }
        // Nothing is left behind by looking.
        try options(root.path(of: "verdict.json")).check()
        #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).isEmpty)
    }

    /// Before a workload or a results folder is even looked for, which would be exit codes 64 and 5.
    @Test func noCommandWorksForAFileThatCannotBeWritten() async throws {
        let out = ["--out", root.path(of: "none/verdict.json")]
        let compare = try CompareCommand.parse([root.path(of: "a"), root.path(of: "b")] + out)
        #expect(throws: ExitCode(.failed)) { try compare.run() }
        let ab = try PairedCommand.parse(["--a", "a", "--b", "b", root.path(of: "w.yaml")] + out)
        await #expect(throws: ExitCode(.failed)) { try await ab.run() }
    }

    /// A verdict is more than a file that is not whole; a pass is not.
    @Test func aFullDiskIsNoPass() throws {
        #expect(try publish(.pass, to: "/dev/full") == .failed)
        #expect(try publish(.regression, to: "/dev/full") == .regression)
        #expect(try publish(.pass, to: root.path(of: "none/verdict.json")) == .failed)
    }
}

import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import zabbench

/// Files that a verdict is written to.
@Suite struct OutputOptionsTests {
    let root = TemporaryFolder()

    private func options(_ out: String) throws -> OutputOptions {
        try OutputOptions.parse(["--format", "json", "--out", out])
    }

    private func publish(_ exitCode: Int32, to out: String) throws -> Int32 {
        try options(out).publish(exitCode: exitCode) { format, isColoured in
            format == .json && !isColoured ? "whole\n" : ""
        }
    }

    @Test func aFileGetsTheOutputAndNothingOfWhatItHeld() throws {
        let path = root.path(of: "verdict.json")
        try "something longer than that".write(toFile: path, atomically: true, encoding: .utf8)
        try options(path).check()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "something longer than that")
        #expect(try publish(0, to: path) == 0)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "whole\n")
        #expect(try publish(2, to: path) == 2)
    }

    @Test func whatCannotBeWrittenIsFoundBefore() throws {
        for path in [root.path(of: "none/verdict.json"), root.path + "/none/", root.path] {
            #expect(throws: ExitCode(1), "\(path)") { try options(path).check() }
        }
        // Nothing is left behind by looking.
        try options(root.path(of: "verdict.json")).check()
        #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).isEmpty)
    }

    /// Before a workload or a results folder is even looked for, which would be exit codes 64 and 5.
    @Test func noCommandWorksForAFileThatCannotBeWritten() async throws {
        let out = ["--out", root.path(of: "none/verdict.json")]
        let compare = try CompareCommand.parse([root.path(of: "a"), root.path(of: "b")] + out)
        #expect(throws: ExitCode(1)) { try compare.run() }
        let ab = try PairedCommand.parse(["--a", "a", "--b", "b", root.path(of: "w.yaml")] + out)
        await #expect(throws: ExitCode(1)) { try await ab.run() }
    }

    /// A verdict is more than a file that is not whole; a pass is not.
    @Test func aFullDiskIsNoPass() throws {
        #expect(try publish(0, to: "/dev/full") == 1)
        #expect(try publish(2, to: "/dev/full") == 2)
        #expect(try publish(0, to: root.path(of: "none/verdict.json")) == 1)
    }
}

import Foundation
import Measure
import Targets
import TestSupport
import Testing

@testable import Bench
@testable import zabbench

/// `zabbench calibrate` as its users call it, rightly and wrongly.
@Suite struct CalibrateCommandTests {
    private let folder = TemporaryFolder()

    private func run(
        _ arguments: [String],
        interruptAfter words: String? = nil,
        meanwhile: () -> Void = {}
    ) throws -> ProgramRun {
        try ProgramRun(
            ZabbenchProgram.path(),
            ["calibrate"] + arguments,
            environment: ["XDG_CACHE_HOME": folder.path(of: "cache")],
            interruptAfter: words,
            meanwhile: meanwhile
        )
    }

    @Test(
        arguments: [
            (["--files", "0"], "--files 0: from 1 to 16"),
            (["--files", "17"], "--files 17: from 1 to 16"),
            (["--seconds", "61"], "--seconds 61.0: from 1 to 60"),
            (["--seconds", "nan"], "--seconds nan: from 1 to 60"),
            (["--data", ""], "--data is empty"),
            (["--strategies", "fsync_append,hope_append"], "\"hope_append\" is not <method>_<allocation>"),
            (["--strategies", ""], "\"\" is not <method>_<allocation>"),
            (["--strategies", "none_fallocate"], "none_fallocate makes no sense"),
        ] as [([String], String)]
    )
    func wrongUseIsOneLine(arguments: [String], words: String) throws {
        let result = try run(arguments)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(result.errors.filter { $0 == "\n" }.count == 1, "\(result.errors)")
    }

    @Test func aFileIsNoFolder() throws {
        let result = try run(["--data", "/dev/null/x"])
        #expect(result.status == 1)
        #expect(result.errors.contains("--data"))
        #expect(result.errors.filter { $0 == "\n" }.count == 1, "\(result.errors)")
    }

    /// Whether the machine is quiet enough for anything to be kept nobody knows here; either way it must be said.
    @Test func itMeasuresKeepsAGoodResultAndLeavesNoFiles() throws {
        let arguments = ["--data", folder.path(of: "data"), "--files", "1", "--seconds", "1"]
        let unkept = try run(arguments + ["--strategies", "fsync_append", "--no-cache"])
        #expect(unkept.status == 0, "\(unkept.errors)")
        #expect(folder.names.isEmpty)
        let first = try run(arguments + ["--strategies", "fdatasync_recycled"])
        #expect(first.output.contains("fdatasync_recycled"))
        let isKept = first.output.contains("Kept for later tables: ")
        #expect(first.status == (isKept ? 0 : 1), "\(first.errors)")
        #expect(isKept != first.errors.contains("warning: not kept: "), "\(first.errors)")
        #expect(folder.names == (isKept ? ["cache"] : []))
        #expect(folder.names(in: "cache/zabbench").count == (isKept ? 1 : 0))
        let second = try run(arguments + ["--strategies", "fdatasync_recycled", "--json"])
        let document = try JSONSerialization.jsonObject(with: Data(second.output.utf8)) as? [String: Any]
        let floors = try #require(document?["floors"] as? [[String: Any]])
        #expect(floors.allSatisfy { $0["foreign_share"] is Double } && !floors.isEmpty)
        #expect(folder.names(in: "cache/zabbench").count <= 1)
    }

    @Test(arguments: [["--wait-quiet=0"], ["--wait-quiet=nan"], ["--wait-quiet", "100000"]])
    func aTimeToWaitIsBounded(arguments: [String]) throws {
        let result = try run(arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains("--wait-quiet") && result.errors.contains("from 1 to 86400"), "\(result.errors)")
    }

    @Test func aFullDiskIsSaid() throws {
        let words = ["calibrate", "--data", folder.path(of: "data"), "--files", "1", "--seconds", "1", "--no-cache"]
        let result = try ProgramRun(
            ZabbenchProgram.path(),
            words + ["--strategies", "fdatasync_append", "--json"],
            sink: "/dev/full"
        )
        #expect(result.status == 1)
        #expect(result.errors.contains("zabbench: standard output: No space left on device: "), "\(result.errors)")
    }

    @Test func ctrlCLeavesNoFiles() throws {
        // It announces itself when its folder is there, and before it listens for signals no later than that.
        let result = try run(
            ["--data", folder.path(of: "data"), "--seconds", "60"],
            interruptAfter: "Calibrating",
            meanwhile: { #expect(folder.names(in: "data").count == 1) }
        )
        #expect(result.errors.contains("Calibrating"))
        #expect(result.status == 130)
        #expect(result.output.isEmpty)
        #expect(folder.names.isEmpty)
    }
}

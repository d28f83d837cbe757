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

    @Test func itMeasuresKeepsTheResultAndLeavesNoFiles() throws {
        let arguments = ["--data", folder.path(of: "data"), "--files", "1", "--seconds", "1"]
        let first = try run(arguments + ["--strategies", "fdatasync_recycled"])
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.contains("fdatasync_recycled") && first.output.contains("Kept for later tables: "))
        #expect(folder.names == ["cache"])
        let second = try run(arguments + ["--strategies", "fdatasync_append", "--json"])
        #expect(second.status == 0, "\(second.errors)")
        #expect(try JSONSerialization.jsonObject(with: Data(second.output.utf8)) is [String: Any])
        // Both are there, in one file, which is all that it has left.
        let cached = folder.names(in: "cache/zabbench")
        #expect(cached.count == 1)
        let text = try String(contentsOfFile: folder.path(of: "cache/zabbench/" + cached[0]), encoding: .utf8)
        #expect(text.contains("\"fdatasync_recycled\"") && text.contains("\"fdatasync_append\""))
        let third = try run(arguments + ["--strategies", "fsync_append", "--no-cache"])
        #expect(third.status == 0)
        #expect(try String(contentsOfFile: folder.path(of: "cache/zabbench/" + cached[0]), encoding: .utf8) == text)
        #expect(folder.names == ["cache"])
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

@Suite struct ForeignLoadTests {
    @Test func whatOthersUseIsAShareOfAllProcessors() throws {
        let start = try #require(ForeignLoad.Ticks(stat: "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2 3\n"))
        #expect(start.all == 1000 && start.busy == 150)
        let end = try #require(ForeignLoad.Ticks(stat: "cpu  400 10 150 1300 100 10 20 10 7 7\n"))
        #expect(end.all == 2000 && end.busy == 600)
        #expect(ForeignLoad.share(from: start, to: end, own: 50) == 0.4)
        #expect(ForeignLoad.share(from: start, to: end, own: 900) == 0)
        #expect(ForeignLoad.share(from: start, to: start, own: 0) == nil)
        #expect(ForeignLoad.Ticks(stat: "intr 5 6 7 8 9 10 11 12") == nil)
        #expect(ForeignLoad.Ticks(stat: "cpu  1 2 3") == nil)
    }
}

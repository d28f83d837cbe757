import Foundation
import Measure
import Targets
import Testing

@testable import zabbench

/// `zabbench calibrate` as its users call it, rightly and wrongly.
@Suite struct CalibrateCommandTests {
    private let folder = NSTemporaryDirectory() + "zabbench-calibrate-" + UUID().uuidString

    private func process(_ arguments: [String], output: Pipe, errors: Pipe) throws -> Process {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try ZabbenchProgram.path())
        process.arguments = ["calibrate"] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["XDG_CACHE_HOME": folder + "/cache"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        return process
    }

    /// What it says is shorter than what a pipe holds, so one may be read after the other.
    private func run(_ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
        let (output, errors) = (Pipe(), Pipe())
        let process = try process(arguments, output: output, errors: errors)
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        let complained = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: said, as: UTF8.self),
            String(decoding: complained, as: UTF8.self)
        )
    }

    private func names(_ path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
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
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try run(arguments)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(result.errors.filter { $0 == "\n" }.count == 1, "\(result.errors)")
    }

    @Test func aFileIsNoFolder() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try run(["--data", "/dev/null/x"])
        #expect(result.status == 1)
        #expect(result.errors.contains("--data"))
        #expect(result.errors.filter { $0 == "\n" }.count == 1, "\(result.errors)")
    }

    @Test func itMeasuresKeepsTheResultAndLeavesNoFiles() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let arguments = ["--data", folder + "/data", "--files", "1", "--seconds", "1"]
        let first = try run(arguments + ["--strategies", "fdatasync_recycled"])
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.contains("fdatasync_recycled") && first.output.contains("Kept for later tables: "))
        #expect(names(folder) == ["cache"])
        let second = try run(arguments + ["--strategies", "fdatasync_append", "--json"])
        #expect(second.status == 0, "\(second.errors)")
        #expect(try JSONSerialization.jsonObject(with: Data(second.output.utf8)) is [String: Any])
        // Both are there, in one file, which is all that it has left.
        let cached = names(folder + "/cache/zabbench")
        #expect(cached.count == 1)
        let text = try String(contentsOfFile: folder + "/cache/zabbench/" + cached[0], encoding: .utf8)
        #expect(text.contains("\"fdatasync_recycled\"") && text.contains("\"fdatasync_append\""))
        let third = try run(arguments + ["--strategies", "fsync_append", "--no-cache"])
        #expect(third.status == 0)
        #expect(try String(contentsOfFile: folder + "/cache/zabbench/" + cached[0], encoding: .utf8) == text)
        #expect(names(folder) == ["cache"])
    }

    @Test func ctrlCLeavesNoFiles() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (output, errors) = (Pipe(), Pipe())
        let process = try process(["--data", folder + "/data", "--seconds", "60"], output: output, errors: errors)
        try process.run()
        // It announces itself when its folder is there, and before it listens for signals no later than that.
        let announced = errors.fileHandleForReading.availableData
        #expect(String(decoding: announced, as: UTF8.self).contains("Calibrating"))
        #expect(names(folder + "/data").count == 1)
        process.interrupt()
        _ = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        #expect(process.terminationReason == .exit)
        #expect(output.fileHandleForReading.readDataToEndOfFile().isEmpty)
        #expect(names(folder).isEmpty)
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

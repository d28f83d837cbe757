import Foundation
import Glibc
import Results
import Targets
import TestSupport
import Testing

/// `ensemble.rivals`: servers started by a command of the workload. The stand-in is our own server, from a script.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RivalRunTests {
    private let folder = TemporaryFolder()

    /// The operations in flight alone are as many as a valid run needs, however slow the machine is.
    private static let workload = """
        name: rival
        shuffle: false
        ensemble:
          sizes: 1
          systems: [zabbench, twin]
          rivals: [{name: twin, command: ./twin.sh {config}, durability: synced}]
        warmup_s: 0
        duration_s: 1
        load: {clients: 8, outstanding: 256, keys: 80}
        """.replacing("./twin.sh {config}", with: "'./twin.sh {id} \"{config}\"'")

    private func run(_ script: String, _ arguments: [String] = []) throws -> ProgramRun {
        try folder.write(Self.workload.utf8, "w.yaml")
        try folder.write("#!/bin/sh\n\(script)\n".utf8, "twin.sh")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path(of: "twin.sh"))
        let common = ["run", "w.yaml", "--no-verdict", "--data", "data", "--results", "r"]
        return try ProgramRun(ZabbenchProgram.path(), common + arguments, in: folder.path)
    }

    private func result(_ name: String) throws -> String {
        String(decoding: try folder.read("r/latest/\(name)"), as: UTF8.self)
    }

    @Test func aRivalIsStartedLoadedProvenAndCleanedUp() throws {
        let result = try run("exec '\(try ZabbenchProgram.path())' serve \"$2\"")
        #expect(result.status == 0, "\(result.errors)")
        let table = CSVTable(parsing: try self.result("summary.csv"))
        let rows = table.rows.map { Dictionary(uniqueKeysWithValues: zip(table.header, $0)) }
        #expect(rows.map { $0["system"] } == ["zabbench", "twin"])
        let twin = rows[1]
        #expect(twin["valid"] == "true" && twin["fsync_strategy"] == "" && twin["cpu_us_per_write"] != "", "\(twin)")
        #expect(twin["writes_acknowledged"] == twin["acknowledged_verified"] && twin["writes_acknowledged"] != "0")
        let manifest = try self.result("manifest.json")
        #expect(manifest.contains("declared synced by the workload, not observed"), "\(manifest)")
        #expect(manifest.contains("command: ./twin.sh {id} "), "\(manifest)")
        #expect(folder.names(in: "data").isEmpty)
    }

    /// Its processor time would be a shell's.
    @Test func aScriptThatStaysIsRefusedAndTakesItsServerAlong() throws {
        let script = "'\(try ZabbenchProgram.path())' serve \"$2\" & echo $! > ../../../../server; wait"
        let result = try run(script, ["--only", "twin"])
        #expect(
            result.status == 1 && result.errors.contains("start the server with exec at the script's end"),
            "\(result.errors)"
        )
        let text = String(decoding: try folder.read("server"), as: UTF8.self)
        let pid = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        // Gone, or another's by now that is not ours to signal.
        let command = try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)
        #expect(command?.contains(folder.path) != true)
        #expect(folder.names(in: "data").isEmpty)
    }

    @Test func aProgramThatIsNotThereIsSkipped() throws {
        let result = try run("", ["--set", "ensemble.rivals.twin.command=./none {config}"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("skipped: twin is not there: "), "\(result.errors)")
        #expect(try self.result("summary.csv").contains("zabbench"))
    }

    @Test func itsLastWordsAreInTheError() throws {
        let result = try run("echo 'no licence for server' $1; exit 3", ["--only", "twin"])
        #expect(result.status == 1, "\(result.errors)")
        let line =
            "zabbench: run 1 (twin, 1 server): server 1 exited (exit code 3) before it was serving; its last log "
            + "lines:"
        #expect(result.errors.contains(line + "\n    no licence for server 1\n"), "\(result.errors)")
    }

    /// One that does not start is a failed run, and no reason to throw away the others' minutes.
    @Test func theOtherSystemsRunsGoOn() throws {
        let result = try run("echo 'no licence for server' $1; exit 3", ["--set", "repeats=3"])
        #expect(result.status == 1, "\(result.errors)")
        let line =
            "zabbench: run 2 (twin, 1 server) failed; others on such servers are left out, and the rest goes on: server 1 "
            + "exited (exit code 3) before it was serving; its last log lines:\n    no licence for server 1\n"
        #expect(result.errors.components(separatedBy: line).count == 2, "\(result.errors)")
        #expect(result.errors.components(separatedBy: "no licence").count == 2, "\(result.errors)")
        let table = CSVTable(parsing: try self.result("summary.csv"))
        let rows = table.rows.map { Dictionary(uniqueKeysWithValues: zip(table.header, $0)) }
        #expect(rows.map { $0["system"] } == ["zabbench", "zabbench", "zabbench"])
        #expect(rows.allSatisfy { $0["valid"] == "true" }, "\(rows)")
        let events = CSVTable(parsing: try self.result("events.csv"))
        let theirs = events.rows.map { Dictionary(uniqueKeysWithValues: zip(events.header, $0)) }
            .filter { $0["system"] == "twin" }
        #expect(theirs.map { $0["event"] } == ["failed", "skipped", "skipped"], "\(theirs)")
        #expect(folder.names(in: "data").isEmpty)

        let words = "Failed: 1 run of twin: server 1 exited (exit code 3) before it was serving"
        let left = "Failed: 2 runs of twin: not made, since run 2 failed on such servers"
        let shown = try ProgramRun(ZabbenchProgram.path(), ["show", "r/latest"], in: folder.path)
        for text in [result.output, shown.output] {
            #expect(text.contains(words) && text.contains(left), "\(text)")
        }
        #expect(try self.result("manifest.json").contains("\"failed_runs\""))
    }

    /// A program that the kernel refuses, which nobody knows before.
    @Test func oneThatCannotBeStartedIsNamedToo() throws {
        let result = try run("", ["--set", "ensemble.rivals.twin.command=./w.yaml {config}"])
        #expect(result.status == 0 && result.errors.contains("w.yaml cannot be executed"), "\(result.errors)")
        try folder.write("no program".utf8, "none")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path(of: "none"))
        let refused = try run("", ["--set", "ensemble.rivals.twin.command=./none {config}"])
        let line = "zabbench: run 2 (twin, 1 server) failed; "
        #expect(refused.status == 1 && refused.errors.contains(line), "\(refused.errors)")
        #expect(try self.result("summary.csv").contains("zabbench"))
    }

    @Test func aFolderIsNoProgram() throws {
        for flags in [[], ["--dry-run"]] {
            let result = try run("", flags + ["--set", "ensemble.rivals.twin.command=./.. {config}", "--only", "twin"])
            #expect(result.status == 1, "\(result.errors)")
            let line = "zabbench: w.yaml: no run can be made: twin is not there: "
            #expect(result.errors.hasPrefix(line), "\(result.errors)")
            #expect(result.errors.hasSuffix(" is a folder\n") && result.output == "", "\(result.errors)")
            #expect(folder.names == ["twin.sh", "w.yaml"])
        }
    }
}

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
        #expect(result.status == 1 && result.errors.contains("server 1 exited (exit code 3)"), "\(result.errors)")
        #expect(result.errors.contains("no licence for server 1"), "\(result.errors)")
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

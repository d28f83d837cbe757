import Foundation
import Targets
import TestSupport
import Testing

/// What every command that prints makes of a disk that is full, and of a reader that has gone.
@Suite struct FullDiskTests {
    private let folder = TemporaryFolder()
    private static let reference = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "results/reference").path
    /// Stored runs with everything that is read of them.
    private static let runs = reference + "/ensemble-size"

    /// Stands for a study of four pairs: the tables of a whole one take minutes in a debug build.
    private static let pairs = "PAIRS"

    private func run(_ arguments: [String], sink: String? = nil) throws -> ProgramRun {
        let rows = (1...4).flatMap { pair in
            ["a", "b"].map { "0,1,4,\(pair),\($0),\(1000 + pair),5,9,3,0.1,0.2,700\n" }
        }
        let header =
            "slowdown_percent,comparison,pairs_run,pair,side,achieved_per_s,response_p50_us,response_p99_us,"
            + "cpu_us_per_write,syncs_per_write,allocations_per_write,log_bytes_per_write\n"
        try folder.write((header + rows.joined()).utf8, "pairs.csv")
        let arguments = arguments.map { $0 == Self.pairs ? folder.path(of: "pairs.csv") : $0 }
        let environment = ["XDG_CACHE_HOME": folder.path(of: "cache")]
        return try ProgramRun(ZabbenchProgram.path(), arguments, environment: environment, sink: sink)
    }

    /// - Returns: whether standard error has the line, and no other of zabbench's.
    private static func saysOnce(_ errors: String) -> Bool {
        errors.contains("zabbench: standard output: No space left on device: ")
            && errors.components(separatedBy: "zabbench: ").count == 2 && !errors.contains("Error: ")
    }

    @Test(
        arguments: [
            ["explain", runs], ["explain", runs, "--json"],
            ["compare", runs, runs, "--metrics", "achieved_per_s", "--lenient", "--json"],
            ["power", "--from", pairs, "--draws", "1"],
            ["verdict", "fdatasync_recycled", "--seeds", "1..1", "--json"],
            ["verdict", "fdatasync_recycled", "--seeds", "1..1"],
        ]
    )
    func nothingPassesThatIsNotWhole(arguments: [String]) throws {
        let whole = try run(arguments)
        #expect(whole.status == 0, "\(whole.errors)")
        #expect(!whole.output.isEmpty)
        let full = try run(arguments, sink: "/dev/full")
        #expect(full.status == 1)
        #expect(Self.saysOnce(full.errors), "\(full.errors)")
    }

    @Test func aHistoryIsWrittenAndWhatIsSaidOfItIsNot() throws {
        let file = folder.path(of: "history.jsonl")
        let append = try run(["history", "append", file, Self.runs], sink: "/dev/full")
        #expect(append.status == 1 && Self.saysOnce(append.errors), "\(append.errors)")
        for format in ["table", "bmf", "customSmallerIsBetter"] {
            let show = try run(["history", file, "--format", format], sink: "/dev/full")
            #expect(show.status == 1 && Self.saysOnce(show.errors), "\(show.errors)")
        }
    }

    @Test func aReportIsMadeAndItsNameIsNotSaid() throws {
        let copy = folder.path(of: "copy")
        try FileManager.default.copyItem(atPath: Self.runs, toPath: copy)
        let result = try run(["report", copy], sink: "/dev/full")
        #expect(result.status == 1 && Self.saysOnce(result.errors), "\(result.errors)")
    }

    /// A verdict outweighs it.
    @Test func aRefusalKeepsItsExitCode() throws {
        let result = try run(["exact", "--baseline", folder.path(of: "none.json"), "--json"], sink: "/dev/full")
        #expect(result.status == 5)
        #expect(result.errors.contains("zabbench: standard output: No space left on device: "))
    }

    /// Whoever closes the pipe has seen enough.
    @Test func aReaderThatHasGoneIsNoError() throws {
        let program = try ZabbenchProgram.path()
        // The reader ends first, so every write finds the pipe closed.
        let script = "exec 3> >(:); wait $!; exec '\(program)' explain '\(Self.runs)' --json >&3"
        let result = try ProgramRun("/bin/bash", ["-c", script])
        #expect(result.status == 0)
        #expect(result.errors.isEmpty, "\(result.errors)")
    }

    @Test func aDocumentGoesToAFileAndTheTableIsPrinted() throws {
        let file = folder.path(of: "explanation.json")
        let result = try run(["explain", Self.runs, "--json", "--out", file])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output == (try run(["explain", Self.runs])).output)
        #expect(
            try String(contentsOfFile: file, encoding: .utf8) == (try run(["explain", Self.runs, "--json"])).output
        )
        let full = try run(["explain", Self.runs, "--json", "--out", "/dev/full"])
        #expect(full.status == 1 && full.errors.contains("zabbench: /dev/full: No space left on device"))
    }
}

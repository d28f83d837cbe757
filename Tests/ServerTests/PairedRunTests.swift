import Foundation
import Report
import Targets
import Testing

/// `zabbench ab` and `zabbench power` as their users call them, with real servers, short.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PairedRunTests {
    private static let workload = """
        name: tiny
        ensemble: {sizes: 1}
        warmup_s: 0
        duration_s: 1
        load: {clients: 2, outstanding: 8, keys: 10}
        """

    private struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    /// A folder with the workload in it, and the program run there.
    private final class Desk {
        let folder: URL

        init(_ workload: String = PairedRunTests.workload) throws {
            folder = FileManager.default.temporaryDirectory.appendingPathComponent("zabbench-ab-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try workload.write(to: folder.appendingPathComponent("w.yaml"), atomically: true, encoding: .utf8)
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func run(_ arguments: [String]) throws -> Result {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try ZabbenchProgram.path())
            process.arguments = arguments
            process.currentDirectoryURL = folder
            process.standardInput = FileHandle.nullDevice
            var texts: [String] = []
            let files = ["out", "err"].map { folder.appendingPathComponent($0) }
            for file in files { try Data().write(to: file) }
            process.standardOutput = try FileHandle(forWritingTo: files[0])
            process.standardError = try FileHandle(forWritingTo: files[1])
            try process.run()
            process.waitUntilExit()
            for file in files { texts.append(try String(contentsOf: file, encoding: .utf8)) }
            return Result(status: process.terminationStatus, output: texts[0], errors: texts[1])
        }

        /// `ab` of this build with itself.
        func ab(_ arguments: [String]) throws -> Result {
            let program = try ZabbenchProgram.path()
            return try run(["ab", "--a", program, "--b", program, "w.yaml", "--data", "data"] + arguments)
        }
    }

    @Test func twoPairsInTurnsEndInATable() throws {
        let desk = try Desk()
        let result = try desk.ab(["--pairs", "2", "--control"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("cpu_us_per_write"))
        #expect(result.output.contains("control, A against itself") || result.output.contains("A DIFFERS FROM ITSELF"))
        #expect(result.output.contains("rates are of the whole time, of which each side had half"))
        #expect(result.output.contains("Verdict: "))
        let results = desk.folder.appendingPathComponent("results")
        let names = try FileManager.default.contentsOfDirectory(atPath: results.path)
        let root = try #require(names.first { $0.hasSuffix("-ab-tiny") })
        for side in ["a", "b", "control-a", "control-b"] {
            let folder = results.appendingPathComponent(root).appendingPathComponent(side)
            let runs = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0 != "latest" }
            #expect(runs.count == 2)
            for run in runs {
                let file = folder.appendingPathComponent(run).appendingPathComponent("summary.csv")
                let table = CSVTable(parsing: try String(contentsOf: file, encoding: .utf8))
                let row = try #require(table.rows.first)
                #expect(table.text(row, "turn_ms") == "50")
                // Half of the disks' work was the other's.
                #expect(table.text(row, "device_flushes_per_s").isEmpty)
            }
        }
        // Nothing of the servers is left.
        let data = desk.folder.appendingPathComponent("data").path
        let left = (try? FileManager.default.subpathsOfDirectory(atPath: data)) ?? []
        #expect(left.allSatisfy { $0 == "a" || $0 == "b" })
    }

    @Test func wholeRunsAreMadeWhereALoadCannotTakeTurns() throws {
        let open = Self.workload.replacing("load: {", with: "load: {mode: open, rate_per_s: 200, ")
        let result = try Desk(open).ab(["--pairs", "2"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("Whole runs one after the other, since only closed loops can take turns"))
        #expect(!result.output.contains("of which each side had half"))
    }

    @Test func aStudyEndsInTablesThatCanBeMadeAgain() throws {
        let desk = try Desk()
        let result = try desk.run(
            ["power", "w.yaml", "--data", "data", "--results", "p", "--slowdowns", "0,50", "--comparisons", "1"]
                + ["--pairs", "2", "--draws", "5"]
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("### False alarms") && result.output.contains("### Power"))
        #expect(result.output.contains("| 50 % | cpu_us_per_write | "))
        let pairs = try String(contentsOf: desk.folder.appendingPathComponent("p/pairs.csv"), encoding: .utf8)
        #expect(CSVTable(parsing: pairs).rows.count == 8)
        for from in ["p", "p/pairs.csv"] {
            let again = try desk.run(["power", "--from", from, "--draws", "5"])
            #expect(again.status == 0, "\(again.errors)")
            #expect(again.output == result.output)
        }
    }

    @Test(arguments: [
        (["--pairs", "some"], "--pairs some: say a number from 2 to 10000"),
        (["--pairs", "1"], "--pairs 1: say a number from 2 to 10000"),
        (["--pairs", "12,6"], "let the numbers rise"),
        (["--pairs", "3,4"], "4 pairs can never show a difference at this level: make at least"),
        (["--turns", "5"], "--turns 5: a turn has 20 to 10000 ms"),
        (["--turns", "300"], "--turns 300: duration_s must hold as many turns of A as of B: a multiple of 600 ms"),
        (
            ["--turns", "50", "--set", "load.mode=open", "--set", "load.rate_per_s=9"],
            "only closed loops can take turns"
        ),
    ])
    func whatCannotBeMadeIsRefusedAtOnce(arguments: [String], problem: String) throws {
        let desk = try Desk()
        let result = try desk.ab(arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(problem), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: desk.folder.appendingPathComponent("results").path))
    }

    @Test(arguments: [
        (["power"], "name a workload to measure with, or a study with --from"),
        (["power", "--from", "nowhere"], "nowhere: there is nothing"),
        (["power", "w.yaml", "--slowdowns", "5,5"], "--slowdowns 5,5: say percents from 0, each once"),
        (["power", "w.yaml", "--set", "ensemble.sizes=[1,3]"], "power needs one load on one size of ensemble"),
        (["power", "w.yaml", "--set", "inject.write_ns=5"], "remove the inject section"),
    ])
    func aStudyThatCannotBeMadeIsRefusedAtOnce(arguments: [String], problem: String) throws {
        let result = try Desk().run(arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(problem), "\(result.errors)")
    }
}

import Foundation
import Report
import Results
import Targets
import TestSupport
import Testing

/// `zabbench ab` and `zabbench power` as their users call them, with real servers, short.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PairedRunTests {
    /// The operations in flight alone are as many as a valid run needs, however slow the machine is.
    private static let workload = """
        name: tiny
        ensemble: {sizes: 1}
        warmup_s: 0
        duration_s: 1
        load: {clients: 8, outstanding: 256, keys: 80}
        """

    /// A folder with the workload in it, and the program run there.
    private final class Desk {
        private let temporary = TemporaryFolder()
        var folder: URL { URL(filePath: temporary.path) }

        init(_ workload: String = PairedRunTests.workload) throws { try temporary.write(workload.utf8, "w.yaml") }

        func run(_ arguments: [String], interruptAfter words: String? = nil) throws -> ProgramRun {
            try ProgramRun(ZabbenchProgram.path(), arguments, in: temporary.path, interruptAfter: words)
        }

        /// The folder of the one comparison.
        func comparison() throws -> URL {
            let results = folder.appendingPathComponent("results")
            let names = try FileManager.default.contentsOfDirectory(atPath: results.path)
            return results.appendingPathComponent(try #require(names.first { $0.hasSuffix("-ab-tiny") }))
        }

        /// The rows of the one comparison's sides, by column.
        func rows(_ sides: [String]) throws -> [[String: String]] {
            let root = try comparison()
            var rows: [[String: String]] = []
            for side in sides.map(root.appendingPathComponent) {
                for run in try FileManager.default.contentsOfDirectory(atPath: side.path) where run != "latest" {
                    let file = side.appendingPathComponent(run).appendingPathComponent("summary.csv")
                    let table = CSVTable(parsing: try String(contentsOf: file, encoding: .utf8))
                    rows += table.rows.map { Dictionary(uniqueKeysWithValues: zip(table.header, $0)) }
                }
            }
            return rows
        }

        /// `ab` of this build with itself.
        func ab(_ arguments: [String], interruptAfter words: String? = nil) throws -> ProgramRun {
            let program = try ZabbenchProgram.path()
            let sides = ["ab", "--a", program, "--b", program, "w.yaml", "--data", "data"]
            return try run(sides + arguments, interruptAfter: words)
        }
    }

    /// What only our servers and their source can do is refused for another system, and so is a comparison of two systems.
    @Test(arguments: [
        (["--a", "zookeeper", "--b", "zookeeper", "--where"], "--where reads what only zabbench's servers tell"),
        (
            ["--a", "zookeeper", "--b", "zookeeper", "--build", "make"],
            "--build builds zabbench; leave it out for zookeeper"
        ),
        (["--a", "zookeeper:/no/such", "--b", "zookeeper"], "zookeeper:/no/such: there is no folder /no/such"),
        (
            ["--a", "zookeeper", "--b", "zookeeper:x", "--set", "ensemble.systems=zabbench"],
            "--set ensemble.systems=zabbench: --a and --b say that the system is zookeeper; remove the flag"
        ),
        (
            ["--a", "etcd", "--b", "etcd:x", "--set", "ensemble={sizes: 1, systems: etcd}", "--dry-run"],
            "--set ensemble={sizes: 1, systems: etcd}: --a and --b say that the system is etcd; remove the flag"
        ),
        (["--a", "HEAD", "--b", "zookeeper"], "ab compares two versions of one system"),
    ])
    func whatTwoVersionsOfZooKeeperCannotDoIsOneLine(arguments: [String], words: String) throws {
        let result = try Desk().run(["ab"] + arguments + ["w.yaml"])
        #expect(result.status == 64 && result.errors.contains(words), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test func howOftenIsForPairsToSay() throws {
        let result = try Desk().run(["ab", "--a", "HEAD", "--b", "HEAD", "--set", "repeats=5", "w.yaml", "--dry-run"])
        let line = "--set repeats=5: a pair is one repeat of everything; say how many with --pairs"
        #expect(result.status == 64 && result.errors.contains(line), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test func twoPairsInTurnsEndInATable() throws {
        let desk = try Desk()
        let result = try desk.ab(["--pairs", "2", "--control", "--lenient"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("cpu_us_per_write"))
        #expect(result.output.contains("control, A against itself") || result.output.contains("A DIFFERS FROM ITSELF"))
        #expect(result.output.contains("rates are of the whole time, of which each side had half"))
        #expect(result.output.contains("Verdict: "))
        let rows = try desk.rows(["a", "b", "control-a", "control-b"])
        #expect(rows.count == 8)
        for row in rows {
            #expect(row["turn_ms"] == "50")
            // Half of the disks' work was the other's.
            #expect(row["device_flushes_per_s"] == "")
            #expect(row["busy_cores"] == "")
            #expect(row["cpu_us_per_write"] != "")
        }
        for (file, text) in [
            ("comparison.txt", result.output), ("comparison.md", "### zabbench: "), ("comparison.xml", "<testsuites"),
            ("comparison.json", "\"verdict\""), ("annotations.txt", ""),
            ("report.html", "data-chart=\"pairs\""),
        ] {
            let written = try String(contentsOf: desk.comparison().appendingPathComponent(file), encoding: .utf8)
            #expect(written.contains(text) || text.isEmpty, "\(file)")
        }
        // Nothing of the servers is left.
        #expect(!FileManager.default.fileExists(atPath: desk.folder.appendingPathComponent("data").path))
    }

    /// Before the servers run, and when the load is about to begin.
    @Test(arguments: [("Pair 1 of 12", "50"), ("leader elected", "0")])
    func ctrlCStopsThePairAndLeavesNothingBehind(moment: String, turns: String) throws {
        let desk = try Desk()
        let result = try desk.ab(["--turns", turns, "--set", "duration_s=10"], interruptAfter: moment)
        #expect(result.status == 130, "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: desk.folder.appendingPathComponent("data").path))
    }

    @Test func wholeRunsAreMadeIfTheUserWants() throws {
        let desk = try Desk()
        // Whether they are valid depends on how busy the machine is, and nothing here does.
        let result = try desk.ab(["--pairs", "2", "--turns", "0", "--lenient"])
        #expect([0, 1, 5].contains(result.status), "\(result.errors)")
        let rows = try desk.rows(["a", "b"])
        #expect(rows.count == 4)
        #expect(rows.allSatisfy { $0["turn_ms"] == "" })
    }

    @Test func wholeRunsAreMadeWhereALoadCannotTakeTurns() throws {
        let open = Self.workload.replacing("load: {", with: "load: {mode: open, rate_per_s: 200, ")
        let result = try Desk(open).run(["ab", "--a", "nothing", "--b", "nothing", "w.yaml"])
        #expect(result.status == 64)
        #expect(result.errors.contains("Whole runs one after the other, since only closed loops can take turns"))
        #expect(
            result.errors.contains("nothing: no program of that name, and no commit, since there is no repository here")
        )
    }

    @Test func aStudyEndsInTablesThatCanBeMadeAgain() throws {
        let desk = try Desk()
        let result = try desk.run(
            ["power", "w.yaml", "--data", "data", "--results", "p", "--slowdowns", "0,50", "--comparisons", "1"]
                + ["--pairs", "2", "--draws", "5"]
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("False alarms: a build against itself\n"))
        #expect(result.output.contains("Power: one side slower on purpose\n"))
        #expect(result.output.contains(#/\n +50 %  cpu_us_per_write /#), "\(result.output)")
        let page = try String(contentsOf: desk.folder.appendingPathComponent("p/power.md"), encoding: .utf8)
        #expect(page.contains("### False alarms") && page.contains("| 50 % | cpu_us_per_write | "))
        let pairs = try String(contentsOf: desk.folder.appendingPathComponent("p/pairs.csv"), encoding: .utf8)
        #expect(CSVTable(parsing: pairs).rows.count == 8)
        for from in ["p", "p/pairs.csv"] {
            let again = try desk.run(["power", "--from", from, "--draws", "5"])
            #expect(again.status == 0, "\(again.errors)")
            #expect(again.output == result.output)
        }
    }

    /// Its runs go, its pairs stay, and the same call makes what is missing.
    @Test func aLeanStudyKeepsItsPairsAlone() throws {
        let desk = try Desk()
        let study = [
            "power", "w.yaml", "--data", "data", "--results", "p", "--slowdowns", "0", "--pairs", "2", "--lean",
        ]
        for count in ["1", "2", "2"] {
            let result = try desk.run(study + ["--until", count, "--draws", "5"])
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("False alarms: a build against itself\n"))
            let pairs = try String(contentsOf: desk.folder.appendingPathComponent("p/pairs.csv"), encoding: .utf8)
            #expect(CSVTable(parsing: pairs).rows.count == 4 * (try #require(Int(count))))
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: desk.folder.appendingPathComponent("p").path)
        #expect(left.sorted() == ["pairs.csv", "power.md", "sample"])
        // Another load is no part of it, and neither are whole runs.
        let other = try desk.run(study + ["--until", "3", "--set", "load.clients=4"])
        #expect(other.status == 64)
        #expect(other.errors.contains("not like the comparisons that are there"), "\(other.errors)")
        let whole = try desk.run(study.dropLast() + ["--comparisons", "1"])
        #expect(whole.status == 64)
        #expect(whole.errors.contains("it holds the pairs of a study without its runs; say --lean"), "\(whole.errors)")
    }

    @Test(arguments: [
        (["--pairs", "some"], "--pairs some: say a number from 2 to 10000"),
        (["--pairs", "1"], "--pairs 1: say a number from 2 to 10000"),
        (["--pairs", "12,6"], "the numbers must increase"),
        (["--pairs", "3,4"], "4 pairs can never show a difference at this level: plan at least"),
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

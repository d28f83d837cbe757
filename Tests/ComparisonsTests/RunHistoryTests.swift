import ArgumentParser
import Comparisons
import Foundation
import Report
import Results
import TestSupport
import Testing

@testable import Bench
@testable import zabbench

/// `zabbench run --history FILE`, without its run.
@Suite struct RunHistoryTests {
    let root: TemporaryFolder
    let path: String

    init() throws {
        root = TemporaryFolder()
        path = root.path(of: "history.jsonl")
    }

    /// - Returns: the exit code and what was said.
    private func append(_ folder: String, exitCode: Report.ExitStatus) throws -> (Report.ExitStatus, [String]) {
        var lines: [String] = []
        let code = try RunHistory(path: path).append(folder, exitCode: exitCode) { lines.append($0) }
        return (code, lines)
    }

    @Test func aRunIsAppendedAsByHand() throws {
        var canned = Canned.runs(3)
        canned.add(2, point: "serial")
        let folder = try canned.write(in: root)
        #expect(try append(folder, exitCode: .pass) == (.pass, ["\(path): 2 lines appended"]))
        let byHand = root.path(of: "by-hand.jsonl")
        #expect(try HistoryFile.append(StoredRuns(path: folder), to: byHand) == (2, 0))
        #expect(
            try String(contentsOfFile: path, encoding: .utf8) == String(contentsOfFile: byHand, encoding: .utf8)
        )
        #expect(try append(folder, exitCode: .pass) == (.pass, ["\(path): 0 lines appended, 2 were there already"]))
    }

    @Test(
        arguments: [
            (.failed, "the run failed"), (.lostWrite, "an acknowledged write was lost or reordered"),
            (.interrupted, "the run was interrupted"),
        ] as [(Report.ExitStatus, String)]
    )
    func whatIsNoResultIsNotAppended(exitCode: Report.ExitStatus, reason: String) throws {
        let folder = try Canned.runs(3).write(in: root)
        #expect(try append(folder, exitCode: exitCode) == (exitCode, ["\(path): nothing was appended: \(reason)"]))
        #expect(try HistoryFile(path: path).entries.isEmpty)
    }

    /// What the neighbours did is no point of a history.
    @Test func disturbedRunsAreLeftOut() throws {
        var canned = Canned.runs(3)
        canned.add(2, point: "serial")
        for index in [0, 3, 4] { canned.rows[index].foreign.share = 0.4 }
        let folder = try canned.write(in: root)
        let said = "\(path): 1 line appended, without 3 runs that other programs disturbed"
        #expect(try append(folder, exitCode: .pass) == (.pass, [said]))
        let entry = try #require(try HistoryFile(path: path).entries.first)
        #expect(entry.metrics.allSatisfy { $0.runs == 2 })
        for index in canned.rows.indices { canned.rows[index].foreign.share = 0.4 }
        canned.name += "-2"
        let busy = try canned.write(in: root)
        #expect(throws: HistoryError.nothingQuiet(path: busy)) {
            try HistoryFile.append(StoredRuns(path: busy), to: path)
        }
    }

    /// An invalid run is left out of its load's median, and a load without a valid one is no line.
    @Test func invalidRunsAreLeftOut() throws {
        var canned = Canned.runs(3)
        canned.add(2, point: "serial")
        for index in [0, 3, 4] { canned.rows[index].invalidReasons = ["too short"] }
        let folder = try canned.write(in: root)
        #expect(try append(folder, exitCode: .pass) == (.pass, ["\(path): 1 line appended"]))
        let entry = try #require(try HistoryFile(path: path).entries.first)
        #expect(entry.load["point"] == "saturation" && entry.metrics.allSatisfy { $0.runs == 2 })
    }

    @Test func whatCannotBeAppendedIsAnError() throws {
        var canned = Canned.runs(1)
        canned.rows[0].invalidReasons = ["too short"]
        let folder = try canned.write(in: root)
        #expect(
            try append(folder, exitCode: .pass)
                == (.failed, ["zabbench: \(folder): no run is valid, so there is nothing to append"])
        )
    }

    @Test func aFileThatCannotBeWrittenIsRefusedBeforeTheRun() throws {
        #expect(throws: HistoryError.self) { try RunHistory(path: root.path(of: "none/history.jsonl")) }
        #expect(throws: HistoryError.self) { try RunHistory(path: root.path) }
        #expect(throws: UsageError.self) { try RunHistory(path: "") }
        #expect(try RunCommand.parse(["quick.yaml", "--history", path]).history == path)
        #expect(try RunCommand.parse(["quick.yaml"]).history == nil)
    }
}

import Foundation
import Results
import TestSupport
import Testing

@testable import Comparisons

@Suite struct PairedTurnsTests {
    @Test func theMiddleHalfOfTheTurnsDecides() throws {
        let baseline: [Double?] = [10, 10, 10, 10, 10, 10, 10, 10]
        var candidate: [Double?] = baseline.map { $0.map { $0 * 1.1 } }
        #expect(abs(try #require(PairedTurns.ratio(baseline, candidate)) - 1.1) < 1e-12)
        // A quarter of the turns may be what they like.
        candidate[2] = 500
        candidate[5] = 0.01
        #expect(abs(try #require(PairedTurns.ratio(baseline, candidate)) - 1.1) < 1e-12)
        // The other way round it is the reciprocal.
        #expect(abs(try #require(PairedTurns.ratio(candidate, baseline)) - 1 / 1.1) < 1e-12)
    }

    /// Neighbours that slow down a pair of turns cancel, however much they do.
    @Test func whatBothTurnsMeetCancels() throws {
        let neighbours: [Double] = [1, 3, 1, 2, 9, 1, 1, 4, 1, 1]
        let ratio = PairedTurns.ratio(neighbours.map { 7 * $0 }, neighbours.map { 7 * $0 * 0.95 })
        #expect(abs(try #require(ratio) - 0.95) < 1e-12)
    }

    @Test func tooFewTurnsHaveNoMiddle() {
        let turns = [Double?](repeating: 1, count: 8)
        #expect(PairedTurns.ratio(turns, turns) == 1)
        #expect(PairedTurns.ratio(Array(turns.dropLast()), turns) == nil)
        // A turn without an answer has no cost a write, and takes its partner with it.
        #expect(PairedTurns.ratio([nil] + turns.dropFirst(), turns) == nil)
        #expect(PairedTurns.ratio([], []) == nil)
    }

    @Test func costsAreReadByRun() throws {
        let turns = try ResultsFile<TurnRow>(
            parsing: """
                run_id,turn,elapsed_s,writes,cpu_us,is_whole
                r-1,1,0.05,100,500,true
                r-1,2,0.15,0,90,false
                r-2,1,0.05,10,20,true

                """
        )
        #expect(PairedTurns.costs(turns.rows) == ["r-1": [5, nil], "r-2": [2]])
    }

    private static let summary = """
        run_id,valid,system,ensemble_size,achieved_per_s,cpu_us_per_write,workload
        NAME-1,true,zabbench,3,1000,COST,w

        """

    /// A results folder with a run of ten turns.
    private func folder(_ root: TemporaryFolder, _ name: String, cost: String, turns: [Double]) throws -> StoredRuns {
        try root.make(name)
        let summary = Self.summary.replacing("NAME", with: name).replacing("COST", with: cost)
        try root.write(summary.utf8, "\(name)/summary.csv")
        let lines = turns.enumerated().map { "\(name)-1,\($0.offset + 1),0,100,\($0.element * 100),true\n" }
        try root.write(("run_id,turn,elapsed_s,writes,cpu_us,is_whole\n" + lines.joined()).utf8, "\(name)/turns.csv")
        return try StoredRuns(path: root.path(of: name))
    }

    /// The pair's ratio is the turns', its middle the runs'; all else is as in the rows.
    @Test func aPairTakesItsProcessorTimeFromItsTurns() throws {
        let root = TemporaryFolder()
        let a = try folder(root, "a", cost: "8", turns: [Double](repeating: 5, count: 10))
        // One turn in which the disk stood still makes the whole run a half dearer.
        let b = try folder(root, "b", cost: "12.5", turns: [Double](repeating: 5.5, count: 9) + [80])
        let values = PairedTurns.values(a.runs[0], b.runs[0])
        let (before, after) = (
            try #require(values.baseline["cpu_us_per_write"]), try #require(values.candidate["cpu_us_per_write"])
        )
        #expect(abs(after / before - 1.1) < 1e-12)
        #expect(abs((before * after).squareRoot() - 10) < 1e-12)
        #expect(values.baseline["achieved_per_s"] == 1000)
        // Without turns the rows are all there is.
        try FileManager.default.removeItem(atPath: root.path(of: "b/turns.csv"))
        let plain = PairedTurns.values(a.runs[0], try StoredRuns(path: root.path(of: "b")).runs[0])
        #expect(plain.baseline["cpu_us_per_write"] == 8 && plain.candidate["cpu_us_per_write"] == 12.5)
    }

    @Test func howMuchWorseIsALogarithmInTheMetricsDirection() throws {
        let root = TemporaryFolder()
        let a = try folder(root, "a", cost: "8", turns: [])
        let b = try folder(root, "b", cost: "12", turns: [])
        let members = a.runs[0].group.members
        let cpu = try #require(ComparedMetric.all.first { $0.name == "cpu_us_per_write" })
        let rate = try #require(ComparedMetric.all.first { $0.name == "achieved_per_s" })
        #expect(PairedValues.worse(a, b, metric: cpu, members: members) == [log(1.5)])
        #expect(PairedValues.worse(b, a, metric: cpu, members: members) == [log(8.0 / 12)])
        #expect(PairedValues.worse(a, b, metric: rate, members: members) == [0])
        #expect(PairedValues.worse(a, b, metric: cpu, members: ["system": "other"]).isEmpty)
    }
}

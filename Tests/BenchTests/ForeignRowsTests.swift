import Report
import Results
import TestSupport
import Testing

@testable import Bench
@testable import Measure
@testable import Workload

@Suite struct ForeignRowsTests {
    private static let second: UInt64 = 1_000_000_000

    /// Two processors over seconds 10 to 13, in steps: others have what `foreign` says of one of them, from 0 to 1.
    private static func history(_ step: UInt64, foreign: (UInt64) -> Double) -> ForeignHistory {
        var history = ForeignHistory()
        var (processes, at) = (0.0, 10 * second)
        while at <= 13 * second {
            var processors = ProcessorTicks(stat: "cpu  0 0 0 0 0 0 0 0")!
            processors.processes = processes
            processors.all = Double(at) / 1e9 * 200
            history.add(ForeignLoad.Reading(at: at, processors: processors, own: 0))
            processes += foreign(at) * Double(step) / 1e9 * 100
            at += step
        }
        return history
    }

    @Test func aRowHasItsMeasuredPartAndASecondItself() {
        let history = Self.history(Self.second) { $0 == 10 * Self.second ? 1 : $0 == 11 * Self.second ? 0.1 : 0.4 }
        var row = BenchRowsTests.row()
        let result = BenchRowsTests.result()
        row.noteOthers(history, result: result, turn: nil)
        #expect(row.foreign.share.map { abs($0 - 0.125) < 1e-9 } == true && row.foreign.isMarked == true)
        let seconds = SecondRow.rows(of: result, tag: BenchRowsTests.tag, foreign: history)
        #expect(seconds.map { ($0.foreign.share ?? -1) * 1000 }.map { $0.rounded() } == [500, 50, 200])
        #expect(SecondRow.rows(of: result, tag: BenchRowsTests.tag).allSatisfy { $0.foreign.share == nil })
        var empty = BenchRowsTests.row()
        empty.noteOthers(ForeignHistory(), result: result, turn: nil)
        #expect(empty.foreign == SummaryRow.ForeignFigures())
    }

    /// A neighbour that works in B's turns alone.
    @Test func inTurnsEachSideHasItsOwn() {
        let turns = LoadTurns(milliseconds: 50, first: .b)
        let millisecond: UInt64 = 1_000_000
        // A rest of 5 ms comes first.
        let begin = 10 * Self.second + 5 * millisecond
        let history = Self.history(5 * millisecond) { at in
            at >= begin && (at - begin) / (50 * millisecond) % 2 == 0 ? 0.8 : 0
        }
        func row(_ side: LoadTurns.Side) -> SummaryRow {
            var row = BenchRowsTests.row()
            row.noteOthers(history, result: BenchRowsTests.result(), turn: LoadTurn(turns, side))
            return row
        }
        #expect(row(.b).foreign.share.map { abs($0 - 0.4) < 1e-6 } == true)
        #expect(row(.a).foreign.share.map { abs($0) < 1e-6 } == true)
    }

    @Test func turnsAreCutToTheMeasuredPart() {
        let turn = LoadTurn(LoadTurns(milliseconds: 100, first: .a), .a)
        // It begins one rest after the load, with A.
        let own = turn.own(start: 0, measured: 50_000_000..<420_000_000)
        #expect(own.map(\.from) == [50_000_000, 210_000_000, 410_000_000])
        #expect(own.map(\.to) == [110_000_000, 310_000_000, 420_000_000])
    }

    @Test func theWarningNamesWhoItWas() throws {
        let busy = SummaryRow.ForeignFigures(ForeignLoad(share: 0.4, steal: 0.1))
        let line = try #require(
            busy.words(cores: 2, busiest: [BusyProcess(pid: 7, name: "cc1plus", cores: 0.75)])
        )
        #expect(
            line.hasPrefix("others had 1.00 of 2 cores, 0.20 of them given to other machines: cc1plus (7) 0.75;")
        )
        let quiet = SummaryRow.ForeignFigures(ForeignLoad(share: 0.09, steal: 0))
        #expect(quiet.words(cores: 2, busiest: []) == nil)
        #expect(SummaryRow.ForeignFigures().words(cores: 2, busiest: []) == nil)
    }

    private static func pair(_ pair: Int, _ a: Double?, _ b: Double?) -> PairRow {
        var row = PairRow(pair: pair, load: 1)
        row.loads[.a] = a.map { ForeignLoad(share: $0, steal: 0) }
        row.loads[.b] = b.map { ForeignLoad(share: $0, steal: 0) }
        return row
    }

    @Test func aComparisonSaysWhatNeighboursDid() {
        #expect([Self.pair(1, 0.01, 0.03), Self.pair(2, 0.03, 0.02)].warnings.isEmpty)
        #expect([PairRow]().warnings.isEmpty && [Self.pair(1, nil, 0.01)].warnings.isEmpty)
        let different = [Self.pair(1, 0.01, 0.05), Self.pair(2, 0.02, 0.05)].warnings
        #expect(different.count == 1)
        #expect(different.first?.hasPrefix("others had 3.50 % of the processors more while B was measured") == true)
        let busy = [Self.pair(1, 0.3, 0.3), Self.pair(2, 0.02, 0.03)].warnings
        #expect(
            busy.count == 1 && busy.first?.hasPrefix("others had up to 30.0 % of the processors; in 1 of 2") == true
        )
    }

    @Test func pairsHaveTheirFile() {
        func run(_ id: String, _ share: Double?) -> SummaryRow {
            var row = BenchRowsTests.row()
            row.tag.runID = id
            row.foreign = SummaryRow.ForeignFigures(share.map { ForeignLoad(share: $0, steal: 0.01) })
            return row
        }
        let rows = PairRow.rows(pair: 4, runs: [.a: [run("x-1", 0.02)], .b: [run("y-1", nil)]])
        #expect(rows.count == 1)
        let header =
            "schema_version,pair,load,a_run_id,a_foreign_cpu_share,a_steal_share,"
            + "b_run_id,b_foreign_cpu_share,b_steal_share\n"
        #expect(PairRow.header == header)
        #expect(rows.map(\.line) == ["1,4,1,x-1,0.02,0.01,y-1,,\n"])
    }
}

import Results
import Testing
import Workload

@testable import Bench

/// Rows of storms.csv.
@Suite struct StormRowsTests {
    @Test func theTimeOfAShareIsThatOfASession() {
        let after = (1...1000).map { UInt64($0) * 1_000_000 }
        #expect(StormRow.milliseconds(after, 0) == 1)
        #expect(StormRow.milliseconds(after, 0.5) == 500)
        #expect(StormRow.milliseconds(after, 0.99) == 990)
        #expect(StormRow.milliseconds(after, 1) == 1000)
        #expect(StormRow.milliseconds([7_000_000], 0.99) == 7 && StormRow.milliseconds([], 0.5) == nil)
    }

    /// A read every 10 ms for 4 s, a stall from 1.0 to 1.5 s, slow answers from 2 s on. The fault is at 1 s, the last
    /// session is back at 2 s, and the load goes on until the killed server serves at 4 s.
    private static func readers() -> LoadResult {
        BenchRowsTests.result { result in
            result.answers = AnswerLog()
            for place in 1...400 {
                let planned = UInt64(place) * 10_000_000
                let isStalled = planned > 1_000_000_000 && planned < 1_500_000_000
                let usual = planned + (planned > 2_000_000_000 ? 900_000_000 : 1_000_000)
                result.answers.note(plannedAt: planned, answeredAt: isStalled ? 1_500_000_000 : usual)
            }
        }
    }

    private static func storm(_ backAfter: [UInt64]) -> StormRow {
        var report = StormReport(plan: StormPlan(fault: .leaderKilled, sessions: 2, watches: 1))
        (report.startedAt, report.backAfter) = (1_000_000_000, backAfter)
        let run = PlannedRun(index: 0, repeatNumber: 1, loadName: "a", ensemble: PlannedEnsemble(), load: LoadPlan())
        return StormRow(report, readers: readers(), run: run, tag: BenchRowsTests.tag, boundMilliseconds: nil)
    }

    @Test func readersAreLookedAtUntilTheLastSessionIsBack() throws {
        let row = Self.storm([400_000_000, 1_000_000_000])
        #expect(row.readsPerSecond == 100)
        #expect(row.longestSilenceMilliseconds == 499)
        #expect(row.readP99Milliseconds == 480)
        let none = Self.storm([])
        #expect(none.readsPerSecond == nil && none.readP99Milliseconds == nil && none.longestSilenceMilliseconds == nil)
    }

    /// A recipe reads, too, and is several operations: no cost of a write, and no floor of one.
    @Test func aRecipeHasNoFiguresOfASingleWrite() {
        func row(_ recipe: Recipe?) -> SummaryRow {
            let result = BenchRowsTests.result { $0.recipe = recipe.map(RecipeOutcome.init) }
            var row = BenchRowsTests.row()
            row.noteLoad(result)
            let counters: [String: [UInt64]] = [
                "cpu_us": [0, 0, 500_000, 1_000_000], "syncs": [0, 0, 100, 200], "allocations": [0, 0, 1000, 2000],
            ]
            row.noteServerCosts(BenchRowsTests.history(servers: [1], counters: counters), servers: [1], result: result)
            row.noteDiskFloor([CalibrationSample.calibration], result: result)
            return row
        }
        let (plain, lock) = (row(nil), row(.lock))
        #expect(plain.cost.cpuMicrosecondsPerWrite == 250 && plain.cost.allocationsPerWrite == 0.5)
        #expect(plain.floors.timesDisk != nil)
        #expect(lock.cost.cpuMicrosecondsPerWrite == nil && lock.cost.allocationsPerWrite == nil)
        #expect(lock.floors.timesDisk == nil && lock.cost.syncsPerWrite == 0.05)
    }

    @Test func stormsAndRecipesAreWhatARowIs() throws {
        let yaml = """
            shuffle: false
            load:
              - {name: storms, mode: storm, clients: [100, 200], fault: [connections_cut, leader_killed]}
              - {name: recipes, recipe: [lock, queue], clients: 4}
            """
        let runs = try WorkloadFile(yaml: yaml, source: "w.yaml").plannedRuns()
        let keys = runs.map { run in
            var row = SummaryRow()
            row.load = SummaryRow.Load(run)
            return LoadKey(row)
        }
        #expect(Set(keys).count == 6)
        #expect(keys.allSatisfy { LoadKey(members: $0.members) == $0 })
        #expect(keys[0].mode == "storm" && keys[0].storm == "connections_cut" && keys[0].stormReaders == 8)
        #expect(keys[4].recipe == "lock" && keys[5].recipe == "queue" && keys[4].mix.isEmpty)
    }
}

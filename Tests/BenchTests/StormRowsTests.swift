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

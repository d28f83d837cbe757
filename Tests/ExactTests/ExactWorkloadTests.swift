import Exact
import Foundation
import Simulator
import Testing
import Workload

/// The file of load points.
@Suite struct ExactWorkloadTests {
    private static func loads(_ yaml: String) throws(WorkloadError) -> [ScriptedLoad] {
        try ExactWorkload(yaml: yaml, source: "ci.yaml").loads
    }

    @Test func sizesMakeLoadsOfTheirOwn() throws {
        let loads = try Self.loads(
            "seed: 7\nload:\n  - {name: a, servers: [1, 5], payload_bytes: 16}\n  - {name: b, mix: {get: 3, create: 1}}\n"
        )
        #expect(loads.map(\.name) == ["a_1", "a_5", "b"])
        #expect(loads.map(\.servers) == [1, 5, 3] && loads.allSatisfy { $0.seed == 7 })
        #expect(loads[0].mix == ScriptedLoad.Mix() && loads[2].mix == ScriptedLoad.Mix(sets: 0, gets: 3, creates: 1))
    }

    @Test(
        arguments: [
            ("name: x", "load: a list of load points expected"),
            ("load: []", "load: a list of load points expected"),
            ("load: [{servers: 3}]", "load[0].name: each load point needs a name"),
            ("load: [{name: a}, {name: a}]", "two load points are named a"),
            (
                "load: [{name: a, client: 3}]",
                "unknown key load[0].client; did you mean clients? Allowed are name, servers"
            ),
            ("load: [{name: a, servers: 0}]", "\"0\" is not a whole number from 1 to 13"),
            ("load: [{name: a, clients: 9, operations: 8}]", "\"8\" is not a whole number from 9 to 20000"),
            ("load: [{name: a, mix: {set: 0}}]", "at least one of set, get, create, delete must be above 0"),
            ("load: [{name: a, connect_to: moon}]", "\"moon\" is not one of spread, leader, followers"),
        ] as [(String, String)]
    )
    func whatIsWrongIsNamedWithItsPlace(yaml: String, words: String) {
        #expect {
            try Self.loads(yaml)
        } throws: {
            "\($0)".hasPrefix("ci.yaml:") && "\($0)".contains(words)
        }
    }

    /// The file that is checked in is one that can be played, and has all that the issue asks for.
    @Test func ourOwnFileIsWhole() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let loads = try ExactWorkload(path: root.appendingPathComponent("workloads/ci.yaml").path).loads
        #expect(Set(loads.map(\.servers)) == [1, 3, 5])
        #expect(loads.contains { $0.connection == .followers && $0.clients > 1 })
        #expect(loads.contains { $0.mix.creates > 0 && $0.mix.deletes > 0 })
        let baseline = try ExactBaseline(path: root.appendingPathComponent("workloads/ci-baseline.json").path)
        #expect(baseline.text.contains("\"allocations\""), "the baseline was made by a release build")
    }
}

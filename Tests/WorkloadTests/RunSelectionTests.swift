import Log
import Testing

@testable import Workload

@Suite struct RunSelectionTests {
    private static let yaml = """
        repeats: 3
        seed: 5
        log:
          - {strategy: [fdatasync_recycled, o_dsync_recycled]}
          - {strategy: fdatasync_recycled, batching: [natural, adaptive]}
        load:
          - {name: serial, clients: 1, outstanding: 1}
          - {name: steady, mode: open, rate_per_s: [1000, 2000]}
          - {name: saturation}
        """

    private static func file(_ only: [String] = [], yaml: String = yaml) throws -> WorkloadFile {
        var file = try WorkloadFile(yaml: yaml, source: "w.yaml")
        try file.choose(only)
        return file
    }

    private static func words(_ run: PlannedRun) -> String {
        let log = run.ensemble.log
        let parts = [run.loadName, log.strategy.label, log.commit.batching.label, "\(run.load.mode)"]
        return "\(run.repeatNumber) \(run.load.seed) " + parts.joined(separator: " ")
    }

    /// A selection, and what a run is that it leaves.
    struct Choice: Sendable {
        var only: [String]
        var loads: Set<String> = ["serial", "steady", "saturation"]
        var strategies: Set<String> = ["fdatasync_recycled", "o_dsync_recycled"]
        var batchings: Set<String> = ["natural", "adaptive"]

        func isMeant(_ run: PlannedRun) -> Bool {
            loads.contains(run.loadName) && strategies.contains(run.ensemble.log.strategy.label)
                && batchings.contains(run.ensemble.log.commit.batching.label)
        }
    }

    private static let choices = [
        Choice(only: ["serial"], loads: ["serial"]),
        Choice(only: ["serial", "steady"], loads: ["serial", "steady"]),
        Choice(only: ["serial,steady"], loads: ["serial", "steady"]),
        Choice(only: ["o_dsync_recycled"], strategies: ["o_dsync_recycled"]),
        Choice(only: ["adaptive", "serial"], loads: ["serial"], batchings: ["adaptive"]),
        Choice(
            only: ["natural", "fdatasync_recycled,o_dsync_recycled", "saturation"],
            loads: ["saturation"],
            batchings: ["natural"]
        ),
    ]

    /// What is left has the order, the repeat and the seeds that it has among all; only the places are counted anew.
    @Test(arguments: choices) func whatIsLeftIsAsInTheWholeFile(_ choice: Choice) throws {
        let all = try Self.file().plannedRuns()
        let left = try Self.file(choice.only).plannedRuns()
        #expect(left.map(Self.words) == all.filter(choice.isMeant).map(Self.words))
        #expect(!left.isEmpty && left.count < all.count)
        #expect(left.map(\.index) == Array(left.indices))
    }

    @Test func theOrderOfTheNamesIsNothing() throws {
        let one = try Self.file(["steady,serial", "natural"])
        #expect(try one.only == Self.file(["natural", "serial", "steady", "serial"]).only)
        #expect(one.only.labels == ["serial", "steady", "natural"])
        #expect(try Self.file().only.isAll && !one.only.isAll)
    }

    @Test(arguments: [["nope"], ["serial", "nope"], ["serial,nope"]]) func anUnknownNameIsToldWhatThereIs(
        only: [String]
    ) {
        #expect(
            throws: WorkloadError(
                "--only nope: w.yaml has no such load, system, strategy or batching; it has loads serial, steady, saturation; "
                    + "systems zabbench; strategies fdatasync_recycled, o_dsync_recycled; batchings natural, adaptive"
            )
        ) { try Self.file(only) }
    }

    @Test func aNameThatIsEmptyIsUnknown() {
        #expect(throws: WorkloadError.self) { try Self.file(["serial,"]) }
        // A load without a name cannot be named.
        #expect(throws: WorkloadError.self) { try Self.file([""], yaml: "load: {clients: 1}") }
    }

    @Test func whatNoRunHasTogetherIsRefused() {
        #expect(
            throws: WorkloadError(
                "--only o_dsync_recycled,adaptive: no run of w.yaml is all of that; names of one kind are alternatives, and "
                    + "of different kinds all must hold"
            )
        ) { try Self.file(["o_dsync_recycled", "adaptive"]) }
    }
}

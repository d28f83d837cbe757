import Results
import Targets
import Testing
import Workload

@testable import Bench

/// Runs whose servers end: what of the others is made all the same, and what is said.
@Suite struct FailedRunsTests {
    private static let failure = TargetError("server 2 exited", evidence: ["no licence"], fault: .neverServed)

    private static func runs(_ ensemble: String) throws -> [PlannedRun] {
        try WorkloadFile(yaml: "shuffle: false\nrepeats: 2\nensemble: \(ensemble)", source: "w.yaml").plannedRuns()
    }

    /// Servers of another size may do better, and another system's have nothing to do with it.
    @Test func theOthersOnSuchServersAreLeftOut() throws {
        let runs = try Self.runs("{sizes: [3, 5], systems: [zabbench, zookeeper]}")
        var failed = FailedRuns(runs)
        let words = try failed.note(Self.failure, of: runs[1], number: 2, id: "f-2")
        #expect(
            words == "run 2 (zookeeper, 3 servers) failed; others on such servers are left out, and the rest goes on: "
                + "server 2 exited\n    no licence"
        )
        let left = runs.indices.filter { failed.reason(for: runs[$0]) != nil }
        #expect(left == [1, 5] && failed.reason(for: runs[5]) == "not made, since run 2 failed on such servers")
        failed.leaveOut(runs[5], id: "f-6", reason: "not made")
        #expect(failed.list.map(\.run) == ["f-2", "f-6"] && failed.list.map(\.system) == ["zookeeper", "zookeeper"])
    }

    @Test func serversThatHaveServedAreTriedAgain() throws {
        let runs = try Self.runs("{systems: [zabbench, zookeeper]}")
        var failed = FailedRuns(runs)
        failed.made(runs[1])
        let words = try failed.note(Self.failure, of: runs[3], number: 4, id: "f-4")
        #expect(words.hasPrefix("run 4 (zookeeper, 3 servers) failed; the others go on: server 2 exited"))
        #expect(failed.list.count == 1 && failed.reason(for: runs[3]) == nil)
    }

    /// Another load may be less to them.
    @Test func serversThatEndedUnderALoadAreTriedAgain() throws {
        let runs = try Self.runs("{systems: [zabbench, zookeeper]}")
        var failed = FailedRuns(runs)
        let words = try failed.note(
            TargetError("the load failed since server 1 ended; its last words:", evidence: ["bye"], fault: .ended),
            of: runs[1],
            number: 2,
            id: "f-2"
        )
        #expect(words.hasPrefix("run 2 (zookeeper, 3 servers) failed; the others go on: the load failed"))
        #expect(failed.list.map(\.reason) == ["the load failed since server 1 ended"])
        #expect(failed.reason(for: runs[3]) == nil)
    }

    /// One system alone, and whatever is nobody's servers', ends the session.
    @Test func theRestEndsTheSession() throws {
        let (alone, both) = (try Self.runs("{}"), try Self.runs("{systems: [zabbench, zookeeper]}"))
        var failed = FailedRuns(alone)
        #expect { _ = try failed.note(Self.failure, of: alone[0], number: 1, id: "f-1") } throws: {
            "\($0)" == "run 1 (zabbench, 3 servers): server 2 exited\n    no licence"
        }
        failed = FailedRuns(both)
        #expect { _ = try failed.note(TargetError("no room"), of: both[0], number: 1, id: "f-1") } throws: {
            "\($0)" == "no room"
        }
        #expect(throws: CancellationError.self) {
            _ = try failed.note(CancellationError(), of: both[0], number: 1, id: "f-1")
        }
        #expect(failed.list.isEmpty)
    }
}

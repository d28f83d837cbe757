import Foundation
import Report
import Results
import TestSupport
import Testing
import Workload

@testable import Bench

/// Systems beside ours: what is on this machine, and whether they may stand beside each other.
@Suite struct SystemOfferTests {
    private let folder = TemporaryFolder()

    private static func runs(_ yaml: String) throws -> [PlannedRun] {
        try WorkloadFile(yaml: yaml, source: "w.yaml").plannedRuns()
    }

    @Test func aMissingSystemIsSkippedAndOursIsNot() throws {
        let runs = try Self.runs("shuffle: false\nensemble: {systems: [zabbench, zookeeper]}")
        let offer = SystemOffer(runs, home: nil, environment: ["PATH": "/nowhere"])
        #expect(offer.zookeeper == nil && offer.skipped.map(\.system) == ["zookeeper"])
        #expect(offer.reason(for: runs[0]) == nil)
        let reason = try #require(offer.reason(for: runs[1]))
        #expect(reason.hasPrefix("zookeeper is not installed: make peers (no java on the PATH"))
        #expect(offer.skipped[0].words == reason)
    }

    @Test func nobodyLooksForWhatNoRunWants() throws {
        let offer = SystemOffer(try Self.runs(""), home: folder.path, environment: [:])
        #expect(offer.zookeeper == nil && offer.skipped.isEmpty)
    }

    /// A strategy that this machine lacks says nothing of another system's log.
    @Test func aRefusedStrategyIsOursAlone() throws {
        let runs = try Self.runs("shuffle: false\nensemble: {systems: [zabbench, zookeeper]}")
        let offer = StrategyOffer(runs: runs, data: "/d", logs: []) { _, _ in "no" }
        #expect(runs.map { offer.reason(for: $0) } == ["no", nil])
    }

    @Test func olderManifestsNameStrategiesAlone() throws {
        let text = #"{"strategy": "io_uring_append", "reason": "no io_uring"}"#
        let skipped = try JSONDecoder().decode(SkippedRuns.self, from: Data(text.utf8))
        #expect(skipped == SkippedRuns(strategy: "io_uring_append", reason: "no io_uring"))
        #expect(skipped.words == "io_uring_append: no io_uring")
    }

    private static let both = "ensemble: {systems: [zabbench, zookeeper]}\n"
    private static let unsynced = ["ZOOKEEPER_JVMFLAGS": "-Xmx1g -Dzookeeper.forceSync=no"]

    private static let even: [(String, [String: String])] = [
        ("", [:]), ("log: {strategy: [fdatasync_recycled, fsync_append]}", [:]),
        ("log: {strategy: none_append}", unsynced),
    ]

    @Test(arguments: even)
    func systemsThatSyncAlikeAreEven(log: String, environment: [String: String]) throws {
        #expect(DurabilityBalance(try Self.runs(Self.both + log), environment: environment).complaint == nil)
    }

    @Test func unequalSystemsAreNamed() throws {
        let lax = DurabilityBalance(try Self.runs(Self.both), environment: Self.unsynced)
        #expect(
            lax.complaint == "unequal durability: zookeeper (forceSync=no) without a sync before the acknowledgement, "
                + "zabbench (fdatasync_recycled, natural) with one"
        )
        let ours = try Self.runs(Self.both + "log: {strategy: [none_append, fdatasync_recycled]}")
        let complaint = try #require(DurabilityBalance(ours, environment: [:]).complaint)
        #expect(complaint.contains("zabbench (none_append, natural) without"), "\(complaint)")
        #expect(complaint.contains("zookeeper (forceSync=yes)"), "\(complaint)")
        // One system alone is compared with itself.
        let alone = try Self.runs("log: {strategy: [none_append, fdatasync_recycled]}")
        #expect(DurabilityBalance(alone, environment: Self.unsynced).complaint == nil)
    }

    // MARK: Rivals

    private static func versus(_ durability: String, command: String = "/bin/sh") -> String {
        """
        shuffle: false
        ensemble:
          systems: [zabbench, keeper]
          rivals: [{name: keeper, command: '\(command) {config}', durability: \(durability)}]

        """
    }

    @Test func aRivalWithoutItsProgramIsSkipped() throws {
        let runs = try Self.runs(Self.versus("synced", command: "/nowhere/keeper"))
        let offer = SystemOffer(runs, home: nil, environment: [:])
        #expect(runs.map { offer.reason(for: $0) } == [nil, "keeper is not there: /nowhere/keeper cannot be executed"])
        #expect(offer.skipped.map(\.system) == ["keeper"])
        #expect(SystemOffer(try Self.runs(Self.versus("synced")), home: nil, environment: [:]).skipped.isEmpty)
    }

    @Test func aRivalIsWhatItsWorkloadDeclares() throws {
        #expect(DurabilityBalance(try Self.runs(Self.versus("synced")), environment: [:]).complaint == nil)
        let lax = DurabilityBalance(try Self.runs(Self.versus("unsynced")), environment: [:])
        #expect(
            lax.complaint
                == "unequal durability: keeper (declared unsynced) without a sync before the acknowledgement, "
                + "zabbench (fdatasync_recycled, natural) with one"
        )
    }
}

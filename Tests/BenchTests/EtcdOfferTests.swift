import Foundation
import Results
import Targets
import TestSupport
import Testing
import Workload

@testable import Bench

/// etcd beside ours: whether this machine and this build have it, and whether it may stand there.
@Suite struct EtcdOfferTests {
    private let folder = TemporaryFolder()

    private static func runs(_ yaml: String = "") throws -> [PlannedRun] {
        let text = "shuffle: false\nensemble: {systems: [zabbench, etcd]}\n" + yaml
        return try WorkloadFile(yaml: text, source: "w.yaml").plannedRuns()
    }

    @Test func aMissingEtcdIsSkippedAndOursIsNot() throws {
        let runs = try Self.runs()
        #expect(runs.map(\.ensemble.system) == [.zabbench, .etcd])
        let offer = SystemOffer(runs, home: nil, hasEtcdClient: true, environment: ["PATH": "/nowhere"])
        #expect(offer.etcd == nil && offer.skipped.map(\.system) == ["etcd"])
        #expect(
            runs.map { offer.reason(for: $0) } == [nil, "etcd is not installed: make peers (no etcd on the PATH)"]
        )
    }

    /// What a build cannot speak with is not looked for.
    @Test func aBuildWithoutItsClientSaysHowToGetOne() throws {
        let offer = SystemOffer(try Self.runs(), home: nil, hasEtcdClient: false, environment: [:])
        #expect(offer.skipped.map(\.words) == ["this build has no etcd client; make peers makes one"])
    }

    @Test func nobodyLooksForWhatNoRunWants() throws {
        let runs = try WorkloadFile(yaml: "", source: "w.yaml").plannedRuns()
        let offer = SystemOffer(runs, home: nil, etcdHome: folder.path, hasEtcdClient: true, environment: [:])
        #expect(offer.etcd == nil && offer.skipped.isEmpty)
    }

    @Test func anEtcdThatDoesNotSyncIsUnequal() throws {
        let unsynced = ["ETCD_UNSAFE_NO_FSYNC": "true"]
        #expect(DurabilityBalance(try Self.runs(), environment: [:]).complaint == nil)
        let found = DurabilityBalance(try Self.runs(), environment: unsynced).complaint
        #expect(found?.hasPrefix("unequal durability: etcd (unsafe-no-fsync) without a sync") == true)
        let alike = try Self.runs("log: {strategy: none_append}")
        #expect(DurabilityBalance(alike, environment: unsynced).complaint == nil)
    }

    /// Nothing is compacted: the load goes on through faults, and what lies there before counts, too.
    @Test(
        arguments: [
            ("", false), ("faults: {kinds: [leader_killed], repeats: 40, state: {znodes: 10}}", true),
            ("faults: {kinds: [leader_killed], pause_s: 0.1, state: {znodes: 1000000, data_bytes: 3000}}", true),
        ]
    )
    func theQuotaIsForAllThatIsWritten(faults: String, isRaised: Bool) throws {
        let yaml = """
            ensemble: {systems: [etcd], sizes: 3}
            warmup_s: 0
            duration_s: 2
            load: {mode: open, rate_per_s: 5000, payload_bytes: 100}
            \(faults)
            """
        let run = try #require(try WorkloadFile(yaml: yaml, source: "w.yaml").plannedRuns().first)
        try folder.write("#!/bin/sh\n".utf8, "etcd")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path(of: "etcd"))
        let installation = try EtcdInstallation(home: folder.path, environment: [:])
        let launch = try #require(BenchSession.etcdLaunch(run, installation))
        #expect(launch.changes.contains { $0.contains("--quota-backend-bytes") } == isRaised)
    }

    /// A log strategy is ours alone, and does not multiply etcd's runs.
    @Test func strategiesDoNotMultiplyItsRuns() throws {
        let runs = try Self.runs("log: {strategy: [fdatasync_recycled, fsync_append]}")
        #expect(runs.count { $0.ensemble.system == .etcd } == 1 && runs.count == 3)
    }
}

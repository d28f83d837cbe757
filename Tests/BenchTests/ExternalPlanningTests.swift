import Client
import Testing
import Workload

@testable import Bench

/// What a workload may say about servers that run already.
@Suite struct ExternalPlanningTests {
    private static let endpoints = [Endpoint(host: "h1", port: 1), Endpoint(host: "h2", port: 1)]

    private static func runs(_ yaml: String, _ flags: [String] = []) throws -> [PlannedRun] {
        let file = try WorkloadFile(yaml: yaml, source: "w.yaml", overrides: flags)
        return try BenchSession.runs(of: file, endpoints: endpoints, overrides: flags)
    }

    @Test(arguments: [
        "log.strategy=none_recycled", "log={batching: natural}", "ensemble.sizes=[1]", "ensemble={sizes: 1}",
        "ensemble.snap_count=1000", "links.rtt_ms=1", "inject.sync_us=10",
    ])
    func aFlagThatOnlyOursFollowIsRefused(_ flag: String) {
        #expect {
            _ = try Self.runs("ensemble: {sizes: 3}", [flag])
        } throws: { error in
            // What is no key at all is refused as such.
            "\(error)".contains("--set \(flag)")
        }
    }

    @Test func otherFlagsAreFollowed() throws {
        let runs = try Self.runs("load: {clients: 4}", ["load.clients=8", "ensemble.placement=external"])
        #expect(runs.map(\.load.clients) == [8])
        #expect(runs.map(\.ensemble.size) == [2])
    }

    @Test func logsOfTheFileAreLeftOutAndNamed() throws {
        let yaml = "log: {strategy: [none_recycled, fdatasync_append]}\nensemble: {sizes: [1, 3], placement: processes}"
        let runs = try Self.runs(yaml)
        #expect(runs.count == 1)
        #expect(runs[0].ensemble.log == PlannedLog())
        let file = try WorkloadFile(yaml: yaml, source: "w.yaml")
        #expect(file.serverKeys.sorted() == ["ensemble.sizes", "log"])
        #expect(try WorkloadFile(yaml: "load: {clients: 2}", source: "w.yaml").serverKeys.isEmpty)
    }

    /// Whose the servers are is not the file's to say; every load is run once, with the warm-up of all.
    @Test(arguments: ["[zabbench, zookeeper]", "zookeeper", "[zabbench, etcd, yardstick]"])
    func systemsOfTheFileAreLeftOutAndNamed(systems: String) throws {
        let yaml = """
            warmup_s: 1
            ensemble: {systems: \(systems), warmup_s: {zookeeper: 10, zabbench: 5}}
            load: [{name: a, clients: [1, 2]}, {name: b, only_systems: \(systems)}]
            """
        let runs = try Self.runs(yaml)
        #expect(runs.map(\.loadName).sorted() == ["a", "a", "b"])
        #expect(runs.allSatisfy { $0.load.warmUpSeconds == 1 && !$0.load.isOnYardstick })
        #expect(runs.allSatisfy { $0.ensemble.placement == .external && $0.ensemble.size == 2 })
        let file = try WorkloadFile(yaml: yaml, source: "w.yaml")
        #expect(file.serverKeys == ["ensemble.systems", "ensemble.warmup_s"])
    }

    /// The files of the house that have other systems, and neither faults nor other harm.
    @Test(arguments: ["recipes", "versus", "versus-quick"])
    func theComparisonsOfTheHouseLoadServersThatRun(name: String) throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try WorkloadFile(path: "/\(root)/workloads/\(name).yaml")
        let runs = try BenchSession.runs(of: file, endpoints: Self.endpoints)
        #expect(Set(runs.map(\.loadName)) == Set(file.plannedRuns().map(\.loadName)))
        #expect(Set(runs.map { "\($0.repeatNumber) \($0.load) \($0.rateShare ?? 0)" }).count == runs.count)
    }

    @Test func aSystemCannotBeChosenThere() throws {
        var file = try WorkloadFile(yaml: "ensemble: {systems: [zabbench, zookeeper]}", source: "w.yaml")
        try file.choose(["zookeeper"])
        let error = try #require(throws: UsageError.self) {
            _ = try BenchSession.runs(of: file, endpoints: Self.endpoints)
        }
        #expect(error.description.hasPrefix("--only zookeeper: servers that run already (--connect) are one system"))
    }

    @Test func secretsDoNotReachTheManifest() {
        let line = ["zabbench", "run", "--auth", "digest:ann:secret", "--auth=digest:bob:secret", "--auth", "secret"]
        let kept = RunRequest.withoutSecrets(line)
        #expect(kept == ["zabbench", "run", "--auth", "digest:***", "--auth=digest:***", "--auth", "***"])
    }
}

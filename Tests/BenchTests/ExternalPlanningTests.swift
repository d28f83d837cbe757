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

    @Test func secretsDoNotReachTheManifest() {
        let line = ["zabbench", "run", "--auth", "digest:ann:secret", "--auth=digest:bob:secret", "--auth", "secret"]
        let kept = RunRequest.withoutSecrets(line)
        #expect(kept == ["zabbench", "run", "--auth", "digest:***", "--auth=digest:***", "--auth", "***"])
    }
}

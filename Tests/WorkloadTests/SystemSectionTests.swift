import Testing

@testable import Workload

/// `ensemble.systems`: whose servers are loaded, and what of a workload they can follow.
@Suite struct SystemSectionTests {
    private func read(_ yaml: String, _ overrides: [String] = []) throws -> WorkloadFile {
        try WorkloadFile(yaml: yaml, source: "w.yaml", overrides: overrides)
    }

    @Test func theServersAreOursWithoutAWord() throws {
        let file = try read("")
        #expect(file.ensemble.systems == [.zabbench] && file.serverKeys.isEmpty)
        #expect(file.plannedRuns().map(\.ensemble.system) == [.zabbench])
        #expect(file.plannedRuns()[0].ensemble.hasPlannedLog)
    }

    @Test func everyLoadIsRunOnEachSystem() throws {
        let file = try read("shuffle: false\nensemble: {sizes: [1, 3], systems: [zabbench, zookeeper]}")
        let runs = file.plannedRuns()
        #expect(runs.map(\.ensemble.size) == [1, 1, 3, 3])
        #expect(runs.map(\.ensemble.system) == [.zabbench, .zookeeper, .zabbench, .zookeeper])
        #expect(Set(runs.map(\.load.seed)).count == 1)
        #expect(file.serverKeys == ["ensemble.sizes", "ensemble.systems"])
        let one = try read("", ["ensemble.systems=zookeeper"]).plannedRuns()
        #expect(one.map(\.ensemble.system) == [.zookeeper] && !one[0].ensemble.hasPlannedLog)
    }

    /// Its log is its own; where it lies is not.
    @Test func strategiesDoNotMultiplyTheRunsOfAnotherSystem() throws {
        var file = try read(
            "ensemble: {systems: [zookeeper, zabbench]}\n"
                + "log: {strategy: [fdatasync_recycled, fsync_append], batching: [natural, each], directories: [one, separate]}"
        )
        let others = file.plannedRuns().filter { $0.ensemble.system == .zookeeper }
        #expect(file.plannedRuns().count == 8 + 2)
        #expect(Set(others.map(\.ensemble.log.directories)) == [.one, .separate])
        try file.choose(["zookeeper"])
        #expect(file.plannedRuns().allSatisfy { $0.ensemble.system == .zookeeper } && file.plannedRuns().count == 2)
        try file.choose(["fdatasync_recycled"])
        #expect(file.plannedRuns().allSatisfy { $0.ensemble.system == .zabbench } && file.plannedRuns().count == 4)
    }

    @Test(arguments: [
        (
            "ensemble:\n  systems: [zabbench, consul]",
            "w.yaml:2: ensemble.systems: \"consul\" is not one of zabbench, zookeeper, etcd, yardstick"
        ),
        ("ensemble: {systems: zokeeper}", "did you mean zookeeper?"),
        ("ensemble: {systems: []}", "ensemble.systems: the list is empty"),
        ("ensemble: {systems: [zookeeper, zookeeper]}", "a system is listed twice"),
        (
            "ensemble: {systems: zookeeper, placement: embedded}",
            "set ensemble.placement: processes, or remove zookeeper"
        ),
        (
            "ensemble: {systems: zookeeper, placement: external}",
            "set ensemble.placement: processes, or remove zookeeper"
        ),
        ("ensemble: {systems: zookeeper}\ninject: {sync_us: 100}", "remove inject, or zookeeper"),
        ("ensemble: {systems: zookeeper}\ntrace: true", "remove trace, or zookeeper"),
        ("ensemble: {systems: etcd}\ntrace: true", "remove trace, or etcd"),
        ("ensemble: {systems: etcd}\nload: {recipe: lock}", "leave etcd out of systems"),
        ("ensemble: {systems: etcd, observers: 2}", "only zabbench and zookeeper have observers; remove etcd"),
        ("system: zookeeper", "did you mean ensemble.systems?"),
    ])
    func whatCannotBeIsRefused(yaml: String, words: String) throws {
        let error = try #require(throws: WorkloadError.self) { try read(yaml) }
        #expect(error.description.contains(words), "\(error)")
        #expect(!error.description.contains("\n"))
    }

    /// The proxy stands between their servers as well, and they are hurt in the same ways.
    @Test func linksAndFaultsAreForAllSystems() throws {
        let yaml = """
            ensemble: {systems: [zabbench, zookeeper]}
            links: {delay_us: 100}
            load: {mode: open, rate_per_s: 9}
            faults: {kinds: [leader_killed, leader_cut]}
            """
        let runs = try read(yaml).plannedRuns()
        #expect(Set(runs.map(\.ensemble.system)) == [.zabbench, .zookeeper] && runs.count == 2)
        for run in runs {
            #expect(run.faults?.kinds == [.leaderKilled, .leaderCut] && run.ensemble.links.isProxied)
            #expect(run.ensemble.links[from: 1, to: 3].delayMicroseconds == 100)
        }
        // Without links a cut has a run of its own on each system.
        let direct = try read(yaml, ["links={proxied: false}"]).plannedRuns()
        #expect(direct.count == 4 && direct.count { $0.ensemble.links.isProxied } == 2)
    }

    @Test func directLinksAndNothingInjectedAreNoObstacle() throws {
        let yaml = "ensemble: {systems: zookeeper}\nlinks: {proxied: false}\ninject: {sync_us: 0}\ntrace: false"
        #expect(try read(yaml).plannedRuns().count == 1)
    }
}

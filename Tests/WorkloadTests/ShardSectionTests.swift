import Testing

@testable import Workload

/// `ensemble.shards`.
@Suite struct ShardSectionTests {
    private func read(_ yaml: String, _ overrides: [String] = []) throws -> WorkloadFile {
        try WorkloadFile(yaml: "shuffle: false\n" + yaml, source: "w.yaml", overrides: overrides)
    }

    @Test func nothingSaidIsOneEnsemble() throws {
        let run = try #require(try read("").plannedRuns().first)
        #expect(run.ensemble.shards == 1 && run.load.shards == 1 && run.ensemble.allServers == 3)
    }

    @Test func aListIsSwept() throws {
        let file = try read("ensemble: {shards: [1, 2, 4], observers: [0, 1]}")
        let runs = file.plannedRuns()
        #expect(runs.map(\.ensemble.shards) == [1, 2, 4, 1, 2, 4] && runs.map(\.load.shards) == [1, 2, 4, 1, 2, 4])
        #expect(runs.map(\.ensemble.allServers) == [3, 6, 12, 4, 8, 16])
        #expect(Set(file.serverKeys) == ["ensemble.shards", "ensemble.observers"])
        #expect(try read("", ["ensemble.shards=2"]).plannedRuns().map(\.load.shards) == [2])
        #expect(WorkloadKeys.path(for: "sharding") == "ensemble.shards")
    }

    @Test func zookeeperIsShardedToo() throws {
        let file = try read("ensemble: {systems: [zabbench, zookeeper], shards: [2]}")
        #expect(file.plannedRuns().map(\.load.shards) == [2, 2])
    }

    /// What shards do not do is no matter where there are none.
    @Test func oneShardRefusesNothing() throws {
        #expect(try read("ensemble: {shards: 1}\nload: {multi: 4}\ntrace: true").plannedRuns().count == 1)
    }

    @Test(arguments: [
        ("ensemble: {shards: [2, 2]}", "w.yaml:2: ensemble.shards: a number is listed twice"),
        ("ensemble: {shards: 0}", "w.yaml:2: ensemble.shards: \"0\" is not a whole number from 1 to 16"),
        ("ensemble: {shards: 2, systems: [zabbench, etcd]}", "w.yaml:2: ensemble: shards: only zabbench and zookeeper"),
        ("ensemble: {shards: 2, systems: [yardstick]}", "w.yaml:2: ensemble: shards: only zabbench and zookeeper have"),
        ("ensemble: {shards: 2, placement: external}", "w.yaml:2: ensemble: shards: servers that run already are one"),
        (
            "ensemble: {shards: [1, 2]}\nload: {mode: open, rate_per_s: 1000}\nfaults: {kinds: [leader_killed]}",
            "w.yaml:4: faults: faults are made to one ensemble; remove the section, or let ensemble.shards be 1"
        ),
        ("ensemble: {shards: 2}\ntrace: true", "w.yaml:3: trace: a trace follows one leader; remove it, or"),
        (
            "ensemble: {shards: 2}\ninject: {stall: {at_s: 1, for_s: 0.1}}\nload: {mode: open, rate_per_s: 1000}",
            "w.yaml:3: inject: stall: one leader stands still"
        ),
        ("ensemble: {shards: 2}\nload: {multi: 4}", "w.yaml:3: load: load has transactions (multi), whose keys would"),
        ("ensemble: {shards: 2}\nload: {recipe: lock}", "w.yaml:3: load: load has a recipe, whose znodes are its own"),
        (
            "ensemble: {shards: 2}\nload:\n  - {name: a}\n  - {name: b, mode: storm}",
            "w.yaml:4: load: load.b has a storm, whose sessions have one server each"
        ),
        (
            "ensemble: {shards: 2}\nload: {mix: {set: 1, create: 1}}",
            "w.yaml:3: load: load has create or delete in its mix, and only keys are dealt to shards; change it, or let"
        ),
    ])
    func whatShardsDoNotDoIsOneLine(yaml: String, words: String) throws {
        #expect {
            _ = try read(yaml)
        } throws: { error in
            let text = "\(error)"
            return text.hasPrefix(words) && !text.contains("\n")
        }
    }
}

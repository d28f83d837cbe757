import Testing

@testable import Workload

/// `recipe` and `mode: storm` in a load point.
@Suite struct CrowdSectionTests {
    private func read(_ yaml: String, _ overrides: [String] = []) throws -> WorkloadFile {
        try WorkloadFile(yaml: yaml, source: "w.yaml", overrides: overrides)
    }

    @Test func everyRecipeIsRunByEachNumberOfContenders() throws {
        let file = try read("shuffle: false\nload: {recipe: [lock, config], clients: [1, 32], payload_bytes: 64}")
        let loads = file.plannedRuns().map(\.load)
        #expect(loads.map(\.clients) == [1, 1, 32, 32])
        #expect(loads.map(\.recipe) == [.lock, .config, .lock, .config])
        #expect(
            loads.allSatisfy { $0.outstanding == 1 && $0.keys == $0.clients && $0.mode == .closed && $0.storm == nil }
        )
        #expect(loads.map(\.sessionsInAll) == [1, 2, 32, 33])
        #expect(Set(loads).count == 4)
    }

    @Test func aStormHasSessionsAndReaders() throws {
        let file = try read(
            "shuffle: false\nload: {mode: storm, clients: [10, 20], watches: 3, readers: 2, keys: 5, "
                + "fault: [connections_cut, leader_killed], rate_per_s: 500}"
        )
        let loads = file.plannedRuns().map(\.load)
        #expect(loads.compactMap(\.storm?.sessions) == [10, 10, 20, 20] && loads.map(\.clients) == [10, 10, 20, 20])
        #expect(loads.compactMap(\.storm?.fault) == [.connectionsCut, .leaderKilled, .connectionsCut, .leaderKilled])
        #expect(loads.allSatisfy { $0.storm?.watches == 3 && $0.mode.ratePerSecond == 500 && $0.mix.get == 100 })
        let readers = loads[0].ofReaders
        #expect(readers.clients == 2 && readers.storm == nil && readers.surviveConnectionLoss)
        #expect(loads[0].sessionsInAll == 12)
    }

    @Test func aStormAloneHasReadsAndItsConnectionsCut() throws {
        let load = try read("load: {mode: storm}").plannedRuns()[0].load
        #expect(load.storm == StormPlan(fault: .connectionsCut, sessions: 16, watches: 1) && load.readers == 8)
        #expect(load.mode.ratePerSecond == WorkloadFile.usualReads)
        let mixed = try read("", ["load={mode: storm, mix: {get: 9, set: 1}}"]).plannedRuns()[0].load
        #expect(mixed.mix.set == 1 && mixed.mix.get == 9)
    }

    @Test(arguments: [
        ("load:\n  watches: 3", "w.yaml:2: load.watches: only a storm has it; set mode: storm"),
        ("load: {readers: 3}", "load.readers: only a storm has it"),
        ("load: {fault: leader_killed, mode: open, rate_per_s: 1}", "load.fault: only a storm has it"),
        ("load: {mode: storm, fault: leader_kiled}", "did you mean leader_killed?"),
        ("load: {mode: storm, fault: [leader_killed, leader_killed]}", "a fault is listed twice"),
        ("load: {mode: storm, watches: 1001}", "\"1001\" is not a whole number from 0 to 1000"),
        ("load: {mode: storm, outstanding: 1}", "as much under way as their rate needs; remove it"),
        ("load: {mode: storm, rate_share: 0.5}", "load.rate_share: a storm's readers keep to one rate"),
        ("load: {mode: storm, profile: {ramp: {from: 1, to: 2}}}", "load.profile: a storm's readers keep to one rate"),
        ("load: {mode: storm, shares: [0.1, 1]}", "only a curve has it"),
        ("load: {mode: storm, readers: 20, keys: 10}", "10 keys cannot be divided among 20 readers"),
        ("load: {mode: storm}\ntrace: true", "trace: load is a storm, and only writes of a plain load are followed"),
        ("load: {mode: storm}\nfaults: {kinds: leader_killed}", "faults: load is a storm, which has none beside it"),
        (
            "load: {mode: storm, fault: leader_killed}\nensemble: {placement: embedded}",
            "load.fault: servers can be killed as processes of ours only"
        ),
        ("load: {mode: storm, fault: leader_killed}\nensemble: {sizes: 1}", "an ensemble of 1 cannot lose its leader"),
        (
            "load: {recipe: look}",
            "load.recipe: \"look\" is not one of lock, election, queue, config; did you mean lock?"
        ),
        ("load: {recipe: [lock, lock]}", "a recipe is listed twice"),
        ("load: {recipe: lock, outstanding: 4}", "load.outstanding: a contender is in one recipe at a time; remove it"),
        ("load: {recipe: lock, mix: {get: 1}}", "load.mix: a recipe says which operations it needs"),
        ("load: {recipe: lock, keys: 10}", "load.keys: a recipe has znodes of its own"),
        ("load: {recipe: lock, mode: open, rate_per_s: 5}", "load.recipe: whole recipes come in a closed loop"),
        ("load: {recipe: lock, mode: storm}", "load.recipe: whole recipes come in a closed loop"),
        ("load: {recipe: lock}\nnull_target: true", "null_target: the null target has neither sequential znodes"),
        ("load: [{name: a, recipe: lock}]\ntrace: true", "trace: load.a is a recipe"),
    ])
    func whatCannotBeIsOneLine(yaml: String, words: String) {
        let error = #expect(throws: WorkloadError.self) { try read(yaml) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("\n") == false)
    }

    @Test(arguments: [(1, 1), (7, 3), (1000, 1), (1200, 2), (3, 1500), (10, 0)])
    func everyWatchIsOnAZnodeThatIsChanged(sessions: Int, watches: Int) {
        let storm = StormPlan(fault: .connectionsCut, sessions: sessions, watches: watches)
        var watched: Set<Int> = []
        for session in 0..<sessions {
            let znodes = storm.watched(by: session)
            #expect(znodes.count == watches && Set(znodes).count == watches)
            for (place, znode) in znodes.enumerated() { #expect(storm.place(of: znode, in: session) == place) }
            watched.formUnion(znodes)
        }
        #expect(watched == Set(0..<storm.znodes))
        #expect(storm.place(of: storm.znodes, in: 0) == nil && storm.place(of: -1, in: 0) == nil)
    }
}

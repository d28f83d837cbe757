import Testing

@testable import Workload

/// `multi`, `reads`, `ensemble.observers` and `connect_to: observers`.
@Suite struct KindSectionTests {
    private func read(_ yaml: String, _ overrides: [String] = []) throws -> WorkloadFile {
        try WorkloadFile(yaml: "shuffle: false\n" + yaml, source: "w.yaml", overrides: overrides)
    }

    @Test func nothingSaidIsNothingSpecial() throws {
        let run = try #require(try read("").plannedRuns().first)
        #expect(run.load.multi == 1 && run.load.reads == .local && run.ensemble.observers == 0)
        #expect(run.load.isOnlySingleSet && !run.load.hasWitnessedReads && run.ensemble.serverCount == 3)
    }

    @Test func listsAreSwept() throws {
        let file = try read(
            "ensemble: {observers: [0, 2]}\nload: {multi: [1, 4], mix: {set: 1, get: 1}, reads: [local, linearizable]}"
        )
        let runs = file.plannedRuns()
        #expect(runs.map(\.ensemble.observers) == [0, 0, 0, 0, 2, 2, 2, 2])
        #expect(runs.map(\.load.multi) == [1, 1, 4, 4, 1, 1, 4, 4])
        #expect(runs.prefix(2).map(\.load.reads) == [.local, .linearizable])
        #expect(file.serverKeys == ["ensemble.observers"])
        #expect(try read("", ["load.multi=16", "ensemble.observers=1"]).plannedRuns().map(\.load.multi) == [16])
    }

    /// A place that an ensemble does not have makes no run.
    @Test func observersAreLoadedWhereThereAreSome() throws {
        let file = try read("ensemble: {observers: [0, 2]}\nload: {connect_to: [followers, observers]}")
        let runs = file.plannedRuns()
        #expect(runs.map(\.ensemble.observers) == [0, 2, 2])
        #expect(runs.map(\.load.connectTo) == [.followers, .followers, .observers])
    }

    @Test func observersAreServersOfTheLinks() throws {
        let file = try read("ensemble: {observers: [0, 1]}\nlinks: {delay_us: 100}")
        let runs = file.plannedRuns()
        #expect(runs.map(\.ensemble.links.ways.count) == [3 * 2, 4 * 3])
    }

    @Test(arguments: [
        ("load: {multi: 4, mix: {set: 1, create: 1}}", "w.yaml:2: load.multi: a transaction has setData alone; remove"),
        ("load: {multi: 4, mix: {get: 1}}", "w.yaml:2: load.multi: a transaction has setData, and the mix has no set"),
        (
            "load: {multi: 20, keys: 160, clients: 16}",
            "w.yaml:2: load.multi: 20 keys of each of 16 clients needed, and there"
        ),
        (
            "load: {multi: 100, payload_bytes: 10000}",
            "w.yaml:2: load.multi: 100 writes of 10000 B make a request of 1012800 B"
        ),
        ("load: {multi: [2, 2]}", "w.yaml:2: load.multi: a number is listed twice"),
        ("load: {multi: 0}", "w.yaml:2: load.multi: \"0\" is not a whole number from 1 to 1000"),
        ("load: {reads: linearizable}", "w.yaml:2: load.reads: the mix has no get and no exists, so nothing is read"),
        (
            "load: {reads: lineariseable, mix: {get: 1}}",
            "w.yaml:2: load.reads: \"lineariseable\" is not one of local, "
        ),
        ("load: {reads: [local, local]}", "w.yaml:2: load.reads: a word is listed twice"),
        (
            "load: {connect_to: observers}",
            "w.yaml:2: load.connect_to: the ensemble has no observers; set ensemble.observers"
        ),
        (
            "load:\n  - {name: a}\n  - {name: b, connect_to: observers}",
            "w.yaml:4: load.b.connect_to: the ensemble has no observers"
        ),
        ("ensemble: {observers: [1, 1]}", "w.yaml:2: ensemble.observers: a number is listed twice"),
        ("ensemble: {observers: 14}", "w.yaml:2: ensemble.observers: \"14\" is not a whole number from 0 to 13"),
        ("ensemble: {sizes: [1, 3], observers: 1}", "w.yaml:2: ensemble.observers: an ensemble of 1 server runs alone"),
    ])
    func whatMakesNoSenseIsOneLine(yaml: String, words: String) throws {
        #expect {
            _ = try read(yaml)
        } throws: { error in
            let text = "\(error)"
            return text.hasPrefix(words) && !text.contains("\n")
        }
    }

    @Test func zookeeperHasObserversToo() throws {
        let file = try read("ensemble: {systems: [zabbench, zookeeper], observers: 1}")
        #expect(file.plannedRuns().map(\.ensemble.observers) == [1, 1])
        #expect(WorkloadFile.objection(toObservers: [0, 1], PlannedSystem.allCases.filter(\.hasObservers)) == nil)
    }
}

import Testing

@testable import Workload

/// `only_sizes`, `only_systems` and `repeats` of a load, and `ensemble.warmup_s`: what is not run everywhere alike.
@Suite struct LoadLimitTests {
    private func read(_ yaml: String, _ overrides: [String] = []) throws -> WorkloadFile {
        try WorkloadFile(yaml: yaml, source: "w.yaml", overrides: overrides)
    }

    private static let limited = """
        repeats: 3
        shuffle: false
        ensemble: {sizes: [3, 5], systems: [zabbench, zookeeper, yardstick], warmup_s: {zookeeper: 10}}
        warmup_s: 2
        load:
          - {name: everywhere}
          - {name: small, only_sizes: 3}
          - {name: mixed, mix: {set: 50, get: 50}, only_sizes: [3], only_systems: [zabbench, zookeeper]}
          - {name: once, only_systems: zabbench, repeats: 1}
        """

    @Test func aLoadIsRunWhereItIsAskedForAndNowhereElse() throws {
        let runs = try read(Self.limited).plannedRuns()
        func count(_ load: String) -> Int { runs.count { $0.loadName == load } }
        #expect(
            count("everywhere") == 3 * 2 * 3 && count("small") == 3 * 3 && count("mixed") == 3 * 2 && count("once") == 2
        )
        #expect(runs.filter { $0.loadName == "small" }.allSatisfy { $0.ensemble.size == 3 })
        #expect(Set(runs.filter { $0.loadName == "mixed" }.map(\.ensemble.system)) == [.zabbench, .zookeeper])
        #expect(
            runs.filter { $0.loadName == "once" }.allSatisfy { $0.repeatNumber == 1 && $0.ensemble.system == .zabbench }
        )
        #expect(runs.map(\.index) == Array(runs.indices))
    }

    @Test func aSystemMayHaveAnotherWarmUp() throws {
        let runs = try read(Self.limited).plannedRuns()
        #expect(runs.allSatisfy { $0.load.warmUpSeconds == ($0.ensemble.system == .zookeeper ? 10 : 2) })
        #expect(runs.allSatisfy { $0.load.isOnYardstick == ($0.ensemble.system == .yardstick) })
        let none = try read("warmup_s: 3\nensemble: {systems: [zabbench, zookeeper]}").plannedRuns()
        #expect(none.allSatisfy { $0.load.warmUpSeconds == 3 })
    }

    /// What a flag leaves of the ensembles takes the loads of the others with it.
    @Test func aLoadOfAnEnsembleThatIsNotThereHasNoRuns() throws {
        let file = try read(Self.limited, ["ensemble.sizes=5"])
        #expect(Set(file.plannedRuns().map(\.loadName)) == ["everywhere", "once"])
        #expect(
            file.loadsLeftOut == "w.yaml: left out small, mixed: --set ensemble.sizes=5 leaves none of their only_sizes"
        )
        #expect(try read(Self.limited).loadsLeftOut == nil)
        let both = try read(Self.limited, ["ensemble.sizes=[5]", "ensemble.systems=zookeeper"])
        #expect(Set(both.plannedRuns().map(\.loadName)) == ["everywhere"])
        let line = try #require(both.loadsLeftOut)
        #expect(line.hasSuffix("only_sizes, and --set ensemble.systems=zookeeper leaves none of their only_systems"))
        #expect(line.contains("left out small, mixed, once:") && !line.contains("\n"))
        // Whoever names loads has chosen.
        var chosen = file
        try chosen.choose(["everywhere"])
        #expect(chosen.loadsLeftOut == nil)
    }

    /// Fewer rounds by a flag are fewer of every load.
    @Test func aFlagMayMakeFewerRoundsThanALoadHas() throws {
        let yaml = "repeats: 3\nload: [{name: a}, {name: b, repeats: 2}]"
        let runs = try read(yaml, ["repeats=1"]).plannedRuns()
        #expect(runs.map(\.loadName).sorted() == ["a", "b"])
        #expect(try read(yaml, ["repeats=1"]).loadsLeftOut == nil)
        #expect(throws: WorkloadError.self) { try read(yaml, ["load.b.repeats=4"]) }
        #expect(throws: WorkloadError.self) { try read(yaml, ["repeats=1", "load.b.repeats=2"]) }
    }

    /// The flags that choose among the ensembles of the house's comparison, in every way that people do.
    @Test(arguments: [
        (["ensemble.sizes=5"], ["serial", "saturation"]),
        (["ensemble.sizes=[3]", "ensemble.systems=[zabbench, zookeeper]"], nil),
        (["ensemble.systems=yardstick"], ["curve", "large", "saturation", "serial"]),
        (["ensemble={sizes: 3, systems: zabbench}", "repeats=1"], nil),
    ])
    func theComparisonOfTheHouseTakesFlags(flags: [String], loads: [String]?) throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try read(WorkloadFile.contents(of: "/\(root)/workloads/versus.yaml"), flags)
        let all = ["saturation", "large", "serial", "mixed", "curve"]
        #expect(Set(file.plannedRuns().map(\.loadName)) == Set(loads ?? all))
        #expect((file.loadsLeftOut == nil) == (loads == nil))
    }

    /// workloads/versus.yaml, as it is without etcd: each load where it is worth the time.
    @Test func theComparisonOfTheHouseIsLimited() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try WorkloadFile.contents(of: "/\(root)/workloads/versus.yaml").replacing(", etcd", with: "")
        let runs = try read(text).plannedRuns()
        func count(_ load: String) -> Int { runs.count { $0.loadName == load } }
        #expect(count("saturation") == 18 && count("serial") == 18 && count("large") == 9 && count("mixed") == 6)
        #expect(count("curve") == 15 && runs.filter { $0.loadName == "curve" }.allSatisfy { $0.repeatNumber == 1 })
        // To beyond the capacity, so that there is a knee to be found.
        #expect(Set(runs.filter { $0.loadName == "curve" }.compactMap(\.rateShare)) == [0.1, 0.3, 0.6, 0.9, 1.1])
        #expect(runs.filter { $0.ensemble.size == 5 }.allSatisfy { $0.load.payloadBytes == 128 })
    }

    @Test(arguments: [
        ("load: {only_sizes: 0}", "w.yaml:1: load.only_sizes: \"0\" is not a whole number from 1 to 13"),
        ("load: {only_systems: zokeeper}", "did you mean zookeeper?"),
        ("load: {repeats: none}", "load.repeats: \"none\" is not a whole number"),
        (
            "load: {only_sizes: 5}",
            "w.yaml:1: load.only_sizes: no run is left: 5 is not in ensemble.sizes; allowed is 3"
        ),
        (
            "ensemble: {sizes: [1, 3]}\nload:\n  - {name: a}\n  - {name: b, only_sizes: [5, 7]}",
            "w.yaml:4: load.b.only_sizes: no run is left: 5, 7 are not in ensemble.sizes; allowed are 1, 3"
        ),
        (
            "ensemble: {systems: [zabbench, zookeeper]}\nload: [{name: a}, {name: b, only_systems: etcd}]",
            "w.yaml:2: load.b.only_systems: no run is left: etcd is not in ensemble.systems; allowed are zabbench, zookeeper"
        ),
        (
            "repeats: 2\nload: [{name: a}, {name: b, repeats: 3}]",
            "w.yaml:2: load.b.repeats: 3 of 2 rounds: it says in how many of the workload's rounds the load is run; 1 to 2"
        ),
        ("load: {repeats: 2}", "w.yaml:1: load.repeats: 2 of 1 round: "),
        ("ensemble: {warmup_s: {zookeper: 1}}", "unknown key ensemble.warmup_s.zookeper"),
        ("ensemble: {warmup_s: 3}", "ensemble.warmup_s: a table with some of the keys zabbench, zookeeper"),
    ])
    func whatMeansNothingIsRefused(yaml: String, words: String) throws {
        let error = try #require(throws: WorkloadError.self) { try read(yaml) }
        #expect(error.description.contains(words), "\(error)")
        #expect(!error.description.contains("\n"))
    }

    /// What is there in part is run there.
    @Test func aLimitMayNameMoreThanThereIs() throws {
        let yaml = "ensemble: {sizes: [3, 5]}\nload: [{name: a, only_sizes: [5, 7], only_systems: [zabbench, etcd]}]"
        #expect(try read(yaml).plannedRuns().map(\.ensemble.size) == [5])
    }

    /// Somebody who limits a load by a flag means the ensembles that there are.
    @Test func aLimitByAFlagIsHeldToWhatIsThere() throws {
        let error = try #require(throws: WorkloadError.self) {
            try read("load: [{name: a}, {name: b}]", ["ensemble.sizes=5", "load.b.only_sizes=3"])
        }
        let words = "--set load.b.only_sizes=3: load.b.only_sizes: no run is left: 3 is not in ensemble.sizes"
        #expect(error.description.hasPrefix(words), "\(error)")
    }

    @Test(arguments: [
        (
            "ensemble: {systems: [zabbench, yardstick]}\nload: [{name: m, mix: {set: 1, get: 1}}]",
            "w.yaml:2: load: m has more than set in its mix, and a yardstick has writes of keys only; say only_systems: "
                + "[zabbench] in the load, or remove yardstick from ensemble.systems"
        ),
        ("ensemble: {systems: yardstick}\nload: {mix: {create: 1}}", "name another system, or leave the load out"),
        (
            "ensemble: {systems: yardstick, placement: embedded}",
            "set ensemble.placement: processes, or remove yardstick"
        ),
        ("ensemble: {systems: yardstick}\ntrace: true", "remove trace, or yardstick"),
        (
            "ensemble: {systems: yardstick}\nload: {multi: 2}",
            "it has transactions, and a yardstick has single writes only"
        ),
        (
            "ensemble: {systems: [yardstick, zookeeper]}\nload: {mode: open, rate_per_s: 9}\nfaults: {kinds: leader_killed}",
            "it has faults, and a yardstick elects and recovers nothing; say only_systems: [zookeeper]"
        ),
        (
            "ensemble: {systems: [zabbench, yardstick]}\nlinks: {delay_us: 500}",
            "it has links, and a yardstick's servers talk directly; say only_systems: [zabbench] in the load"
        ),
        ("ensemble: {systems: yardstick}\nload: {recipe: lock}", "leave yardstick out of systems"),
        (
            "ensemble: {systems: yardstick, observers: 1}",
            "only zabbench and zookeeper have observers; remove yardstick"
        ),
    ])
    func whatAYardstickDoesNotDoIsRefused(yaml: String, words: String) throws {
        let error = try #require(throws: WorkloadError.self) { try read(yaml) }
        #expect(error.description.contains(words), "\(error)")
        #expect(!error.description.contains("\n"))
    }
}

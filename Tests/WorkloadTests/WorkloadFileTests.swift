import Testing

@testable import Workload

@Suite struct WorkloadFileTests {
    private func read(_ yaml: String, _ overrides: [String] = []) throws -> WorkloadFile {
        try WorkloadFile(yaml: yaml, source: "w.yaml", overrides: overrides)
    }

    @Test func anEmptyFileIsTheDefaults() throws {
        let file = try read("")
        #expect(file.name == "w")
        let runs = file.plannedRuns()
        #expect(runs.count == 1)
        #expect(runs[0].ensemble == PlannedEnsemble())
        #expect(runs[0].load.clients == 16 && runs[0].load.outstanding == 64 && runs[0].load.mode == .closed)
        #expect(runs[0].repeatNumber == 1 && runs[0].loadName == "")
    }

    static let good = """
        name: full
        description: all keys
        repeats: 2
        seed: 9
        shuffle: false
        ensemble: {sizes: [1, 3], placement: embedded, tick_time_ms: 100, init_limit: 4, sync_limit: 3, snap_count: 5000}
        log: {strategy: [fdatasync_recycled], batching: natural}
        warmup_s: 0.5
        duration_s: 3
        load:
          mode: open
          clients: 4
          outstanding: [1, 8]
          rate_per_s: [100, 2_500.5]
          arrivals: fixed
          payload_bytes: 64
          keys: 100
          mix: {set: 50, get: 30, create: 10, delete: 5, exists: 5}
          connect_to: followers
          session_timeout_ms: 4000
        """

    @Test func everyKeyIsRead() throws {
        let file = try read(Self.good)
        #expect(file.about == "all keys")
        let runs = file.plannedRuns()
        #expect(runs.count == 2 * 2 * 2 * 2)
        #expect(runs.map(\.index) == Array(0..<16))
        let last = try #require(runs.last)
        #expect(last.repeatNumber == 2)
        #expect(
            last.ensemble
                == PlannedEnsemble(
                    size: 3,
                    placement: .embedded,
                    tickTimeMilliseconds: 100,
                    initLimit: 4,
                    syncLimit: 3,
                    snapCount: 5000
                )
        )
        #expect(last.load.mode == .open(ratePerSecond: 2500.5, arrivals: .fixed))
        #expect(last.load.outstanding == 8 && last.load.clients == 4 && last.load.payloadBytes == 64)
        #expect(last.load.mix == OperationMix(set: 50, get: 30, create: 10, delete: 5, exists: 5))
        #expect(last.load.connectTo == .followers && last.load.sessionTimeoutMilliseconds == 4000)
        #expect(last.load.warmUpSeconds == 0.5 && last.load.durationSeconds == 3)
    }

    @Test func placesOfClientsMayBeAList() throws {
        let file = try read("{trace: true, load: {connect_to: [leader, followers, spread], clients: [1, 2]}}")
        let runs = file.plannedRuns()
        #expect(runs.count == 6)
        #expect(Set(runs.map(\.load.connectTo)) == [.leader, .followers, .spread])
        #expect(runs.allSatisfy { $0.load.traceEvery == 1 })
        #expect(try read("{}").plannedRuns().allSatisfy { $0.load.traceEvery == 0 })
        #expect(throws: WorkloadError.self) { try read("{load: {connect_to: [leader, leader]}}") }
        #expect(throws: WorkloadError.self) { try read("{load: {connect_to: [leader, nowhere]}}") }
        #expect(throws: WorkloadError.self) { try read("{trace: perhaps}") }
    }

    @Test func sweepsAreTheWholeProductInEveryRound() throws {
        let file = try read(
            "repeats: 3\nensemble: {sizes: [1, 3, 5]}\nload: {clients: [1, 2], payload_bytes: [20, 100]}"
        )
        let runs = file.plannedRuns()
        #expect(runs.count == 36)
        for repeatNumber in 1...3 {
            let round = runs.filter { $0.repeatNumber == repeatNumber }
            let combinations = Set(round.map { [$0.ensemble.size, $0.load.clients, $0.load.payloadBytes] })
            #expect(combinations.count == 12)
            // Rounds follow each other.
            let first = (repeatNumber - 1) * 12
            #expect(round.map(\.index) == Array(first..<(first + 12)))
            #expect(Set(round.map(\.load.seed)).count == 1)
        }
        #expect(Set(runs.map(\.load.seed)).count == 3)
        #expect(Set(runs.map(\.load.runID)).count == 36)
    }

    @Test func theOrderIsShuffledByTheSeedAlone() throws {
        let yaml = "repeats: 2\nensemble: {sizes: [1, 2, 3, 4, 5, 6, 7]}\n"
        let sizes = { (yaml: String) in try read(yaml).plannedRuns().map(\.ensemble.size) }
        let one = try sizes(yaml + "seed: 1")
        #expect(try sizes(yaml + "seed: 1") == one)
        #expect(try sizes(yaml + "seed: 2") != one)
        #expect(Array(one.prefix(7)) != Array(one.suffix(7)))
        #expect(one.prefix(7).sorted() == [1, 2, 3, 4, 5, 6, 7])
        #expect(try sizes(yaml + "shuffle: false") == [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7])
    }

    @Test func loadPointsHaveNames() throws {
        let yaml = "load:\n  - {name: a, clients: 1}\n  - {name: b, mode: open, rate_per_s: 10}\n"
        #expect(try read(yaml + "shuffle: false").plannedRuns().map(\.loadName) == ["a", "b"])
    }

    /// The text and what its error must say, line first.
    @Test(arguments: [
        ("name: x\nrepeat: 3", ["w.yaml:2: unknown key repeat", "repeats? Allowed are name, description, repeats"]),
        ("ensemble:\n  sizes: 3\n  size: 4", ["w.yaml:3: unknown key ensemble.size", "sizes, placement"]),
        ("repeats: many", ["w.yaml:1: repeats: \"many\" is not a whole number from 1 to 1000"]),
        ("repeats: 0", ["w.yaml:1: repeats: \"0\" is not"]),
        ("repeats: [1, 2]", ["w.yaml:1: repeats: a list is not"]),
        ("ensemble:\n  sizes: [3, 14]", ["w.yaml:2: ensemble.sizes: \"14\" is not a whole number from 1 to 13"]),
        ("ensemble:\n  sizes: []", ["w.yaml:2: ensemble.sizes: the list is empty"]),
        ("ensemble: 3", ["w.yaml:1: ensemble: a table with some of the keys sizes"]),
        (
            "\n\nensemble: {placement: cloud}",
            ["w.yaml:3: ensemble.placement: \"cloud\" is not one of processes, embedded, external"]
        ),
        ("load: {mode: opne}", ["w.yaml:1: load.mode: \"opne\" is not one of closed, open"]),
        ("load:\n  mode: open", ["w.yaml:2: load.rate_per_s: missing"]),
        ("load:\n  rate_per_s: 5", ["w.yaml:2: load.rate_per_s: only an open loop has it"]),
        ("load:\n  arrivals: fixed", ["w.yaml:2: load.arrivals: only an open loop"]),
        ("load: {payload_bytes: 10}", ["payload_bytes: \"10\" is not a whole number from 20 to 1000000"]),
        ("load: {clients: 5, keys: 4}", ["w.yaml:1: load.keys: 4 keys cannot be divided among 5 clients"]),
        ("load: {mix: {put: 1}}", ["w.yaml:1: unknown key load.mix.put; allowed are set, get, create, delete, exists"]),
        ("load: {mix: {set: 0}}", ["load.mix: all weights are 0"]),
        ("load: {mix: {set: 1, delete: 1}}", ["load.mix: delete needs create"]),
        ("load: []", ["w.yaml:1: load: the list is empty"]),
        ("load:\n  - clients: 1", ["w.yaml:2: load[0].name: missing"]),
        ("load:\n  - name: a\n  - name: a", ["w.yaml:3: load: two points are named a"]),
        ("load:\n  - name: a\n    client: 1", ["w.yaml:3: unknown key load[0].client"]),
        ("name: a/b", ["w.yaml:1: name: \"a/b\" is not a name"]),
        ("shuffle: perhaps", ["w.yaml:1: shuffle: \"perhaps\" is not true or false"]),
        ("name: a\nname: b", ["w.yaml:2: duplicate key name (first on line 1)"]),
        ("name: [", ["w.yaml:"]),
        ("- 1", ["w.yaml:1: "]),
        ("duration_s: 0", ["w.yaml:1: duration_s: \"0\" is not a number from 0.1 to 86400"]),
        ("duration_s: nan", ["duration_s: \"nan\" is not"]),
    ])
    func wrongFilesAreRefused(yaml: String, expected: [String]) throws {
        let error = try #require(throws: WorkloadError.self) { try read(yaml) }
        for text in expected { #expect(error.description.contains(text), "\(error)") }
        #expect(!error.description.contains("\n"))
    }

    @Test func overridesTakePartInTheValidation() throws {
        let file = try read(Self.good, ["ensemble.sizes=[5, 7]", "load.rate_per_s=50", "repeats=1", "name=other"])
        #expect(file.ensemble.sizes == [5, 7] && file.points[0].ratesPerSecond == [50] && file.name == "other")
        #expect(try read("", ["load.mix.get=5"]).points[0].mix == OperationMix(set: 0, get: 5))
        let points = "load:\n  - {name: a}\n  - {name: b}"
        #expect(try read(points, ["load.b.clients=3"]).points.map(\.clients) == [[16], [3]])
    }

    @Test(arguments: [
        ("load.mode=opne", "--set load.mode=opne: load.mode: \"opne\" is not one of closed, open"),
        (
            "load.client=3",
            "--set load.client=3: unknown key load.client; did you mean load.clients? Allowed are name, mode"
        ),
        ("repeats", "--set repeats: path=value expected"),
        ("=3", "--set =3: path=value expected"),
        ("load..x=3", "--set load..x=3: the path has an empty part"),
        ("repeats.x=3", "--set repeats.x=3: there is nothing named x below a plain value"),
        ("load=", "--set load=: load: a table"),
        ("repeats=[", "--set repeats=[:"),
    ])
    func wrongOverridesNameTheFlag(flag: String, expected: String) throws {
        let error = try #require(throws: WorkloadError.self) { try read("repeats: 1\nload: {clients: 1}", [flag]) }
        #expect(error.description.hasPrefix(expected), "\(error)")
    }

    @Test func overridesOfAPointThatIsNotThereNameThePoints() throws {
        let error = try #require(throws: WorkloadError.self) {
            try read("load:\n  - {name: a}\n  - {name: b}", ["load.c.clients=3"])
        }
        #expect(error.description == "--set load.c.clients=3: no entry of the list is named c; there are a, b")
    }

    /// The files that come with the project.
    @Test(arguments: [
        ("quick", 3), ("ensemble-size", 60), ("saturation", 2), ("soak", 1), ("fsync", 156), ("lossy", 18),
        ("three-datacentres", 6),
        ("leader-bottleneck", 84), ("curve", 20), ("versus-quick", 12), ("versus", 89), ("replay", 2), ("stall", 4),
        ("mixed", 12), ("observers", 12), ("shards", 36), ("versus-election", 12),
    ])
    func theWorkloadsOfTheHouseAreGood(name: String, runs: Int) throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try WorkloadFile(path: "/\(root)/workloads/\(name).yaml")
        #expect(file.name == name)
        #expect(file.plannedRuns().count == runs)
    }

    @Test func aFileThatIsNotThereIsNamed() throws {
        let error = try #require(throws: WorkloadError.self) { try WorkloadFile(path: "/nonexistent/w.yaml") }
        #expect(error.description.hasPrefix("/nonexistent/w.yaml: no such file; "))
    }

    /// Nine lists of aliases of aliases: ten to the power of nine values, of which none was read before memory ran out.
    @Test func aliasesAreRefusedBeforeTheyAreFollowed() throws {
        var yaml = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
        for level in 1...9 {
            let ten = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            yaml += "a\(level): &a\(level) [\(ten)]\n"
        }
        let error = try #require(throws: WorkloadError.self) { try read(yaml) }
        #expect(error.description.hasPrefix("w.yaml:1: anchors and aliases"))
        #expect(throws: WorkloadError.self) { try read("", ["load=[&a 1, *a]"]) }
        #expect(try read("description: R&D & more").about == "R&D & more")
    }

    @Test func moreRunsThanAnybodyWaitsForAreRefused() throws {
        let list = "[" + Array(repeating: "1", count: 100).joined(separator: ", ") + "]"
        let yaml = "load: {clients: \(list), outstanding: \(list)}\n"
        #expect(try read(yaml).plannedRuns().count == 10_000)
        for more in ["repeats: 2\n", "repeats: 1000\nensemble: {sizes: \(list)}\n"] {
            let error = try #require(throws: WorkloadError.self) { try read(more + yaml) }
            #expect(error.description.contains("more than 10000 runs"))
        }
    }
}

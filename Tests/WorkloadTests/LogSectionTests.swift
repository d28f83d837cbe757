import Log
import Testing

@testable import Workload

@Suite struct LogSectionTests {
    private func read(_ yaml: String, _ overrides: [String] = []) throws -> WorkloadFile {
        try WorkloadFile(yaml: yaml, source: "w.yaml", overrides: overrides)
    }

    /// `strategy batching inFlight directories` of each log.
    private func logs(_ yaml: String, _ overrides: [String] = []) throws -> [String] {
        try read(yaml, overrides).ensemble.logs.map {
            "\($0.strategy.label) \($0.commit.batching.label) \($0.commit.inFlight) \($0.directories.rawValue)"
        }
    }

    @Test func withoutASectionItIsTheDefaultLog() throws {
        #expect(try logs("") == ["fdatasync_recycled natural 1 one"])
        #expect(try logs("log: {}") == ["fdatasync_recycled natural 1 one"])
    }

    @Test func oneSectionIsTheProductOfItsLists() throws {
        let yaml = """
            log:
              strategy: [fsync_append, periodic_20ms_recycled]
              batching: [each, bytes_4096]
              directories: [one, separate]
            """
        #expect(
            try logs(yaml) == [
                "fsync_append each 1 one", "fsync_append each 1 separate", "fsync_append bytes_4096 1 one",
                "fsync_append bytes_4096 1 separate", "periodic_20ms_recycled each 1 one",
                "periodic_20ms_recycled each 1 separate", "periodic_20ms_recycled bytes_4096 1 one",
                "periodic_20ms_recycled bytes_4096 1 separate",
            ]
        )
    }

    @Test func withoutANumberEachPolicyHasItsOwn() throws {
        let yaml = "log: {batching: [natural, overlapped]}"
        #expect(try logs(yaml) == ["fdatasync_recycled natural 1 one", "fdatasync_recycled overlapped 2 one"])
        let planned = try read("log: {batching: [natural, overlapped], in_flight: [2, 3]}").ensemble.logs
        #expect(planned.map(\.commit.inFlight) == [2, 3, 2, 3])
        #expect(planned.map(\.explicitInFlight) == [2, 3, nil, 3])
    }

    @Test func sectionsFollowEachOtherAndShareNothingTwice() throws {
        let yaml = """
            log:
              - {name: methods, strategy: [none_append, fdatasync_recycled]}
              - {batching: [natural, adaptive]}
            load: {clients: [1, 2]}
            """
        #expect(
            try logs(yaml) == [
                "none_append natural 1 one", "fdatasync_recycled natural 1 one", "fdatasync_recycled adaptive 1 one",
            ]
        )
        #expect(try read(yaml).plannedRuns().count == 6)
        #expect(try logs("log: {batching: [each, each]}").count == 1)
    }

    @Test func overridesFindASectionByItsName() throws {
        let yaml = "log:\n  - {name: a, strategy: none_append}\n  - {strategy: fsync_append}\n"
        #expect(
            try logs(yaml, ["log.a.batching=each"]) == ["none_append each 1 one", "fsync_append natural 1 one"]
        )
        #expect(try logs(yaml, ["log={strategy: o_dsync_append}"]) == ["o_dsync_append natural 1 one"])
        let error = try #require(throws: WorkloadError.self) { try read(yaml, ["log.strategy=fsync_append"]) }
        #expect(
            error.description
                == "--set log.strategy=fsync_append: no entry of the list is named strategy; name the entry, too: "
                + "--set log.a.strategy=fsync_append; there are a"
        )
        let nameless = try #require(throws: WorkloadError.self) { try read("log: [{}]", ["log.strategy=fsync_append"]) }
        #expect(nameless.description.hasSuffix("no entry of the list is named strategy; none has a name"))
    }

    /// The text and what its error must say, line first.
    @Test(arguments: [
        (
            "log:\n  strategy: [fdatasync_append, fsync]",
            ["w.yaml:2: log.strategy: \"fsync\" is not <method>_<allocation>", "fdatasync", "recycled"]
        ),
        (
            "log: {strategy: none_fallocate}",
            ["w.yaml:1: log.strategy: none_fallocate makes no sense", "use none_append"]
        ),
        ("log: {strategy: {a: 1}}", ["w.yaml:1: log.strategy: a table is not a word"]),
        ("log: {strategy: []}", ["w.yaml:1: log.strategy: the list is empty"]),
        ("log: {batching: delay_5ms}", ["w.yaml:1: log.batching: \"delay_5ms\" is not one of each, natural"]),
        ("log: {in_flight: 17}", ["w.yaml:1: log.in_flight: \"17\" is not a whole number from 1 to 16"]),
        ("log: {directories: two}", ["w.yaml:1: log.directories: \"two\" is not one of one, separate"]),
        (
            "log: {batchin: each}",
            ["w.yaml:1: unknown key log.batchin; did you mean batching? Allowed are name, strategy, batching"]
        ),
        ("log: []", ["w.yaml:1: log: the list is empty"]),
        ("log: 3", ["w.yaml:1: log: a table with some of the keys"]),
        ("log:\n  - {name: a}\n  - {name: a}", ["w.yaml:3: log[1].name: two sections are named a"]),
        (
            "log:\n  strategy: [fdatasync_recycled, none_append]\n  batching:\n    - natural\n    - adaptive\n",
            [
                "w.yaml:5: log: strategy none_append, batching adaptive: ", "there is no sync that waiting could share",
                "log may be a list of sections",
            ]
        ),
        (
            "log:\n  - {}\n  - {name: deep, strategy: fdatasync_append, in_flight: 2}\n",
            [
                "w.yaml:3: log.deep: strategy fdatasync_append, batching natural, in_flight 2: ",
                "use another allocation",
            ]
        ),
        ("log: {batching: overlapped, in_flight: 1}", ["in_flight 1: ", "nothing overlaps"]),
    ])
    func wrongSectionsAreRefused(yaml: String, expected: [String]) throws {
        let error = try #require(throws: WorkloadError.self) { try read(yaml) }
        for text in expected { #expect(error.description.contains(text), "\(error)") }
        #expect(!error.description.contains("\n"))
    }

    @Test func adviceAboutListsIsGivenWhereThereIsOneAlone() throws {
        let error = try #require(throws: WorkloadError.self) {
            try read("log: {strategy: none_append, batching: adaptive}")
        }
        #expect(!error.description.contains("list of sections"), "\(error)")
    }

    @Test func productsThatNobodyWaitsForAreRefusedBeforeTheyAreMade() throws {
        let many = "[" + (1...3000).map { "count_\($0)" }.joined(separator: ", ") + "]"
        for yaml in [
            "log: {batching: \(many), strategy: [fsync_append, fsync_recycled, o_dsync_append, o_dsync_recycled]}",
            "log:\n"
                + (0..<4).map { "  - {batching: \(many), strategy: [fsync_append, \($0)x_append]}\n" }.joined()
                .replacing("0x", with: "fdatasync").replacing("1x", with: "o_dsync").replacing("2x", with: "rwf_dsync")
                .replacing("3x", with: "none"),
        ] {
            let error = try #require(throws: WorkloadError.self) { try read(yaml) }
            #expect(error.description.contains("more than 10000 runs"), "\(error)")
        }
    }

    /// The matrix of the house holds what it promises.
    @Test func theMatrixHasEveryMethodAndEveryPolicy() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let logs = try WorkloadFile(path: "/\(root)/workloads/fsync.yaml").ensemble.logs
        for method in SyncMethod.all() {
            let allocations = Set(logs.filter { $0.strategy.method == method }.map(\.strategy.allocation))
            #expect(allocations.count >= 2, "\(method)")
        }
        let ofDefault = logs.filter { $0.strategy == .recycledFdatasync && $0.directories == .one }
        let kinds = Set(ofDefault.map { $0.commit.batching.label.prefix { $0 != "_" } })
        #expect(kinds == ["each", "natural", "delay", "count", "bytes", "adaptive", "overlapped"])
        #expect(Set(ofDefault.filter { $0.commit.batching == .natural }.map(\.commit.inFlight)) == [1, 2, 4])
        #expect(logs.contains { $0.directories == .separate })
    }
}

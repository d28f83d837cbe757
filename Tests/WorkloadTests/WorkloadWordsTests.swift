import TestSupport
import Testing

@testable import Workload

/// What a workload's mistakes are called, and what is suggested in their place.
@Suite struct WorkloadWordsTests {
    private func mistake(_ yaml: String, _ overrides: [String] = []) throws -> String {
        let error = try #require(throws: WorkloadError.self) {
            _ = try WorkloadFile(yaml: yaml, source: "w.yaml", overrides: overrides)
        }
        let text = "\(error)"
        #expect(!text.contains("\n"))
        return text
    }

    @Test(arguments: [
        ("load:\n\tclients: 1\n", "w.yaml:2:1: a tab;"), ("name: a\n\trepeats: 1\n", "w.yaml:2:1: a tab;"),
        ("load:\n  mode: open\n \trate_per_s: 1\n", "w.yaml:3:2: a tab;"),
        ("load:\n  - name: a\n  -\tname: b\n\tclients: 1\n", "a tab; YAML indents with spaces only"),
    ])
    func aTabIsCalledATab(yaml: String, words: String) throws {
        #expect(try mistake(yaml).contains(words))
    }

    @Test func aTabBehindAValueIsNoMistake() throws {
        #expect(try WorkloadFile(yaml: "name:\ta\t\nrepeats: 2 \t# twice\n", source: "w.yaml").repeats == 2)
        // What is wrong here is something else.
        #expect(!(try mistake("name:\t[\n")).contains("a tab"))
    }

    @Test(arguments: [
        ("name: a\nrepeats: 1\nname: b", "w.yaml:3: duplicate key name (first on line 1); remove one of them"),
        (
            "load:\n  clients: 1\n  outstanding: 2\n  \"clients\": 3",
            "w.yaml:4: duplicate key clients (first on line 2)"
        ),
        ("log:\n  - strategy: x\nload: {clients: 1, clients: 2}", "w.yaml:3: duplicate key clients; remove one"),
        ("load:\n  - name: a\n  - name: b\n    name: c", "w.yaml:4: duplicate key name (first on line 3)"),
    ])
    func aDuplicateKeyIsNamedWithBothLines(yaml: String, words: String) throws {
        #expect(try mistake(yaml).contains(words))
    }

    @Test(arguments: [
        ("ensemble.sizes=3,5", "write a list as [3, 5], in a shell --set 'ensemble.sizes=[3, 5]'"),
        ("load.rate_per_s=100, 200", "write a list as [100, 200]"),
        ("load.rate_per_s=10,000", "and one number without commas: 10000"),
        ("load.connect_to=leader,spread", "write a list as [leader, spread]"),
        ("log.strategy=fsync_append,fsync_recycled", "write a list as [fsync_append, fsync_recycled]"),
    ])
    func aListWithoutBracketsIsShownWithThem(flag: String, words: String) throws {
        #expect(try mistake("load: {mode: open, rate_per_s: 5}", [flag]).contains(words))
    }

    @Test(arguments: [
        ("loda: {clients: 1}", "unknown key loda; did you mean load?"), ("duration: 5", "did you mean duration_s?"),
        ("load: {client: 1}", "unknown key load.client; did you mean clients?"),
        ("load: [{name: a, only_size: 3}]", "unknown key load[0].only_size; did you mean only_sizes?"),
        ("clients: 5", "unknown key clients; did you mean load.clients?"),
        ("load: {sizes: 3}", "did you mean ensemble.sizes?"), ("rate: 5", "did you mean load.rate_per_s?"),
        ("load: {mode: opne}", "did you mean open?"),
        ("log: {strategy: fdatasync_recycle}", "did you mean fdatasync_recycled?"),
        ("log: {batching: overlaped}", "did you mean overlapped?"),
        ("ensemble: {placement: proceses}", "did you mean processes?"),
        ("faults: {kinds: leader_kiled}\nload: {mode: open, rate_per_s: 1}", "did you mean leader_killed?"),
    ])
    func aSlipIsAnsweredWithTheNearestName(yaml: String, words: String) throws {
        #expect(try mistake(yaml).contains(words))
    }

    /// What is suggested can be typed where the slip was: in a flag with its path, by the names of entries.
    @Test(arguments: [
        ("load.steady.only_size=3", "unknown key load[0].only_size; did you mean load.steady.only_sizes?"),
        ("load.steady={name: steady, only_size: 3}", "unknown key load[0].only_size; did you mean only_sizes?"),
        ("ensemble.size=3", "unknown key ensemble.size; did you mean ensemble.sizes?"),
        ("repeat=3", "unknown key repeat; did you mean repeats?"),
    ])
    func aSlipInAFlagIsAnsweredWithWhatTheFlagTakes(flag: String, words: String) throws {
        #expect(try mistake("load: [{name: steady}]", [flag]).contains(words))
    }

    @Test func nothingIsSuggestedForWhatIsFarFromEverything() throws {
        #expect(!(try mistake("xyzzyx: 1")).contains("did you mean"))
    }

    @Test func anEntryOfAListIsFoundByItsName() throws {
        let yaml = "load: [{name: steady}, {name: serial}]"
        #expect(try mistake(yaml, ["load.stedy.clients=1"]).contains("did you mean steady?"))
        #expect(
            try mistake(yaml, ["load.clients=1"])
                .contains("name the entry, too: --set load.steady.clients=1; there are steady, serial")
        )
    }

    @Test(arguments: [
        ("duration", "duration_s"), ("warmup", "warmup_s"), ("sizes", "ensemble.sizes"), ("rate", "load.rate_per_s"),
        ("clients", "load.clients"), ("payload", "load.payload_bytes"), ("duration-s", "duration_s"), ("seed", "seed"),
    ])
    func commonNamesOfSettingsAreKnown(word: String, path: String) {
        #expect(WorkloadKeys.path(for: word) == path)
        #expect(WorkloadKeys.paths.contains(path))
    }

    @Test func aMissingFileSaysWhereOthersAre() throws {
        let folder = TemporaryFolder()
        try folder.make("share/zabbench/workloads")
        try folder.write(Array("name: a".utf8), "share/zabbench/workloads/quick.yaml")
        try folder.make("bin")
        let found = MissingWorkload.shippedFolder(program: folder.path(of: "bin/zabbench"))
        #expect(found == folder.path(of: "share/zabbench/workloads"))
        #expect(MissingWorkload.shippedFolder(program: nil) == nil)
        let error = try #require(throws: WorkloadError.self) { _ = try WorkloadFile(path: folder.path(of: "absent")) }
        #expect("\(error)".contains("absent: no such file; "))
    }

    @Test func aFolderIsNoFile() throws {
        let folder = TemporaryFolder()
        try folder.write([], "mine.yaml")
        let error = try #require(throws: WorkloadError.self) { _ = try WorkloadFile(path: folder.path) }
        #expect("\(error)" == "\(folder.path): a folder; name a workload file in it: mine.yaml")
    }
}

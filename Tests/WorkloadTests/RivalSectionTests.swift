import Testing

@testable import Workload

/// `ensemble.rivals`: servers of ZooKeeper's protocol that are started by a command of the workload.
@Suite struct RivalSectionTests {
    private func read(_ yaml: String, _ overrides: [String] = []) throws -> WorkloadFile {
        try WorkloadFile(yaml: yaml, source: "w.yaml", overrides: overrides)
    }

    private static let keeper = """
        shuffle: false
        ensemble:
          systems: [zabbench, keeper]
          rivals:
            - name: keeper
              command: /opt/keeper/run.sh --id {id} --port {client_port}
              durability: synced
        """

    @Test func aRivalIsASystemByItsName() throws {
        let file = try read(Self.keeper)
        let runs = file.plannedRuns()
        #expect(runs.map(\.ensemble.system.rawValue) == ["zabbench", "keeper"])
        let rival = try #require(runs[1].ensemble.system.rival)
        #expect(rival.durability == .synced && rival.command.program == "/opt/keeper/run.sh")
        #expect(!runs[1].ensemble.hasPlannedLog && runs[0].ensemble.system.rival == nil)
        #expect(file.serverKeys.contains("ensemble.rivals"))
        // Other keys that name systems know it, too.
        let limited = try read(
            Self.keeper + "\n  warmup_s: {keeper: 7}\nload: [{name: a}, {name: b, only_systems: keeper}]"
        ).plannedRuns()
        #expect(
            limited.map { "\($0.loadName) \($0.ensemble.system.rawValue)" } == ["a zabbench", "a keeper", "b keeper"]
        )
        #expect(limited.map(\.load.warmUpSeconds) == [2, 7, 7])
        // A flag that leaves it out leaves out its loads.
        let without = try read(
            Self.keeper + "\nload: [{name: a}, {name: b, only_systems: keeper}]",
            ["ensemble.systems=zabbench"]
        ).plannedRuns()
        #expect(without.map(\.loadName) == ["a"])
        // Alone it compares with nothing, so nobody must say what it syncs.
        let alone = try read("ensemble: {systems: k, rivals: {name: k, command: 'k {{{config}}}'}}").plannedRuns()
        #expect(alone.map(\.ensemble.system.rawValue) == ["k"])
        #expect(alone[0].ensemble.system.rival?.durability == nil)
        let changed = try read(Self.keeper, ["ensemble.rivals.keeper.command=/bin/k {config}"])
        #expect(changed.plannedRuns()[1].ensemble.system.rival?.command.program == "/bin/k")
    }

    @Test func aSystemsNameChoosesItsRuns() throws {
        var file = try read(Self.keeper)
        try file.choose(["keeper"])
        #expect(file.plannedRuns().map(\.ensemble.system.rawValue) == ["keeper"])
        #expect(file.only.labels == ["keeper"] && !file.only.namesLogs)
    }

    @Test(arguments: [
        ("{systems: k}", "\"k\" is not one of zabbench, zookeeper"),
        ("{rivals: [{name: k, command: 'x {config}'}]}", "add systems: [zabbench, k], or remove the key"),
        (
            "{systems: [zabbench, k], rivals: [{name: k, command: 'x {config}'}]}",
            "ensemble.rivals.k.durability: missing"
        ),
        (
            "{systems: [k, l], rivals: [{name: k, command: 'x {config}'}]}",
            "\"l\" is not one of zabbench, zookeeper, etcd, yardstick, k"
        ),
        (
            "{systems: k, rivals: [{name: k, command: 'x {config}'}], warmup_s: {j: 1}}",
            "unknown key ensemble.warmup_s.j"
        ),
        (
            "{systems: k, rivals: [{name: k, command: 'x {config}'}]}\nload: {only_systems: j}",
            "load.only_systems: \"j\" is not one of zabbench, zookeeper, etcd, yardstick, k"
        ),
        ("{systems: k, rivals: [{command: 'x {config}'}]}", "ensemble.rivals[0].name: missing"),
        ("{systems: k, rivals: [{name: zookeeper, command: 'x {config}'}]}", "the name of other servers"),
        ("{systems: k, rivals: [{name: k}]}", "ensemble.rivals.k.command: missing"),
        ("{systems: k, rivals: [{name: k, comand: x}]}", "did you mean command?"),
        ("{systems: k, rivals: [{name: k, command: 'x {config}', durability: maybe}]}", "one of synced, unsynced"),
        (
            "{systems: k, rivals: [{name: k, command: 'x {config}'}, {name: k, command: 'y {config}'}]}",
            "two rivals are named k"
        ),
        ("{systems: k, placement: embedded, rivals: [{name: k, command: 'x {config}'}]}", "placement: processes"),
        ("{systems: k, rivals: [{name: k, command: 'x {client_prot}'}]}", "did you mean client_port?"),
    ])
    func whatCannotBeIsOneLine(ensemble: String, words: String) throws {
        let error = try #require(throws: WorkloadError.self) { try read("ensemble: \(ensemble)") }
        #expect(error.description.contains(words), "\(error)")
        #expect(
            error.description.hasPrefix("w.yaml:\(ensemble.contains("\n") ? 2 : 1): ")
                && !error.description.contains("\n"),
            "\(error)"
        )
    }
}

/// The command itself: no shell reads it.
@Suite struct RivalCommandTests {
    @Test(arguments: [
        ("run --id {id} --at {client_port}", ["--id", "<id>", "--at", "<client_port>"]),
        ("  run\t{id}  ", ["<id>"]), ("run --{id}={data}/x,{id}", ["--<id>=<data>/x,<id>"]),
        ("run 'a b' \"it's {id}\" ''", ["a b", "it's <id>", ""]), ("run a'b c'd", ["ab cd"]),
        ("run {{id}} }}{{", ["{id}", "}{"]), ("run $HOME *.cfg ; a|b \\ ~", ["$HOME", "*.cfg", ";", "a|b", "\\", "~"]),
        (
            "run {id} {size} {peer_port} {election_port} {log} {servers}",
            [
                "<id>", "<size>", "<peer_port>", "<election_port>", "<log>", "<servers>",
            ]
        ),
    ])
    func placeholdersAreReplacedAndNothingElse(text: String, arguments: [String]) throws {
        let command = try RivalCommand(text + " {config}")
        #expect(command.program == "run")
        #expect(command.arguments { "<\($0.rawValue)>" } == arguments + ["<config>"])
    }

    @Test(arguments: [
        ("", "empty"), (" ", "empty"), ("run {id", "a { without its }"), ("run id} {config}", "a } without its {"),
        ("run 'a {config}", "a ' is never closed"), ("run {peers} {config}", "{peers} is no placeholder"),
        ("{config}", "its first word is the program"), ("'' {config}", "its first word is the program"),
        ("run {id}", "hand it {client_port} or {config}"), ("run {} {config}", "{} is no placeholder"),
    ])
    func aMistakeIsNamed(text: String, words: String) throws {
        let mistake = try #require(throws: RivalCommand.Mistake.self) { try RivalCommand(text) }
        #expect(mistake.description.contains(words), "\(mistake)")
    }
}

import ArgumentParser
import Testing

@testable import zabbench

/// What is said of command lines that the parser refuses.
@Suite struct ParserHintsTests {
    private func refusal(_ arguments: [String]) throws -> String {
        let error = try #require(throws: (any Error).self) { _ = try Zabbench.parseAsRoot(arguments) }
        let text = ParserHints.refusal(arguments, message: Zabbench.fullMessage(for: error))
        return text.split(separator: "\n").first.map(String.init) ?? ""
    }

    @Test(arguments: [
        ("rnu", "Error: 'rnu' is not a command. Did you mean 'zabbench run'?"),
        ("docter", "Error: 'docter' is not a command. Did you mean 'zabbench doctor'?"),
        ("frobnicate", "Error: 'frobnicate' is not a command. 'zabbench --help' lists them."),
        ("w/quick.yaml", "Error: 'w/quick.yaml' is not a command. Did you mean 'zabbench run w/quick.yaml'?"),
        ("--versoin", "Error: Unknown option '--versoin'. Did you mean '--version'?"),
    ])
    func commandsAreFound(word: String, text: String) throws { #expect(try refusal([word]) == text) }

    @Test(arguments: [
        (["runn", "w/quick.yaml"], "'runn' is not a command. Did you mean 'zabbench run'?"),
        (["shwo", "results/latest", "--wide"], "'shwo' is not a command. Did you mean 'zabbench show'?"),
        (["w/quick.yaml", "--repeats", "3"], "Did you mean 'zabbench run w/quick.yaml'?"),
    ])
    func theCommandIsJudgedBeforeItsArguments(arguments: [String], text: String) throws {
        #expect(try refusal(arguments).contains(text))
    }

    @Test func internalCommandsAreNotSuggested() {
        #expect(ParserHints.commandNames.contains("run") && ParserHints.commandNames.contains("init"))
        #expect(!ParserHints.commandNames.contains("janitor") && !ParserHints.commandNames.contains("null"))
    }

    @Test(arguments: [
        (["--duration", "5", "w.yaml"], "--set duration_s=5"), (["--warmup=3", "w.yaml"], "--set warmup_s=3"),
        (["--duraton", "5", "w.yaml"], "--set duration_s=5"), (["--cleints", "8", "w.yaml"], "--set load.clients=8"),
        (["w.yaml", "--sizes", "3,5"], "--set ensemble.sizes='[3,5]'"),
        (["--servers", "5", "w.yaml"], "--set ensemble.sizes=5"),
        (["--clients", "8", "w.yaml"], "--set load.clients=8 (where the file has several loads, load.NAME.clients)"),
        (["--payload", "w.yaml"], "--set load.payload_bytes=VALUE"),
        (["--rate", "100", "w.yaml"], "--set load.rate_per_s=100"),
        (["--duration-s", "5", "w.yaml"], "--set duration_s=5"),
        (["--fsync", "none_append", "w.yaml"], "--set log.strategy=none_append"),
    ])
    func settingsOfAWorkloadAreNamed(arguments: [String], text: String) throws {
        #expect(try refusal(["run"] + arguments).contains("Settings of the workload are changed with \(text)"))
    }

    @Test func optionsOfTheCommandComeFirst() throws {
        #expect(
            try refusal(["run", "--repats", "5", "w"]).hasSuffix("Unknown option '--repats'. Did you mean '--repeats'?")
        )
        #expect(try refusal(["run", "--date", "x", "w"]).hasSuffix("Did you mean '--data'?"))
        // Stored runs have no settings.
        #expect(!(try refusal(["compare", "--duration", "5", "a", "b"])).contains("--set"))
    }

    @Test func valuesAreFound() throws {
        #expect(try refusal(["run", "--format", "tabel", "w"]).hasSuffix("Did you mean 'table'?"))
        #expect(!(try refusal(["run", "--format", "pdf", "w"])).contains("Did you mean"))
    }

    @Test func everyCommandIsInAGroupOrHidden() {
        for command in Zabbench.configuration.ungroupedSubcommands { #expect(!command.configuration.shouldDisplay) }
        #expect(Zabbench.configuration.groupedSubcommands.count == 5)
    }

    /// Help is wrapped at 80 columns; an example that is wrapped can no longer be copied.
    @Test(arguments: ParserHints.commandNames.filter { $0 != "help" })
    func examplesFitIntoALine(name: String) throws {
        let command = try #require(
            Zabbench.configuration.subcommands.first { $0.configuration.commandName == name }
        )
        let lines = (command.configuration.discussion + "\n" + Zabbench.configuration.discussion).split(separator: "\n")
        for line in lines where line.hasPrefix("zabbench ") || line.hasPrefix("          ") {
            #expect(line.count <= 79, "\(name): \(line)")
        }
    }
}

import ArgumentParser
import Words
import Workload

/// What is said of a command line that the parser refuses, where its own words would not help.
enum ParserHints {
    /// The refusal: one line that says what to do, and the parser's line on usage.
    ///
    /// - Parameters:
    ///   - arguments: of the command line, without the program.
    ///   - message: the parser's full message, beginning with `Error: `.
    static func refusal(_ arguments: [String], message: String) -> String {
        var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let first = lines.first, first.hasPrefix("Error: ") else { return message }
        let problem = String(first.dropFirst("Error: ".count))
        guard let better = better(problem, arguments) else { return message }
        lines[0] = "Error: " + better
        return lines.joined(separator: "\n")
    }

    private static func better(_ problem: String, _ arguments: [String]) -> String? {
        // Whatever the parser dislikes in what follows, it has taken it for arguments of no command.
        if let word = arguments.first, !word.hasPrefix("-"), !isCommand(word) { return unknownCommand(word) }
        if let option = problem.firstMatch(of: /^Unknown option '(-[^']*)'/) {
            return unknownOption(String(option.1), problem, arguments)
        }
        if let value = problem.firstMatch(of: /^The value '([^']*)' is invalid .* one of (.*)\.$/) {
            let names = value.2.matches(of: /'([^']*)'/).map { String($0.1) }
            guard let near = NearestName.among(names, to: String(value.1)) else { return nil }
            return "\(problem) Did you mean '\(near)'?"
        }
        return nil
    }

    /// Of all commands but the internal ones.
    static let commandNames: [String] = {
        let all = Zabbench.configuration.subcommands.map { $0.configuration }
        return ["help"] + all.filter { $0.shouldDisplay }.compactMap { $0.commandName }
    }()

    private static func isCommand(_ word: String) -> Bool {
        word == "help" || Zabbench.configuration.subcommands.contains { $0.configuration.commandName == word }
    }

    /// For `zabbench rnu` and `zabbench help rnu`.
    static func unknownCommand(_ word: String) -> String {
        if word.hasSuffix(".yaml") || word.hasSuffix(".yml") {
            return "'\(word)' is not a command. Did you mean 'zabbench run \(word)'?"
        }
        guard let near = NearestName.among(commandNames, to: word) else {
            return "'\(word)' is not a command. 'zabbench --help' lists them."
        }
        return "'\(word)' is not a command. Did you mean 'zabbench \(near)'?"
    }

    /// Commands that take `--set`.
    private static let settable: Set = ["run", "ab", "power"]

    private static func unknownOption(_ option: String, _ problem: String, _ arguments: [String]) -> String? {
        let name = String(option.drop { $0 == "-" }.prefix { $0 != "=" })
        if let command = arguments.first, settable.contains(command), option.hasPrefix("--"),
            let path = WorkloadKeys.path(for: name), !isNearerOption(problem, name)
        {
            let value = value(of: option, arguments) ?? "VALUE"
            let named =
                path.hasPrefix("load.") ? " (where the file has several loads, load.NAME\(path.dropFirst(4)))" : ""
            return
                "Unknown option '\(option)'. Settings of the workload are changed with --set \(path)=\(value)\(named)"
        }
        guard !problem.contains("Did you mean") else { return nil }
        guard let near = NearestName.among(["version", "help"], to: name) else { return nil }
        return "\(problem). Did you mean '--\(near)'?"
    }

    /// Whether the parser's own suggestion is one slip away, `--repats`, where a setting's name is farther.
    private static func isNearerOption(_ problem: String, _ name: String) -> Bool {
        guard let suggested = problem.firstMatch(of: /Did you mean '--([^']*)'/) else { return false }
        return NearestName.among([String(suggested.1)], to: name) != nil && !WorkloadKeys.isKnown(name)
    }

    /// What the user has given the option.
    private static func value(of option: String, _ arguments: [String]) -> String? {
        if let equals = option.firstIndex(of: "=") { return String(option[option.index(after: equals)...]) }
        guard let place = arguments.firstIndex(where: { $0 == option || $0.hasPrefix(option + "=") }) else {
            return nil
        }
        if let equals = arguments[place].firstIndex(of: "=") {
            return String(arguments[place][arguments[place].index(after: equals)...])
        }
        guard place + 1 < arguments.count, !arguments[place + 1].hasPrefix("-"),
            !arguments[place + 1].hasSuffix(".yaml")
        else { return nil }
        let value = arguments[place + 1]
        return value.contains(",") ? "'[\(value)]'" : value
    }
}

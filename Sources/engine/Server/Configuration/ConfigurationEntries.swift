import Log
import Wire
import Zab

/// The keys of a configuration file, taken one by one; what is left over is not known.
struct ConfigurationEntries {
    struct Entry {
        var key: String
        var value: String
        var line: Int
    }

    let name: String
    private var entries: [String: Entry] = [:]
    /// Of keys that are given more than once.
    private(set) var warnings: [String] = []

    /// - Throws: `ConfigurationError`.
    init(parsing text: String, name: String) throws {
        self.name = name
        // A mark that editors leave at the beginning of a file is no part of the first key.
        let content = text.hasPrefix("\u{feff}") ? String(text.dropFirst()) : text
        do {
            for entry in try JavaProperties(parsing: content).entries {
                if let before = entries[entry.key] {
                    warnings.append(
                        "\(name):\(entry.line): \(entry.key) is also on line \(before.line); the last one wins, as in ZooKeeper"
                    )
                }
                entries[entry.key] = Entry(key: entry.key, value: entry.value, line: entry.line)
            }
        } catch {
            throw ConfigurationError("\(name):\(error.line): \\u must be followed by four hexadecimal digits")
        }
    }

    /// All, in the order of the file, with a star for each value that is a secret.
    var publicLines: [(key: String, value: String)] {
        entries.values.sorted { $0.line < $1.line }.map { entry in
            let key = entry.key.lowercased()
            let isSecret = ["secret", "superdigest", "password"].contains { key.contains($0) }
            return (entry.key, isSecret ? "*" : entry.value)
        }
    }

    mutating func take(_ key: String) -> Entry? { entries.removeValue(forKey: key) }

    /// All whose key begins so, in the order of the file.
    mutating func takeAll(prefix: String) -> [Entry] {
        let found = entries.values.filter { $0.key.hasPrefix(prefix) }.sorted { $0.line < $1.line }
        for entry in found { entries[entry.key] = nil }
        return found
    }

    func has(_ key: String) -> Bool { entries[key] != nil }

    func keys(prefix: String, value: String) -> [String] {
        entries.values.filter { $0.key.hasPrefix(prefix) && $0.value == value }.map(\.key)
    }

    func error(_ entry: Entry, _ allowed: String) -> ConfigurationError {
        ConfigurationError(
            "\(name):\(entry.line): \(entry.key) must be \(allowed), found \"\(entry.value.prefix(60))\""
        )
    }

    func refusal(_ entry: Entry, _ reason: String) -> ConfigurationError {
        ConfigurationError("\(name):\(entry.line): \(entry.key): \(reason)")
    }

    /// - Throws: `ConfigurationError` for a key without a value.
    mutating func text(_ key: String) throws -> String? {
        guard let entry = take(key) else { return nil }
        guard !entry.value.isEmpty else { throw ConfigurationError("\(name):\(entry.line): \(key) has no value") }
        return entry.value
    }

    mutating func number(_ key: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let entry = take(key) else { return nil }
        guard let value = Int(entry.value), range.contains(value) else {
            throw error(entry, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// `true` or `false` in any case.
    mutating func flag(_ key: String) throws -> Bool? {
        guard let entry = take(key) else { return nil }
        switch entry.value.lowercased() {
        case "true": return true
        case "false": return false
        default: throw error(entry, "true or false")
        }
    }

    /// `participant` or `observer`, in any case.
    mutating func peerType() throws -> String? {
        guard let entry = take("peerType") else { return nil }
        let type = entry.value.lowercased()
        guard ["participant", "observer"].contains(type) else { throw error(entry, "participant or observer") }
        return type
    }

    /// Keys that would be less than they say (`RefusedKeys`).
    mutating func refuseUnsafeKeys() throws {
        for rule in RefusedKeys.rules {
            guard let entry = take(rule.key), !rule.isHarmless(entry.value) else { continue }
            throw ConfigurationError("\(name):\(entry.line): \(rule.key)=\(entry.value.prefix(60)): \(rule.advice)")
        }
    }

    func leftovers() -> [String] {
        entries.values.sorted { $0.line < $1.line }.map { entry in
            "\(name):\(entry.line): \(entry.key) is not known to zabbench and is ignored"
        }
    }
}

// MARK: zabbench's own keys

extension ConfigurationEntries {
    /// `zabbench.log.strategy`, `.batching` and `.inFlight`, which must go together.
    mutating func logOptions() throws -> (SyncStrategy, CommitOptions) {
        let strategy = take("zabbench.log.strategy")
        let batching = take("zabbench.log.batching")
        let inFlightLine = entries["zabbench.log.inFlight"]?.line
        let inFlight = try number("zabbench.log.inFlight", CommitOptions.inFlightRange)
        let chosen = try checked("zabbench.log.strategy", strategy?.line) { () throws(StrategyError) in
            try strategy.map { entry throws(StrategyError) in try SyncStrategy(label: entry.value) }
        }
        let policy = try checked("zabbench.log.batching", batching?.line) { () throws(StrategyError) in
            try batching.map { entry throws(StrategyError) in try BatchPolicy(label: entry.value) }
        }
        let line = inFlightLine ?? batching?.line ?? strategy?.line
        let key = inFlightLine != nil ? "inFlight" : batching != nil ? "batching" : "strategy"
        let commit = try checked("zabbench.log." + key, line) { () throws(StrategyError) in
            try CommitOptions(policy ?? .natural, inFlight: inFlight, for: chosen ?? .recycledFdatasync)
        }
        return (chosen ?? .recycledFdatasync, commit)
    }

    private func checked<T>(_ key: String, _ line: Int?, _ body: () throws(StrategyError) -> T) throws -> T {
        do {
            return try body()
        } catch {
            throw ConfigurationError("\(name):\(line.map(String.init) ?? ""): \(key): \(error)")
        }
    }

    /// The secret is in no error.
    mutating func peerSecret(_ files: ConfigurationFiles) throws -> PeerSecret {
        let entry = take("zabbench.peerSecret")
        let file = take("zabbench.peerSecretFile")
        if let entry, let file {
            throw ConfigurationError(
                "\(name):\(file.line): zabbench.peerSecret is already on line \(entry.line); keep one of them"
            )
        }
        guard let line = entry?.line ?? file?.line else { return PeerSecret() }
        var text = entry?.value ?? ""
        if let file {
            guard let content = files.text(file.value) else {
                throw ConfigurationError("\(name):\(line): zabbench.peerSecretFile \(file.value) cannot be read")
            }
            text = content.trimmed
        }
        guard let secret = PeerSecret(text) else {
            throw ConfigurationError(
                "\(name):\(line): the peer secret must have 1 to \(PeerSecret.size) bytes, found \(text.utf8.count)"
            )
        }
        return secret
    }
}

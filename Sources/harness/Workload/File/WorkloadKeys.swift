import Words

/// All keys of workload files by their dotted paths, for hints: `load.clients`, `duration_s`.
public enum WorkloadKeys {
    /// In lists of named sections the name comes between: `load.steady.clients`.
    public static let paths: [String] = {
        func below(_ path: String, _ keys: [String]) -> [String] { keys.map { "\(path).\($0)" } }
        return WorkloadFile.Keys.top + below("ensemble", WorkloadFile.Keys.ensemble)
            + below("ensemble.rivals", WorkloadFile.rivalKeys) + below("load", WorkloadFile.Keys.load)
            + below("load.mix", WorkloadFile.Keys.mix)
            + below("load.profile", WorkloadFile.profileKeys) + below("slo", WorkloadFile.objectiveKeys)
            + below("log", WorkloadFile.logKeys) + below("faults", WorkloadFile.faultKeys)
            + below("faults.state", WorkloadFile.stateKeys) + below("links", WorkloadFile.LinkKeys.links)
            + below("inject", WorkloadFile.LinkKeys.inject) + below("inject.stall", WorkloadFile.stallKeys)
    }()

    /// What people call a setting who have not read its name: `--duration 5`, `rate: 100`.
    private static let otherNames = [
        "duration": "duration_s", "seconds": "duration_s", "time": "duration_s", "warmup": "warmup_s",
        "system": "ensemble.systems", "size": "ensemble.sizes", "sizes": "ensemble.sizes", "servers": "ensemble.sizes",
        "nodes": "ensemble.sizes",
        "rate": "load.rate_per_s", "rps": "load.rate_per_s", "qps": "load.rate_per_s", "ops": "load.rate_per_s",
        "client": "load.clients", "connections": "load.clients", "sessions": "load.clients",
        "concurrency": "load.outstanding", "depth": "load.outstanding", "pipeline": "load.outstanding",
        "payload": "load.payload_bytes", "value_size": "load.payload_bytes", "bytes": "load.payload_bytes",
        "data_size": "load.payload_bytes", "timeout": "load.session_timeout_ms", "read_ratio": "load.mix",
        "fsync": "log.strategy", "sync": "log.strategy", "batch": "log.batching", "runs": "repeats",
        "iterations": "repeats", "tick_time": "ensemble.tick_time_ms", "fault": "faults.kinds",
        "observer": "ensemble.observers", "shard": "ensemble.shards", "sharding": "ensemble.shards",
        "consistency": "load.reads", "transaction": "load.multi",
    ]

    /// The dotted path of the setting that a word most probably means; nil where it may mean anything.
    public static func path(for word: String) -> String? {
        let typed = word.lowercased().split(separator: "-", omittingEmptySubsequences: false).joined(separator: "_")
        if paths.contains(typed) { return typed }
        if let other = otherNames[typed] { return other }
        if let leaf = paths.first(where: { last($0) == typed }) { return leaf }
        // Sections below sections are too far from a slip.
        let near = paths.filter { $0.split(separator: ".").count < 3 }
        let words = near.map(last) + otherNames.keys.sorted()
        return NearestName.among(words, to: typed).flatMap { name in
            near.first { last($0) == name } ?? otherNames[name]
        }
    }

    /// Whether a word is a setting's name as it is, or one that people use for it; not a slip.
    public static func isKnown(_ word: String) -> Bool {
        let typed = word.lowercased().split(separator: "-", omittingEmptySubsequences: false).joined(separator: "_")
        return otherNames[typed] != nil || paths.contains { last($0) == typed }
    }

    /// `; did you mean clients?` of an unknown key, one of its own table before those of others: what is to be typed in its
    /// place, which of a flag is the whole path.
    static func question(_ key: String, among keys: [String], place: Setting.Place) -> String {
        if let near = keys.contains(where: { $0.hasPrefix(key) }) || !isKnown(key)
            ? NearestName.among(keys, to: key) : nil
        {
            guard case .flag(let flag) = place else { return "; did you mean \(near)?" }
            let path = flag.prefix { $0 != "=" }.split(separator: ".")
            // In a table that is the flag's value the key stands alone.
            guard let last = path.last, last == key else { return "; did you mean \(near)?" }
            return "; did you mean \((path.dropLast() + [near[...]]).joined(separator: "."))?"
        }
        guard let elsewhere = Self.path(for: key) else { return "" }
        return "; did you mean \(elsewhere)?"
    }

    private static func last(_ path: String) -> String { path.split(separator: ".").last.map(String.init) ?? path }
}

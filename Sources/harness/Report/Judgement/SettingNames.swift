import Results

/// What readers call the settings of one folder: only what tells them apart. `5 servers, saturation, on the leader`.
public struct SettingNames: Sendable {
    private let hasSystems: Bool
    private let hasSizes: Bool
    private let hasObservers: Bool
    private let hasShards: Bool
    private let loads: [String: String]
    private let logParts: [String]
    /// What tells settings apart that would have one name otherwise.
    private var rest: [LoadKey: String] = [:]

    public init(_ keys: [LoadKey]) {
        let isOneSystem = Set(keys.map(\.system)).count <= 1
        hasSystems = !isOneSystem
        hasSizes = Set(keys.map(\.ensembleSize)).count > 1
        hasObservers = Set(keys.map(\.observers)).count > 1
        hasShards = Set(keys.map(\.shards)).count > 1
        var loads: [String: String] = [:]
        for key in keys where loads[key.loadName] == nil {
            loads[key.loadName] = Self.short(key, among: keys.filter { $0.point == key.point })
        }
        self.loads = loads
        // Other systems differ from ours in more than their logs.
        let parts: [(name: String, part: KeyPath<LoadKey, String>)] = [
            ("strategy", \.fsyncStrategy), ("commit", \.commit), ("directories", \.logDirectories),
        ]
        logParts =
            isOneSystem ? parts.filter { part in Set(keys.map { $0[keyPath: part.part] }).count > 1 }.map(\.name) : []
        rest = rests(keys)
    }

    /// `servers proxied`, `turn_ms=50`: of settings of one name, what differs.
    private func rests(_ keys: [LoadKey]) -> [LoadKey: String] {
        var rests: [LoadKey: String] = [:]
        for (_, same) in Dictionary(grouping: Set(keys), by: setting) where same.count > 1 {
            let members = same.map(\.members)
            let differing = LoadKey.columns.map(\.name).filter { name in Set(members.map { $0[name] ?? "" }).count > 1 }
            for (key, members) in zip(same, members) {
                let words = differing.map { name in
                    name == "links"
                        ? (key.links.isEmpty ? "servers direct" : "servers \(key.links)")
                        : "\(name)=\(members[name] ?? "")"
                }
                rests[key] = words.joined(separator: ", ")
            }
        }
        return rests
    }

    /// Whether the logs differ.
    var isLogSweep: Bool { !logParts.isEmpty }
    var isBatchingVaried: Bool { logParts.contains("commit") }

    /// `saturation, on the leader`: the point, and what differs among the loads of that point.
    private static func short(_ key: LoadKey, among same: [LoadKey]) -> String {
        guard !key.point.isEmpty else { return key.loadName }
        func varies(_ value: (LoadKey) -> String) -> Bool { Set(same.map(value)).count > 1 }
        var parts = [key.point]
        if varies({ $0.mode }) { parts.append(key.mode.replacing("_", with: " ")) }
        if let rate = key.ratePerSecond, varies({ "\($0.ratePerSecond ?? 0)" }) {
            parts.append("\(ConsoleTable.grouped(rate))/s")
        }
        if varies(\.recipe) { parts.append(key.recipe.isEmpty ? "single operations" : key.recipe) }
        if varies(\.storm) { parts.append(key.storm.isEmpty ? "no storm" : key.storm.replacing("_", with: " ")) }
        if varies(\.rateProfile) { parts.append(key.rateProfile.isEmpty ? "one rate" : key.rateProfile) }
        if let share = key.ofCapacity, varies({ "\($0.ofCapacity ?? 0)" }) {
            parts.append("at \(CSVValue.number(share).plain) of capacity")
        }
        if varies({ "\($0.clients)x\($0.outstanding)" }) { parts.append("\(key.clients)x\(key.outstanding)") }
        if varies({ "\($0.payloadBytes)" }) { parts.append("\(key.payloadBytes) B") }
        if varies({ "\($0.multi ?? 1)" }) { parts.append("multi \(key.multi ?? 1)") }
        if varies(\.mix) { parts.append(key.mix) }
        if varies(\.reads) { parts.append(key.reads.isEmpty ? "local reads" : "\(key.reads) reads") }
        if varies(\.connectTo) {
            parts.append(["", "spread"].contains(key.connectTo) ? "on all servers" : "on the \(key.connectTo)")
        }
        return parts.joined(separator: ", ")
    }

    static func servers(_ count: Int) -> String { "\(count) \(count == 1 ? "server" : "servers")" }

    public func load(_ key: LoadKey) -> String {
        [loads[key.loadName] ?? key.loadName, rest[key] ?? ""].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// `zookeeper, 3 servers`; empty where all have the same.
    func ensemble(_ key: LoadKey) -> String {
        let parts = [
            hasSystems ? key.system : "", hasSizes ? Self.servers(key.ensembleSize) : "",
            hasObservers ? Count(key.observers ?? 0, "observer").description : "",
            hasShards ? Count(key.shards ?? 1, "shard").description : "",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// `fdatasync_recycled, natural`; empty where all have the same.
    func log(_ key: LoadKey) -> String {
        logParts.map { part in
            switch part {
            case "strategy": key.fsyncStrategy
            case "commit": key.commit
            // Files of older versions do not say it.
            case _ where key.logDirectories.isEmpty: ""
            default: key.logDirectories == "one" ? "one directory" : "\(key.logDirectories) directories"
            }
        }.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// `fdatasync_recycled (natural, one directory)`, for sentences.
    func logInWords(_ key: LoadKey) -> String {
        let parts = log(key).split(separator: ", ", maxSplits: 1)
        return parts.count > 1 ? "\(parts[0]) (\(parts[1]))" : log(key)
    }

    /// All that tells the setting from the others of the folder.
    public func setting(_ key: LoadKey) -> String {
        [ensemble(key), load(key), log(key)].filter { !$0.isEmpty }.joined(separator: ", ")
    }
}

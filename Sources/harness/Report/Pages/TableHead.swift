import Results

/// The first line of a table of runs: what all its rows share, so that no row need say it.
struct TableHead {
    /// What the head says of a run's servers.
    static func product(_ row: SummaryRow, version: String?) -> String {
        if row.tag.system == "zabbench" {
            // What the leader says of itself is the version of the protocol.
            let commit = shortCommit(row.context.commit).map { "(\($0))" }
            return ["zabbench", version, commit].compactMap { $0 }.joined(separator: " ")
        }
        let name = row.tag.system == "zookeeper" ? "ZooKeeper" : row.tag.system
        guard let told = row.systemVersion else { return name }
        // Behind it is a commit of 40 digits.
        let parts = told.split(separator: "-", maxSplits: 1)
        let isCommit = parts.count == 2 && parts[1].count >= 32 && parts[1].allSatisfy(\.isHexDigit)
        return "\(name) \(isCommit ? String(parts[0]) : told)"
    }

    /// Seven digits; nil where nobody knew.
    private static func shortCommit(_ commit: String) -> String? {
        guard !commit.isEmpty, commit != "unknown" else { return nil }
        let parts = commit.split(separator: "-", maxSplits: 1)
        guard let hash = parts.first, hash.count > 7, hash.allSatisfy(\.isHexDigit) else { return commit }
        return ([hash.prefix(7)] + parts.dropFirst()).joined(separator: "-")
    }

    /// `zabbench 0.1.0 (d2f7d7c), 3 servers as processes, fdatasync_recycled, 128 B`.
    ///
    /// - Parameters:
    ///   - version: of this program's manifest; nil where there is none.
    ///   - payload: bytes of each write, where no row says them.
    static func text(_ groups: [LoadPointSummary], sweep: LogSweep, version: String?, payload: Int?) -> String {
        var products: [String] = []
        for row in groups.compactMap(\.rows.first) {
            let product = product(row, version: version)
            if !products.contains(product) { products.append(product) }
        }
        var parts = [products.joined(separator: " and ")]
        let sizes = Set(groups.map(\.key.ensembleSize))
        let placements = Set(groups.map(\.key.placement)).sorted()
        let place = placements.compactMap(words).joined(separator: " and ")
        if let size = sizes.first, sizes.count == 1 {
            let observers = Set(groups.map(\.key.observers))
            let others = observers.count == 1 ? observers.first?.flatMap { " and \(Count($0, "observer"))" } : nil
            let shards = Set(groups.map(\.key.shards))
            let several = shards.count == 1 ? shards.first?.flatMap { "\(Count($0, "shard")) of " } : nil
            parts.append("\(several ?? "")\(Count(size, "server"))\(others ?? "")\(place.isEmpty ? "" : " \(place)")")
        } else if !place.isEmpty {
            parts.append("servers \(place)")
        }
        let logs = Set(groups.map(\.key.fsyncStrategy))
        let strategies = logs.filter { !$0.isEmpty }
        if let strategy = strategies.first, strategies.count == 1, !sweep.isSweep {
            // Another system's log has no such name.
            parts.append(logs.count > 1 ? "\(strategy) (zabbench)" : strategy)
        }
        if let payload { parts.append("\(payload)\(WrappedText.bound)B") }
        return parts.joined(separator: ", ")
    }

    private static func words(_ placement: String) -> String? {
        switch placement {
        case "processes": "as processes"
        case "embedded": "in one process"
        case "external": "already running"
        default: nil
        }
    }
}

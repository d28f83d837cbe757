import Replica
import Zab

extension ServerConfiguration {
    /// What "/zookeeper/config" shows, as ZooKeeper's servers do: a line for each member, with the address for clients
    /// only where that stands in the line itself. Empty for a server that stands alone.
    package var membershipText: [UInt8] {
        guard !servers.isEmpty else { return [] }
        let lines = servers.map { server in
            "server.\(server.id)=\(Self.delimited(server.host)):\(server.quorumPort):\(server.electionPort)"
                + (server.observer ? ":observer" : ":participant")
                + (server.client.map { ";\(Self.delimited($0.host)):\($0.port)" } ?? "")
        }
        return Array(
            (lines + groupLines + ["version=" + String(membershipVersion, radix: 16)]).joined(separator: "\n").utf8
        )
    }

    /// Of a hierarchy: its groups, and what each voter weighs.
    var groupLines: [String] {
        groups.map { group in "group.\(group.number)=" + group.members.map { "\($0.id)" }.joined(separator: ":") }
            + groups.flatMap(\.members).sorted { $0.id < $1.id }.map { "weight.\($0.id)=\($0.weight)" }
    }

    private static func delimited(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}

extension ConfigurationEntries {
    /// What is said of containers, TTL nodes and quotas: as the Java properties are called, and, where ZooKeeper reads it
    /// from zoo.cfg, without `zookeeper.`.
    ///
    /// - Throws: `ConfigurationError`.
    mutating func nodeLimits() throws -> MemberLimits {
        var limits = MemberLimits()
        limits.extendedTypesEnabled = try switched("extendedTypesEnabled")
        limits.enforcesQuotas = try switched("enforceQuota")
        let day = 86_400_000
        limits.sweepMilliseconds =
            try number("znode.container.checkIntervalMs", 1...day) ?? limits.sweepMilliseconds
        limits.sweptPerMinuteMax =
            try number("znode.container.maxPerMinute", 1...60_000_000) ?? limits.sweptPerMinuteMax
        limits.unusedContainerMilliseconds =
            try number("znode.container.maxNeverUsedIntervalMs", 0...(1000 * day)) ?? limits.unusedContainerMilliseconds
        return limits
    }

    private mutating func switched(_ key: String) throws -> Bool {
        let short = try flag(key)
        return try flag("zookeeper." + key) ?? short ?? false
    }
}

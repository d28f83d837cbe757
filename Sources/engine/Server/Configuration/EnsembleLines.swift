import Zab

/// Who is in the ensemble: the `server.N`, `group.N` and `weight.N` lines of zoo.cfg or of the file that
/// `dynamicConfigFile` names.
struct EnsembleLines {
    /// By N.
    private(set) var servers: [ServerAddress] = []

    var voters: [ServerAddress] { servers.filter { !$0.observer } }

    /// Takes the lines out of `entries`.
    ///
    /// - Throws: `ConfigurationError`.
    init(taking entries: inout ConfigurationEntries) throws {
        for entry in entries.takeAll(prefix: "server.") {
            guard let id = ServerID(parsing: entry.key.dropFirst(7)) else {
                throw ConfigurationError(
                    "\(entries.name):\(entry.line): \(entry.key): N of server.N must be \(ServerID.form)"
                )
            }
            // server.1 and server.01 are two keys and one server.
            guard !servers.contains(where: { $0.id == id }) else {
                throw ConfigurationError(
                    "\(entries.name):\(entry.line): \(entry.key): duplicate line for server \(id); keep one of them"
                )
            }
            do {
                servers.append(try ServerAddress(id: id, parsing: entry.value))
            } catch {
                throw entries.error(entry, error.expected)
            }
        }
        servers.sort { $0.id < $1.id }
        try checkPorts(name: entries.name)
        try checkQuorums(groups: entries.takeAll(prefix: "group"), weights: entries.takeAll(prefix: "weight"), entries)
    }

    private func checkPorts(name: String) throws {
        for (place, server) in servers.enumerated() {
            let taken = servers[..<place].first { other in
                other.host == server.host
                    && !Set([other.quorumPort, other.electionPort]).isDisjoint(with: [
                        server.quorumPort, server.electionPort,
                    ])
            }
            if let taken {
                throw ConfigurationError(
                    "\(name): server.\(taken.id) and server.\(server.id) use the same port of \(server.host); give each its own"
                )
            }
            guard server.quorumPort != server.electionPort else {
                throw ConfigurationError("\(name): server.\(server.id) uses one port for two purposes; give it two")
            }
        }
    }

    /// Quorums are majorities of the voters. Groups and weights that say just that are taken; others are refused, since a
    /// server that ignored them would count another quorum than its peers.
    private func checkQuorums(
        groups: [ConfigurationEntries.Entry],
        weights: [ConfigurationEntries.Entry],
        _ entries: ConfigurationEntries
    ) throws {
        guard let first = (groups + weights).min(by: { $0.line < $1.line }) else { return }
        let members =
            groups.count == 1 ? groups[0].value.split(separator: ":").compactMap { ServerID(parsing: $0.trimmed) } : []
        let values = weights.map { Int($0.value) ?? 0 }
        let isEqual = Set(values).count <= 1 && (values.isEmpty || values[0] > 0)
        // A voter without a weight weighs 1.
        let isWhole =
            values.first == 1 || Set(weights.compactMap { ServerID(parsing: $0.key.dropFirst(7)) }) == voterNumbers
        guard Set(members) == voterNumbers, members.count == voters.count, isEqual, values.isEmpty || isWhole else {
            throw ConfigurationError(
                "\(entries.name):\(first.line): \(first.key): hierarchical quorums are not supported yet, only majorities; "
                    + "remove the group and weight lines from every server's file if each voter may have one vote"
            )
        }
    }

    private var voterNumbers: Set<ServerID> { Set(voters.map(\.id)) }
}

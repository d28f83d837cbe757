import Zab

/// Who is in the ensemble: the `server.N`, `group.N` and `weight.N` lines of zoo.cfg or of the file that
/// `dynamicConfigFile` names.
struct EnsembleLines {
    /// By N.
    private(set) var servers: [ServerAddress] = []
    /// In the order of their numbers; empty where a majority decides.
    private(set) var groups: [VoterGroup] = []
    var warnings: [String] = []

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
        groups = try hierarchy(
            groups: entries.takeAll(prefix: "group"),
            weights: entries.takeAll(prefix: "weight"),
            entries
        )
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
}

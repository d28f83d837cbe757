import Foundation
import Log
import Wire
import Zab

/// What is wrong with a configuration: one line that names the file, the line and what is allowed.
public struct ConfigurationError: Error, CustomStringConvertible, Sendable {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// One `server.N` line: where a server listens for its peers.
public struct ServerAddress: Sendable, Hashable {
    public var id: ServerID
    public var host: String
    /// Learners connect here to the leader.
    public var quorumPort: Int
    public var electionPort: Int
    public var observer: Bool

    public init(id: ServerID, host: String, quorumPort: Int, electionPort: Int, observer: Bool = false) {
        self.id = id
        self.host = host
        self.quorumPort = quorumPort
        self.electionPort = electionPort
        self.observer = observer
    }
}

/// Everything that a server needs to know before it starts: `zoo.cfg` and `myid`, in ZooKeeper's terms.
public struct ServerConfiguration: Sendable {
    public var myself: ServerID
    /// Milliseconds.
    public var tickTime = 3000
    public var initLimit = 10
    public var syncLimit = 5
    /// Snapshots, epochs, `myid`.
    public var dataDir: String
    /// The log's segments; `dataDir` unless `dataLogDir` says otherwise.
    public var dataLogDir: String
    public var clientHost = "0.0.0.0"
    /// 0 lets the kernel choose; `ServerNode.clientPort` tells.
    public var clientPort: Int
    /// Empty for a server that stands alone.
    public var servers: [ServerAddress] = []
    /// Connections from one address; 0 for no limit, as in ZooKeeper.
    public var maxClientConnections = 60
    /// How a group of records reaches the disk.
    public var strategy = SyncStrategy.recycledFdatasync
    /// Which records are a group, and how many groups are under way at a time; valid for the strategy.
    public var commit = CommitOptions.natural
    /// Bytes of one log segment.
    public var segmentBytes = 64 << 20
    /// Bytes of log after which a snapshot is taken and older log is dropped, if that comes before `snapCount`; but
    /// never less than twice the size of the data, so that snapshots cost at most half of what the log does. Small data
    /// has a short log, whose segments are soon used again instead of being written new; large data has fewer
    /// snapshots.
    public var snapshotLogBytes = 64 << 20
    /// Transactions after which a snapshot is taken.
    public var snapCount = 10_000_000
    /// What the servers of this ensemble know and strangers do not: `zabbench.peerSecret`, or the content of the file
    /// that `zabbench.peerSecretFile` names, 1 to 64 bytes. See `PeerSecret` for whom it keeps out.
    public var peerSecret = PeerSecret()
    /// For tests of the harness, which must name what is slow: each sync of this server's disk takes so much longer,
    /// asleep.
    public var injectedSyncMicroseconds = 0
    /// For tests of the harness: processor time that each round with a batch burns while this server leads.
    public var injectedLeaderLoopMicroseconds = 0
    /// For tests of the harness: processor time that this server's loop burns for each transaction that it hands to its
    /// log.
    public var injectedWriteNanoseconds = 0
    /// For tests of losses of power: the directory of a journal of everything that this server's disk has not synced, from
    /// which `PowerLoss` takes it back. Nil for none, as outside of tests.
    public var injectedUnsyncedJournal: String?
    /// What was in the file and is not known here: `file:line: …`, for the log.
    public var warnings: [String] = []

    public init(myself: ServerID, dataDir: String, clientPort: Int) {
        self.myself = myself
        self.dataDir = dataDir
        dataLogDir = dataDir
        self.clientPort = clientPort
    }

    /// Reads `path` (a zoo.cfg) and the `myid` beside the data.
    ///
    /// - Throws: `ConfigurationError`: what is wrong, where, and what is allowed.
    public init(contentsOf path: String) throws {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ConfigurationError("\(path): cannot be read; give the path of a zoo.cfg")
        }
        try self.init(parsing: text, name: path) { directory in
            let file = directory + "/myid"
            guard let content = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw ConfigurationError(
                    "\(file): cannot be read; it must hold this server's id, the N of its server.N line"
                )
            }
            return (file, content)
        }
    }

    /// - Parameter readID: gives the name and the content of `myid` in a data directory; asked only of an ensemble.
    package init(parsing text: String, name: String, readID: (String) throws -> (String, String)) throws {
        var entries = Entries(name: name)
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            try entries.add(line.trimmingCharacters(in: .whitespaces), line: index + 1)
        }
        guard let dataDir = entries.take("dataDir") else {
            throw ConfigurationError("\(name): dataDir is missing; add a line dataDir=/path/of/a/directory")
        }
        self.init(myself: ServerID(1), dataDir: dataDir.value, clientPort: 2181)
        tickTime = try entries.number("tickTime", 1...3_600_000) ?? tickTime
        initLimit = try entries.number("initLimit", 1...1_000_000) ?? initLimit
        syncLimit = try entries.number("syncLimit", 1...1_000_000) ?? syncLimit
        clientPort = try entries.number("clientPort", 0...65535) ?? clientPort
        maxClientConnections = try entries.number("maxClientCnxns", 0...1_000_000) ?? maxClientConnections
        segmentBytes = try entries.number("zabbench.segmentBytes", (64 << 10)...(1 << 30)) ?? segmentBytes
        snapshotLogBytes =
            try entries.number("zabbench.snapshotLogBytes", (64 << 10)...(1 << 40)) ?? snapshotLogBytes
        snapCount = try entries.number("snapCount", 2...1_000_000_000) ?? snapCount
        injectedSyncMicroseconds = try entries.number("zabbench.inject.syncMicroseconds", 0...10_000_000) ?? 0
        injectedLeaderLoopMicroseconds =
            try entries.number("zabbench.inject.leaderLoopMicroseconds", 0...10_000_000) ?? 0
        injectedWriteNanoseconds = try entries.number("zabbench.inject.writeNanoseconds", 0...10_000_000) ?? 0
        injectedUnsyncedJournal = entries.take("zabbench.inject.unsyncedJournal")?.value
        clientHost = entries.take("clientPortAddress")?.value ?? clientHost
        dataLogDir = entries.take("dataLogDir")?.value ?? self.dataDir
        (strategy, commit) = try entries.logOptions()
        peerSecret = try entries.peerSecret()
        let peerType = try entries.peerType()
        servers = try entries.servers()
        // Known to ZooKeeper, without meaning here, in so many files that a warning would only be noise.
        for harmless in [
            "4lw.commands.whitelist", "admin.enableServer", "autopurge.purgeInterval", "autopurge.snapRetainCount",
        ] {
            _ = entries.take(harmless)
        }
        warnings = entries.leftovers()
        if injectedSyncMicroseconds > 0 || injectedLeaderLoopMicroseconds > 0 || injectedWriteNanoseconds > 0 {
            warnings.append("\(name): zabbench.inject.* makes this server slow on purpose")
        }
        if let injectedUnsyncedJournal {
            warnings.append(
                "\(name): zabbench.inject.unsyncedJournal copies what is written to \(injectedUnsyncedJournal) first, for tests of losses of power"
            )
        }
        if !servers.isEmpty { try identify(peerType: peerType, name: name, readID: readID) }
    }

    private mutating func identify(
        peerType: String?,
        name: String,
        readID: (String) throws -> (String, String)
    ) throws {
        let (file, content) = try readID(dataDir)
        guard let id = UInt8(content.trimmingCharacters(in: .whitespacesAndNewlines)), id > 0 else {
            throw ConfigurationError(
                "\(file): must hold a number from 1 to 255, found \"\(content.prefix(40).trimmingCharacters(in: .whitespacesAndNewlines))\""
            )
        }
        guard let index = servers.firstIndex(where: { $0.id.rawValue == id }) else {
            let known = servers.map { "\($0.id)" }.joined(separator: ", ")
            throw ConfigurationError("\(file): says \(id), but \(name) has no server.\(id) line (it has \(known))")
        }
        myself = ServerID(id)
        if peerType == "observer" { servers[index].observer = true }
        let voters = servers.count { !$0.observer }
        guard (1...13).contains(voters) else {
            throw ConfigurationError("\(name): \(voters) voting servers; 1 to 13 are supported")
        }
    }

    /// The protocol's view of this configuration.
    public var zab: Zab.Configuration {
        let observers = servers.filter(\.observer).map(\.id)
        let voters = servers.isEmpty ? [myself] : servers.filter { !$0.observer }.map(\.id)
        return Zab.Configuration(
            myself: myself,
            voters: voters,
            observers: observers,
            tick: UInt64(tickTime) * 1_000_000,
            initLimit: UInt32(initLimit),
            syncLimit: UInt32(syncLimit)
        )
    }

    public var myAddress: ServerAddress? { servers.first { $0.id == myself } }
}

/// The lines of a configuration file, taken one by one; what is left over is not known.
private struct Entries {
    struct Entry {
        var value: String
        var line: Int
    }

    let name: String
    private var entries: [String: Entry] = [:]

    init(name: String) { self.name = name }

    mutating func add(_ line: String, line number: Int) throws {
        guard !line.isEmpty, !line.hasPrefix("#") else { return }
        guard let equals = line.firstIndex(of: "=") else {
            throw ConfigurationError("\(name):\(number): \"\(line.prefix(60))\" is not of the form key=value")
        }
        let key = line[..<equals].trimmingCharacters(in: .whitespaces)
        let value = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
        if let before = entries[key] {
            throw ConfigurationError(
                "\(name):\(number): \(key) stands on line \(before.line) already; keep one of them"
            )
        }
        guard !value.isEmpty else { throw ConfigurationError("\(name):\(number): \(key) has no value") }
        entries[key] = Entry(value: value, line: number)
    }

    mutating func take(_ key: String) -> Entry? { entries.removeValue(forKey: key) }

    func error(_ entry: Entry, _ key: String, _ allowed: String) -> ConfigurationError {
        ConfigurationError("\(name):\(entry.line): \(key) must be \(allowed), found \"\(entry.value)\"")
    }

    mutating func number(_ key: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let entry = take(key) else { return nil }
        guard let value = Int(entry.value), range.contains(value) else {
            throw error(entry, key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

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

    /// The secret stands in no error.
    mutating func peerSecret() throws -> PeerSecret {
        let entry = take("zabbench.peerSecret")
        let file = take("zabbench.peerSecretFile")
        if let entry, let file {
            throw ConfigurationError(
                "\(name):\(file.line): zabbench.peerSecret stands on line \(entry.line) already; keep one of them"
            )
        }
        guard let line = entry?.line ?? file?.line else { return PeerSecret() }
        var text = entry?.value ?? ""
        if let file {
            guard let content = try? String(contentsOfFile: file.value, encoding: .utf8) else {
                throw ConfigurationError("\(name):\(line): zabbench.peerSecretFile \(file.value) cannot be read")
            }
            text = content.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        guard let secret = PeerSecret(text) else {
            throw ConfigurationError(
                "\(name):\(line): the peer secret must have 1 to \(PeerSecret.size) bytes, found \(text.utf8.count)"
            )
        }
        return secret
    }

    mutating func peerType() throws -> String? {
        guard let entry = take("peerType") else { return nil }
        guard ["participant", "observer"].contains(entry.value) else {
            throw error(entry, "peerType", "participant or observer")
        }
        return entry.value
    }

    /// `server.N=host:quorumPort:electionPort[:participant|:observer]`, by N.
    mutating func servers() throws -> [ServerAddress] {
        var found: [ServerAddress] = []
        for key in entries.keys.filter({ $0.hasPrefix("server.") }).sorted() {
            let entry = entries.removeValue(forKey: key)!
            guard let id = UInt8(key.dropFirst(7)), id > 0 else {
                throw ConfigurationError("\(name):\(entry.line): \(key): N of server.N must be a number from 1 to 255")
            }
            // ZooKeeper 3.5 and later may append ";clientPort"; the client's port is taken from clientPort here.
            let address = entry.value.prefix { $0 != ";" }
            var parts = address.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            var observer = false
            if parts.count > 3, ["participant", "observer"].contains(parts.last!) {
                observer = parts.removeLast() == "observer"
            }
            guard parts.count >= 3, let election = Int(parts.removeLast()), let quorum = Int(parts.removeLast()),
                (1...65535).contains(election), (1...65535).contains(quorum)
            else { throw error(entry, key, "host:port:port, with ports from 1 to 65535") }
            let host = parts.joined(separator: ":").trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
            guard !host.isEmpty else { throw error(entry, key, "host:port:port, with a host") }
            // server.1 and server.01 are two keys and one server.
            guard !found.contains(where: { $0.id.rawValue == id }) else {
                throw ConfigurationError(
                    "\(name):\(entry.line): \(key): server \(id) stands there already; keep one of them"
                )
            }
            found.append(
                ServerAddress(
                    id: ServerID(id),
                    host: host,
                    quorumPort: quorum,
                    electionPort: election,
                    observer: observer
                )
            )
        }
        for (place, server) in found.enumerated() {
            let taken = found[..<place].first { other in
                other.host == server.host
                    && !Set([other.quorumPort, other.electionPort]).isDisjoint(with: [
                        server.quorumPort, server.electionPort,
                    ])
            }
            if let taken {
                throw ConfigurationError(
                    "\(name): server.\(taken.id) and server.\(server.id) have a port of \(server.host) in common; give each its own"
                )
            }
            guard server.quorumPort != server.electionPort else {
                throw ConfigurationError("\(name): server.\(server.id) has one port for two purposes; give it two")
            }
        }
        return found.sorted { $0.id < $1.id }
    }

    func leftovers() -> [String] {
        entries.sorted { $0.value.line < $1.value.line }.map { key, entry in
            "\(name):\(entry.line): \(key) is not known to zabbench and is ignored"
        }
    }
}

import Foundation
import Log
import Replica
import Wire
import Zab
import Znodes

/// What is wrong with a configuration: one line that names the file, the line and what is allowed.
public struct ConfigurationError: Error, CustomStringConvertible, Sendable {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// Where a configuration's further files are read.
package struct ConfigurationFiles: Sendable {
    /// The text of a file; nil if it cannot be read.
    package let text: @Sendable (_ path: String) -> String?

    package init(text: @escaping @Sendable (_ path: String) -> String?) { self.text = text }

    /// UTF-8, or else Latin-1, which is what Java takes it for.
    static let disk = ConfigurationFiles { path in
        guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
        return String(validating: bytes, as: UTF8.self)
            ?? String(String.UnicodeScalarView(bytes.map(Unicode.Scalar.init)))
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
    public var clientHost = ServerAddress.anyHost
    /// 0 lets the kernel choose, and `ServerNode.clientPort` tells; nil for a server that listens to no client.
    public var clientPort: Int?
    /// Milliseconds that a session can have, whatever its client asks for; nil for 2 to 20 ticks.
    public var sessionTimeouts: ClosedRange<Int32>?
    /// Whether the ports for peers are opened on every address of the machine, not on the one that the peers know:
    /// where that is another machine's, which passes on what comes there.
    public var listensOnAllAddresses = false
    /// The four-letter words that are answered; nil for all.
    public var allowedWords: Set<String>?
    /// Nil for no admin server; a zoo.cfg has one unless it says `admin.enableServer=false`.
    public var admin: AdminSettings?
    /// Nil for no endpoint for Prometheus.
    public var metrics: MetricsSettings?
    /// Empty for a server that stands alone.
    public var servers: [ServerAddress] = []
    /// The groups of a hierarchical quorum, each voter in one; empty where a majority decides.
    public var groups: [VoterGroup] = []
    /// Connections from one address; 0 for no limit, as in ZooKeeper.
    public var maxClientConnections = 60
    /// Of containers, TTL nodes and quotas.
    public var nodeLimits = MemberLimits()
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
    /// Who may do what beside what access lists say: `skipACL`, `DigestAuthenticationProvider.superDigest` and
    /// `authProvider.*`.
    public var access = AccessPolicy()
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
    /// The file's lines, without comments, for who asks what this server was started with; without what is secret.
    public var lines: [(key: String, value: String)] = []
    /// Of the membership: what the name of its file ends with, hexadecimal, as ZooKeeper's own files do.
    public var membershipVersion: UInt64 = 0
    /// What was in the file and is not known here: `file:line: …`, for the log.
    public var warnings: [String] = []

    public init(myself: ServerID, dataDir: String, clientPort: Int?) {
        self.myself = myself
        self.dataDir = dataDir
        dataLogDir = dataDir
        self.clientPort = clientPort
    }

    /// Reads `path` (a zoo.cfg), the `myid` beside the data and, if there is one, the file of its `dynamicConfigFile`.
    ///
    /// - Throws: `ConfigurationError`: what is wrong, where, and what is allowed.
    public init(contentsOf path: String) throws {
        let files = ConfigurationFiles.disk
        guard let text = files.text(path) else {
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
                throw ConfigurationError("\(path): a folder; give the path of a zoo.cfg")
            }
            throw ConfigurationError("\(path): cannot be read; give the path of a zoo.cfg")
        }
        try self.init(parsing: text, name: path, files: files)
    }

    /// - Parameter files: where `myid` and the other files that the text names are.
    package init(parsing text: String, name: String, files: ConfigurationFiles) throws {
        var entries = try ConfigurationEntries(parsing: text, name: name)
        guard let dataDir = try entries.text("dataDir") else {
            throw ConfigurationError("\(name): dataDir is missing; add a line dataDir=/path/of/a/directory")
        }
        self.init(myself: ServerID(1), dataDir: dataDir, clientPort: nil)
        allowedWords = ["srvr"]
        lines = entries.publicLines
        try entries.refuseUnsafeKeys()
        try readLimits(&entries)
        try readInjections(&entries)
        clientHost = try entries.text("clientPortAddress") ?? clientHost
        clientPort = try entries.number("clientPort", 0...65535)
        if clientPort == nil, clientHost != ServerAddress.anyHost {
            throw ConfigurationError(
                "\(name): clientPortAddress is set but clientPort is not; add a line clientPort=2181"
            )
        }
        dataLogDir = try entries.text("dataLogDir") ?? self.dataDir
        listensOnAllAddresses = try entries.flag("quorumListenOnAllIPs") ?? false
        nodeLimits = try entries.nodeLimits()
        (strategy, commit) = try entries.logOptions()
        access = try entries.accessPolicy()
        peerSecret = try entries.peerSecret(files)
        var unknownWords: [String] = []
        if let words = entries.take("4lw.commands.whitelist")?.value {
            let names = words.split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
            // ZooKeeper's own scripts ask for srvr, so nobody can forbid it.
            allowedWords = names.contains("*") ? nil : Set(names).union(["srvr"])
            unknownWords = names.filter { $0 != "*" && FourLetterWord(rawValue: $0) == nil }
        }
        // Known to ZooKeeper, without meaning here, in so many files that a warning would only be noise.
        for harmless in ["autopurge.purgeInterval", "autopurge.snapRetainCount"] {
            _ = entries.take(harmless)
        }
        admin = try entries.admin()
        metrics = try entries.metrics()
        let peerType = try entries.peerType()
        let isStandaloneEnabled = try entries.flag("standaloneEnabled") ?? true
        membershipVersion = Self.version(of: lines.first { $0.key == "dynamicConfigFile" }?.value ?? "")
        let ensemble = try Self.ensemble(&entries, files)
        warnings = entries.warnings + ensemble.warnings + entries.leftovers() + injectionWarnings(name)
        warnings += accessWarnings(name)
        if !unknownWords.isEmpty {
            warnings.append(
                "\(name): 4lw.commands.whitelist: no such word: \(unknownWords.joined(separator: ", ")); there are "
                    + FourLetterWord.allCases.map(\.rawValue).joined(separator: ", ") + " and *"
            )
        }
        try join(ensemble, peerType: peerType, isStandaloneEnabled: isStandaloneEnabled, name: name, files: files)
        if clientPort == nil {
            warnings.append("\(name): no clientPort, and no ;port on this server's line: no client can connect")
        }
    }

    private static func version(of file: String) -> UInt64 {
        let parts = file.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 1 ? UInt64(parts.last!, radix: 16) ?? 0 : 0
    }

    private mutating func readLimits(_ entries: inout ConfigurationEntries) throws {
        tickTime = try entries.number("tickTime", 1...3_600_000) ?? tickTime
        initLimit = try entries.number("initLimit", 1...1_000_000) ?? initLimit
        syncLimit = try entries.number("syncLimit", 1...1_000_000) ?? syncLimit
        // As in ZooKeeper, -1 is the default and what is negative is no limit.
        let usual = -1
        let least = try entries.number("minSessionTimeout", -1...Int(Int32.max)) ?? usual
        let most = try entries.number("maxSessionTimeout", -1...Int(Int32.max)) ?? usual
        let bounds = (least == usual ? 2 * tickTime : least, most == usual ? 20 * tickTime : most)
        guard bounds.0 <= bounds.1 else {
            throw ConfigurationError(
                "\(entries.name): minSessionTimeout (\(bounds.0) ms) must not be above maxSessionTimeout (\(bounds.1) ms)"
            )
        }
        sessionTimeouts = Int32(clamping: bounds.0)...Int32(clamping: bounds.1)
        maxClientConnections = max(
            0,
            try entries.number("maxClientCnxns", -1_000_000...1_000_000) ?? maxClientConnections
        )
        snapCount = try entries.number("snapCount", 2...1_000_000_000) ?? snapCount
        segmentBytes = try entries.number("zabbench.segmentBytes", (64 << 10)...(1 << 30)) ?? segmentBytes
        snapshotLogBytes =
            try entries.number("zabbench.snapshotLogBytes", (64 << 10)...(1 << 40)) ?? snapshotLogBytes
    }

    private mutating func readInjections(_ entries: inout ConfigurationEntries) throws {
        injectedSyncMicroseconds = try entries.number("zabbench.inject.syncMicroseconds", 0...10_000_000) ?? 0
        injectedLeaderLoopMicroseconds =
            try entries.number("zabbench.inject.leaderLoopMicroseconds", 0...10_000_000) ?? 0
        injectedWriteNanoseconds = try entries.number("zabbench.inject.writeNanoseconds", 0...10_000_000) ?? 0
        injectedUnsyncedJournal = try entries.text("zabbench.inject.unsyncedJournal")
    }

    private func injectionWarnings(_ name: String) -> [String] {
        var lines: [String] = []
        if injectedSyncMicroseconds > 0 || injectedLeaderLoopMicroseconds > 0 || injectedWriteNanoseconds > 0 {
            lines.append("\(name): zabbench.inject.* slows this server down on purpose")
        }
        if let injectedUnsyncedJournal {
            lines.append(
                "\(name): zabbench.inject.unsyncedJournal copies every write to \(injectedUnsyncedJournal) first, for power-loss tests"
            )
        }
        return lines
    }

    /// The lines about the ensemble: here, or all of them in the file that `dynamicConfigFile` names.
    private static func ensemble(
        _ entries: inout ConfigurationEntries,
        _ files: ConfigurationFiles
    ) throws -> EnsembleLines {
        guard let dynamic = try entries.text("dynamicConfigFile") else { return try EnsembleLines(taking: &entries) }
        for prefix in ["server.", "group", "weight"] {
            if let entry = entries.takeAll(prefix: prefix).first {
                throw ConfigurationError(
                    "\(entries.name):\(entry.line): \(entry.key) must be in the file of dynamicConfigFile, \(dynamic); move it there"
                )
            }
        }
        guard let text = files.text(dynamic) else {
            throw ConfigurationError("\(entries.name): dynamicConfigFile \(dynamic) cannot be read")
        }
        var lines = try ConfigurationEntries(parsing: text, name: dynamic)
        let ensemble = try EnsembleLines(taking: &lines)
        if let unknown = lines.takeAll(prefix: "").first {
            throw ConfigurationError(
                "\(dynamic):\(unknown.line): \(unknown.key) does not belong in this file, which may contain only server.N, group.N and weight.N lines"
            )
        }
        return ensemble
    }

    /// Who this server is in its ensemble, and where it listens for clients; ZooKeeper's rules.
    private mutating func join(
        _ ensemble: EnsembleLines,
        peerType: String?,
        isStandaloneEnabled: Bool,
        name: String,
        files: ConfigurationFiles
    ) throws {
        let voters = ensemble.voters.count
        guard !ensemble.servers.isEmpty else {
            guard isStandaloneEnabled else {
                throw ConfigurationError("\(name): standaloneEnabled=false needs server.N lines; add them or remove it")
            }
            return
        }
        guard (1...VoterSet.placesMax).contains(voters) else {
            throw ConfigurationError("\(name): \(voters) voting servers; 1 to \(VoterSet.placesMax) are supported")
        }
        // Many installers write one line for a server that stands alone; then not even myid is needed.
        let isAlone = voters == 1 && isStandaloneEnabled
        guard !isAlone || ensemble.servers.count == 1 else {
            throw ConfigurationError(
                "\(name): observers of a single voter need standaloneEnabled=false; without it the voter runs standalone"
            )
        }
        // Such a server's sessions would look like times to live. ZooKeeper refuses any id above 254 then.
        if nodeLimits.extendedTypesEnabled,
            let server = ensemble.servers.first(where: { $0.id.rawValue & 0xff == 0xff })
        {
            throw ConfigurationError(
                "\(name): extendedTypesEnabled does not go with server.\(server.id); give it an id whose low byte is not 255"
            )
        }
        guard let id = try readID(files, isNeeded: !isAlone) else { return }
        guard let mine = ensemble.servers.first(where: { $0.id == id }) else {
            guard !isAlone else { return }
            let known = ensemble.servers.map { "\($0.id)" }.joined(separator: ", ")
            throw ConfigurationError(
                "\(dataDir)/myid: contains \(id), but \(name) has no server.\(id) line (it has \(known))"
            )
        }
        try listen(for: mine, name: name)
        guard !isAlone else { return }
        myself = id
        servers = ensemble.servers
        groups = ensemble.groups
        // The line is what the other servers know.
        if let peerType, (peerType == "observer") != mine.observer {
            warnings.append(
                "\(name): peerType=\(peerType) is overridden by the line of server.\(id), which has \(mine.observer ? "observer" : "participant")"
            )
        }
    }

    /// - Returns: nil if there is no `myid` and none is needed.
    private func readID(_ files: ConfigurationFiles, isNeeded: Bool) throws -> ServerID? {
        let file = dataDir + "/myid"
        guard let content = files.text(file) else {
            guard isNeeded else { return nil }
            throw ConfigurationError(
                "\(file): cannot be read; it must contain this server's id, the N of its server.N line"
            )
        }
        // ZooKeeper reads the first line, too.
        let line = content.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).first ?? ""
        let text = (line.hasPrefix("\u{feff}") ? line.dropFirst() : line).trimmed
        guard let id = ServerID(parsing: text) else {
            throw ConfigurationError("\(file): must contain \(ServerID.form), found \"\(text.prefix(40))\"")
        }
        return id
    }

    /// The address behind the `;` of this server's line, unless clientPort contradicts it.
    private mutating func listen(for mine: ServerAddress, name: String) throws {
        guard let client = mine.client else { return }
        if let port = clientPort {
            let isAny = ServerAddress.anyHosts.contains(clientHost)
            guard port == client.port, isAny || clientHost == client.host else {
                throw ConfigurationError(
                    "\(name): clientPort is \(clientHost):\(port), but the line of server.\(mine.id) has \(client.host):\(client.port); make them equal or keep only one"
                )
            }
        }
        (clientHost, clientPort) = (client.host, client.port)
    }

    /// The protocol's view of this configuration.
    public var zab: Zab.Configuration {
        let observers = servers.filter(\.observer).map(\.id)
        let voters = servers.isEmpty ? [myself] : servers.filter { !$0.observer }.map(\.id)
        return Zab.Configuration(
            myself: myself,
            voters: voters,
            observers: observers,
            groups: groups,
            tick: UInt64(tickTime) * 1_000_000,
            initLimit: UInt32(initLimit),
            syncLimit: UInt32(syncLimit)
        )
    }

    public var myAddress: ServerAddress? { servers.first { $0.id == myself } }
}

import Log
import Workload

/// What all servers of an ensemble have in common in their zoo.cfg.
public struct ServerSettings: Sendable, Hashable {
    public var tickTimeMilliseconds: Int
    /// In ticks.
    public var initLimit: Int
    /// In ticks.
    public var syncLimit: Int
    /// Transactions between snapshots.
    public var snapCount: Int
    /// zabbench's own keys.
    public var logStrategy: String
    public var logBatching: String
    /// Nil for the number that the batching wants; then the key is not written, and older servers read the file.
    public var logInFlight: Int?
    /// Whether each server has a `dataLogDir` of its own.
    public var hasLogFolders: Bool
    /// What a test of the harness has the servers do worse than they could; 0 for nothing, and then no key is written.
    public var injectedSyncMicroseconds: Int
    public var injectedLeaderLoopMicroseconds: Int
    public var injectedWriteNanoseconds: Int
    /// Whether each server keeps a journal of what it has not synced, in its folder: for `PowerLoss`.
    public var hasUnsyncedJournal: Bool
    /// Bytes of one log segment; nil for the servers' own choice, and then the key is not written.
    public var segmentBytes: Int?
    /// How many of the servers, the last ones, have no vote.
    public var observers = 0

    public init(
        tickTimeMilliseconds: Int = 2000,
        initLimit: Int = 10,
        syncLimit: Int = 5,
        snapCount: Int = 1_000_000,
        logStrategy: String = SyncStrategy.recycledFdatasync.label,
        logBatching: String = BatchPolicy.natural.label,
        logInFlight: Int? = nil,
        hasLogFolders: Bool = false,
        injectedSyncMicroseconds: Int = 0,
        injectedLeaderLoopMicroseconds: Int = 0,
        injectedWriteNanoseconds: Int = 0,
        hasUnsyncedJournal: Bool = false,
        segmentBytes: Int? = nil
    ) {
        self.tickTimeMilliseconds = tickTimeMilliseconds
        self.initLimit = initLimit
        self.syncLimit = syncLimit
        self.snapCount = snapCount
        self.logStrategy = logStrategy
        self.logBatching = logBatching
        self.logInFlight = logInFlight
        self.hasLogFolders = hasLogFolders
        self.injectedSyncMicroseconds = injectedSyncMicroseconds
        self.injectedLeaderLoopMicroseconds = injectedLeaderLoopMicroseconds
        self.injectedWriteNanoseconds = injectedWriteNanoseconds
        self.hasUnsyncedJournal = hasUnsyncedJournal
        self.segmentBytes = segmentBytes
    }

    public init(_ planned: PlannedEnsemble) {
        self.init(
            tickTimeMilliseconds: planned.tickTimeMilliseconds,
            initLimit: planned.initLimit,
            syncLimit: planned.syncLimit,
            snapCount: planned.snapCount,
            logStrategy: planned.log.strategy.label,
            logBatching: planned.log.commit.batching.label,
            logInFlight: planned.log.explicitInFlight,
            hasLogFolders: planned.log.directories == .separate,
            injectedSyncMicroseconds: planned.injection.syncMicroseconds,
            injectedLeaderLoopMicroseconds: planned.injection.leaderLoopMicroseconds,
            injectedWriteNanoseconds: planned.injection.writeNanoseconds
        )
        observers = planned.observers
    }

    /// The lines of zoo.cfg that say who the servers are, and what the one with `id` is. ZooKeeper's and ours are alike.
    func serverLines(of id: Int, _ ports: [ServerPorts]) -> [String] {
        let voters = ports.count - observers
        let lines = ports.enumerated().map { index, port in
            "server.\(index + 1)=127.0.0.1:\(port.peer):\(port.election)" + (index < voters ? "" : ":observer")
        }
        return lines + (id > voters ? ["peerType=observer"] : [])
    }
}

/// The ports of one server, all on 127.0.0.1.
public struct ServerPorts: Sendable, Hashable {
    public var client: Int
    public var peer: Int
    public var election: Int
    /// Where the others reach `peer`, if that is elsewhere: a port of the proxy. Only systems that announce an address have it.
    public var announced: Int?

    public init(client: Int, peer: Int, election: Int) {
        self.client = client
        self.peer = peer
        self.election = election
    }

    /// Of all servers, three each.
    static func all(_ held: [HeldPort]) -> [ServerPorts] {
        stride(from: 0, to: held.count, by: 3).map {
            ServerPorts(client: held[$0].port, peer: held[$0 + 1].port, election: held[$0 + 2].port)
        }
    }
}

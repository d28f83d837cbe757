import Log

/// How the servers of one ensemble write their logs.
public struct PlannedLog: Sendable, Hashable {
    public var strategy: SyncStrategy
    /// Valid for the strategy.
    public var commit: CommitOptions
    public var directories: LogDirectories

    public init(
        strategy: SyncStrategy = .recycledFdatasync,
        commit: CommitOptions = .natural,
        directories: LogDirectories = .one
    ) {
        self.strategy = strategy
        self.commit = commit
        self.directories = directories
    }

    /// Logs in flight, where the batch policy alone would want another number; otherwise nil.
    public var explicitInFlight: Int? {
        let ownWish = try? CommitOptions(commit.batching, for: strategy).inFlight
        return ownWish == commit.inFlight ? nil : commit.inFlight
    }
}

/// Where a server's log lies.
public enum LogDirectories: String, Sendable, Hashable, CaseIterable {
    /// Beside the snapshots, in `dataDir`.
    case one
    /// In a `dataLogDir` of its own for each server.
    case separate
}

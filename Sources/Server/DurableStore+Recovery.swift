import Log
import Logging
import Replica
import Wire
import Zab
import Znodes

/// What a server found on its disk.
struct RecoveredServer {
    var durable: DurableState
    var state: ReplicatedState
    var history: RecentHistory
}

extension DurableStore {
    /// Locks the directories, recovers epochs, snapshot and log, and rebuilds the state up to the newest transaction that
    /// is known to be committed. What is logged behind it waits for a leader.
    ///
    /// - Throws: `LogError`, `ConfigurationError`: a directory that cannot be used or is in use, corruption with file
    ///   and offset.
    static func open(
        _ configuration: ServerConfiguration,
        logger: Logger
    ) throws -> (store: DurableStore, recovered: RecoveredServer) {
        let disk = PosixDisk()
        let lock = try lockDirectory(configuration.dataDir)
        let epochs = try EpochFiles(configuration.dataDir, on: disk)
        let snapshots = try SnapshotStore(configuration.dataDir, on: disk)
        let search = try snapshots.newestValid()
        for damage in search.invalid { logger.warning("snapshot passed over: \(damage)") }
        guard let strategy = SyncStrategy(rawValue: configuration.syncStrategy) else {
            throw ConfigurationError("sync strategy \(configuration.syncStrategy) is not known")
        }
        let log = try TransactionLog.open(
            configuration.dataLogDir,
            on: disk,
            options: LogOptions(segmentSize: configuration.segmentBytes & ~4095, strategy: strategy)
        )
        for removal in log.recovered.removals { logger.warning("recovery: \(removal)") }
        let start = search.newest?.position ?? .zero
        try align(log, with: start, invalid: search.invalid)
        var recordBytes = 0
        let recovered = try rebuild(
            from: search.newest.map { try snapshots.open($0.position.zxid) },
            start: start,
            log: log,
            epochs: epochs,
            recordBytes: &recordBytes
        )
        logger.info(
            "recovered: snapshot \(start.zxid), log \(log.base) to \(log.last), applied \(recovered.history.applied), epoch \(epochs.current)"
        )
        let store = DurableStore(
            configuration,
            lock: lock,
            epochs: epochs,
            snapshots: snapshots,
            log: log,
            newestSnapshot: start.zxid,
            recordBytesSinceSnapshot: recordBytes
        )
        return (store, recovered)
    }

    private static func lockDirectory(_ directory: String) throws -> DirectoryLock {
        do {
            return try DirectoryLock(directory)
        } catch {
            // Nothing has been written yet, so this is a matter of the configuration.
            guard case .disk(let cause) = error else { throw error }
            throw ConfigurationError("dataDir \(directory) cannot be used: \(cause); choose another")
        }
    }

    /// A snapshot that came from a leader may be durable while the log that it replaces is still there (a crash between
    /// the two steps of its installation): such a log does not hold the snapshot's record, or holds another one there.
    private static func align(
        _ log: TransactionLog<PosixDisk>,
        with start: LogPosition,
        invalid: [LogError]
    ) throws {
        guard start.zxid >= log.base else {
            throw ConfigurationError(
                "the log starts after \(log.base), but the newest whole snapshot is of \(start.zxid): the history between them is missing. Move this server's dataDir and dataLogDir away and start it empty, so that it is repaired from its peers"
                    + (invalid.isEmpty ? "" : " (\(invalid[0]))")
            )
        }
        guard start.zxid > .zero else { return }
        if log.last >= start.zxid {
            let reader = log.makeReader()
            defer { reader.close() }
            if let there = try? reader.position(at: start.zxid), there.chain == start.chain { return }
        }
        try log.reset(to: start)
    }

    private static func rebuild(
        from snapshot: SnapshotFileReader<PosixDisk>?,
        start: LogPosition,
        log: TransactionLog<PosixDisk>,
        epochs: EpochFiles<PosixDisk>,
        recordBytes: inout Int
    ) throws -> RecoveredServer {
        var state = ReplicatedState()
        if let snapshot {
            let loader = SnapshotLoader()
            while let chunk = try snapshot.next() { try loader.feed(chunk) }
            state = try loader.finish()
        }
        let committed = max(min(log.committed, log.last), start.zxid)
        var history = RecentHistory(base: start.zxid, chain: start.chain)
        var events: [WatchEvent] = []
        var failure: WireError?
        var total = 0
        try log.forEachBatch(after: start.zxid) { batch in
            total += batch.bytes.count
            history.append(batch)
            while failure == nil, let record = history.nextToApply(through: committed) {
                do throws(WireError) {
                    _ = try state.apply(record.payload, reply: nil, events: &events)
                } catch { failure = error }
            }
            history.trim(toByteCount: MemberLimits().recentHistoryBytesMax)
        }
        if let failure {
            throw ConfigurationError("transaction \(history.applied) of the log cannot be applied: \(failure)")
        }
        recordBytes = total
        let durable = DurableState(
            acceptedEpoch: epochs.accepted,
            currentEpoch: epochs.current,
            history: log.history,
            committed: committed,
            snapshot: start.zxid
        )
        return RecoveredServer(durable: durable, state: state, history: history)
    }
}

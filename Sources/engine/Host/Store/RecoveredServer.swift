import Log
import Replica
import Wire
import Zab
import Znodes

/// What a server found on its disk: the parts to go on with, and the state up to the newest transaction that is known
/// to be committed. What is logged behind it waits for a leader.
///
/// For one `Member` and one `DurableStore`, which share and change its parts.
public struct RecoveredServer<D: Disk> {
    public var epochs: EpochFile<D>
    public var snapshots: SnapshotStore<D>
    /// What new segments and snapshots say of their ensemble.
    public let mark: IdentityMark
    /// For one `LogWorker`.
    public var log: TransactionLog<D>
    public var durable: DurableState
    public var state: ReplicatedState
    /// The log's tail: what is not applied, and as much before it as fits in memory.
    public var history: RecentHistory
    /// The newest whole snapshot, `LogPosition.zero` without one. The log goes back to it at least.
    public var snapshot: LogPosition
    /// Bytes of the records that the log holds after it.
    public var recordBytesSinceSnapshot: Int
    /// Transactions of the log that were applied.
    public var replayed = 0

    /// What recovery has just done.
    public enum Step: Sendable {
        case opened, loadedSnapshot, replayed
    }

    /// Recovers epochs, snapshots and log, aligns log and snapshot, and rebuilds the state. The directories are made if
    /// they are not there; nobody else may have them open.
    ///
    /// - Parameters:
    ///   - dataDir: epochs and snapshots.
    ///   - dataLogDir: segments; may be the same.
    ///   - historyBytesMax: how much of the applied history to keep in memory.
    ///   - warnings: gets one line for each thing that was passed over or removed; also if it throws.
    ///   - tell: is called behind each step, for who has a clock.
    public static func recover(
        dataDir: String,
        dataLogDir: String,
        on disk: D,
        options: LogOptions,
        historyBytesMax: Int = MemberLimits().recentHistoryBytesMax,
        warnings: inout [String],
        tell: (Step) -> Void = { _ in }
    ) throws(RecoveryError) -> RecoveredServer<D> {
        var parts = try openParts(dataDir, dataLogDir, disk, options, &warnings)
        tell(.opened)
        try parts.loadSnapshot()
        tell(.loadedSnapshot)
        try parts.replay(historyBytesMax: historyBytesMax)
        tell(.replayed)
        return parts
    }

    private static func openParts(
        _ dataDir: String,
        _ dataLogDir: String,
        _ disk: D,
        _ options: LogOptions,
        _ warnings: inout [String]
    ) throws(RecoveryError) -> RecoveredServer<D> {
        let search: SnapshotStore<D>.Search
        var epochs: EpochFile<D>
        let snapshots: SnapshotStore<D>
        let log: TransactionLog<D>
        let mark = IdentityMark()
        do throws(LogError) {
            epochs = try EpochFile(dataDir, on: disk)
            mark.identity = epochs.membership.shown
            snapshots = try SnapshotStore(dataDir, on: disk, mark: mark)
            search = try snapshots.newestValid()
            for damage in search.invalid { warnings.append("snapshot passed over: \(damage)") }
            log = try TransactionLog.open(dataLogDir, on: disk, options: options, mark: mark)
        } catch {
            throw .log(error)
        }
        for removal in log.recovered.removals { warnings.append("recovery: \(removal)") }
        let ensemble = try agreedEnsemble(epochs, dataDir, log.recovered, search.newest)
        if ensemble != 0, !epochs.membership.isConfirmed {
            do throws(LogError) { try epochs.confirm(ensemble) } catch { throw .log(error) }
        }
        mark.identity = ensemble
        let start = search.newest?.position ?? .zero
        guard start.zxid >= log.base else {
            throw .historyMissing(after: start.zxid, logBase: log.base, damage: search.invalid.first)
        }
        do throws(LogError) { try align(log, with: start) } catch { throw .log(error) }
        let committed = max(min(log.committed, log.last), start.zxid)
        return RecoveredServer(
            epochs: epochs,
            snapshots: snapshots,
            mark: mark,
            log: log,
            durable: DurableState(
                acceptedEpoch: epochs.accepted,
                currentEpoch: epochs.current,
                history: log.history,
                committed: committed,
                snapshot: start.zxid,
                membership: epochs.membership
            ),
            state: ReplicatedState(),
            history: RecentHistory(base: start.zxid, chain: start.chain),
            snapshot: start,
            recordBytesSinceSnapshot: 0
        )
    }

    /// The ensemble that all parts of the data belong to which belong to one: the epochs if theirs is confirmed, the
    /// log, the newest snapshot. 0 if none does.
    private static func agreedEnsemble(
        _ epochs: EpochFile<D>,
        _ dataDir: String,
        _ log: RecoveredLog,
        _ snapshot: SnapshotStore<D>.Valid?
    ) throws(RecoveryError) -> UInt64 {
        var agreed: (path: String, identity: UInt64) = (dataDir, epochs.membership.shown)
        let parts = [(log.ensemblePath, log.ensemble), (snapshot?.path ?? "", snapshot?.ensemble ?? 0)]
        for (path, identity) in parts where identity != 0 && !PlantedBug.foreignFolderAccepted.isPlanted {
            guard agreed.identity == 0 || agreed.identity == identity else {
                throw .twoEnsembles(agreed.path, agreed.identity, path, identity)
            }
            agreed = (path, identity)
        }
        return agreed.identity
    }

    /// A snapshot that came from a leader may be durable while the log that it replaces is still there (a crash between
    /// the two steps of its installation): such a log does not hold the snapshot's record, or holds another one there.
    private static func align(_ log: TransactionLog<D>, with start: LogPosition) throws(LogError) {
        guard start.zxid > .zero else { return }
        if log.last >= start.zxid {
            let reader = log.makeReader()
            defer { reader.close() }
            do throws(LogError) {
                if try reader.position(at: start.zxid).chain == start.chain { return }
            } catch {
                // Only a log that is another one may go. One that could not be read may hold what was acknowledged.
                guard case .notInLog = error else { throw error }
            }
        }
        try log.reset(to: start)
    }

    private mutating func loadSnapshot() throws(RecoveryError) {
        guard snapshot.zxid > .zero else { return }
        let loader = SnapshotLoader()
        let reader: SnapshotFileReader<D>
        do throws(LogError) { reader = try snapshots.open(snapshot.zxid) } catch { throw .log(error) }
        while true {
            let chunk: UnsafeRawBufferPointer?
            do throws(LogError) { chunk = try reader.next() } catch { throw .log(error) }
            guard let chunk else { break }
            do throws(WireError) { try loader.feed(chunk) } catch { throw .badSnapshot(snapshot.zxid, error) }
        }
        do throws(WireError) { state = try loader.finish() } catch { throw .badSnapshot(snapshot.zxid, error) }
    }

    /// Applies what is known to be committed, and keeps the rest in memory.
    private mutating func replay(historyBytesMax: Int) throws(RecoveryError) {
        var events: [WatchEvent] = []
        var failure: WireError?
        let committed = durable.committed
        do throws(LogError) {
            try log.forEachBatch(after: snapshot.zxid) { batch in
                recordBytesSinceSnapshot += batch.bytes.count
                history.append(batch)
                while failure == nil, let record = history.nextToApply(through: committed) {
                    do throws(WireError) {
                        _ = try state.apply(record.payload, reply: nil, events: &events)
                        replayed += 1
                    } catch { failure = error }
                }
                history.trim(toByteCount: historyBytesMax)
            }
        } catch {
            throw .log(error)
        }
        if let failure { throw .badTransaction(history.applied, failure) }
    }
}

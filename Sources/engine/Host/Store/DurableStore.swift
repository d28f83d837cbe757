import DequeModule
import Log
import Replica
import Wire
import Zab
import Znodes

/// Everything of a server that is on its disk: log, epochs, snapshots. Confined to one thread, the one that steps the
/// `Member`.
///
/// The Server gives it threads for its workers, the simulator queues in virtual time; what is decided here is the same.
/// Errors are the disk's or the log's, and end the server, except where it is said.
public final class DurableStore<D: Disk, L: LogWorker, S: SnapshotWorker> where L.D == D {
    private let policy: SnapshotPolicy
    private let logBytesInFlightMax: Int
    private var epochs: EpochFile<D>
    private let snapshots: SnapshotStore<D>
    private let mark: IdentityMark
    private let log: L
    private let snapshotWorker: S
    private let reader: LogReader<D>
    /// Batches that the log had no room for. Bounded by what the clients and the leader may have under way.
    private var backlog: Deque<(batch: RecordBatch, committed: Zxid)> = []

    // A snapshot of our own, under way.
    private var isSnapshotting = false
    private var waitingChunk: SnapshotChunk?
    private var producedAll = false
    private let chunkWriter: ByteWriter
    private var recordBytesAtSnapshot: Int
    private var recordsAtSnapshot = 0
    private var newestSnapshot: Zxid
    private var olderSnapshot: Zxid
    private var incoming: SnapshotFileWriter<D>?

    /// - Parameters:
    ///   - recovered: its epochs, snapshots and figures are taken; its log is in `log`.
    ///   - log: drives `recovered.log`, and has just been made.
    ///   - snapshotWorker: writes to `recovered.snapshots`.
    ///   - logBytesInFlightMax: bytes offered to the log beyond which `isBehind`.
    public init(
        _ recovered: borrowing RecoveredServer<D>,
        policy: SnapshotPolicy,
        log: L,
        snapshotWorker: S,
        logBytesInFlightMax: Int = 64 << 20
    ) {
        self.policy = policy
        self.logBytesInFlightMax = logBytesInFlightMax
        epochs = recovered.epochs
        snapshots = recovered.snapshots
        mark = recovered.mark
        self.log = log
        self.snapshotWorker = snapshotWorker
        reader = log.makeReader()
        chunkWriter = ByteWriter(capacity: policy.sliceBytes + 4096)
        newestSnapshot = recovered.snapshot.zxid
        olderSnapshot = newestSnapshot
        recordBytesAtSnapshot = -recovered.recordBytesSinceSnapshot
    }

    /// Lets go of the segment that was read last. When the workers have ended; idempotent.
    public func close() { reader.close() }

    // MARK: the log

    /// The last record that is synced: what `MemberInput.durable` says.
    public var durable: Zxid { log.durable }
    /// Bytes of records offered to the log and not yet synced.
    public var bytesInFlight: Int { log.bytesInFlight }
    /// True while the log has as much as it may hold: peers are to be held back.
    public var isBehind: Bool { !backlog.isEmpty || log.bytesInFlight > logBytesInFlightMax }

    /// Appends the batch behind everything appended before; `durable` tells when it is synced.
    public func append(_ batch: RecordBatch, committed: Zxid) {
        if !backlog.isEmpty || !log.offer(batch, committed: committed) { backlog.append((batch, committed)) }
    }

    /// Offers again what had no room. To be called after each news of the log.
    public func drainBacklog() {
        while let waiting = backlog.first, log.offer(waiting.batch, committed: waiting.committed) {
            backlog.removeFirst()
        }
    }

    /// Removes every record after `zxid`; durable when it returns.
    public func truncate(after zxid: Zxid) throws(LogError) {
        backlog.removeAll { $0.batch.first > zxid }
        // Appended and not yet offered: waits until the log has taken it, so that it is cut with the rest.
        drainBacklog()
        while !backlog.isEmpty {
            try log.waitForRoom()
            drainBacklog()
        }
        try log.truncate(after: zxid)
    }

    /// A run of the history from the disk: at least one record, at most `maxBytes` unless the first alone is larger.
    ///
    /// - Throws: also `LogError.notInLog`, which ends nothing but the link that it was read for.
    public func read(after: Zxid, through: Zxid, maxBytes: Int) throws(LogError) -> RecordBatch {
        guard let batch = try reader.read(after: after, through: through, maxBytes: maxBytes) else {
            throw .notInLog(after, base: log.base, last: log.durable)
        }
        return batch
    }

    /// Each is durable when it returns.
    public func persistAcceptedEpoch(_ epoch: Epoch) throws(LogError) { try epochs.accept(epoch) }
    public func persistCurrentEpoch(_ epoch: Epoch, identity: UInt64 = 0) throws(LogError) {
        try epochs.makeCurrent(epoch, identity: identity)
    }
    public func confirmIdentity() throws(LogError) {
        try epochs.confirm(epochs.membership.identity)
        mark.identity = epochs.membership.shown
    }

    // MARK: snapshots of our own

    /// - Parameters:
    ///   - applied: the newest applied zxid.
    ///   - dataBytes: the approximate size of the replicated state.
    public func snapshotIsDue(applied: Zxid, dataBytes: Int) -> Bool {
        !isSnapshotting && applied > newestSnapshot
            && policy.isDue(
                records: log.records - recordsAtSnapshot,
                recordBytes: log.recordBytes - recordBytesAtSnapshot,
                dataBytes: dataBytes
            )
    }

    /// Begins a snapshot of the state at this position. False, and nothing happens, if the worker has no room.
    public func beginSnapshot(_ position: LogPosition) -> Bool {
        guard snapshotWorker.begin(position) else { return false }
        recordBytesAtSnapshot = log.recordBytes
        recordsAtSnapshot = log.records
        isSnapshotting = true
        producedAll = false
        return true
    }

    /// Makes the next slice if the worker has room. True if there is more to make at once; else there is nothing to do
    /// before its next news.
    ///
    /// - Parameter makeSlice: appends the next slice of about so many bytes; false if it was the last.
    public func advanceSnapshot(_ makeSlice: (ByteWriter, _ bytesMax: Int) -> Bool) -> Bool {
        guard isSnapshotting else { return false }
        if let chunk = waitingChunk {
            guard snapshotWorker.offer(chunk) else { return false }
            waitingChunk = nil
        }
        if !producedAll {
            chunkWriter.removeAll()
            producedAll = !makeSlice(chunkWriter, policy.sliceBytes)
            if chunkWriter.count > 0 {
                let chunk = SnapshotChunk(copying: chunkWriter.bytes)
                if !snapshotWorker.offer(chunk) {
                    waitingChunk = chunk
                    return false
                }
            }
            if !producedAll { return true }
        }
        if snapshotWorker.finish() { isSnapshotting = false }
        return false
    }

    /// Our snapshot at `zxid` is durable: older ones and the log before them may go. Two snapshots are kept, and the log
    /// from the older one on, so that a newest one that turns out damaged costs nothing.
    ///
    /// - Parameter neededByLinks: the smallest `LinkQueue.oldestNeeded`, of queues that have everything in them that the
    ///   member has asked for.
    /// - Returns: the log's new base, for `MemberInput.snapshotTaken`; nil, and the snapshot is gone, if an installed one
    ///   has overtaken it while it was still being synced.
    public func snapshotIsDurable(_ zxid: Zxid, neededByLinks: Zxid?) throws(LogError) -> Zxid? {
        guard zxid > newestSnapshot else {
            try snapshots.purge(keeping: 1, upTo: newestSnapshot)
            return nil
        }
        olderSnapshot = newestSnapshot
        newestSnapshot = zxid
        try snapshots.purge(keeping: 2, upTo: zxid)
        let needed = PlantedBug.logTrimmedUnderALink.isPlanted ? nil : neededByLinks
        return try log.trim(keepingAfter: min(olderSnapshot, needed ?? olderSnapshot))
    }

    /// Gives up a snapshot that is under way. False if there is none.
    public func abandonSnapshot() -> Bool {
        guard isSnapshotting else { return false }
        isSnapshotting = false
        waitingChunk = nil
        while !snapshotWorker.abandon() {}
        return true
    }

    // MARK: snapshots to and from peers

    /// - Throws: if that snapshot cannot be read, which ends nothing but the link that it was meant for.
    public func snapshotSender(_ zxid: Zxid) throws(LogError) -> SnapshotSender<D> {
        SnapshotSender(try snapshots.open(zxid))
    }

    /// A snapshot from the leader begins. None of our own is under way.
    public func beginIncomingSnapshot(_ position: LogPosition) throws(LogError) {
        incoming?.abandon()
        incoming = try snapshots.begin(position)
    }

    public func writeIncomingSnapshot(_ bytes: UnsafeRawBufferPointer) throws(LogError) {
        try incoming?.append(bytes)
    }

    /// The snapshot becomes durable first, then the log starts anew after it: a crash between the two leaves a snapshot
    /// that recovery finds to be ahead of the log, or beside it.
    public func installIncomingSnapshot(_ position: LogPosition) throws(LogError) {
        let isEarly = PlantedBug.logDroppedBeforeSnapshot.isPlanted
        if !isEarly { try incoming?.finish() }
        backlog.removeAll()
        try log.reset(to: position)
        if isEarly { try incoming?.finish() }
        incoming = nil
        newestSnapshot = position.zxid
        olderSnapshot = position.zxid
        recordBytesAtSnapshot = log.recordBytes
        recordsAtSnapshot = log.records
        try snapshots.purge(keeping: 1, upTo: position.zxid)
    }
}

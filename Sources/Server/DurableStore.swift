import Log
import Logging
import NIOCore
import Replica
import Wire
import Zab
import Znodes

/// Everything of a server that is on the disk: log, epochs, snapshots. Confined to the server's event loop; the log and
/// the snapshot writer have threads of their own and answer through it.
final class DurableStore: @unchecked Sendable {
    private let configuration: ServerConfiguration
    /// Let go by `close`, so that the same directory can be opened again in this process.
    private var lock: DirectoryLock?
    private var epochs: EpochFiles<PosixDisk>
    private let snapshots: SnapshotStore<PosixDisk>
    private let log: LogThread<PosixDisk>
    private let logEvents = LoopSignal<LogError>()
    private let snapshotThread: SnapshotThread<PosixDisk>
    private let snapshotEvents: SnapshotEvents
    /// Batches that the log's ring had no room for. Bounded by what the clients and the leader may have under way.
    private var backlog: [(batch: RecordBatch, committed: Zxid)] = []
    private var reader: LogReader<PosixDisk>

    // A snapshot of our own, under way.
    private var isSnapshotting = false
    private var waitingChunk: SnapshotChunk?
    private var producedAll = false
    private let chunkWriter = ByteWriter(capacity: DurableStore.snapshotSliceBytes + 4096)
    private var recordBytesAtSnapshot: Int
    private var recordsAtSnapshot = 0
    private var newestSnapshot: Zxid
    private var olderSnapshot: Zxid
    private var incoming: SnapshotFileWriter<PosixDisk>?

    /// What one slice of a snapshot may hold up the loop for.
    private static let snapshotSliceBytes = 64 << 10
    /// Bytes offered to the log beyond which peers are held back.
    private static let logBytesInFlightMax = 64 << 20

    init(
        _ configuration: ServerConfiguration,
        lock: DirectoryLock,
        epochs: EpochFiles<PosixDisk>,
        snapshots: SnapshotStore<PosixDisk>,
        log: TransactionLog<PosixDisk>,
        newestSnapshot: Zxid,
        recordBytesSinceSnapshot: Int
    ) {
        self.configuration = configuration
        self.lock = lock
        self.epochs = epochs
        self.snapshots = snapshots
        self.newestSnapshot = newestSnapshot
        olderSnapshot = newestSnapshot
        recordBytesAtSnapshot = -recordBytesSinceSnapshot
        let logEvents = self.logEvents
        self.log = LogThread(log, capacity: 4096) { event in
            if case .failed(let error) = event { logEvents.raise(error) } else { logEvents.raise(nil) }
        }
        reader = self.log.makeReader()
        let snapshotEvents = SnapshotEvents()
        self.snapshotEvents = snapshotEvents
        snapshotThread = SnapshotThread(snapshots) { snapshotEvents.heard($0) }
    }

    /// Starts the threads; their events arrive on the loop from now on.
    func start(notifying loop: ServerLoop) {
        logEvents.start { [unowned loop] in loop.eventLoop.execute { loop.logAdvanced() } }
        snapshotEvents.start { [unowned loop] event in loop.eventLoop.execute { loop.snapshotThreadSaid(event) } }
        log.start()
        snapshotThread.start()
    }

    /// Ends the threads and lets the directory go. Idempotent; not on the loop, whose threads may be waiting for it.
    func close() {
        defer { lock = nil }
        logEvents.stop()
        snapshotEvents.stop()
        log.stop()
        snapshotThread.stop()
        reader.close()
    }

    // MARK: the log

    /// The failure that the log thread reported, if any. Called once for each signal.
    func takeLogFailure() -> LogError? { logEvents.arrived() }

    var durable: Zxid { log.durable }
    var bytesInFlight: Int { log.bytesInFlight }
    /// True while the log has as much as it may hold.
    var isBehind: Bool { !backlog.isEmpty || log.bytesInFlight > Self.logBytesInFlightMax }

    func append(_ batch: RecordBatch, committed: Zxid) {
        if !backlog.isEmpty || !log.offer(batch, committed: committed) { backlog.append((batch, committed)) }
    }

    /// Offers again what had no room.
    func drainBacklog() {
        var taken = 0
        for waiting in backlog {
            guard log.offer(waiting.batch, committed: waiting.committed) else { break }
            taken += 1
        }
        if taken > 0 { backlog.removeFirst(taken) }
    }

    func truncate(after zxid: Zxid) throws {
        backlog.removeAll { $0.batch.first > zxid }
        // Appended and not yet offered: waits until the log has taken it, so that it is cut with the rest.
        while !backlog.isEmpty {
            if let failure = logEvents.failure { throw failure }
            drainBacklog()
        }
        try log.truncate(after: zxid)
    }

    /// A run of the history from the disk.
    func read(after: Zxid, through: Zxid, maxBytes: Int) throws -> RecordBatch {
        guard let batch = try reader.read(after: after, through: through, maxBytes: maxBytes) else {
            throw LogError.notInLog(after, base: log.base, last: log.durable)
        }
        return batch
    }

    func persistAcceptedEpoch(_ epoch: Epoch) throws { try epochs.accept(epoch) }
    func persistCurrentEpoch(_ epoch: Epoch) throws { try epochs.makeCurrent(epoch) }

    // MARK: snapshots of our own

    func snapshotIsDue(applied: Zxid, dataBytes: Int) -> Bool {
        !isSnapshotting && applied > newestSnapshot
            && (log.statistics.recordBytes - recordBytesAtSnapshot >= max(configuration.snapshotLogBytes, 2 * dataBytes)
                || log.statistics.records - recordsAtSnapshot >= configuration.snapCount)
    }

    func beginSnapshot(of member: inout Member) {
        let (zxid, chain) = member.beginSnapshot()
        guard snapshotThread.begin(LogPosition(zxid: zxid, chain: chain)) else {
            member.abandonSnapshot()
            return
        }
        recordBytesAtSnapshot = log.statistics.recordBytes
        recordsAtSnapshot = log.statistics.records
        isSnapshotting = true
        producedAll = false
    }

    /// Makes the next slice if the writer has room. True if there is more to make at once.
    func advanceSnapshot(of member: inout Member) -> Bool {
        guard isSnapshotting else { return false }
        if let chunk = waitingChunk {
            guard snapshotThread.offer(chunk) else { return false }
            waitingChunk = nil
        }
        if !producedAll {
            chunkWriter.removeAll()
            producedAll = !member.nextSnapshotChunk(into: chunkWriter, maxBytes: Self.snapshotSliceBytes)
            if chunkWriter.count > 0 {
                let chunk = SnapshotChunk(copying: chunkWriter.bytes)
                if !snapshotThread.offer(chunk) {
                    waitingChunk = chunk
                    return false
                }
            }
            if !producedAll { return true }
        }
        if snapshotThread.finish() { isSnapshotting = false }
        return false
    }

    /// True for a snapshot of our own that an installed one has overtaken while it was still being synced.
    func isOvertaken(_ zxid: Zxid) -> Bool { zxid <= newestSnapshot }

    func dropOvertaken() throws { try snapshots.purge(keeping: 1, upTo: newestSnapshot) }

    /// Our snapshot at `zxid` is durable: older ones and the log before them may go. Two snapshots are kept, and the log
    /// from the older one on, so that a newest one that turns out damaged costs nothing. Returns the log's new base.
    func snapshotIsDurable(_ zxid: Zxid, neededByLinks: Zxid?) throws -> Zxid {
        olderSnapshot = newestSnapshot
        newestSnapshot = zxid
        try snapshots.purge(keeping: 2, upTo: zxid)
        return try log.trim(keepingAfter: min(olderSnapshot, neededByLinks ?? olderSnapshot))
    }

    private func abandonSnapshot(of member: inout Member) {
        guard isSnapshotting else { return }
        isSnapshotting = false
        waitingChunk = nil
        member.abandonSnapshot()
        while !snapshotThread.abandon() {}
    }

    // MARK: snapshots to and from peers

    func snapshotSender(_ zxid: Zxid) throws -> SnapshotSender { SnapshotSender(try snapshots.open(zxid)) }

    func beginIncomingSnapshot(_ zxid: Zxid, chain: UInt32, member: inout Member) throws {
        abandonSnapshot(of: &member)
        incoming?.abandon()
        incoming = try snapshots.begin(LogPosition(zxid: zxid, chain: chain))
    }

    func writeIncomingSnapshot(_ bytes: UnsafeRawBufferPointer) throws { try incoming?.append(bytes) }

    /// The snapshot becomes durable first, then the log starts anew after it: a crash between the two leaves a snapshot
    /// that recovery finds to be ahead of the log, or beside it.
    func installIncomingSnapshot(_ zxid: Zxid, chain: UInt32, member: inout Member) throws {
        // One of our own may have begun since the reception did; the state that it was taken of is gone.
        abandonSnapshot(of: &member)
        try incoming?.finish()
        incoming = nil
        backlog.removeAll()
        try log.reset(to: LogPosition(zxid: zxid, chain: chain))
        newestSnapshot = zxid
        olderSnapshot = zxid
        recordBytesAtSnapshot = log.statistics.recordBytes
        recordsAtSnapshot = log.statistics.records
        try snapshots.purge(keeping: 1, upTo: zxid)
    }

    // MARK: figures

    var statistics: LogStatistics { log.statistics }
    var lateSegmentCount: Int { log.lateSegmentCount }
}

/// Streams a snapshot's file to one learner.
final class SnapshotSender {
    private let reader: SnapshotFileReader<PosixDisk>
    private var hasBegun = false
    private let frame = ByteWriter(capacity: 4096)

    init(_ reader: SnapshotFileReader<PosixDisk>) { self.reader = reader }

    /// Sends the next piece. False when that was the end.
    func writeNext(to handler: PeerHandler) throws -> Bool {
        frame.removeAll()
        var isLast = false
        if !hasBegun {
            hasBegun = true
            PeerFrame.snapshotBegin(zxid: reader.position.zxid, chain: reader.position.chain).encode(into: frame)
        } else if let chunk = try reader.next() {
            PeerFrame.snapshotChunk(chunk).encode(into: frame)
        } else {
            PeerFrame.snapshotEnd.encode(into: frame)
            isLast = true
        }
        handler.write(ByteBuffer(bytes: frame.bytes))
        return !isLast
    }
}

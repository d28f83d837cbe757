import Log
import Randomness
import Storage
import Wire
import Zab

/// What `LogThread` does, on virtual time: everything that came in during one sync is written and synced by the next.
///
/// Where the method writes through the page cache, a group is there, unsynced, from the beginning of the sync's time on,
/// and is acknowledged at its end. Where the write itself is the one that is synced (`FileAccess`), the disk
/// carries out both in one call, so that call comes at the end of that time: earlier, a group would be safe before the
/// device could have had it. A machine that loses power meanwhile is in the middle of that call, and `powerFails` makes
/// it so: the call is begun, and cut off after one of its first steps, so that what it had written is torn like any
/// other unsynced write. A process that dies meanwhile has written nothing: the earliest of what its death may leave, all
/// of which is unacknowledged.
final class SimulatedLogWorker: LogWorker {
    typealias D = SimulatedDisk

    private enum State { case idle, syncing }

    private let log: TransactionLog<SimulatedDisk>
    private let probe: ExactProbe?
    private let capacity = 256
    private let writesAtEnd: Bool
    /// In nanoseconds, if the strategy flushes beside the writes.
    private let flushInterval: Nanoseconds?
    private var isFlushPlanned = false
    private var waiting: [(batch: RecordBatch, committed: Zxid)] = []
    /// What the write under way is of, until it is made.
    private var unwritten: [(batch: RecordBatch, committed: Zxid)] = []
    private var state = State.idle
    private var bytesTaken = 0
    /// Distinguishes the end of a sync from one that a cut has overtaken.
    private(set) var turn = 0
    private(set) var failure: LogError?
    private(set) var durable: Zxid
    private(set) var bytesInFlight = 0
    private(set) var recordBytes = 0
    private(set) var records = 0
    /// Asks to be called (`advance`) when the sync that has begun is over.
    var beginSync: (_ turn: Int) -> Void = { _ in }
    /// Asks to be called (`flush`) that much later, and the time of a sync.
    var planFlush: (_ interval: Nanoseconds) -> Void = { _ in }
    /// After every sync.
    var didSync: () -> Void = {}

    init(_ log: TransactionLog<SimulatedDisk>, method: SyncMethod, probe: ExactProbe? = nil) {
        self.log = log
        self.probe = probe
        writesAtEnd = method.access != .buffered
        if case .periodic(let milliseconds) = method {
            flushInterval = UInt64(milliseconds) * 1_000_000
        } else {
            flushInterval = nil
        }
        durable = log.durable
    }

    var base: Zxid { log.base }
    /// All that has been written to segments, with headers and padding.
    var bytesWritten: Int { log.bytesWritten }
    func makeReader() -> LogReader<SimulatedDisk> { log.makeReader() }

    func offer(_ batch: RecordBatch, committed: Zxid) -> Bool {
        guard failure == nil, waiting.count < capacity else { return false }
        waiting.append((batch, committed))
        bytesInFlight += batch.bytes.count
        if state == .idle { take() }
        return true
    }

    /// Writes what is there; the sync takes its time.
    private func take() {
        guard failure == nil, !waiting.isEmpty else { return }
        turn += 1
        state = .syncing
        takeWaiting()
        if !writesAtEnd {
            do throws(LogError) { try write() } catch { failure = error }
        }
        beginSync(turn)
    }

    private func takeWaiting() {
        bytesTaken = 0
        for (batch, _) in waiting {
            bytesTaken += batch.bytes.count
            recordBytes += batch.bytes.count
            records += batch.count
        }
        swap(&unwritten, &waiting)
    }

    /// Writes what was taken, if that has not been done.
    private func write() throws(LogError) {
        guard !unwritten.isEmpty else { return }
        let batches = unwritten.map(\.batch)
        let committed = unwritten.reduce(Zxid.zero) { max($0, $1.committed) }
        unwritten.removeAll(keepingCapacity: true)
        try append(batches, committed)
        guard let flushInterval, !isFlushPlanned else { return }
        isFlushPlanned = true
        planFlush(flushInterval)
    }

    /// The time of a flush that was planned is over. It covers all that has been written until now, as a kernel's may.
    func flush() {
        isFlushPlanned = false
        guard failure == nil else { return }
        do throws(LogError) { try log.flush() } catch { failure = error }
    }

    /// The machine loses power at this moment. A write that syncs itself and is under way is cut off in its middle.
    ///
    /// - Parameter draw: a number below the given one.
    func powerFails(onto disk: SimulatedDisk, draw: (Int) -> Int) {
        guard !unwritten.isEmpty, failure == nil, !disk.isCrashed else { return }
        // A group is a write and its sync; before the first of a segment there are the steps of that segment's start.
        disk.crash(after: disk.mutationCount + 1 + draw(4))
        do throws(LogError) { try write() } catch { failure = error }
    }

    /// The sync's time is over. True if there is news for the loop.
    func advance(_ turn: Int) -> Bool {
        guard turn == self.turn, state == .syncing else { return false }
        state = .idle
        guard failure == nil else { return true }
        do throws(LogError) {
            try write()
            try sync()
            finishSync()
        } catch {
            failure = error
        }
        take()
        return true
    }

    private func append(_ batches: [RecordBatch], _ committed: Zxid) throws(LogError) {
        let wasCounting = probe?.gauge?.exchange(true)
        defer { probe?.gauge?.restore(wasCounting) }
        try log.append(batches, committed: committed)
    }

    private func sync() throws(LogError) {
        let wasCounting = probe?.gauge?.exchange(true)
        defer { probe?.gauge?.restore(wasCounting) }
        try log.sync()
    }

    private func finishSync() {
        bytesInFlight -= bytesTaken
        bytesTaken = 0
        durable = log.durable
        didSync()
    }

    /// What was offered before comes first, whatever is under way.
    private func settle() throws(LogError) {
        if let failure { throw failure }
        turn += 1
        state = .idle
        do throws(LogError) {
            if bytesTaken > 0 {
                try write()
                try log.sync()
                finishSync()
            }
            guard !waiting.isEmpty else { return }
            takeWaiting()
            try write()
            try log.sync()
            finishSync()
        } catch {
            failure = error
            throw error
        }
    }

    func waitForRoom() throws(LogError) { try settle() }

    func truncate(after zxid: Zxid) throws(LogError) {
        try settle()
        try log.truncate(after: zxid)
        durable = log.durable
    }

    func reset(to position: LogPosition) throws(LogError) {
        try settle()
        try log.reset(to: position)
        durable = log.durable
    }

    func trim(keepingAfter zxid: Zxid) throws(LogError) -> Zxid { try log.trim(keepingAfter: zxid) }
}

import Log
import Randomness
import Storage
import Wire
import Zab

/// What `LogThread` does, on virtual time: everything that came in during one sync is written and synced by the next.
final class SimulatedLogWorker: LogWorker {
    typealias D = SimulatedDisk

    private enum State { case idle, syncing }

    private let log: TransactionLog<SimulatedDisk>
    private let capacity = 256
    private var waiting: [(batch: RecordBatch, committed: Zxid)] = []
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
    /// After every sync.
    var didSync: () -> Void = {}

    init(_ log: TransactionLog<SimulatedDisk>) {
        self.log = log
        durable = log.durable
    }

    var base: Zxid { log.base }
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
        do throws(LogError) { try write() } catch { failure = error }
        beginSync(turn)
    }

    private func write() throws(LogError) {
        bytesTaken = 0
        for (batch, _) in waiting {
            bytesTaken += batch.bytes.count
            recordBytes += batch.bytes.count
            records += batch.count
        }
        let batches = waiting.map(\.batch)
        let committed = waiting.reduce(Zxid.zero) { max($0, $1.committed) }
        waiting.removeAll(keepingCapacity: true)
        try log.append(batches, committed: committed)
    }

    /// The sync's time is over. True if there is news for the loop.
    func advance(_ turn: Int) -> Bool {
        guard turn == self.turn, state == .syncing else { return false }
        state = .idle
        guard failure == nil else { return true }
        do throws(LogError) {
            try log.sync()
            finishSync()
        } catch {
            failure = error
        }
        take()
        return true
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
                try log.sync()
                finishSync()
            }
            guard !waiting.isEmpty else { return }
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

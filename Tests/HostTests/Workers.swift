import Host
import Log
import Wire
import Zab

/// A log that syncs when it is told to, on the caller's thread.
final class SteppedLog: LogWorker {
    typealias D = PosixDisk

    private let log: TransactionLog<PosixDisk>
    private let capacity: Int
    private var waiting: [(batch: RecordBatch, committed: Zxid)] = []
    private(set) var recordBytes = 0
    private(set) var records = 0
    private(set) var waits = 0
    var failure: LogError?

    init(_ log: TransactionLog<PosixDisk>, capacity: Int) {
        self.log = log
        self.capacity = capacity
    }

    var durable: Zxid { log.durable }
    var base: Zxid { log.base }
    var last: Zxid { log.last }
    var bytesInFlight: Int { waiting.reduce(0) { $0 + $1.batch.bytes.count } }

    func sync() throws(LogError) {
        for (batch, committed) in waiting {
            try log.append([batch], committed: committed)
            records += batch.count
            recordBytes += batch.bytes.count
        }
        waiting = []
        try log.sync()
    }

    func offer(_ batch: RecordBatch, committed: Zxid) -> Bool {
        guard waiting.count < capacity, failure == nil else { return false }
        waiting.append((batch, committed))
        return true
    }

    func waitForRoom() throws(LogError) {
        if let failure { throw failure }
        waits += 1
        try sync()
    }

    func truncate(after zxid: Zxid) throws(LogError) {
        try sync()
        try log.truncate(after: zxid)
    }

    func reset(to position: LogPosition) throws(LogError) {
        waiting = []
        try log.reset(to: position)
    }

    func trim(keepingAfter zxid: Zxid) throws(LogError) -> Zxid { try log.trim(keepingAfter: zxid) }
    func makeReader() -> LogReader<PosixDisk> { log.makeReader() }
}

/// Writes snapshots on the caller's thread; refuses while it is told to have no room.
final class SteppedSnapshots: SnapshotWorker {
    private let store: SnapshotStore<PosixDisk>
    private var writer: SnapshotFileWriter<PosixDisk>?
    private(set) var finished: [LogPosition] = []
    private(set) var refusals = 0
    /// Every so many chunks one is refused once; 0 for none.
    var refusesEvery = 0
    private var offers = 0

    init(_ store: SnapshotStore<PosixDisk>) { self.store = store }

    func begin(_ position: LogPosition) -> Bool {
        writer = try! store.begin(position)
        return true
    }

    func offer(_ chunk: SnapshotChunk) -> Bool {
        offers += 1
        if refusesEvery > 0, offers % refusesEvery == 0 {
            refusals += 1
            return false
        }
        try! writer!.append(chunk.bytes)
        return true
    }

    func finish() -> Bool {
        try! writer!.finish()
        finished.append(writer!.position)
        writer = nil
        return true
    }

    func abandon() -> Bool {
        writer?.abandon()
        writer = nil
        return true
    }
}

import Host
import Log
import Wire
import Zab

/// A log that syncs when it is told to, on the caller's thread.
public final class SteppedLog<D: Disk>: LogWorker {
    private let log: TransactionLog<D>
    private let capacity: Int
    private var waiting: [(batch: RecordBatch, committed: Zxid)] = []
    public private(set) var recordBytes = 0
    public private(set) var records = 0
    public private(set) var waits = 0
    public var failure: LogError?

    init(_ log: TransactionLog<D>, capacity: Int) {
        self.log = log
        self.capacity = capacity
    }

    public var durable: Zxid { log.durable }
    public var base: Zxid { log.base }
    public var last: Zxid { log.last }
    public var bytesInFlight: Int { waiting.reduce(0) { $0 + $1.batch.bytes.count } }
    public var hasSyncedAll: Bool { waiting.isEmpty }

    public func sync() throws(LogError) {
        for (batch, committed) in waiting {
            try log.append([batch], committed: committed)
            records += batch.count
            recordBytes += batch.bytes.count
        }
        waiting = []
        try log.sync()
    }

    public func offer(_ batch: RecordBatch, committed: Zxid) -> Bool {
        guard waiting.count < capacity, failure == nil else { return false }
        waiting.append((batch, committed))
        return true
    }

    public func waitForRoom() throws(LogError) {
        if let failure { throw failure }
        waits += 1
        try sync()
    }

    public func truncate(after zxid: Zxid) throws(LogError) {
        try sync()
        try log.truncate(after: zxid)
    }

    public func reset(to position: LogPosition) throws(LogError) {
        waiting = []
        try log.reset(to: position)
    }

    public func trim(keepingAfter zxid: Zxid) throws(LogError) -> Zxid { try log.trim(keepingAfter: zxid) }
    public func makeReader() -> LogReader<D> { log.makeReader() }
}

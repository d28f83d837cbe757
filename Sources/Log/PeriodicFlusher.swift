/// Syncs the log every so often, beside the writes and after they have been acknowledged.
final class PeriodicFlusher<D: Disk> {
    private let log: TransactionLog<D>
    private let lane: DiskLane
    private let interval: UInt64
    private var underway: TransactionLog<D>.Flush?
    /// When the next sync is to begin, in nanoseconds; nil if there is nothing to sync, or a sync is under way.
    private(set) var due: UInt64?

    init(_ log: TransactionLog<D>, _ lane: DiskLane, milliseconds: Int) {
        self.log = log
        self.lane = lane
        interval = UInt64(milliseconds) * 1_000_000
    }

    var isDone: Bool { underway != nil && lane.isDone }

    func noteWrite(at now: UInt64) {
        if due == nil, underway == nil { due = now + interval }
    }

    /// Collects a sync that is done, and begins one that is due.
    func advance(at now: UInt64) throws(LogError) {
        if let flush = underway, lane.isDone {
            underway = nil
            do { try lane.collect() } catch { throw log.fail(.disk(error)) }
            log.settle(flush)
            if log.isDirty { due = now + interval }
        }
        guard let due, now >= due else { return }
        self.due = nil
        guard let flush = log.beginFlush() else { return }
        underway = flush
        lane.carryOut { [log] () throws(DiskError) in try log.disk.syncData(flush.file) }
    }
}

import Wire
import Zab

/// Several groups on their way to the disk at a time, and syncs beside the writes. What is begun may end in any order; it
/// is settled in the order in which it began, so that what is acknowledged is always a prefix.
extension TransactionLog {
    /// Gives the first of these batches their place as one group, which that lane's writer is then to carry there
    /// (`carryOut`, on any thread). Nil if nothing may be under way for what comes next, a new segment or a batch that no
    /// segment holds: settle what is, then try again; or `append` and `sync` if nothing is.
    ///
    /// - Parameter isAlone: nothing is under way.
    package func begin(
        _ batches: ArraySlice<RecordBatch>,
        committed: Zxid,
        lane: Int,
        isAlone: Bool
    ) throws(LogError) -> (group: PlannedGroup, taken: Int)? {
        try checkAlive()
        note(committed: committed)
        guard fitsSegment(batches.first!) else { return nil }
        var taken = active == nil ? 0 : fitting(batches)
        if taken == 0 {
            guard isAlone else { return nil }
            do {
                if active != nil { try roll() }
                try start(.continuation)
            } catch {
                throw fail(error)
            }
            taken = fitting(batches)
        }
        return (plan(batches.prefix(taken), lane: lane), taken)
    }

    /// Writes the group of that lane.
    package func write(lane: Int) throws(DiskError) { try writers[lane].write() }

    /// Makes it durable, if writing it has not.
    package func sync(lane: Int) throws(DiskError) { try writers[lane].sync() }

    package func carryOut(lane: Int) throws(DiskError) {
        try write(lane: lane)
        try sync(lane: lane)
    }

    /// The group, and all before it, have been carried out.
    package func settle(_ group: PlannedGroup) {
        catalog.extend(from: group.before, to: group.end, last: group.last)
        syncCount += 1
        acknowledge(group: group.sequence, last: group.last)
    }

    /// A sync beside the writes, of everything written until now.
    package struct Flush {
        package let file: D.File
        let group: UInt64
    }

    /// Nil if everything is synced. The sync is to be carried out on an opening of its own, by any one thread.
    package func beginFlush() -> Flush? {
        guard isDirty, let active else { return nil }
        return Flush(file: active.lanes.last!, group: lastGroup)
    }

    package func settle(_ flush: Flush) {
        syncCount += 1
        durableGroup = max(durableGroup, flush.group)
        if durableGroup == lastGroup { isDirty = false }
    }
}

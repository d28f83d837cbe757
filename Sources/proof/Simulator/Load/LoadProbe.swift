import Wire
import Zab

/// Counts what happens while a given load is played. Confined to the thread of that run.
final class LoadProbe {
    let gauge: (any CostGauge)?
    /// Of all servers together.
    let disk: DiskMeter
    var leader = 0
    private var tally = LoadTally()
    private var logBytesBefore = 0
    private var allocationsBefore: Int?

    init(gauge: (any CostGauge)?, syncsTwice: Bool = false) {
        self.gauge = gauge
        disk = DiskMeter(gauge: gauge, syncsTwice: syncsTwice)
    }

    func sent(_ byteCount: Int, on kind: Connection.Kind, from end: Int) {
        if kind != .client {
            tally.messages += 1
            tally.messageBytes += byteCount
        } else if end == 1 {
            tally.replies += 1
            tally.replyBytes += byteCount
        }
    }

    func logged(_ server: Int, _ batch: RecordBatch) {
        tally.loggedRecords += batch.count
        guard server == leader else { return }
        tally.proposals += batch.count
        tally.batches += 1
    }

    func committedGroup() { tally.groupCommits += 1 }
    func roundBegan() { tally.rounds += 1 }

    func answered(isWrite: Bool, sentAt: Nanoseconds, now: Nanoseconds, causes: EventCauses?) {
        tally.operations += 1
        if isWrite { tally.writes += 1 }
        tally.responseTime += now - sentAt
        causes?.add(since: sentAt, to: &tally.waits)
    }

    /// The load begins: what came before it is not of its cost.
    ///
    /// - Parameter logBytes: written to all logs so far.
    func begin(logBytes: Int) {
        tally = LoadTally()
        disk.clear()
        logBytesBefore = logBytes
        allocationsBefore = gauge?.allocations
        gauge?.begin()
    }

    /// - Parameter logBytes: written to all logs so far.
    func end(logBytes: Int) -> LoadTally {
        tally.logBytes = logBytes - logBytesBefore
        tally.disk = disk.tally
        if let allocationsBefore, let now = gauge?.allocations { tally.allocations = now - allocationsBefore }
        return tally
    }
}

import Wire
import Zab

/// Counts what happens in an exact run. Confined to the thread of that run.
final class ExactProbe {
    let gauge: (any AllocationGauge)?
    /// Of all servers together.
    let disk: DiskMeter
    var leader = 0
    private var isMeasuring = false
    private var messages = 0
    private var messageBytes = 0
    private var replies = 0
    private var replyBytes = 0
    private var loggedRecords = 0
    private var proposals = 0
    private var batches = 0
    private var operations = 0
    private var writes = 0
    private var waits = EventCauses.Waits()
    private var response: Nanoseconds = 0
    var rounds = 0
    var groupCommits = 0

    init(gauge: (any AllocationGauge)?, syncsTwice: Bool = false) {
        self.gauge = gauge
        disk = DiskMeter(gauge: gauge, syncsTwice: syncsTwice)
    }

    func sent(_ byteCount: Int, on kind: Connection.Kind, from end: Int) {
        if kind != .client {
            messages += 1
            messageBytes += byteCount
        } else if end == 1 {
            replies += 1
            replyBytes += byteCount
        }
    }

    func logged(_ server: Int, _ batch: RecordBatch) {
        loggedRecords += batch.count
        guard server == leader else { return }
        proposals += batch.count
        batches += 1
    }

    /// The load begins: answers count from now on.
    func begin() { isMeasuring = true }

    func answered(isWrite: Bool, sentAt: Nanoseconds, now: Nanoseconds, causes: EventCauses?) {
        guard isMeasuring else { return }
        operations += 1
        if isWrite { writes += 1 }
        response += now - sentAt
        causes?.add(since: sentAt, to: &waits)
    }

    /// Everything until now. The load's own counts are the difference of two.
    ///
    /// - Parameter logBytes: written to all logs.
    func counts(logBytes: Int) -> ExactCounts {
        var counts = ExactCounts()
        counts[.operations] = operations
        counts[.writes] = writes
        counts[.proposals] = proposals
        counts[.batches] = batches
        counts[.loggedRecords] = loggedRecords
        counts[.groupCommits] = groupCommits
        counts[.syncs] = disk.syncs
        counts[.directorySyncs] = disk.directorySyncs
        counts[.diskWrites] = disk.writes
        counts[.logBytes] = logBytes
        counts[.diskBytes] = disk.bytesWritten
        counts[.messages] = messages
        counts[.messageBytes] = messageBytes
        counts[.replies] = replies
        counts[.replyBytes] = replyBytes
        counts[.rounds] = rounds
        counts[.messageDelays] = ExactMetric.messageDelays.scaled(waits.message, per: ExactLoad.messageDelay)
        counts[.syncWaits] = ExactMetric.syncWaits.scaled(waits.sync, per: ExactLoad.syncTime)
        counts[.responseTime] = Int(response / 1_000)
        if let gauge { counts[.allocations] = gauge.count }
        return counts
    }
}

import Zab

/// A transaction, with a mark that tells two of the same zxid apart.
struct Record: Hashable {
    var zxid: Zxid
    var mark: Int
}

/// One server's disk. Appended records are lost in a crash until they are synced; everything else is durable at once.
/// A sync that has ended is told by a completion, which may arrive late.
struct Disk {
    var acceptedEpoch: Epoch = 0
    var currentEpoch: Epoch = 0
    var membership = Membership()
    var base = Zxid.zero
    var log: [Record] = []
    /// How many of `log` are synced.
    var synced = 0
    var snapshot = Zxid.zero
    /// Everything up to `snapshot`.
    var snapshotState: [Record] = []
    /// What was known to be committed at the last sync.
    var committed = Zxid.zero
    /// Ends of syncs that the server has not been told of.
    var completions: [Zxid] = []

    var last: Zxid { log.last?.zxid ?? base }

    var summary: HistorySummary {
        var summary = HistorySummary(base: base)
        for record in log {
            if let end = summary.epochEnds.last, end.epoch == record.zxid.epoch { summary.epochEnds.removeLast() }
            summary.epochEnds.append(record.zxid)
        }
        return summary
    }

    var state: DurableState {
        DurableState(
            acceptedEpoch: acceptedEpoch,
            currentEpoch: currentEpoch,
            history: summary,
            committed: committed,
            snapshot: snapshot,
            membership: membership
        )
    }

    /// The place of the first record after `zxid` in `log`.
    func index(after zxid: Zxid) -> Int {
        var low = 0
        var high = log.count
        while low < high {
            let middle = (low + high) / 2
            if log[middle].zxid <= zxid { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The whole history, whatever part of it the snapshot stands for.
    var history: [Record] { snapshotState + log[index(after: snapshot)...] }

    func hasDurably(_ record: Record) -> Bool {
        if record.zxid <= snapshot { return snapshotState.last { $0.zxid <= record.zxid } == record }
        let place = index(after: record.zxid) - 1
        return place >= 0 && place < synced && log[place] == record
    }

    mutating func sync(knownCommitted: Zxid) {
        guard synced < log.count else { return }
        synced = log.count
        committed = max(committed, min(knownCommitted, last))
        completions.append(last)
    }

    mutating func truncate(to zxid: Zxid) {
        log.removeSubrange(index(after: zxid)...)
        synced = log.count
    }

    mutating func crash(keeping unsynced: Int) {
        log.removeSubrange(min(log.count, synced + unsynced)...)
        synced = log.count
        completions = []
    }

    mutating func install(_ zxid: Zxid, _ state: [Record]) {
        base = zxid
        log = []
        synced = 0
        snapshot = zxid
        snapshotState = state
        committed = zxid
    }
}

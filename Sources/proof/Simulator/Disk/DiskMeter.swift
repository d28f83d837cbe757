import Glibc

/// What disks were asked for.
public struct DiskTally: Sendable {
    /// Calls that write.
    public internal(set) var writes = 0
    /// Also to lay out segments ahead of need.
    public internal(set) var bytesWritten = 0
    /// Of files' contents, by a call of its own or with the write.
    public internal(set) var syncs = 0
    public internal(set) var directorySyncs = 0
}

/// Counts what servers' disks are asked for while a given load is played. Confined to the thread of that run.
final class DiskMeter: @unchecked Sendable {
    private(set) var tally = DiskTally()
    private let gauge: (any CostGauge)?
    /// What a test plants: every sync of a file is made twice, as an engine would that has forgotten the first.
    private let syncsTwice: Bool

    init(gauge: (any CostGauge)?, syncsTwice: Bool) {
        self.gauge = gauge
        self.syncsTwice = syncsTwice
    }

    func clear() { tally = DiskTally() }

    func wrote(_ pieces: UnsafeBufferPointer<iovec>, syncing: Bool) {
        tally.writes += 1
        for piece in pieces { tally.bytesWritten += piece.iov_len }
        if syncing { tally.syncs += 1 }
    }

    /// How often the disk is to sync.
    func synced() -> Int {
        let times = syncsTwice ? 2 : 1
        tally.syncs += times
        return times
    }

    func syncedDirectory() { tally.directorySyncs += 1 }

    /// The disk begins to work: its allocations are the simulator's. Returns what `resume` is to be told.
    func pause() -> Bool? { gauge?.exchange(false) }
    func resume(_ wasCounting: Bool??) { gauge?.restore(wasCounting ?? nil) }
}

import Glibc

/// What a server's disk is asked for in an exact run. Confined to the thread of that run.
final class DiskMeter: @unchecked Sendable {
    private(set) var writes = 0
    private(set) var bytesWritten = 0
    /// Of files' contents, by a call of its own or with the write.
    private(set) var syncs = 0
    private(set) var directorySyncs = 0
    private let gauge: (any AllocationGauge)?
    /// What a test plants: every sync of a file is made twice, as an engine would that has forgotten the first.
    private let syncsTwice: Bool

    init(gauge: (any AllocationGauge)?, syncsTwice: Bool) {
        self.gauge = gauge
        self.syncsTwice = syncsTwice
    }

    func wrote(_ pieces: UnsafeBufferPointer<iovec>, syncing: Bool) {
        writes += 1
        for piece in pieces { bytesWritten += piece.iov_len }
        if syncing { syncs += 1 }
    }

    /// How often the disk is to sync.
    func synced() -> Int {
        let times = syncsTwice ? 2 : 1
        syncs += times
        return times
    }

    func syncedDirectory() { directorySyncs += 1 }

    /// The disk begins to work: its allocations are the simulator's. Returns what `resume` is to be told.
    func pause() -> Bool? { gauge?.exchange(false) }
    func resume(_ wasCounting: Bool??) { gauge?.restore(wasCounting ?? nil) }
}

import Synchronization

/// What a log thread has done since it was started. Written by the log thread alone, read by anybody.
public final class LogStatistics: Sendable {
    private let groupCommitsCell = Atomic<Int>(0)
    private let bytesCell = Atomic<Int>(0)
    private let payloadCell = Atomic<Int>(0)
    private let batchesCell = Atomic<Int>(0)
    private let recordsCell = Atomic<Int>(0)
    private let totalSyncCell = Atomic<UInt64>(0)
    private let maxSyncCell = Atomic<UInt64>(0)
    private let recordsMaxCell = Atomic<Int>(0)
    private let syncCallsCell = Atomic<Int>(0)
    /// How many group commits had a number of records in each class; the last class has all larger ones too.
    private let sizeCells = InlineArray<18, Atomic<Int>> { _ in Atomic(0) }

    /// Group commits: what was acknowledged together.
    public var groupCommits: Int { groupCommitsCell.load(ordering: .relaxed) }
    /// Bytes written to segments: records, group headers, padding, segment starts.
    public var bytesWritten: Int { bytesCell.load(ordering: .relaxed) }
    /// Bytes of records among them.
    public var recordBytes: Int { payloadCell.load(ordering: .relaxed) }
    /// Batches taken from the ring.
    public var batches: Int { batchesCell.load(ordering: .relaxed) }
    public var records: Int { recordsCell.load(ordering: .relaxed) }
    /// From each write's begin to its sync's end.
    public var totalSyncNanoseconds: UInt64 { totalSyncCell.load(ordering: .relaxed) }
    public var maxSyncNanoseconds: UInt64 { maxSyncCell.load(ordering: .relaxed) }
    /// The most records that one sync made durable.
    public var recordsPerSyncMax: Int { recordsMaxCell.load(ordering: .relaxed) }

    /// Calls that the strategy's method counts as syncs, of group commits and beside them.
    public var syncCalls: Int { syncCallsCell.load(ordering: .relaxed) }

    /// Group commits of at most 1, 2, 4, ... `2^17` records.
    public var groupCommitsBySize: [(recordsMax: Int, count: Int)] {
        var sum = 0
        return sizeCells.indices.map { exponent in
            sum += sizeCells[exponent].load(ordering: .relaxed)
            return (1 << exponent, sum)
        }
    }

    /// A sync beside the group commits is over. The log thread only.
    func note(syncCount: Int) { syncCallsCell.store(syncCount, ordering: .relaxed) }

    /// A group commit is over. The log thread only, so plain loads and stores will do.
    func note(
        batches: Int,
        records: Int,
        recordBytes: Int,
        bytesWritten: Int,
        syncCount: Int,
        nanoseconds: UInt64
    ) {
        let size = min(sizeCells.count - 1, Int.bitWidth - max(records - 1, 0).leadingZeroBitCount)
        sizeCells[size].store(sizeCells[size].load(ordering: .relaxed) + 1, ordering: .relaxed)
        syncCallsCell.store(syncCount, ordering: .relaxed)
        groupCommitsCell.store(groupCommits + 1, ordering: .relaxed)
        bytesCell.store(bytesWritten, ordering: .relaxed)
        payloadCell.store(self.recordBytes + recordBytes, ordering: .relaxed)
        batchesCell.store(self.batches + batches, ordering: .relaxed)
        recordsCell.store(self.records + records, ordering: .relaxed)
        totalSyncCell.store(totalSyncNanoseconds + nanoseconds, ordering: .relaxed)
        maxSyncCell.store(max(maxSyncNanoseconds, nanoseconds), ordering: .relaxed)
        recordsMaxCell.store(max(recordsPerSyncMax, records), ordering: .relaxed)
    }
}

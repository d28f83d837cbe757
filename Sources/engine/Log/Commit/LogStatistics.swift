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
    private let minSyncCell = Atomic<UInt64>(.max)
    private let recordsMinCell = Atomic<Int>(.max)
    private let slowCell = Atomic<Int>(0)
    /// The extremes are those of before: the log thread, which alone writes them, begins anew with the next group.
    private let extremesAreOld = Atomic<Bool>(false)
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
    public var maxSyncNanoseconds: UInt64 { isWithoutExtremes ? 0 : maxSyncCell.load(ordering: .relaxed) }
    /// 0 before the first.
    public var minSyncNanoseconds: UInt64 {
        let least = minSyncCell.load(ordering: .relaxed)
        return isWithoutExtremes || least == .max ? 0 : least
    }
    /// The most and the fewest records that one sync made durable; 0 before the first.
    public var recordsPerSyncMax: Int { isWithoutExtremes ? 0 : recordsMaxCell.load(ordering: .relaxed) }
    public var recordsPerSyncMin: Int {
        let least = recordsMinCell.load(ordering: .relaxed)
        return isWithoutExtremes || least == .max ? 0 : least
    }
    /// Group commits that took more than a second, ZooKeeper's `fsync.warningthresholdms`.
    public var slowGroups: Int { slowCell.load(ordering: .relaxed) }
    private static let slowNanoseconds: UInt64 = 1_000_000_000

    private var isWithoutExtremes: Bool { extremesAreOld.load(ordering: .relaxed) }

    /// Minima and maxima are of what comes after. By any thread.
    public func resetExtremes() { extremesAreOld.store(true, ordering: .relaxed) }

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
        if nanoseconds > Self.slowNanoseconds { slowCell.store(slowGroups + 1, ordering: .relaxed) }
        noteExtremes(records, nanoseconds)
    }

    private func noteExtremes(_ records: Int, _ nanoseconds: UInt64) {
        let isFirst = isWithoutExtremes
        let mostTime = isFirst ? 0 : maxSyncCell.load(ordering: .relaxed)
        let leastTime = isFirst ? .max : minSyncCell.load(ordering: .relaxed)
        let mostRecords = isFirst ? 0 : recordsMaxCell.load(ordering: .relaxed)
        let leastRecords = isFirst ? .max : recordsMinCell.load(ordering: .relaxed)
        maxSyncCell.store(max(mostTime, nanoseconds), ordering: .relaxed)
        minSyncCell.store(min(leastTime, nanoseconds), ordering: .relaxed)
        recordsMaxCell.store(max(mostRecords, records), ordering: .relaxed)
        recordsMinCell.store(min(leastRecords, records), ordering: .relaxed)
        if isFirst { extremesAreOld.store(false, ordering: .relaxed) }
    }
}

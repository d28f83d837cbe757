import Synchronization

/// What a log thread has done since it was started. Written by the log thread alone, read by anybody.
public final class LogStatistics: Sendable {
    private let syncsCell = Atomic<Int>(0)
    private let bytesCell = Atomic<Int>(0)
    private let payloadCell = Atomic<Int>(0)
    private let batchesCell = Atomic<Int>(0)
    private let recordsCell = Atomic<Int>(0)
    private let lastSyncCell = Atomic<UInt64>(0)
    private let totalSyncCell = Atomic<UInt64>(0)
    private let maxSyncCell = Atomic<UInt64>(0)
    private let recordsMaxCell = Atomic<Int>(0)

    /// Syncs of appended groups: one each time the ring was drained.
    public var syncs: Int { syncsCell.load(ordering: .relaxed) }
    /// Bytes written to segments: records, group headers, padding, segment starts.
    public var bytesWritten: Int { bytesCell.load(ordering: .relaxed) }
    /// Bytes of records among them.
    public var recordBytes: Int { payloadCell.load(ordering: .relaxed) }
    /// Batches taken from the ring.
    public var batches: Int { batchesCell.load(ordering: .relaxed) }
    public var records: Int { recordsCell.load(ordering: .relaxed) }
    /// From the write's begin to the sync's end.
    public var lastSyncNanoseconds: UInt64 { lastSyncCell.load(ordering: .relaxed) }
    public var totalSyncNanoseconds: UInt64 { totalSyncCell.load(ordering: .relaxed) }
    public var maxSyncNanoseconds: UInt64 { maxSyncCell.load(ordering: .relaxed) }
    /// The most records that one sync made durable.
    public var recordsPerSyncMax: Int { recordsMaxCell.load(ordering: .relaxed) }

    /// A sync is over. The log thread only, so plain loads and stores will do.
    func note(batches: Int, records: Int, recordBytes: Int, bytesWritten: Int, nanoseconds: UInt64) {
        syncsCell.store(syncs + 1, ordering: .relaxed)
        bytesCell.store(bytesWritten, ordering: .relaxed)
        payloadCell.store(self.recordBytes + recordBytes, ordering: .relaxed)
        batchesCell.store(self.batches + batches, ordering: .relaxed)
        recordsCell.store(self.records + records, ordering: .relaxed)
        lastSyncCell.store(nanoseconds, ordering: .relaxed)
        totalSyncCell.store(totalSyncNanoseconds + nanoseconds, ordering: .relaxed)
        maxSyncCell.store(max(maxSyncNanoseconds, nanoseconds), ordering: .relaxed)
        recordsMaxCell.store(max(recordsPerSyncMax, records), ordering: .relaxed)
    }
}

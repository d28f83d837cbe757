import Wire

/// What one group commit is, for the statistics.
package struct GroupCommit: Hashable {
    package private(set) var batches = 0
    package private(set) var records = 0
    /// Of records.
    package private(set) var bytes = 0
    /// When it was taken from what waited.
    package let began: UInt64

    init(_ some: some Collection<RecordBatch>, at now: UInt64) {
        began = now
        for batch in some {
            batches += 1
            records += batch.count
            bytes += batch.bytes.count
        }
    }
}

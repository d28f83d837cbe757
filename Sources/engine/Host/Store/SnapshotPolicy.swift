/// When a server takes a snapshot of its own, and in what pieces.
public struct SnapshotPolicy: Hashable, Sendable {
    /// Transactions after which a snapshot is taken.
    public var snapCount: Int
    /// Bytes of records after which a snapshot is taken and older log is dropped, if that comes before `snapCount`; but
    /// never less than twice the size of the data, so that snapshots cost at most half of what the log does.
    public var snapshotLogBytes: Int
    /// What one slice of a snapshot may hold up the loop for, in bytes.
    public var sliceBytes: Int

    public init(snapCount: Int = 10_000_000, snapshotLogBytes: Int = 64 << 20, sliceBytes: Int = 64 << 10) {
        self.snapCount = snapCount
        self.snapshotLogBytes = snapshotLogBytes
        self.sliceBytes = sliceBytes
    }

    /// - Parameters:
    ///   - records: logged since the last snapshot.
    ///   - recordBytes: bytes of them.
    ///   - dataBytes: the approximate size of the replicated state.
    public func isDue(records: Int, recordBytes: Int, dataBytes: Int) -> Bool {
        recordBytes >= max(snapshotLogBytes, 2 * dataBytes) || records >= snapCount
    }
}

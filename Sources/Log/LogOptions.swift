public struct LogOptions: Hashable, Sendable {
    /// The size of a segment file in bytes, a multiple of 4096, at least 8192. A record that does not fit makes one
    /// segment longer.
    public var segmentSize: Int
    /// How many dropped segments are kept to be used again.
    public var recycledMax: Int
    public var strategy: SyncStrategy

    public init(
        segmentSize: Int = 64 << 20,
        recycledMax: Int = 4,
        strategy: SyncStrategy = .recycledFdatasync
    ) {
        self.segmentSize = segmentSize
        self.recycledMax = recycledMax
        self.strategy = strategy
    }
}

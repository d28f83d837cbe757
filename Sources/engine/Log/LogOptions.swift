public struct LogOptions: Hashable, Sendable {
    /// The format of segments, by the number that stands in them.
    public static var formatVersion: UInt32 { SegmentFormat.version }

    /// The size of a segment file in bytes, a multiple of 4096, at least 8192. A record that does not fit makes one
    /// segment longer.
    public var segmentSize: Int
    /// How many dropped segments are kept to be used again, where the strategy does that.
    public var recycledMax: Int
    public var strategy: SyncStrategy
    /// Valid for the strategy.
    public var commit: CommitOptions

    public init(
        segmentSize: Int = 64 << 20,
        recycledMax: Int = 4,
        strategy: SyncStrategy = .recycledFdatasync,
        commit: CommitOptions = .natural
    ) {
        self.segmentSize = segmentSize
        self.recycledMax = strategy.allocation == .recycled ? recycledMax : 0
        self.strategy = strategy
        self.commit = commit
    }
}

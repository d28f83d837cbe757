import Zab

/// What was on the disk when a log was opened.
public struct RecoveredLog: Hashable, Sendable {
    /// Something that a crash had left and recovery removed; never a record that had been acknowledged.
    public struct Removal: Hashable, Sendable, CustomStringConvertible {
        public var path: String
        /// Where what was removed began, in bytes.
        public var offset: Int
        public var reason: String

        public var description: String { "\(path): \(reason) at byte \(offset)" }
    }

    public var history = HistorySummary()
    /// The checksum of the record at `history.base`.
    public var baseChain: UInt32 = 0
    /// The checksum of the last record: what the next one is chained to.
    public var chain: UInt32 = 0
    /// The newest zxid known to be committed, at most `last`; zero if unknown.
    public var committed = Zxid.zero
    /// Of the ensemble, by the newest segment that has one; 0 for none.
    public var ensemble: UInt64 = 0
    /// The segment that says so.
    public var ensemblePath = ""
    public var records = 0
    public var segments = 0
    /// For the log line.
    public var removals: [Removal] = []

    public init() {}

    public var last: Zxid { history.last }
}

/// The same with what the log needs to go on.
struct FoundLog<D: Disk> {
    var report = RecoveredLog()
    /// Oldest first.
    var segments: [SegmentCatalog<D>.Segment] = []
    /// The newest group's sequence.
    var lastGroup: UInt64 = 0
    var nextSequence: UInt64 = 1
    /// Paths of files that the supply may use.
    var recycled: [String] = []
    /// If true, something behind the last record must be cut off before anything is appended.
    var hasTornTail = false
}

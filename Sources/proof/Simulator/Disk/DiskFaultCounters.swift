/// How many faults of each kind a disk has had, over all its crashes: a run that claims to have tested a fault shows
/// that it happened.
public struct DiskFaultCounters: Hashable, Sendable {
    public var crashes = 0
    public var failedReads = 0
    public var failedWrites = 0
    /// Those of the failed writes that left a part behind.
    public var shortWrites = 0
    public var failedSyncs = 0
    public var failedDirectorySyncs = 0
    public var failedNameChanges = 0
    /// Planned failures of calls of other kinds.
    public var failedOthers = 0
    /// Calls that found the disk full.
    public var refusalsForSpace = 0
    public var flippedBits = 0
    public var misdirectedSectors = 0
    public var staleSectors = 0

    public init() {}

    public var total: Int {
        crashes + failedReads + failedWrites + failedSyncs + failedDirectorySyncs + failedNameChanges + failedOthers
            + refusalsForSpace + flippedBits + misdirectedSectors + staleSectors
    }

    public static func += (counters: inout DiskFaultCounters, other: DiskFaultCounters) {
        counters.crashes += other.crashes
        counters.failedReads += other.failedReads
        counters.failedWrites += other.failedWrites
        counters.shortWrites += other.shortWrites
        counters.failedSyncs += other.failedSyncs
        counters.failedDirectorySyncs += other.failedDirectorySyncs
        counters.failedNameChanges += other.failedNameChanges
        counters.failedOthers += other.failedOthers
        counters.refusalsForSpace += other.refusalsForSpace
        counters.flippedBits += other.flippedBits
        counters.misdirectedSectors += other.misdirectedSectors
        counters.staleSectors += other.staleSectors
    }

    mutating func noteFailure(_ target: DiskFault.Target) {
        switch target {
        case .read: failedReads += 1
        case .write: failedWrites += 1
        case .sync: failedSyncs += 1
        case .directorySync: failedDirectorySyncs += 1
        case .nameChange: failedNameChanges += 1
        case .other: failedOthers += 1
        }
    }
}

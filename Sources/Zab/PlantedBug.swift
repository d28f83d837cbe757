/// Bugs that are known, of a kind that consensus systems had, and can be switched on one at a time to see whether the
/// simulator finds them.
///
/// They exist in debug builds only: the compilation condition `PLANTED_BUGS` is set for that configuration by the
/// manifest, and without it `isPlanted` is the constant false, for every bug.
public enum PlantedBug: String, CaseIterable, Sendable {
    /// The log says that a group is durable without having synced it.
    case ackBeforeSync = "ack-before-sync"
    /// NEWLEADER is acknowledged before the history that it names is durable (ZOOKEEPER-4646).
    case newLeaderAckBeforeSync = "newleader-ack-before-sync"
    /// `currentEpoch` is on the disk before the history that it stands for (ZOOKEEPER-4643).
    case epochBeforeHistory = "epoch-before-history"

    #if PLANTED_BUGS
        /// The one that is switched on, in the whole process. Set before the first server starts, never after.
        nonisolated(unsafe) public static var planted: PlantedBug?
    #endif

    /// Whether this build can have bugs planted.
    public static var isPossible: Bool {
        #if PLANTED_BUGS
            true
        #else
            false
        #endif
    }

    @inlinable public var isPlanted: Bool {
        #if PLANTED_BUGS
            Self.planted == self
        #else
            false
        #endif
    }
}

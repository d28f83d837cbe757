/// A learner's state: whom it follows and how far it has come.
struct Allegiance: Sendable {
    enum Stage: UInt8, Comparable, Sendable {
        /// Waiting for the quorum link to open.
        case connecting
        /// Told our accepted epoch; waiting for LEADERINFO.
        case informed
        /// Promised the epoch; waiting for DIFF, TRUNC or SNAP.
        case promised
        /// Waiting for the bytes of a snapshot.
        case receivingSnapshot
        /// Receiving the history that we lack.
        case receivingHistory
        /// NEWLEADER is here; waiting for the initial history to be durable.
        case persisting
        /// NEWLEADER is acknowledged; waiting for UPTODATE.
        case acknowledged
        case serving

        static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    var leader: ServerID
    var stage = Stage.connecting
    var epoch: Epoch = 0
    /// The leader's; 0 if it has none.
    var identity: UInt64 = 0
    var historyEnd = Zxid.zero
    var snapshot = Zxid.zero
    /// The newest commit that the leader told of; what of it is not logged yet waits (ZOOKEEPER-4394).
    var knownCommitted = Zxid.zero
    /// When NEWLEADER was acknowledged; meaningful while we wait for UPTODATE.
    var acknowledgedAt: Nanoseconds = 0
    /// The last cumulative acknowledgement that was sent.
    var acked = Zxid.zero
    /// When the leader was heard last, or was held back by us.
    var heardAt: Nanoseconds
    /// When it was heard last.
    var spokeAt: Nanoseconds
    /// When the next pong is due that no ping has asked for.
    var pongAt: Nanoseconds = 0

    init(leader: ServerID, now: Nanoseconds) {
        self.leader = leader
        heardAt = now
        spokeAt = now
    }

    mutating func heard(_ now: Nanoseconds) {
        heardAt = now
        spokeAt = now
    }
}

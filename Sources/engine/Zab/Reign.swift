/// A leader's state besides its learners.
struct Reign: Sendable {
    enum Stage: UInt8, Comparable, Sendable {
        /// Waiting for the accepted epochs of a quorum.
        case discovering
        /// The epoch is fixed; waiting for a quorum's promise to refuse older ones.
        case promising
        /// The initial history is fixed; waiting for a quorum to have it, durably.
        case synchronizing
        /// Serving.
        case established

        static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    var stage = Stage.discovering
    /// Before it is fixed: the least that it can become.
    var epoch: Epoch
    /// The ensemble's, our own or our candidate for it.
    var identity: UInt64 = 0
    /// The last transaction of the epoch's initial history, from `synchronizing` on.
    var historyEnd = Zxid.zero
    /// Whether our own acknowledgement of NEWLEADER counts: initial history durable, current epoch on disk.
    var selfSynchronized = false
    /// When the stage has taken too long; meaningless once established.
    var deadline: Nanoseconds
    var pingAt: Nanoseconds
    /// By voter index: voters that let us know that they elect or follow another. No use waiting for them
    /// (ZOOKEEPER-3109).
    var deserted: [Bool]

    init(epoch: Epoch, voterCount: Int, now: Nanoseconds, deadline: Nanoseconds) {
        self.epoch = epoch
        self.deadline = deadline
        pingAt = now
        deserted = Array(repeating: false, count: voterCount)
    }
}

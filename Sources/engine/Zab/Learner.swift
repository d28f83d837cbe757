/// What a leader knows of one server at the other end of a quorum link.
struct Learner: Sendable {
    /// How far the learner has come; later stages include the earlier ones.
    enum Stage: UInt8, Comparable, Sendable {
        /// The link is open.
        case connected
        /// It told its accepted epoch.
        case informed
        /// It was told our epoch, accepted it and told its history.
        case promised
        /// It was sent NEWLEADER: from here on it gets every proposal.
        case forwarding
        /// It acknowledged NEWLEADER.
        case synchronized

        static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    let id: ServerID
    /// Its place among the voters; nil for an observer.
    let place: Int?
    var stage = Stage.connected
    var acceptedEpoch: Epoch = 0
    /// Confirmed, or 0.
    var identity: UInt64 = 0
    /// Whether its promise counts for our epoch (see `Message.uncountedEpoch`).
    var promiseCounts = false
    /// Only between `promised` and `forwarding`.
    var history = HistorySummary()
    /// The last transaction that was streamed to it.
    var sent = Zxid.zero
    /// Everything up to this is durable there.
    var acked = Zxid.zero
    /// The newest commit that a message or a stream took to it.
    var toldCommitted = Zxid.zero
    /// When it was heard last, or was held back by us.
    var heardAt: Nanoseconds
    /// When it was heard last.
    var spokeAt: Nanoseconds
    /// A transaction that was sent no later than `awaitedSince` and is not acknowledged yet; nil if all is. One
    /// marker instead of a queue of send times: it moves on to `sent` whenever it is reached, so that the age of the
    /// oldest unacknowledged proposal is known to within a factor of two.
    var awaited: Zxid?
    var awaitedSince: Nanoseconds = 0

    init(id: ServerID, place: Int?, now: Nanoseconds) {
        self.id = id
        self.place = place
        heardAt = now
        spokeAt = now
    }

    var isVoter: Bool { place != nil }

    mutating func heard(_ now: Nanoseconds) {
        heardAt = now
        spokeAt = now
    }

    /// What it says and owes may be there, unread.
    mutating func wasHeld(_ now: Nanoseconds) {
        heardAt = now
        awaitedSince = now
    }

    mutating func didSend(through zxid: Zxid, now: Nanoseconds) {
        sent = zxid
        if awaited == nil {
            awaited = zxid
            awaitedSince = now
        }
    }

    mutating func didAcknowledge(through zxid: Zxid, now: Nanoseconds) {
        acked = zxid
        if let marker = awaited, zxid >= marker {
            awaited = zxid < sent ? sent : nil
            awaitedSince = now
        }
    }
}

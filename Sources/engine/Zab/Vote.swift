/// Whom a server wants as leader, and the history that this leader has.
///
/// Votes are ordered by the leader's current epoch, then its last logged zxid, then its id (FastLeaderElection,
/// `totalOrderPredicate`). The zxid is that of the *log*, never of a transaction that is not in the log
/// (ZOOKEEPER-2845).
public struct Vote: Hashable, Comparable, Sendable {
    public var peerEpoch: Epoch
    public var zxid: Zxid
    public var leader: ServerID

    public init(peerEpoch: Epoch, zxid: Zxid, leader: ServerID) {
        self.peerEpoch = peerEpoch
        self.zxid = zxid
        self.leader = leader
    }

    public static func < (left: Vote, right: Vote) -> Bool {
        (left.peerEpoch, left.zxid, left.leader) < (right.peerEpoch, right.zxid, right.leader)
    }
}

/// What a server says of itself to the others.
public enum PeerState: UInt8, Sendable {
    case looking = 0
    case following = 1
    case leading = 2
    case observing = 3
}

/// One message of the election: the sender's state, its round and its vote.
public struct Notification: Hashable, Sendable {
    public var state: PeerState
    /// The sender's election round (`electionEpoch`): a logical clock, advanced by each new election.
    public var round: UInt64
    public var vote: Vote

    /// Whether this comes later than a server's own round (see `Peer.round`).
    func isNewer(than other: UInt64) -> Bool { Int64(bitPattern: round &- other) > 0 }

    public init(state: PeerState, round: UInt64, vote: Vote) {
        self.state = state
        self.round = round
        self.vote = vote
    }
}

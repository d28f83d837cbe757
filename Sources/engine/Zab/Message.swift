/// What a leader and its learners tell each other on the quorum link, besides the transactions themselves
/// (proposals and snapshots are bytes and travel beside these; see `Input.proposals` and `Effect.stream`).
public enum Message: Hashable, Sendable {
    // Learner to leader.
    /// FOLLOWERINFO / OBSERVERINFO: the first word on a new link.
    /// `identity` is the confirmed one, or 0.
    case learnerInfo(acceptedEpoch: Epoch, observer: Bool, identity: UInt64 = 0)
    /// ACKEPOCH: the epoch is accepted and on disk; here is my history. `currentEpoch` is `uncountedEpoch` if the
    /// promise must not count for this leader.
    case ackEpoch(currentEpoch: Epoch, history: HistorySummary)
    /// Everything up to this zxid is durable here. Cumulative.
    case ack(Zxid)
    /// The history that NEWLEADER names is durable here, and after it the epoch.
    case ackNewLeader(Epoch)
    /// Answer to a ping.
    case pong

    // Leader to learner.
    /// LEADERINFO: the epoch that this leader proposes, and the identity that goes with it (see `Membership`).
    case leaderInfo(newEpoch: Epoch, identity: UInt64 = 0)
    /// The learner's history is a prefix of mine; what follows is the rest.
    case diff
    /// Cut everything after this zxid; what follows is the rest.
    case trunc(to: Zxid)
    /// Throw your state away; a snapshot at this zxid follows, then the rest.
    case snap(Zxid)
    /// NEWLEADER: the history up to this zxid is the initial history of the epoch.
    case newLeader(Epoch, historyEnd: Zxid)
    /// The epoch is established; everything up to this zxid is committed. Serve.
    case upToDate(committed: Zxid)
    /// Everything up to this zxid is committed (only when no proposal carries it).
    case commit(Zxid)
    case ping(committed: Zxid)

    /// In the place of the current epoch: this learner had accepted the epoch before, and does not know to have done
    /// so for this leader (it was another, or a restart forgot). It may be synchronized, but its promise does not
    /// count: two would-be leaders may propose the same epoch, and a promise is for one of them. ZooKeeper sends -1,
    /// which is the same on the wire.
    public static let uncountedEpoch = Epoch.max
}

/// What happens to a server, as data. Nothing else reaches the protocol: no clock, no random source, no socket.
public enum Input: Hashable, Sendable {
    /// Time goes on. Comes at least ten times a tick; every other input is taken to happen at the last tick's time.
    case tick(now: Nanoseconds)
    /// The way to a peer's election port opened (its notifications can be answered) or closed.
    case electionLink(ServerID, up: Bool)
    case notification(from: ServerID, Notification)
    /// A quorum link opened or closed: on a learner the one it asked for with `Effect.connect`, on a leader one that
    /// a learner opened. A server has at most one with each peer; a new one replaces the old, which closes first.
    case quorumLink(ServerID, up: Bool)
    case message(from: ServerID, Message)
    /// Transactions from the leader, all of one epoch, consecutive from `first` to `last`; the bytes are with the
    /// caller, who has verified their checksums. `committed` is the COMMIT that rides along.
    case proposals(from: ServerID, first: Zxid, last: Zxid, committed: Zxid)
    /// The serving leader made these transactions, consecutive from `nextZxid`. Ignored by a server that no longer
    /// leads: nothing of it is logged.
    case propose(first: Zxid, last: Zxid)
    /// We do not read what this peer says, since our own log is behind; its link is open. Comes with every tick as long
    /// as that is so: who is not listened to is not silent.
    case held(ServerID)
    /// Everything appended up to this zxid has been synced.
    case durable(Zxid)
    /// The bytes of a snapshot that the leader announced with `snap` have all arrived, are synced, and stand for the
    /// whole history up to this zxid. Until this comes, nothing that arrives after the snapshot's announcement on that
    /// link is delivered.
    case snapshotInstalled(Zxid)
    /// A snapshot of our own at `snapshot` is durable, and the log now starts after `base`.
    case snapshotTaken(snapshot: Zxid, base: Zxid)
    /// Everything that was there to be read has been stepped. Comes soon after every other input: commits go out with the
    /// proposals of the same round, or now.
    case endOfRound
}

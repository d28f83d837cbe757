/// What a server wants done, as data. The shell carries effects out in the order in which they were emitted; the
/// ones that persist or truncate are done, to the disk, before the next one begins.
public enum Effect: Hashable, Sendable {
    /// Send on the election link; lost if the link is down (the link's next `up` brings a new one).
    case notify(ServerID, Notification)
    /// Open a quorum link to this would-be leader; `Input.quorumLink(up: true)` tells of success. The shell goes on
    /// trying until `disconnect`. A link that opens and is closed by the other side at once is told too, up and then
    /// down: that is how a server says that it does not lead.
    case connect(ServerID)
    /// Close the quorum link with this peer and stop trying to open it. No `quorumLink(up: false)` follows, nothing
    /// more from that link is delivered, and a snapshot that was being received on it is thrown away. The reason is for
    /// the log: what the peer said that cannot be; nil where links end in the protocol's course.
    case disconnect(ServerID, because: String? = nil)
    /// What this peer said is not believed and was dropped; its link stays. For the log.
    case disbelieved(ServerID, because: String)
    /// Send on the quorum link, in order with `stream` and `sendSnapshot`.
    case send(ServerID, Message)
    /// Send the transactions after `after` up to and including `through`, all of one epoch, on the quorum link, from
    /// memory or from the log, in order with the sends. The newest committed zxid rides along when the bytes leave.
    case stream(ServerID, after: Zxid, through: Zxid)
    /// Send the bytes of the snapshot at this zxid on the quorum link.
    case sendSnapshot(ServerID, Zxid)
    /// Append to the log the transactions of the current `proposals` or `propose` input, from `first` to `last`
    /// (a prefix that was there before is left out). `Input.durable` answers, later.
    case append(first: Zxid, last: Zxid)
    /// Cut the log after this zxid, durably; when this is done, everything up to it is durable too. A `durable` of an
    /// append from before the cut may still come, but no longer once the next quorum link has opened.
    case truncate(Zxid)
    /// Make this the accepted epoch, durably.
    case persistAcceptedEpoch(Epoch)
    /// Make this the current epoch, durably. Only ever emitted when the history that it names is durable.
    /// With it, in the same write, the identity of the epoch's leader; 0 leaves the identity as it is.
    case persistCurrentEpoch(Epoch, identity: UInt64 = 0)
    /// Write, durably, that the identity beside the current epoch is confirmed (see `Membership`). Once in the life of
    /// a server's data.
    case confirmIdentity
    /// Apply everything up to and including this zxid.
    case commit(Zxid)
    /// The server's place changed: tell clients, counters and the log line.
    case changed(Phase)
    /// Stop the server, now, with this line: its own committed history is contradicted. The core does nothing more.
    case fatal(String)
}

/// A server's place in the ensemble, fine enough to measure an election by.
public enum Phase: Hashable, Sendable {
    /// Electing.
    case looking
    /// Chosen by a quorum, finding the new epoch and synchronizing a quorum. Until the epoch is found the number is
    /// the least that it can be; if another is found, the change is told again.
    case preparing(epoch: Epoch)
    /// Leader of an established epoch: clients are served.
    case leading(epoch: Epoch)
    /// Following this leader, not yet synchronized.
    case joining(leader: ServerID)
    /// Synchronized with this leader: clients are served.
    case following(leader: ServerID, epoch: Epoch)
    /// As `following`, without a vote.
    case observing(leader: ServerID, epoch: Epoch)

    /// Whether clients are served in this place.
    public var isServing: Bool {
        switch self {
        case .leading, .following, .observing: true
        case .looking, .preparing, .joining: false
        }
    }
}

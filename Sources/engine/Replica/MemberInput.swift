import Wire
import Zab
import Znodes

/// What happens to a server, as data. Views of bytes are valid during the step only.
public enum MemberInput {
    /// Time goes on: monotonic nanoseconds, and milliseconds since 1970 for what clients see.
    case tick(now: Nanoseconds, wallClockMilliseconds: Int64)
    case electionLink(ServerID, up: Bool)
    case notification(from: ServerID, Notification)
    /// A quorum link has opened: the one that was wished for, or one that a learner dialled. It takes the place of any
    /// other with the same peer.
    case linkOpened(Link)
    /// It was closed by the peer, or broke.
    case linkClosed(Link)
    /// Ignored on a link that the member wants closed.
    case frame(Link, PeerFrame)
    case clientOpened(ConnectionID, from: ClientAddress)
    /// The client is there: it has sent frames that wait, or has read some of its replies.
    case heard(ConnectionID)
    /// Comes with every tick while frames of the connection wait, so that no more is read of it.
    case heldBack(ConnectionID)
    case clientClosed(ConnectionID)
    /// We read nothing of this link, since our log is behind. Comes with every tick while that is so.
    case held(Link)
    /// The log is durable up to this zxid.
    case durable(Zxid)
    /// A snapshot of this server's own is durable; the log starts after `logBase` now.
    case snapshotTaken(snapshot: Zxid, logBase: Zxid)
    /// Everything that was there to be read has been stepped: what was collected becomes one batch.
    case endOfRound
}

/// What a server wants done, as data, to be carried out in order. The ones that persist, truncate or install are done
/// on the disk before the next one begins. Byte ranges are into `MemberEffects.bytes`.
public enum MemberEffect {
    case notify(ServerID, Notification)
    /// Open a quorum link to this would-be leader, and go on trying until the wish ends or is fulfilled.
    case dial(Wish)
    case stopDialling(Wish)
    /// Close this link after everything that was sent on it before.
    case close(Link, reason: String?)
    /// What this peer said is not believed: a line for the log.
    case disbelieved(ServerID, reason: String)
    /// A request that was done has exceeded the soft limit of a quota: a line for the log.
    case softLimitExceeded(OutstandingChanges.SoftLimit)
    /// Send these bytes (whole frames) on the quorum link, in order with `stream` and `sendSnapshot`.
    case send(Link, Range<Int>)
    case stream(Link, after: Zxid, through: Zxid)
    case sendSnapshot(Link, Zxid)
    /// Append to the log; `committed` goes along as a hint for recovery.
    case append(RecordBatch, committed: Zxid)
    case truncate(Zxid)
    case persistAcceptedEpoch(Epoch)
    case persistCurrentEpoch(Epoch, identity: UInt64)
    case confirmIdentity
    /// A snapshot from the leader begins, goes on, and is whole. On the last: make it durable, then start the log anew
    /// after it.
    case beginSnapshotFile(Zxid, chain: UInt32)
    case writeSnapshotFile(Range<Int>)
    case installSnapshotFile(Zxid, chain: UInt32)
    case changed(Phase)
    /// Close this client's connection after what is ready has been sent; the reason, if any, is for the log line.
    case closeClient(ConnectionID, reason: String?)
    /// This server cannot go on. One line that says why and what to do.
    case fatal(String)
}

/// The effects of one or more steps, and the bytes that they name. Reused from step to step.
public final class MemberEffects {
    public var list: [MemberEffect] = []
    public let bytes = ByteWriter(capacity: 4096)
    /// Connections that have bytes to send, each once; see `Member.takeReplies`.
    public var dirty: [ConnectionID] = []

    public init() {}

    public func removeAll() {
        list.removeAll(keepingCapacity: true)
        bytes.removeAll()
        dirty.removeAll(keepingCapacity: true)
    }

    func send(_ frame: PeerFrame, on link: Link) {
        let start = bytes.count
        frame.encode(into: bytes)
        list.append(.send(link, start..<bytes.count))
    }
}

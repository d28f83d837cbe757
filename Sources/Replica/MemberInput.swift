import Wire
import Zab

/// What happens to a server, as data. Views of bytes are valid during the step only.
public enum MemberInput {
    /// Time goes on: monotonic nanoseconds, and milliseconds since 1970 for what clients see.
    case tick(now: Nanoseconds, wallClockMilliseconds: Int64)
    case electionLink(ServerID, up: Bool)
    case notification(from: ServerID, Notification)
    case quorumLink(ServerID, up: Bool)
    case frame(from: ServerID, PeerFrame)
    case clientOpened(ConnectionID)
    /// Whole frames, each with its length before it, in the order in which the client sent them.
    case clientFrames(ConnectionID, UnsafeRawBufferPointer)
    /// A ping that has overtaken frames of its connection for which there is no room: answered at once. Without length.
    /// `MemberEffects.consumed` is 0 if it cannot be: then it waits like the others.
    case heartbeat(ConnectionID, UnsafeRawBufferPointer)
    /// The client is there: it has sent frames that wait, or has read some of its replies.
    case heard(ConnectionID)
    /// Comes with every tick while frames of the connection wait, so that no more is read of it.
    case heldBack(ConnectionID)
    case clientClosed(ConnectionID)
    /// We read nothing of what this peer says, since our log is behind. Comes with every tick while that is so.
    case held(ServerID)
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
    case connect(ServerID)
    case disconnect(ServerID, reason: String?)
    /// What this peer said is not believed: a line for the log.
    case disbelieved(ServerID, reason: String)
    /// Send these bytes (whole frames) on the quorum link, in order with `stream` and `sendSnapshot`.
    case send(ServerID, Range<Int>)
    case stream(ServerID, after: Zxid, through: Zxid)
    case sendSnapshot(ServerID, Zxid)
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
    /// Peers whose link is to be closed by an effect that is not carried out yet.
    public var disconnects: [ServerID] = []
    /// How many bytes of the last `clientFrames` were taken. The rest comes again when the connection has room: what the
    /// member holds for a client is bounded, and the client's own socket holds the rest back.
    public var consumed = 0

    public init() {}

    public func removeAll() {
        list.removeAll(keepingCapacity: true)
        bytes.removeAll()
        dirty.removeAll(keepingCapacity: true)
        disconnects.removeAll(keepingCapacity: true)
    }

    func send(_ frame: PeerFrame, to peer: ServerID) {
        let start = bytes.count
        frame.encode(into: bytes)
        list.append(.send(peer, start..<bytes.count))
    }
}

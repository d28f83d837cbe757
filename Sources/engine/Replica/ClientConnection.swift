import DequeModule
import Wire
import Zab
import Znodes

/// A connection's place in the member's table, chosen by the shell: small, dense, used again after `clientClosed`.
public typealias ConnectionID = Int32

/// A client's request that has no answer yet. Answers leave in the order of the requests.
struct PendingRequest {
    enum Kind: UInt8 {
        /// Became, or will become, a transaction: answered when that is applied.
        case write
        /// A read that came after an unanswered write of the same session: done when that is answered.
        case read
        /// Made no transaction (an error, a sync): answered once everything up to `after` is applied.
        case settled
    }
    var kind: Kind
    var op: OpCode
    var xid: Int32
    var code: ErrorCode = .ok
    /// When it came.
    var arrival: Stamp = 0
    var after = Zxid.zero
    /// The bytes of the request's frame: what this request holds of the member's bound; 0 for a read.
    var size: Int32
    /// A read's: the bytes of its frame and of the answer that it would have had when it came.
    var reserved: Int32 = 0
    /// A read's frame, a sync's path, or the results of a failed multi; nil for the common write.
    var body: [UInt8]?
}

/// One client connection as the member sees it.
///
/// Questions about its requests are `mutating`, although nothing changes: for any other the optimizer copies the whole struct
/// first, with its retains and releases, several times for every write.
struct ClientConnection {
    enum State: UInt8 {
        case closed
        /// Nothing heard yet.
        case new
        /// Asked for a session; waits for the transaction or for the leader's word.
        case connecting
        case open
        /// Its session's end is under way.
        case closing
    }

    var state = State.closed
    var address = ClientAddress.unknown
    /// Who the client is in the requests that come now.
    var identities = ReplicatedState.nobody
    /// The leader has been told of them, and takes them for those of the session's requests until it is told otherwise.
    var isIdentified = false
    /// What unanswered addAuths have proved, in their order: reads before each of them do not profit from it.
    var identitiesToCome: [IdentitiesID] = []
    var sessionID: Int64 = 0
    /// The session's timeout in milliseconds, as granted.
    var timeout: Int32 = 0
    /// Transactions up to here were there before the session came to this connection: they are nobody's answer here,
    /// although a client that counts its xids anew may have a request with the same one.
    var fence = Zxid.zero
    /// Which question to the leader about its session is this connection's.
    var question: UInt32 = 0
    /// As its first frame had it.
    var readOnly: Bool?
    /// Heard since the leader was last told.
    var touched = false
    /// Listed among the connections with something to send.
    var dirty = false
    /// Listed among the connections whose oldest request is settled and waits for a commit.
    var awaitsCommit = false
    /// Replies and events, ready to be sent.
    var out = ByteWriter(capacity: ClientConnection.outCapacity)
    static let outCapacity = 512
    /// Memory that `out` keeps when it is empty; what a large answer needed is given back.
    static let outKeptMax = 256 << 10
    private var pending: Deque<PendingRequest> = []
    /// What the first request makes room for: a `Deque` grows by half only.
    private static let pendingCapacity = 16
    /// How many of the pending requests are reads, and what they will have for replies.
    private(set) var deferredReads = 0
    private(set) var reserved = 0
    /// The largest write among the pending requests, or that was there since there were none: what a read behind it may
    /// find.
    private(set) var largestWrite: Int32 = 0

    /// What this connection counts for in `Member.replyBytes`.
    var counted = 0
    /// What answers had beyond their reserve since replies were taken.
    var overdrawn = 0
    /// Where in `out` the newest answer begins that could have waited; for `Member.boundsViolation`.
    var lastAnswerAt = 0
    /// Listed among the connections whose next answer waits for room or for another round.
    var isUnfinished = false
    /// The oldest request is a listing whose reply is being made in slices. Nothing else may go to `out`.
    var isListing = false
    /// Events that come behind that reply.
    var heldEvents: ByteWriter?
    /// The round since which replies wait to be taken.
    var dirtySince = 0
    var tally = ConnectionTally()

    @inline(__always)
    var pendingCount: Int { pending.count }
    /// Bytes of replies that are there or will be.
    @inline(__always)
    var replySize: Int { out.count + reserved + (heldEvents?.count ?? 0) }

    @inline(__always)
    mutating func push(_ request: consuming PendingRequest, at arrival: Stamp) {
        if pending.isEmpty { pending.reserveCapacity(ClientConnection.pendingCapacity) }
        request.arrival = arrival
        if request.kind == .read {
            deferredReads += 1
            reserved += Int(request.reserved)
        } else {
            largestWrite = max(largestWrite, request.size)
        }
        pending.append(request)
    }

    @inline(__always)
    var head: PendingRequest? { pending.first }

    /// True if the oldest unanswered request is the write with this xid and operation. The operation tells a client's
    /// request from the end that the leader gives to its session, whose transaction has the xid 0.
    @inline(__always)
    mutating func headIsWrite(xid: Int32, type: Int32) -> Bool {
        !pending.isEmpty && pending[0].kind == .write && pending[0].xid == xid && pending[0].op.rawValue == type
    }

    /// True if something before the next read waits for a commit.
    @inline(__always)
    var headWaitsForCommit: Bool { mutating get { !pending.isEmpty && pending[0].kind == .write } }

    @inline(__always)
    mutating func popHead() -> Int32 {
        let request = pending.removeFirst()
        if request.kind == .read {
            if !PlantedBug.deferredReadsKept.isPlanted { deferredReads -= 1 }
            reserved -= Int(request.reserved)
        }
        if pending.isEmpty { largestWrite = 0 }
        tally.answered(request.op, xid: request.xid, from: request.arrival)
        return request.size
    }

    /// Settles the oldest waiting write with this xid. False if there is none.
    mutating func settle(xid: Int32, code: ErrorCode, after: Zxid, body: [UInt8]?) -> Bool {
        for index in pending.indices where pending[index].kind == .write && pending[index].xid == xid {
            pending[index].kind = .settled
            pending[index].code = code
            pending[index].after = after
            if let body { pending[index].body = body }
            return true
        }
        return false
    }

    /// True if the oldest write is the one with this xid and operation, whatever is before it.
    mutating func oldestWriteIs(xid: Int32, type: Int32) -> Bool {
        for index in pending.indices where pending[index].kind == .write {
            return pending[index].xid == xid && pending[index].op.rawValue == type
        }
        return false
    }

    /// Unanswered syncs, by looking at each request.
    var pendingSyncs: Int {
        var count = 0
        for index in pending.indices where pending[index].op == .sync { count += 1 }
        return count
    }

    /// What the unanswered requests hold of the member's bounds, by looking at each.
    var pendingSums: (bytes: Int, requests: Int, reads: Int, reserved: Int) {
        var sums = (bytes: 0, requests: 0, reads: 0, reserved: 0)
        for index in pending.indices {
            if pending[index].kind == .read {
                sums.reads += 1
                sums.reserved += Int(pending[index].reserved)
            } else {
                sums.bytes += Int(pending[index].size)
                sums.requests += 1
            }
        }
        return sums
    }
}

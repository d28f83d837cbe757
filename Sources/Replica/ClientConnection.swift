import Wire
import Zab

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
    var after = Zxid.zero
    /// The bytes of the request's frame: what this request holds of the member's bound.
    var size: Int32
    /// A read's frame, a sync's path, or the results of a failed multi; nil for the common write.
    var body: [UInt8]?
}

/// One client connection as the member sees it.
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
    var sessionID: Int64 = 0
    /// The session's timeout in milliseconds, as granted.
    var timeout: Int32 = 0
    /// Transactions up to here were there before the session came to this connection: they are nobody's answer here,
    /// although a client that counts its xids anew may have a request with the same one.
    var fence = Zxid.zero
    /// What the leader was asked for this connection: whether its session may come here.
    var question: Int64 = 0
    /// Heard since the leader was last told.
    var touched = false
    /// Listed among the connections with something to send.
    var dirty = false
    /// Listed among the connections whose oldest request is settled and waits for a commit.
    var awaitsCommit = false
    /// Replies and events, ready to be sent.
    var out = ByteWriter(capacity: 512)
    private var pending: [PendingRequest] = []
    private var pendingHead = 0
    /// How many of the pending requests are reads.
    private(set) var deferredReads = 0

    var pendingCount: Int { pending.count - pendingHead }

    mutating func push(_ request: PendingRequest) {
        pending.append(request)
        if request.kind == .read { deferredReads += 1 }
    }

    var head: PendingRequest? { pendingHead < pending.count ? pending[pendingHead] : nil }

    /// True if the oldest unanswered request is the write with this xid and operation. The operation tells a client's
    /// request from the end that the leader gives to its session, whose transaction has the xid 0.
    @inline(__always)
    func headIsWrite(xid: Int32, type: Int32) -> Bool {
        pendingHead < pending.count && pending[pendingHead].kind == .write && pending[pendingHead].xid == xid
            && pending[pendingHead].op.rawValue == type
    }

    /// True if something before the next read waits for a commit.
    var headWaitsForCommit: Bool { pendingHead < pending.count && pending[pendingHead].kind == .write }

    @inline(__always)
    mutating func popHead() -> Int32 {
        let size = pending[pendingHead].size
        if pending[pendingHead].kind == .read { deferredReads -= 1 }
        pending[pendingHead].body = nil
        pendingHead += 1
        if pendingHead == pending.count {
            pending.removeAll(keepingCapacity: true)
            pendingHead = 0
        } else if pendingHead >= 1024, pendingHead * 2 > pending.count {
            pending.removeFirst(pendingHead)
            pendingHead = 0
        }
        return size
    }

    /// Settles the oldest waiting write with this xid. False if there is none.
    mutating func settle(xid: Int32, code: ErrorCode, after: Zxid, body: [UInt8]?) -> Bool {
        for index in pendingHead..<pending.count where pending[index].kind == .write && pending[index].xid == xid {
            pending[index].kind = .settled
            pending[index].code = code
            pending[index].after = after
            if let body { pending[index].body = body }
            return true
        }
        return false
    }

    /// The bytes that unanswered requests hold.
    var pendingSize: Int {
        var sum = 0
        for index in pendingHead..<pending.count { sum += Int(pending[index].size) }
        return sum
    }
}

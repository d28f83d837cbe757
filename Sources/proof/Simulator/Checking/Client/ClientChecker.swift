import Wire
import Zab

/// Checks what clients saw against the one sequence of committed transactions.
///
/// The simulator, which knows everything, calls it in the order of virtual time: `committed` for each transaction once,
/// before any reply or event that reflects it; the others when a client sends or receives. A connection of a client
/// begins with `connected` (the ConnectRequest leaves), goes on with `sessionOpened`, `sessionExpired` or
/// `sessionRefused` (the answer), and ends with `disconnected`. Clients have small numbers from 0, one connection at a
/// time, and xids that ascend on each connection; they repeat no operation. A later connection of a session may use its
/// xids again, but for writes without data, which nothing else would tell apart.
///
/// Pure and deterministic; about a microsecond for an event.
struct ClientChecker {
    /// What a leader that does not know yet that it was deposed, or one that has not committed yet, may answer. Apache
    /// ZooKeeper and this engine need these, except for `staleErrors`.
    struct Allowances: OptionSet, Sendable {
        let rawValue: Int
        /// An error that was right before the operation was invoked.
        static let staleErrors = Allowances(rawValue: 1)
        /// A sync from before its invocation.
        static let staleSyncs = Allowances(rawValue: 2)
        /// A session given back after its closeSession was committed.
        static let staleReconnects = Allowances(rawValue: 4)
        /// A client told that its session is over while the closeSession is proposed and not committed.
        static let expiryBeforeClose = Allowances(rawValue: 8)
    }

    struct Operation {
        enum State: UInt8 { case pending, acknowledged, failed, read, lost }
        var operation: ClientOperation
        var client: Int32
        var session: Int32
        /// Which of all connections it was sent on.
        var connection: Int32
        var xid: Int32
        /// The path's number in the model; -1 where the operation has none, or several.
        var path: Int32
        /// The number of who its client was when it was sent.
        var identities: Int32
        var state: State
        var at: Nanoseconds
        /// The newest zxid that was committed, and the newest that was acknowledged, when it was invoked.
        var committedBefore: UInt64
        var acknowledgedBefore: UInt64
        /// The index of its transaction, -1 if none is known.
        var transaction: Int
    }

    /// What watches may wait for, and what its client has not heard of yet.
    struct Due {
        var zxid: UInt64
        var path: Int32
        var type: Int32
        /// The number of the access list of the node.
        var acl: Int32 = 0
        /// It may come, and need not.
        var isOptional = false
    }

    struct Client {
        var session: Int32 = -1
        var isConnected = false
        var connection: Int32 = -1
        /// Unanswered operations, oldest first, without pings.
        var unanswered: [Int] = []
        var unansweredHead = 0
        var watching = Watching()
        var known = Known()
        var due: [Due] = []
        /// Events that only a setWatches which is not answered yet can explain.
        var unexplained: [Due] = []
        var unansweredSetWatches = 0
        /// No reply on this connection may have a smaller zxid.
        var floor: UInt64 = 0
        /// The newest zxid that was committed when the ConnectRequest left.
        var committedBeforeConnect: UInt64 = 0
        /// Writes of this connection that are committed: operation and zxid, both ascending.
        var committedWrites: [(operation: Int, zxid: UInt64)] = []
    }

    /// What clients know of a session, beside what the model knows.
    struct SessionView {
        var client: Int32 = -1
        /// No reply to the session may have a smaller zxid.
        var floor: UInt64 = 0
        var connects = 0
        /// The xids of its writes and their operations, both ascending.
        private(set) var writes: [(xid: Int32, operation: Int)] = []
        var heard: [Nanoseconds] = []
        /// The operation of its newest committed write, -1 before the first.
        var lastCommitted = -1

        mutating func add(_ operation: Int, xid: Int32) {
            writes.insert((xid, operation), at: place(after: xid))
        }

        /// Its writes with this xid, one for each connection that used it.
        func operations(xid: Int32) -> [Int] {
            let end = place(after: xid)
            var start = end
            while start > 0, writes[start - 1].xid == xid { start -= 1 }
            return writes[start..<end].map(\.operation)
        }

        private func place(after xid: Int32) -> Int {
            var low = 0
            var high = writes.count
            while low < high {
                let middle = (low + high) / 2
                if writes[middle].xid <= xid { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    var model = ZnodeModel()
    let clockSkewTolerance: Double
    let allowances: Allowances
    /// After this many violations no more are kept: what follows a mistake is mostly its shadow.
    let violationsMax: Int

    var violations: [Violation] = []
    var operations: [Operation] = []
    var clients: [Client] = []
    /// By the model's number of the session.
    var views: [SessionView] = []
    /// Everything that a watch could have told of, in order.
    var happened: [Due] = []
    /// Every list of ids that a client has been known by, once.
    var identityLists: [[Identity]] = [[]]
    var leaderTimes: [Nanoseconds] = []
    /// Transactions that no operation belongs to so far.
    var orphans: [Int] = []
    var connectionCount: Int32 = 0
    /// The newest write that its client knows to be done.
    var acknowledged: UInt64 = 0

    var operationsChecked = 0
    var commitsChecked = 0
    var eventsChecked = 0

    /// - Parameter clockSkewTolerance: the share of its timeout that a session has at least, whatever the servers'
    ///   clocks do.
    init(clockSkewTolerance: Double = 0.7, allowances: Allowances = [], violationsMax: Int = 100) {
        self.clockSkewTolerance = clockSkewTolerance
        self.allowances = allowances
        self.violationsMax = violationsMax
    }

    /// Everything has happened: what is still open is judged now.
    mutating func finish() {
        for index in orphans {
            let transaction = model.transactions[index]
            report(.neverInvoked, at: lastTime, "\(show(transaction)) belongs to no operation of any client")
        }
        orphans.removeAll()
    }

    /// The latest time that was heard of.
    var lastTime: Nanoseconds = 0

    // MARK: Operations

    /// A client sends a request on its connection, which has its session.
    /// - Parameters:
    ///   - client: one that `connected` has named.
    ///   - session: as `sessionOpened` named it.
    ///   - xid: of a write: larger than those of all earlier writes on this connection, and not 0.
    /// - Returns: the operation's number.
    mutating func invoked(
        client: Int,
        session: Int64,
        xid: Int32,
        op: ClientOperation,
        at time: Nanoseconds
    ) -> Int {
        lastTime = time
        let slot = view(session)
        let number = operations.count
        operations.append(
            Operation(
                operation: op,
                client: Int32(client),
                session: Int32(slot),
                connection: clients[client].connection,
                xid: xid,
                path: path(of: op),
                identities: clients[client].known.sent,
                state: .pending,
                at: time,
                committedBefore: model.newest,
                acknowledgedBefore: acknowledged,
                transaction: -1
            )
        )
        switch op {
        case .ping: return number
        case .setWatches, .more(.setWatches2): clients[client].unansweredSetWatches += 1
        case .setData, .create, .createSwept, .delete, .check, .multi, .setACL, .closeSession:
            precondition(xid > 0, "xids of writes are above 0")
            views[slot].add(number, xid: xid)
            if !orphans.isEmpty { adopt(number, session: slot, xid: xid) }
        case .more(.auth(let scheme, let secret)): claims(client: client, scheme, secret)
        case .getData, .exists, .getChildren, .getACL, .sync, .more: break
        }
        clients[client].unanswered.append(number)
        return number
    }

    /// A transaction that was there before its operation.
    private mutating func adopt(_ number: Int, session: Int, xid: Int32) {
        guard
            let place = orphans.firstIndex(where: {
                model.transactions[$0].session == session && model.transactions[$0].cxid == xid
            })
        else { return }
        let index = orphans.remove(at: place)
        operations[number].transaction = index
        report(.committedBeforeInvocation, at: lastTime, "\(show(model.transactions[index])) is of \(show(number))")
    }

    /// The connection broke before the reply came: what became of the operation nobody will tell.
    mutating func lost(id: Int) {
        guard operations[id].state == .pending else { return }
        operations[id].state = .lost
        let client = Int(operations[id].client)
        if Self.lists(operations[id].operation) != nil { clients[client].unansweredSetWatches -= 1 }
        clients[client].unanswered.removeAll { $0 == id }
        clients[client].unansweredHead = min(clients[client].unansweredHead, clients[client].unanswered.count)
    }

    // MARK: Names

    private mutating func path(of op: ClientOperation) -> Int32 {
        switch op {
        case .setData(let path, _, _), .create(let path, _, _, _, _, _), .createSwept(let path, _, _),
            .delete(let path, _), .check(let path, _),
            .setACL(let path, _, _), .getACL(let path), .getData(let path, _), .exists(let path, _),
            .getChildren(let path, _, _):
            model.path(path)
        case .multi, .sync, .setWatches, .closeSession, .ping, .more: -1
        }
    }

    /// The session's number, with room for what clients know of it.
    mutating func view(_ session: Int64) -> Int {
        let slot = model.session(session)
        while views.count <= slot { views.append(SessionView()) }
        return slot
    }

    // MARK: Lines

    mutating func report(_ kind: Violation.Kind, at time: Nanoseconds, _ text: String) {
        guard violations.count < violationsMax else { return }
        violations.append(Violation(kind: kind, at: time, text: text))
    }

    func show(_ number: Int) -> String {
        let it = operations[number]
        let session = Self.hex(model.sessions[Int(it.session)].id)
        return
            "\(it.operation) (client \(it.client), session \(session), xid \(it.xid), sent at \(Self.milliseconds(it.at)))"
    }

    func show(_ transaction: ZnodeModel.Transaction) -> String {
        let session = Self.hex(model.sessions[transaction.session].id)
        return
            "transaction \(Zxid(rawValue: transaction.zxid)) (type \(transaction.type), session \(session), cxid \(transaction.cxid))"
    }

    static func hex(_ session: Int64) -> String { "0x" + String(UInt64(bitPattern: session), radix: 16) }
}

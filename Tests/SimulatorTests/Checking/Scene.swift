import Wire
import Zab
import Znodes

@testable import Simulator

/// A history made by hand: the real engine says what the transactions and the replies are, the test says who sees what
/// and when.
final class Scene {
    var checker: ClientChecker
    let state = ReplicatedState()
    let changes = OutstandingChanges()
    private(set) var zxid = Zxid(epoch: 1, counter: 0)
    private(set) var time: Nanoseconds = 1_000_000_000
    private var xids: [Int32] = []
    private var sessions: [Int64] = []

    struct Transaction {
        var zxid: Zxid
        var payload: [UInt8]
        var reply: [UInt8]
    }

    static let timeout: Int32 = 1000
    static let ms: Nanoseconds = 1_000_000

    init(allowances: ClientChecker.Allowances = []) { checker = ClientChecker(allowances: allowances) }

    /// The kinds of what was found, after all is said.
    func kinds() -> [ClientChecker.Violation.Kind] {
        checker.finish()
        return checker.violations.map(\.kind)
    }

    func wait(_ milliseconds: Nanoseconds) { time += milliseconds * Self.ms }

    // MARK: Transactions

    /// What a leader makes of the operation, applied to the engine's state; the checker hears nothing of it.
    func make(_ op: OpCode, _ body: (ByteWriter) -> Void, session: Int64, cxid: Int32) -> Transaction {
        let request = ByteWriter()
        body(request)
        let payload = ByteWriter()
        let next = zxid.advanced(by: 1)
        let result = changes.prepare(
            op: op,
            body: request.bytes,
            sessionID: session,
            cxid: cxid,
            zxid: next,
            time: Int64(time / 1_000_000),
            state: state,
            into: payload
        )
        precondition(result == .ok, "\(op) fails with \(result)")
        zxid = next
        let reply = ByteWriter()
        var events: [WatchEvent] = []
        _ = try! state.apply(payload.bytes, reply: reply, events: &events)
        changes.committed(through: zxid, in: state)
        return Transaction(zxid: zxid, payload: Array(payload.bytes), reply: Array(reply.bytes))
    }

    func make(_ op: ClientOperation, client: Int, xid: Int32) -> Transaction {
        make(op.code, { op.encodeBody(into: $0) }, session: sessions[client], cxid: xid)
    }

    func commit(_ transaction: Transaction, zxid: Zxid? = nil, proposedAt: Nanoseconds? = nil) {
        wait(1)
        transaction.payload.withUnsafeBytes {
            checker.committed(zxid: zxid ?? transaction.zxid, payload: $0, at: time, proposedAt: proposedAt)
        }
    }

    /// A transaction made by hand: header and record.
    func raw(
        _ op: OpCode,
        client: Int,
        cxid: Int32,
        zxid: Zxid? = nil,
        session: Int64? = nil,
        _ record: (ByteWriter) -> Void
    ) -> Transaction {
        if zxid == nil { self.zxid = self.zxid.advanced(by: 1) }
        let writer = ByteWriter()
        TransactionHeader(
            sessionID: session ?? sessions[client],
            cxid: cxid,
            zxid: zxid ?? self.zxid,
            time: Int64(time / 1_000_000),
            type: op.rawValue
        ).encode(into: writer)
        record(writer)
        return Transaction(zxid: zxid ?? self.zxid, payload: Array(writer.bytes), reply: [])
    }

    // MARK: Clients

    func session(_ client: Int) -> Int64 { sessions[client] }

    /// A new client with a session and a connection; its number.
    @discardableResult
    func open() -> Int {
        let client = sessions.count
        let session = Int64(100 + client)
        sessions.append(session)
        xids.append(0)
        checker.connected(client: client, at: time)
        commit(make(.createSession, { $0.append(Self.timeout) }, session: session, cxid: 0), proposedAt: time)
        checker.sessionOpened(client: client, session: session, at: time)
        return client
    }

    /// The connection ends, and the client has another.
    func reconnect(_ client: Int) {
        checker.disconnected(client: client)
        wait(1)
        checker.connected(client: client, at: time)
        wait(1)
        checker.sessionOpened(client: client, session: sessions[client], at: time)
    }

    func invoke(_ client: Int, _ op: ClientOperation) -> Int {
        wait(1)
        xids[client] += 1
        return checker.invoked(client: client, session: sessions[client], xid: xids[client], op: op, at: time)
    }

    func xid(_ client: Int) -> Int32 { xids[client] }

    func answer(_ id: Int, _ zxid: Zxid, _ body: [UInt8] = [], code: ErrorCode = .ok) {
        wait(1)
        body.withUnsafeBytes {
            checker.replied(id: id, headerZxid: zxid, code: code.rawValue, body: $0, at: time)
        }
    }

    func event(_ client: Int, _ type: Int32, _ path: String) {
        wait(1)
        checker.watchEvent(client: client, type: type, path: path, at: time)
    }

    /// Asks, commits and answers.
    @discardableResult
    func write(_ client: Int, _ op: ClientOperation) -> Transaction {
        let id = invoke(client, op)
        let transaction = make(op, client: client, xid: xids[client])
        commit(transaction)
        answer(id, transaction.zxid, transaction.reply)
        return transaction
    }

    /// What a server with the state as it is now would say.
    func look(_ op: ClientOperation) -> (code: ErrorCode, body: [UInt8]) {
        let request = ByteWriter()
        let reply = ByteWriter()
        op.encodeBody(into: request)
        let code = state.read(op.code, body: request.bytes, watcher: 0, reply: reply)
        return (code, Array(reply.bytes))
    }

    /// Asks and answers from the state as it is now.
    func read(_ client: Int, _ op: ClientOperation) {
        let id = invoke(client, op)
        let (code, body) = look(op)
        answer(id, zxid, body, code: code)
    }
}

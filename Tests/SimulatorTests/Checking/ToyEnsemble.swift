import Randomness
import Wire
import Zab
import Znodes

@testable import Simulator

/// Servers that apply one log at their own pace and answer clients by ZooKeeper's rules, made of the real engine's prep
/// step and state, without Zab and without Member: an independent word on what a correct ensemble does, and a place to
/// plant what it must not do.
final class ToyEnsemble {
    enum Fault: CaseIterable, Sendable {
        case none
        /// An event is not sent.
        case dropsEvents
        /// A client's events come after the replies that they belong before.
        case delaysEvents
        case repeatsEvents
        /// Reads carry the newest committed zxid, and show what the server has.
        case overstatesReads
        /// A client may come back to a server that is behind it.
        case forgetsLastSeen
        /// A write is acknowledged when it is proposed.
        case acknowledgesProposals
        /// Sessions end while they are heard.
        case expiresEarly
        /// Now and then a proposed write is not in the log, and is answered all the same.
        case losesWrites
        /// Now and then a write is in the log twice.
        case repeatsWrites
        /// What was asked for on a lost connection is done after what the session asks for on its next.
        case forgetsMoves
    }

    enum Reply {
        case answer(id: Int, zxid: Zxid, code: Int32, body: [UInt8])
        case event(type: Int32, path: String)
        case opened(Int64)
    }

    struct Entry {
        enum Kind { case write, settled, read, connect }
        var kind: Kind
        var id: Int
        var xid: Int32
        var op: ClientOperation
        var code = ErrorCode.ok
        var after = Zxid.zero
        var body: [UInt8] = []

        /// The code of its transaction.
        var type: OpCode { kind == .connect ? .createSession : op.code }
    }

    /// One connection, at its server; its index is the watcher's number.
    struct Link {
        var client: Int
        var server: Int
        var session: Int64
        var isOpen = true
        var queue: [Entry] = []
        var out: [Reply] = []
        var held: [Reply] = []
    }

    struct Server {
        let state = ReplicatedState()
        var applied = 0
        /// Requests for the leader, in the order in which they came.
        var forward: [(link: Int, entry: Entry)] = []
    }

    struct Client {
        var link = -1
        var session: Int64 = 0
        var xid: Int32 = 0
        var lastSeen = Zxid.zero
        /// The session is there, and requests may be sent.
        var isOpen = false
        var isClosing = false
        var watches: [[String]] = [[], [], []]
        var heardAt: Nanoseconds = 0
    }

    let fault: Fault
    var checker = ClientChecker()
    var random: SplitMix64
    var servers: [Server]
    var clients: [Client]
    var links: [Link] = []
    let changes = OutstandingChanges()
    var log: [(payload: [UInt8], proposedAt: Nanoseconds)] = []
    var committed = 0
    var now: Nanoseconds = 0
    var nextSession: Int64 = 1
    static let timeout: Int32 = 200

    init(seed: UInt64, fault: Fault = .none, servers: Int = 3, clients: Int = 5) {
        self.fault = fault
        random = SplitMix64(seed: seed)
        self.servers = (0..<servers).map { _ in Server() }
        self.clients = (0..<clients).map { _ in Client() }
        checker.leaderEstablished(at: 0)
    }

    func zxid(_ count: Int) -> Zxid { Zxid(epoch: count == 0 ? 0 : 1, counter: UInt32(count)) }

    func run(steps: Int) {
        for _ in 0..<steps {
            now += 1_000_000
            step()
        }
        checker.finish()
    }

    private func step() {
        switch random.below(20) {
        case 0..<6: send(random.below(clients.count))
        case 6..<9: lead(random.below(servers.count))
        case 9..<12: commit()
        case 12..<15:
            let server = random.below(servers.count)
            for _ in 0...random.below(4) { apply(server) }
        case 15..<19:
            let link = clients[random.below(clients.count)].link
            for _ in 0...random.below(4) where link >= 0 { deliver(link) }
        default:
            switch random.below(8) {
            case 0: disconnect(random.below(clients.count))
            case 1: expire(random.below(clients.count))
            default: break
            }
        }
    }

    // MARK: The leader

    /// Takes the next request of a server.
    private func lead(_ server: Int) {
        guard !servers[server].forward.isEmpty else { return }
        let (link, entry) = servers[server].forward.removeFirst()
        let session = links[link].session
        let hasMoved = links[(link + 1)...].contains { $0.session == session }
        if hasMoved, fault != .forgetsMoves { return }
        if case .sync = entry.op { return settle(link, entry.id, .ok) }
        let code = propose(entry.type, session: session, cxid: entry.xid) { writer in
            if entry.kind == .connect { writer.append(Self.timeout) } else { entry.op.encodeBody(into: writer) }
        }
        guard code == .ok else {
            guard let failure = changes.multiFailure else { return settle(link, entry.id, code) }
            let body = ByteWriter()
            failure.encode(into: body)
            return settle(link, entry.id, .ok, Array(body.bytes))
        }
        plant(link, entry)
    }

    private func plant(_ link: Int, _ entry: Entry) {
        guard entry.kind == .write, links[link].isOpen else { return }
        if fault == .acknowledgesProposals {
            let zxid = zxid(log.count)
            links[link].out.append(.answer(id: entry.id, zxid: zxid, code: 0, body: []))
            links[link].queue.removeAll { $0.id == entry.id }
        }
        guard random.below(20) == 0 else { return }
        if fault == .losesWrites, case .setData = entry.op {
            // Its place in the log is taken by a write of nothing.
            let check = ByteWriter()
            var header = Self.header(log[log.count - 1].payload)
            header.type = OpCode.multi.rawValue
            header.cxid = 0
            header.encode(into: check)
            check.append(Int32(0))
            log[log.count - 1].payload = Array(check.bytes)
            settle(link, entry.id, .ok, Array(repeating: 0, count: Stat.encodedSize))
        } else if fault == .repeatsWrites {
            _ = propose(entry.op.code, session: links[link].session, cxid: entry.xid) {
                entry.op.encodeBody(into: $0)
            }
        }
    }

    private func propose(_ op: OpCode, session: Int64, cxid: Int32, _ body: (ByteWriter) -> Void) -> ErrorCode {
        let request = ByteWriter()
        let payload = ByteWriter()
        body(request)
        let code = changes.prepare(
            op: op,
            body: request.bytes,
            sessionID: session,
            cxid: cxid,
            zxid: zxid(log.count + 1),
            time: Int64(now / 1_000_000),
            state: servers[0].state,
            into: payload
        )
        if code == .ok { log.append((Array(payload.bytes), now)) }
        return code
    }

    private func settle(_ link: Int, _ id: Int, _ code: ErrorCode, _ body: [UInt8] = []) {
        guard links[link].isOpen, let index = links[link].queue.firstIndex(where: { $0.id == id }) else { return }
        links[link].queue[index].kind = .settled
        links[link].queue[index].code = code
        links[link].queue[index].after = zxid(log.count)
        links[link].queue[index].body = body
        drain(link)
    }

    private func commit() {
        guard committed < log.count else { return }
        let (payload, proposedAt) = log[committed]
        committed += 1
        payload.withUnsafeBytes {
            checker.committed(zxid: zxid(committed), payload: $0, at: now, proposedAt: proposedAt)
        }
    }

    private func expire(_ client: Int) {
        let session = clients[client].session
        guard session != 0 else { return }
        let isDue = now >= clients[client].heardAt + Nanoseconds(Self.timeout) * 1_000_000
        guard isDue || (fault == .expiresEarly && now < clients[client].heardAt + 50_000_000) else { return }
        _ = propose(.closeSession, session: session, cxid: 0) { _ in }
    }

    private static func header(_ payload: [UInt8]) -> TransactionHeader {
        payload.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try! TransactionHeader(from: &reader)
        }
    }

    // MARK: Servers

    private func apply(_ server: Int) {
        guard servers[server].applied < committed else { return }
        let payload = log[servers[server].applied].payload
        let header = Self.header(payload)
        let target = links.indices.last {
            links[$0].isOpen && links[$0].server == server && links[$0].session == header.sessionID
        }
        let reply = ByteWriter()
        var events: [WatchEvent] = []
        payload.withUnsafeBytes { _ = try! servers[server].state.apply($0, reply: reply, events: &events) }
        servers[server].applied += 1
        if server == 0 { changes.committed(through: header.zxid, in: servers[0].state) }
        notify(events)
        var isAnswered = false
        if let target, let head = links[target].queue.first, head.kind == .write || head.kind == .connect,
            head.xid == header.cxid, head.type.rawValue == header.type
        {
            isAnswered = true
            links[target].queue.removeFirst()
            if head.kind == .connect {
                links[target].out.append(.opened(header.sessionID))
            } else {
                links[target].out.append(.answer(id: head.id, zxid: header.zxid, code: 0, body: Array(reply.bytes)))
            }
        }
        if let target, !isAnswered, header.type == OpCode.closeSession.rawValue { disconnect(links[target].client) }
        for link in links.indices where links[link].isOpen && links[link].server == server {
            drain(link)
        }
    }

    private func notify(_ events: [WatchEvent]) {
        for event in events where links[Int(event.watcher)].isOpen {
            let reply = Reply.event(type: event.type, path: String(decoding: event.path, as: UTF8.self))
            if fault == .dropsEvents, random.below(10) == 0 { continue }
            if fault == .delaysEvents, random.below(3) == 0 {
                links[Int(event.watcher)].held.append(reply)
                continue
            }
            links[Int(event.watcher)].out.append(reply)
            if fault == .repeatsEvents, random.below(5) == 0 { links[Int(event.watcher)].out.append(reply) }
        }
    }

    func drain(_ link: Int) {
        let server = links[link].server
        let applied = zxid(servers[server].applied)
        while let head = links[link].queue.first {
            switch head.kind {
            case .write, .connect: return
            case .settled:
                guard head.after <= applied else { return }
                links[link].out.append(.answer(id: head.id, zxid: applied, code: head.code.rawValue, body: head.body))
            case .read:
                let body = ByteWriter()
                let request = ByteWriter()
                head.op.encodeBody(into: request)
                var code = ErrorCode.ok
                var events: [WatchEvent] = []
                let state = servers[server].state
                switch head.op {
                case .ping: break
                case .setWatches:
                    code = state.answerWatchRequest(
                        .setWatches,
                        body: request.bytes,
                        watcher: WatcherID(link),
                        reply: ByteWriter(capacity: 16),
                        events: &events
                    )
                default:
                    code = state.read(head.op.code, body: request.bytes, watcher: WatcherID(link), reply: body)
                }
                notify(events)
                let shown = fault == .overstatesReads ? zxid(committed) : applied
                links[link].out.append(
                    .answer(id: head.id, zxid: shown, code: code.rawValue, body: Array(body.bytes))
                )
            }
            links[link].queue.removeFirst()
            if !links[link].held.isEmpty { links[link].out.append(links[link].held.removeFirst()) }
        }
    }
}

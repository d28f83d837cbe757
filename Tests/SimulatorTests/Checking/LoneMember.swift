import Host
import Randomness
import Replica
import Stepped
import TestSupport
import Wire
import Zab
import Znodes

@testable import Simulator

/// One real server without its IO, and clients that send without waiting: what it answers goes to the checker frame by
/// frame, and its log becomes durable when chance says so.
final class LoneMember: SteppedServer {
    struct Client {
        var socket: SteppedSocket?
        var session: Int64 = 0
        var password = RawFrame.noPassword
        var isOpen = false
        var xid: Int32 = 0
        var lastSeen = Zxid.zero
        /// Unanswered operations by xid, oldest first.
        var sent: [(xid: Int32, id: Int)] = []
        var watched: [String] = []
    }

    /// The engine tells a client that its session is over as soon as the end is proposed, as ZooKeeper does.
    var checker = ClientChecker(allowances: .expiryBeforeClose)
    var random: SplitMix64
    var clients: [Client]
    private var batches: [RecordBatch] = []
    private var told = Zxid.zero

    init(seed: UInt64, clients: Int) {
        random = SplitMix64(seed: seed)
        self.clients = (0..<clients).map { _ in Client() }
        super.init(.quick(ServerID(1), of: [ServerID(1)]))
        start()
        endRound()
        checker.leaderEstablished(at: now)
    }

    func run(steps: Int) {
        for _ in 0..<steps {
            switch random.below(12) {
            case 0..<7: act(random.below(clients.count))
            case 7, 8: if sync() { endRound() }
            case 9:
                advance(milliseconds: 3)
                endRound()
            default: endRound()
            }
        }
        precondition(host.failure == nil, host.failure!)
        checker.finish()
    }

    // MARK: what comes out

    override func willCarryOut(_ effect: MemberEffect) {
        if case .append(let batch, _) = effect { batches.append(batch) }
    }

    override func newsCame() {
        tellCommitted()
        for news in takeNews() {
            switch news {
            case .bytes(let socket, let bytes): if let client = client(of: socket) { receive(client, bytes) }
            case .outputShut(let socket), .closed(let socket):
                if let client = client(of: socket) { gone(client) }
                hangUp(socket)
            case .dial: break
            }
        }
    }

    private func client(of socket: SteppedSocket) -> Int? { clients.firstIndex { $0.socket === socket } }

    private func tellCommitted() {
        for batch in batches {
            batch.forEachRecord { zxid, payload in
                guard zxid > told, zxid <= host.member.committed else { return }
                told = zxid
                checker.committed(zxid: zxid, payload: payload, at: now)
            }
        }
        batches.removeAll { $0.last <= told }
    }

    // MARK: Clients

    private func act(_ client: Int) {
        guard let socket = clients[client].socket else { return connect(client) }
        guard clients[client].isOpen else { return }
        if random.below(40) == 0 {
            gone(client)
            return hangUp(socket)
        }
        for _ in 0...random.below(3) { send(client, operation()) }
    }

    private func connect(_ client: Int) {
        let socket = SteppedSocket()
        clients[client].socket = socket
        checker.connected(client: client, at: now)
        accept(client: socket)
        let frame = RawFrame.connect(
            timeoutMilliseconds: 1000,
            sessionID: clients[client].session,
            password: clients[client].password,
            lastZxidSeen: Int64(bitPattern: clients[client].lastSeen.rawValue)
        )
        frame.withUnsafeBytes { receive($0, on: socket) }
    }

    private func gone(_ client: Int) {
        checker.disconnected(client: client)
        clients[client].socket = nil
        clients[client].isOpen = false
        clients[client].sent.removeAll()
    }

    private func send(_ client: Int, _ op: ClientOperation) {
        guard let socket = clients[client].socket else { return }
        clients[client].xid += 1
        // A ping is answered with its own xid, whatever it was sent with.
        let xid = op == .ping ? ReservedXid.ping : clients[client].xid
        let id = checker.invoked(client: client, session: clients[client].session, xid: xid, op: op, at: now)
        checker.heard(session: clients[client].session, at: now)
        clients[client].sent.append((xid, id))
        let frame = ByteWriter()
        op.encodeFrame(xid: xid, into: frame)
        receive(frame.bytes, on: socket)
    }

    private func receive(_ client: Int, _ bytes: [UInt8]) {
        bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            while reader.remaining > 0 {
                let length = try! reader.int32()
                var frame = ByteReader(try! reader.bytes(Int(length)))
                if clients[client].isOpen { reply(client, &frame) } else { opened(client, &frame) }
            }
        }
    }

    private func opened(_ client: Int, _ frame: inout ByteReader) {
        let response = try! ConnectResponse(from: &frame)
        guard response.sessionID != 0 else {
            checker.sessionExpired(client: client, session: clients[client].session, at: now)
            clients[client] = Client(socket: clients[client].socket, xid: clients[client].xid)
            return
        }
        let isBack = clients[client].session == response.sessionID
        clients[client].session = response.sessionID
        clients[client].password = response.password
        clients[client].isOpen = true
        checker.sessionOpened(client: client, session: response.sessionID, at: now)
        let watched = clients[client].watched
        clients[client].watched.removeAll()
        guard isBack else { return }
        send(
            client,
            .setWatches(relativeZxid: clients[client].lastSeen, data: watched, exist: [path()], children: watched)
        )
    }

    private func reply(_ client: Int, _ frame: inout ByteReader) {
        let xid = try! frame.int32()
        let zxid = Zxid(rawValue: try! frame.uint64())
        let code = try! frame.int32()
        if xid == ReservedXid.watchEvent {
            let type = try! frame.int32()
            _ = try! frame.int32()
            return checker.watchEvent(client: client, type: type, path: try! frame.string(), at: now)
        }
        let index = clients[client].sent.firstIndex { $0.xid == xid }!
        let (_, id) = clients[client].sent.remove(at: index)
        checker.replied(id: id, headerZxid: zxid, code: code, body: frame.rest, at: now)
        clients[client].lastSeen = max(clients[client].lastSeen, zxid)
        if case .closeSession = checker.operations[id].operation {
            clients[client].session = 0
            clients[client].password = Array(repeating: 0, count: 16)
            clients[client].lastSeen = .zero
        }
    }

    private func path() -> String { ["/a", "/b", "/a/x", "/a/y", "/b/x"][random.below(5)] }

    private func operation() -> ClientOperation {
        switch random.below(20) {
        case 0, 1: return .create(path: path(), data: [UInt8(random.below(9))], ephemeral: random.below(3) == 0)
        case 2: return .create(path: path(), data: nil, sequential: true)
        case 3, 4: return .delete(path: path())
        case 5..<8: return .setData(path: path(), data: [UInt8(random.below(9))], version: Int32(random.below(4)) - 1)
        case 8:
            return .multi([.setData(path: path(), data: nil), .create(path: path(), data: []), .check(path: path())])
        case 9: return random.below(40) == 0 ? .closeSession : .sync()
        case 10: return .ping
        case 11, 12: return .getChildren(path: random.below(2) == 0 ? "/" : path(), watch: random.below(2) == 0)
        case 13: return .more(.addWatch(path: random.below(4) == 0 ? "/" : path(), recursive: random.below(2) == 0))
        case 14:
            let types: [MoreOperation.WatcherType] = [.children, .data, .any]
            let (path, type) = (path(), types[random.below(3)])
            return .more(
                random.below(3) == 0 ? .checkWatches(path: path, type: type) : .removeWatches(path: path, type: type)
            )
        case 15: return .more(.getEphemerals(prefix: ["/", "/a", "/b"][random.below(3)]))
        case 16: return .more(.getAllChildrenNumber(path: random.below(3) == 0 ? "/" : path()))
        case 17:
            return .more(
                .multiRead((0...random.below(3)).map { _ in .init(path: path(), isData: random.below(2) == 0) })
            )
        default:
            let path = path()
            if random.below(2) == 0 { return .getData(path: path) }
            return .exists(path: path, watch: true)
        }
    }
}

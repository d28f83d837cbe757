import Host
import Replica
import Stepped
import TestSupport
import Wire
import Zab

/// Servers wired together in memory: connections always up unless a server is down, logs durable at once unless held,
/// everything in one fixed order.
final class MemberCluster {
    /// One of them, with what came of its clients.
    final class Server: SteppedServer {
        fileprivate(set) var isUp = true
        /// By the numbers that the tests give them, as is all that follows.
        fileprivate var clients: [ConnectionID: SteppedSocket] = [:]
        var replies: [ConnectionID: [UInt8]] = [:]
        /// Those whose ends the member has asked for, in that order.
        private(set) var closed: [ConnectionID] = []
        fileprivate unowned var cluster: MemberCluster!
        fileprivate(set) var mostReplyBytes = 0

        override func newsCame() { for news in takeNews() { cluster.pass(on: news, of: self) } }

        override func willCarryOut(_ effect: MemberEffect) {
            guard case .closeClient(let id, _) = effect, let client = host.clients[Int(id)] else { return }
            if let connection = number(of: client.socket) { closed.append(connection) }
        }

        override func willReply() { mostReplyBytes = max(mostReplyBytes, host.member.replyBytes) }

        fileprivate func number(of socket: SteppedSocket) -> ConnectionID? {
            clients.first { $0.value === socket }?.key
        }
    }

    /// One side of a connection between servers, and what it leads to.
    private struct End {
        let socket: SteppedSocket
        let server: Server
        let other: SteppedSocket
        let peer: Server
    }

    private enum Delivery {
        case dial(HostDial, of: Server)
        case bytes([UInt8], SteppedSocket, of: Server)
        case end(SteppedSocket, of: Server)
    }

    let ids: [ServerID]
    private var servers: [ServerID: Server] = [:]
    private var ends: [End] = []
    private var queue: [Delivery] = []
    private var newestConnection: ConnectionID = 1000
    /// While true, appended records do not become durable.
    var holdsDurability = false
    /// These servers' rounds do not end, nor do they hear of their logs: they go on reading.
    var stillReading: Set<ServerID> = []
    /// Connections whose clients do not read.
    var notReading: Set<ConnectionID> = [] {
        didSet { for id in ids { for number in self[id].clients.keys.sorted() { setFull(number, self[id]) } } }
    }
    /// The most bytes of replies that one connection was given at once.
    private(set) var mostTaken = 0

    init(_ count: UInt8, limits: MemberLimits = MemberLimits()) {
        ids = (1...count).map { ServerID($0) }
        for id in ids {
            let server = Server(.quick(id, of: ids), limits: limits)
            server.cluster = self
            servers[id] = server
        }
        for id in ids { self[id].start() }
        settle()
    }

    subscript(id: ServerID) -> Server { servers[id]! }

    var leader: ServerID? {
        ids.first { id in
            if case .leading = self[id].host.member.peer.phase { self[id].isUp } else { false }
        }
    }

    /// The most bytes of replies that a member had for all its connections when it was about to send them.
    var mostReplyBytes: Int { servers.values.map(\.mostReplyBytes).max()! }

    // MARK: time

    /// Rounds and deliveries until nothing is left to do.
    func settle() { while turn() {} }

    /// Each server's round and sync, then what came of them. False if there was nothing to do.
    func turn() -> Bool {
        var isIdle = queue.isEmpty
        for id in ids where self[id].isUp && !stillReading.contains(id) {
            if self[id].endRound() { isIdle = false }
            if !holdsDurability, self[id].sync() { isIdle = false }
        }
        let deliveries = queue
        queue.removeAll()
        for delivery in deliveries { deliver(delivery) }
        return !isIdle
    }

    /// Of one server, whether or not there is anything to do.
    func endRound(_ id: ServerID) { self[id].endRoundUnasked() }

    /// Lets time go by, tick by tick.
    func advance(milliseconds: UInt64) {
        for _ in 0..<(milliseconds / 10) {
            for id in ids where self[id].isUp { self[id].advance(milliseconds: 10) }
            settle()
        }
    }

    func release() {
        holdsDurability = false
        settle()
    }

    func kill(_ id: ServerID) {
        self[id].isUp = false
        for end in ends where end.peer === self[id] { queue.append(.end(end.socket, of: end.server)) }
        settle()
    }

    // MARK: clients

    /// A number that no client has had.
    func nextConnection() -> ConnectionID {
        newestConnection += 1
        return newestConnection
    }

    func connect(_ connection: ConnectionID, at id: ServerID) {
        let socket = SteppedSocket()
        self[id].clients[connection] = socket
        self[id].accept(client: socket)
        setFull(connection, self[id])
    }

    /// A client's frames come. Returns how many bytes of them the member took; the host keeps the rest for it.
    @discardableResult func take(_ frames: UnsafeRawBufferPointer, of connection: ConnectionID, at id: ServerID) -> Int
    {
        guard self[id].isUp, let socket = self[id].clients[connection] else { return 0 }
        let before = waiting(of: socket, at: id)
        self[id].receive(frames, on: socket)
        return frames.count - (waiting(of: socket, at: id) - before)
    }

    private func waiting(of socket: SteppedSocket, at id: ServerID) -> Int {
        guard case .client(let client) = socket.side else { return 0 }
        return socket.unread.count + (self[id].host.clients[Int(client)]?.inlet.held ?? 0)
    }

    func disconnect(_ connection: ConnectionID, at id: ServerID) {
        if let socket = self[id].clients.removeValue(forKey: connection) { self[id].hangUp(socket) }
    }

    private func setFull(_ connection: ConnectionID, _ server: Server) {
        server.setFull(notReading.contains(connection), server.clients[connection]!)
    }

    // MARK: peers

    /// The link with that peer that counts at this server.
    func link(with peer: ServerID, at id: ServerID) -> Link? {
        self[id].host.links.first { $0.peer == peer }?.link
    }

    /// A frame comes on the link with that peer, which has not sent it.
    func receive(_ frame: PeerFrame, from peer: ServerID, at id: ServerID) {
        let writer = ByteWriter()
        frame.encode(into: writer)
        let connection = self[id].host.links.first { $0.peer == peer }!
        self[id].receive(writer.bytes, on: connection.socket)
    }

    private func pass(on news: SteppedNews, of server: Server) {
        switch news {
        case .dial(let dial): queue.append(.dial(dial, of: server))
        case .bytes(let socket, let bytes):
            if let end = end(socket) {
                queue.append(.bytes(bytes, end.other, of: end.peer))
            } else if let connection = server.number(of: socket) {
                mostTaken = max(mostTaken, bytes.count)
                server.replies[connection, default: []] += bytes
            }
        case .outputShut(let socket): server.endInput(socket)
        case .closed(let socket): if let end = end(socket) { queue.append(.end(end.other, of: end.peer)) }
        }
    }

    private func end(_ socket: SteppedSocket) -> End? { ends.first { $0.socket === socket } }

    private func deliver(_ delivery: Delivery) {
        switch delivery {
        case .dial(let dial, let server):
            guard server.isUp else { return }
            let peer = self[dial.peer]
            guard peer.isUp else { return server.refuse(dial) }
            let (here, there) = (SteppedSocket(), SteppedSocket())
            ends.append(End(socket: here, server: server, other: there, peer: peer))
            ends.append(End(socket: there, server: peer, other: here, peer: server))
            peer.accept(there, on: dial.port)
            server.connect(here, dial)
        case .bytes(let bytes, let socket, let server):
            if server.isUp { bytes.withUnsafeBytes { server.receive($0, on: socket) } }
        case .end(let socket, let server):
            if server.isUp { server.hangUp(socket) }
        }
    }
}

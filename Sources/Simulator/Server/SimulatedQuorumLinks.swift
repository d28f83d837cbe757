import Log
import Replica
import Storage
import Wire
import Zab

/// One quorum link: the connection, and what waits to go out on it.
final class SimulatedQuorumLink {
    let connection: Connection
    let end: Int
    var queue = LinkQueue<[UInt8], SnapshotSender<SimulatedDisk>>()
    @exclusivity(unchecked) var frames = FrameBuffer(
        FrameBuffer.Bounds(lengths: 1...PeerLink.frameMax, readAhead: FrameBuffer.turnBytesMax)
    )
    private unowned(unsafe) let loop: SimulatedLoop

    init(loop: SimulatedLoop, connection: Connection, end: Int) {
        self.loop = loop
        self.connection = connection
        self.end = end
    }

    /// Pings and pongs that have not gone out.
    @exclusivity(unchecked) private var waitingHeartbeats = 0
    /// Nothing is read of it.
    @exclusivity(unchecked) private(set) var isPaused = false

    func setPaused(_ paused: Bool, _ take: (UnsafeRawBufferPointer) -> Int) {
        isPaused = paused
        loop.world.setPaused(connection, end, paused)
        if !paused { frames.resume(take) }
    }

    private static func isHeartbeat(_ frame: UnsafeRawBufferPointer) -> Bool {
        switch try? PeerFrame(decoding: UnsafeRawBufferPointer(rebasing: frame[4...])) {
        case .zab(.ping), .zab(.pong): true
        default: false
        }
    }

    /// What goes out now was chosen by the queue: nothing large may go out before a sign of life.
    func goesOut(_ item: LinkQueue<[UInt8], SnapshotSender<SimulatedDisk>>.Item) {
        if case .bytes(let bytes, _) = item {
            if bytes.withUnsafeBytes(Self.isHeartbeat) { waitingHeartbeats -= 1 }
        } else if waitingHeartbeats > 0 {
            let text = "server \(loop.server.id): \(waitingHeartbeats) heartbeats wait behind the history"
            loop.world.report(Violation(kind: .heartbeats, text: text))
        }
    }

    var isWritable: Bool { loop.world.isWritable(connection, end) }

    /// False if there is no room for more.
    func enqueue(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard queue.isEmpty, isWritable else {
            if Self.isHeartbeat(bytes) { waitingHeartbeats += 1 }
            return queue.append(Array(bytes), count: bytes.count, passing: PeerFrame.passes(bytes))
        }
        loop.world.send(.bytes(Array(bytes)), on: connection, from: end)
        return true
    }
}

/// The quorum links of a server, by the rules of the Server's `QuorumLinks`: the one it dialled to its leader, and those
/// that its learners dialled; at most one with each peer.
final class SimulatedQuorumLinks {
    private unowned(unsafe) let loop: SimulatedLoop
    /// By peer.
    private var links: [SimulatedQuorumLink?]
    private var wanted: Int?
    private var dialling: Connection?
    /// Tells a retry that was planned for an earlier wish from one for this.
    private var attempt = 0
    private var pause: Nanoseconds = 2_000_000
    private var lastConnect: Nanoseconds = 0
    private var refusals = 0

    init(loop: SimulatedLoop) {
        self.loop = loop
        links = Array(repeating: nil, count: loop.world.setup.servers)
    }

    subscript(peer: Int) -> SimulatedQuorumLink? { links[peer] }

    var open: [(peer: Int, link: SimulatedQuorumLink)] {
        links.indices.compactMap { peer in links[peer].map { (peer, $0) } }
    }

    var oldestNeeded: Zxid? { links.compactMap { $0?.queue.oldestNeeded }.min() }

    func connect(to leader: Int) {
        drop(leader)
        wanted = leader
        attempt += 1
        dialling = nil
        let now = loop.world.now
        if now - lastConnect > 1_000_000_000 { refusals = 0 }
        lastConnect = now
        pause = 2_000_000
        if refusals < 2 { dial() } else { dialLater(1_000_000 << UInt64(refusals)) }
        refusals = min(refusals + 1, 7)
    }

    /// We serve, so nobody refuses us.
    func settled() { refusals = 0 }

    /// Closes the link with this peer and stops dialling it.
    func disconnect(_ peer: Int) {
        if wanted == peer {
            wanted = nil
            attempt += 1
            dialling = nil
        }
        drop(peer)
    }

    private func drop(_ peer: Int) {
        guard let link = links[peer] else { return }
        links[peer] = nil
        loop.world.close(link.connection, link.end)
    }

    /// False if the link is refused: a learner dialled us while we dial or follow that very server, or we have given up
    /// what we dialled.
    func opened(_ connection: Connection, end: Int, with peer: Int) -> Bool {
        if end == 1, wanted == peer { return false }
        if end == 0 {
            guard wanted == peer, dialling === connection else { return false }
            dialling = nil
        }
        if links[peer] != nil {
            drop(peer)
            loop.step(.quorumLink(ServerID(UInt8(peer + 1)), up: false))
        }
        links[peer] = SimulatedQuorumLink(loop: loop, connection: connection, end: end)
        return true
    }

    /// True if this was the link with the peer.
    func closed(_ connection: Connection, with peer: Int) -> Bool {
        guard links[peer]?.connection === connection else { return false }
        links[peer] = nil
        return true
    }

    private func dial() {
        guard let peer = wanted, links[peer] == nil else { return }
        dialling = loop.world.connections[loop.world.dial(.quorum, from: loop.index, to: peer)]
    }

    private func dialLater(_ pause: Nanoseconds) {
        let time = loop.world.now + loop.server.virtual(pause)
        loop.world.events.plan(.dialQuorum(server: loop.index, life: loop.life, attempt: attempt), at: time)
    }

    func dialFailed(_ connection: Connection) {
        guard dialling === connection else { return }
        dialling = nil
        dialLater(pause)
        pause = min(pause * 2, 200_000_000)
    }

    func dialAgain(_ attempt: Int) {
        if attempt == self.attempt { dial() }
    }

    func becameWritable(_ connection: Connection) {
        for peer in links.indices {
            if let link = links[peer], link.connection === connection { pump(link, peer) }
        }
    }

    func pump() {
        for peer in links.indices {
            if let link = links[peer], !link.queue.isEmpty { pump(link, peer) }
        }
    }

    private func pump(_ link: SimulatedQuorumLink, _ peer: Int) {
        do {
            while link.isWritable, let item = link.queue.first { try send(item, on: link) }
        } catch {
            loop.isTrimmedUnder(peer, error)
            loop.giveUp(peer, "the history cannot be read: \(error)")
        }
    }

    private func send(_ item: LinkQueue<[UInt8], SnapshotSender<SimulatedDisk>>.Item, on link: SimulatedQuorumLink)
        throws
    {
        link.goesOut(item)
        let frame = ByteWriter(capacity: 1024)
        switch item {
        case .bytes(let bytes, _):
            loop.world.send(.bytes(bytes), on: link.connection, from: link.end)
            link.queue.removeFirst()
            return
        case .records(let after, let through):
            link.queue.sent(through: try loop.recordFrame(after: after, through: through, into: frame))
        case .snapshot(let sender):
            if try !sender.writeNext(into: frame) { link.queue.removeFirst() }
        }
        loop.world.send(.bytes(Array(frame.bytes)), on: link.connection, from: link.end)
    }
}

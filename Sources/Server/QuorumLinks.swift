import NIOCore
import NIOPosix
import Replica
import Zab

/// The quorum links of a server: the one it dialled to its leader, and those that its learners dialled. At most one
/// with each peer. Confined to the event loop.
final class QuorumLinks {
    private unowned let server: ServerLoop
    private var links: [ServerID: QuorumLink] = [:] {
        didSet {
            let sorted = links.sorted { $0.key < $1.key }
            ids = sorted.map(\.key)
            ordered = sorted.map(\.value)
        }
    }
    /// In the order of the ids, so that nothing depends on hashing. Kept, since every round asks for them.
    private(set) var ordered: [QuorumLink] = []
    private(set) var ids: [ServerID] = []
    /// The would-be leader that we dial until told to stop.
    private var wanted: ServerID?
    private var retry: Scheduled<Void>?
    private var dialling: PeerHandler?
    private var pauseMilliseconds: Int64 = 2
    private var stopped = false
    private var lastConnect = NIODeadline.uptimeNanoseconds(0)
    private var refusals = 0

    init(server: ServerLoop) { self.server = server }

    subscript(id: ServerID) -> QuorumLink? { links[id] }

    func connect(to leader: ServerID) {
        drop(leader)
        wanted = leader
        // A would-be leader that refuses us at once would be dialled at network speed: the first try is immediate, the
        // next ones of the same second wait longer each time.
        let now = NIODeadline.now()
        if now - lastConnect > .seconds(1) { refusals = 0 }
        lastConnect = now
        pauseMilliseconds = 2
        if refusals < 2 {
            dial()
        } else {
            retry = server.schedule(milliseconds: 1 << Int64(refusals)) { [weak self] in self?.dial() }
        }
        refusals = min(refusals + 1, 7)
    }

    /// We serve, so nobody refuses us: the next leader is dialled at once, however soon it is needed.
    func settled() { refusals = 0 }

    /// Closes the link with this peer and stops dialling it.
    func disconnect(_ id: ServerID) {
        if wanted == id {
            wanted = nil
            retry?.cancel()
            dialling?.close()
            dialling = nil
        }
        drop(id)
    }

    func stop() {
        stopped = true
        retry?.cancel()
        dialling?.close()
        for link in ordered { link.handler.close() }
        links.removeAll()
    }

    private func drop(_ id: ServerID) {
        links.removeValue(forKey: id)?.handler.close()
    }

    /// A link is there. Returns false if it is refused: a learner dialled us while we dial or follow that very server.
    func opened(_ handler: PeerHandler, with id: ServerID) -> Bool {
        if !handler.dialled, wanted == id { return false }
        if handler.dialled {
            guard wanted == id else { return false }
            dialling = nil
        }
        if links[id] != nil {
            drop(id)
            server.member.step(.quorumLink(id, up: false), into: server.effects)
        }
        links[id] = QuorumLink(handler: handler)
        return true
    }

    /// Returns true if this was the link with the peer.
    func closed(_ handler: PeerHandler, with id: ServerID) -> Bool {
        guard links[id]?.handler === handler else { return false }
        links.removeValue(forKey: id)
        return true
    }

    private func dial() {
        guard !stopped, let id = wanted, links[id] == nil,
            let address = server.configuration.servers.first(where: { $0.id == id })
        else { return }
        let handler = PeerHandler(server: server, port: .quorum, dialling: id)
        dialling = handler
        server.dial(host: address.host, port: address.quorumPort, handler) { [weak self] in
            guard let self, self.dialling === handler, self.wanted == id else { return }
            self.dialling = nil
            let pause = self.pauseMilliseconds
            self.pauseMilliseconds = min(pause * 2, 200)
            self.retry = self.server.schedule(milliseconds: pause) { [weak self] in self?.dial() }
        }
    }
}

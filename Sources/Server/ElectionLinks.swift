import NIOCore
import NIOPosix
import Storage
import Wire
import Zab

/// The way to each other server's election port. Every server dials every other and only speaks on the connection
/// that it dialled, so there is nothing to agree on about who owns which. Confined to the event loop.
final class ElectionLinks {
    private struct Way {
        var address: ServerAddress
        var link: PeerHandler?
        /// What the peer dialled and speaks on.
        var inbound: PeerHandler?
        var dialling = false
        var pause = DialPause()
        var retry: Scheduled<Void>?
    }

    private unowned let server: ServerLoop
    private var ways: [ServerID: Way] = [:]
    private var order: [ServerID] = []
    private var stopped = false

    init(server: ServerLoop) {
        self.server = server
        for address in server.configuration.servers where address.id != server.configuration.myself {
            ways[address.id] = Way(address: address)
            order.append(address.id)
        }
    }

    func start() { for id in order { dial(id) } }

    func stop() {
        stopped = true
        for id in order {
            ways[id]?.retry?.cancel()
            ways[id]?.link?.close()
            ways[id]?.link = nil
            ways[id]?.inbound?.close()
            ways[id]?.inbound = nil
        }
    }

    /// The peer is there: it has just dialled us. No reason to wait any longer before dialling it.
    func heardFrom(_ id: ServerID) {
        guard ways[id] != nil, ways[id]!.link == nil, !ways[id]!.dialling else { return }
        ways[id]!.retry?.cancel()
        ways[id]!.pause.reset()
        dial(id)
    }

    /// One link from each peer: the newer one counts, since a peer that dials again has given up what it had. So whoever
    /// says that it is a peer holds one connection and no more.
    func openedInbound(_ handler: PeerHandler, from id: ServerID) {
        let older = ways[id]?.inbound
        ways[id]?.inbound = handler
        older?.close()
    }

    /// Returns true if this was the link from the peer.
    func closedInbound(_ handler: PeerHandler, from id: ServerID) -> Bool {
        guard ways[id]?.inbound === handler else { return false }
        ways[id]?.inbound = nil
        return true
    }

    func opened(_ handler: PeerHandler, to id: ServerID) {
        ways[id]?.dialling = false
        ways[id]?.link = handler
        ways[id]?.pause.opened(at: Clocks.monotonicNanoseconds())
    }

    /// Returns true if this was the way to the peer, so that the member has to hear of it.
    func closed(_ handler: PeerHandler, to id: ServerID) -> Bool {
        guard ways[id]?.link === handler else { return false }
        ways[id]?.link = nil
        dialLater(id)
        return true
    }

    func isOpen(_ id: ServerID) -> Bool { ways[id]?.link != nil }

    func send(_ notification: Notification, to id: ServerID) {
        guard let link = ways[id]?.link else { return }
        // What a peer does not read of our notifications is bounded by the socket's watermark.
        guard link.isWritable else { return link.refuse("has not read what it was told") }
        let frame = ByteWriter(capacity: 32)
        frame.append(UInt32(Notification.encodedSize))
        notification.encode(into: frame)
        link.send(frame.bytes)
    }

    private func dialLater(_ id: ServerID) {
        guard !stopped else { return }
        let pause = ways[id]!.pause.next(at: Clocks.monotonicNanoseconds())
        ways[id]!.retry = server.schedule(milliseconds: Int64(pause / 1_000_000)) { [weak self] in self?.dial(id) }
    }

    private func dial(_ id: ServerID) {
        guard !stopped, let way = ways[id], way.link == nil, !way.dialling else { return }
        ways[id]!.dialling = true
        let handler = PeerHandler(server: server, port: .election, dialling: id)
        server.dial(host: way.address.host, port: way.address.electionPort, handler) { [weak self] in
            self?.ways[id]?.dialling = false
            self?.dialLater(id)
        }
    }
}

import Storage
import Wire
import Zab

/// The way to each other server's election port, by the rules of the Server's `ElectionLinks`: everybody dials everybody
/// and speaks on what it dialled.
final class SimulatedElectionLinks {
    private struct Way {
        var link: Connection?
        var isDialling = false
        var pause = DialPause()
    }

    private unowned(unsafe) let loop: SimulatedLoop
    private var ways: [Way]

    init(loop: SimulatedLoop) {
        self.loop = loop
        ways = Array(repeating: Way(), count: loop.world.setup.servers)
    }

    func start() {
        for peer in ways.indices where peer != loop.index { dial(peer) }
    }

    /// The peer is there: it has just dialled us. No reason to wait any longer before dialling it.
    func heardFrom(_ peer: Int) {
        guard ways[peer].link == nil, !ways[peer].isDialling else { return }
        ways[peer].pause.reset()
        dial(peer)
    }

    func opened(_ connection: Connection, to peer: Int) {
        ways[peer].isDialling = false
        ways[peer].link = connection
        ways[peer].pause.opened(at: loop.server.clock(loop.world.now))
    }

    /// True if this was the way to the peer, so that the member has to hear of it.
    func closed(_ connection: Connection, to peer: Int) -> Bool {
        guard ways[peer].link === connection else { return false }
        ways[peer].link = nil
        dialLater(peer)
        return true
    }

    func isOpen(_ peer: Int) -> Bool { ways[peer].link != nil }

    func send(_ notification: Notification, to peer: Int) {
        guard let link = ways[peer].link else { return }
        let frame = ByteWriter(capacity: 64)
        frame.append(UInt32(Notification.encodedSize))
        notification.encode(into: frame)
        loop.world.send(.bytes(Array(frame.bytes)), on: link, from: 0)
    }

    func dialFailed(_ peer: Int) {
        ways[peer].isDialling = false
        dialLater(peer)
    }

    private func dialLater(_ peer: Int) {
        let pause = ways[peer].pause.next(at: loop.server.clock(loop.world.now))
        let time = loop.world.now + loop.server.virtual(pause)
        loop.world.events.plan(.dialElection(server: loop.index, life: loop.life, peer: peer), at: time)
    }

    func dial(_ peer: Int) {
        guard ways[peer].link == nil, !ways[peer].isDialling else { return }
        ways[peer].isDialling = true
        loop.world.dial(.election, from: loop.index, to: peer)
    }
}

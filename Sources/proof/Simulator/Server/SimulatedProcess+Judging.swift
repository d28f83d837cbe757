import Host
import Log
import Replica
import Wire
import Zab

/// What can be said of a host by looking at what it holds.
extension SimulatedProcess {
    /// Whose frames wait will be asked again, and whoever has none waiting is read.
    func judgeWaiting() {
        for (id, client) in host.clients.enumerated() {
            guard let client, !client.isEnding else { continue }
            let name = client.socket.connection.hosts.0
            if client.inlet.isHolding, !host.waitingClients.contains(ConnectionID(id)) {
                let text = "server \(server.id) holds frames of client \(name), and will not ask again"
                world.report(Violation(kind: .client, text: text))
            }
            if client.socket.connection.isPaused(1) == client.inlet.wantsMore {
                let text = "server \(server.id) \(client.inlet.wantsMore ? "does not read" : "reads") client \(name)"
                world.report(Violation(kind: .client, text: "\(text), of which \(client.inlet.held) bytes wait"))
            }
        }
    }

    /// What is meant for a connection's id is meant for the connection that had it.
    func judgeTarget(_ id: ConnectionID) {
        guard let socket = host.clients[Int(id)]?.socket, let meant = targets[id], meant != ObjectIdentifier(socket)
        else { return }
        let text = "server \(server.id) ends connection \(id) for what the one before it with this id has done"
        world.report(Violation(kind: .client, text: text))
    }

    /// A link that this server has dialled is the one that it wishes for; on any other it says nothing.
    func judgeDial(
        _ dial: HostDial,
        _ wish: Wish?,
        _ connection: PeerConnection<SimulatedPlatform>,
        hasSaidHello: Bool
    ) {
        if connection.isFinished, hasSaidHello {
            let text = "server \(server.id) says hello to \(dial.peer) and closes the connection at once"
            world.report(Violation(kind: .calm, text: text))
        }
        guard connection.link != nil, dial.wish != wish else { return }
        let text = "server \(server.id) has a link with \(dial.peer), which it had dialled before it wished for another"
        world.report(Violation(kind: .calm, text: text))
    }

    /// No buffer has more memory than what has waited in it explains.
    func judge(_ memory: Int, _ memoryMax: Int) {
        guard memory > memoryMax else { return }
        let text = "server \(server.id): \(memory) bytes of memory for what was read, at most \(memoryMax) are allowed"
        world.report(Violation(kind: .bounds, text: text))
    }

    /// A peer that has said something, which we have not read, is not silent: not for twice syncLimit. What a leader that
    /// resigns closes is another matter.
    func judgeBlame(of link: Link, _ phase: Phase) {
        let patience = server.virtual(2 * world.setup.tick * UInt64(world.setup.syncLimit))
        guard phase.isServing, world.now - heldSince < patience else { return }
        if case .leading = phase, host.member.peer.phase != phase { return }
        guard let peer = host.links.first(where: { $0.link == link }), peer.isPaused else { return }
        let (connection, end) = (peer.socket.connection, peer.socket.end)
        guard connection.with(1 - end, { $0.isHeldBack }) else { return }
        let text = "server \(server.id) gives \(link.peer) up as silent, and has not read what it said"
        world.report(Violation(kind: .heartbeats, text: text))
    }

    /// What goes out now is first in the queue: nothing of the history, nor of a snapshot, goes out before a sign of life.
    func judgeOrder(on peer: PeerConnection<SimulatedPlatform>) {
        switch peer.queue.first {
        case .records, .snapshot: break
        case .bytes, nil: return
        }
        var waiting = 0
        peer.queue.forEachFrame { if $0.withUnsafeBytes(Self.isHeartbeat) { waiting += 1 } }
        guard waiting > 0 else { return }
        let text = "server \(server.id): \(waiting) heartbeats wait behind the history"
        world.report(Violation(kind: .heartbeats, text: text))
    }

    private static func isHeartbeat(_ frame: UnsafeRawBufferPointer) -> Bool {
        switch try? PeerFrame(decoding: UnsafeRawBufferPointer(rebasing: frame[4...])) {
        case .zab(.ping), .zab(.pong): true
        default: false
        }
    }

    /// A link needs what the log does not hold any more: it should have been kept for it.
    func judgeRetention(_ link: Link, _ error: any Error) {
        guard case .notInLog(let after, let base, _) = error as? LogError, after < base else { return }
        let text =
            "server \(server.id) has trimmed its log to \(base), but its link with \(link.peer) needs what comes after "
            + "\(after)"
        world.report(Violation(kind: .retention, text: text))
    }
}

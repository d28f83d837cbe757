import Host
import Wire
import Zab

/// Sockets and time for the host: connections of the simulation, and its events.
extension SimulatedProcess: HostNetwork {
    func dial(_ dial: HostDial) {
        outside {
            let kind: Connection.Kind = dial.port == .election ? .election : .quorum
            let number = world.dial(kind, from: index, to: world.setup.index(of: dial.peer))
            world.connections[number].dial = dial
        }
    }

    func makeBytes(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { outside { Array(bytes) } }

    func write(_ bytes: [UInt8], on socket: SimulatedSocket) {
        bytes.withUnsafeBytes { write($0, on: socket) }
    }

    func write(_ bytes: UnsafeRawBufferPointer, on socket: SimulatedSocket) {
        outside {
            guard isAlive else { return }
            if case .peer(let peer) = socket.side { judgeOrder(on: peer) }
            if socket.connection.kind == .client { socket.connection.owed += bytes.count }
            socket.unsent += bytes
        }
    }

    func flush(_ socket: SimulatedSocket) { outside { send(socket) } }

    /// To a client as much as the connection takes. To servers one packet for each frame, so that frames can be lost.
    func send(_ socket: SimulatedSocket) {
        guard !socket.unsent.isEmpty else { return }
        let (connection, end) = (socket.connection, socket.end)
        guard connection.kind != .client else {
            guard world.isWritable(connection, end) else { return }
            let room = world.windowBytes(connection, end) - connection.with(end) { $0.buffered }
            let taken = socket.unsent.prefix(room)
            world.send(.bytes(Array(taken)), on: connection, from: end)
            return socket.unsent.removeFirst(taken.count)
        }
        var place = 0
        if end == 0, !socket.hasSaidHello {
            socket.hasSaidHello = true
            place = Hello.size
            world.send(.hello(Array(socket.unsent[..<place])), on: connection, from: end)
        }
        socket.unsent.withUnsafeBytes { bytes in
            var frames = FrameCursor(bytes, from: place)
            while frames.next() != nil {
                world.send(.bytes(Array(bytes[place..<frames.offset])), on: connection, from: end)
                place = frames.offset
            }
        }
        socket.unsent.removeAll(keepingCapacity: true)
    }

    func isOpen(_ socket: SimulatedSocket) -> Bool { socket.connection.isOpen(socket.end) }

    func isWritable(_ socket: SimulatedSocket) -> Bool {
        let waiting = socket.connection.with(socket.end) { $0.buffered } + socket.unsent.count
        return waiting < world.windowBytes(socket.connection, socket.end)
    }

    func unsentBytes(_ socket: SimulatedSocket) -> Int { socket.unsent.count }

    func tellWhenSent(_ socket: SimulatedSocket) { socket.tellsWhenSent = true }

    func setReading(_ isReading: Bool, _ socket: SimulatedSocket) {
        outside { world.setPaused(socket.connection, socket.end, !isReading) }
    }

    func shutDownOutput(_ socket: SimulatedSocket) {
        outside {
            socket.connection.isBidden = true
            socket.unsent.removeAll()
            world.shutDownOutput(socket.connection)
        }
    }

    func close(_ socket: SimulatedSocket) {
        outside {
            guard case .client(let id) = socket.side else { return world.close(socket.connection, socket.end) }
            socket.connection.isBidden = true
            if isOutOfPatience { socket.connection.isBroken = true }
            world.closeAtOnce(socket.connection)
            deferred.append(.closed(id))
        }
    }

    var moment: Nanoseconds { server.clock(world.now) }
    func isWord(_ word: Int) -> Bool { false }
    func answer(toWord word: Int, behind: UnsafeRawBufferPointer) -> WordAnswer { WordAnswer("") }

    func schedule(_ timer: HostTimer, after pause: Nanoseconds) {
        outside {
            let time = world.now + server.virtual(pause)
            world.events.plan(.timer(server: index, life: life, timer), at: time)
        }
    }

    func scheduleEndOfRound(followsRound: Bool) {
        outside {
            world.events.plan(.endOfRound(server: index, life: life), at: world.now + world.setup.roundTime)
        }
    }
}

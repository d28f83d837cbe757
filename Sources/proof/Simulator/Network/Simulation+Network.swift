import Randomness
import Wire
import Zab

/// Connections: dialling, sending, arriving, ending.
extension Simulation {
    func isServer(_ host: Int) -> Bool { host < setup.servers }

    func life(of host: Int) -> Int {
        isServer(host) ? servers[host].life : clients[host - setup.servers].life
    }

    /// Whether the host's kernel is there to answer.
    private func isUp(_ host: Int) -> Bool { !isServer(host) || servers[host].isPowered }
    /// Whether somebody listens there.
    func listens(_ host: Int) -> Bool { isServer(host) && servers[host].process != nil }

    /// Begins to open a connection; `dialled` tells the dialling host how it went.
    @discardableResult
    func dial(_ kind: Connection.Kind, from: Int, to: Int) -> Int {
        let number = connections.count
        connections.append(
            Connection(number: number, kind: kind, hosts: (from, to), lives: (life(of: from), life(of: to)))
        )
        let reachable = !network.isCut(from, to) && !network.isCut(to, from) && isUp(to)
        let time = reachable ? network.delay(from, to) + network.delay(to, from) : min(1_000_000_000, setup.tick)
        events.plan(.dialled(connection: number), at: now + time)
        return number
    }

    func dialled(_ number: Int) {
        let connection = connections[number]
        let (from, to) = connection.hosts
        guard life(of: from) == connection.lives.0 else { return }
        if isServer(from), deferWhilePaused(from, .dialled(connection: number)) { return }
        let opens =
            listens(to) && life(of: to) == connection.lives.1 && !network.isCut(from, to) && !network.isCut(to, from)
        trace.mix(number << 1 | (opens ? 1 : 0))
        guard opens else {
            withHost(from) {
                $0.dialFailed(connection)
            } client: {
                $0.dialFailed(connection)
            }
            return
        }
        connection.isOpen = (true, true)
        send(.opened, on: connection, from: 0)
        withHost(from) {
            $0.dialSucceeded(connection)
        } client: {
            $0.dialSucceeded(connection)
        }
    }

    private func withHost(
        _ host: Int,
        _ server: (SimulatedProcess) -> Void,
        client: (SimulatedClient) -> Void
    ) {
        if isServer(host) {
            if let process = servers[host].process { server(process) }
        } else {
            client(clients[host - setup.servers])
        }
    }

    // MARK: packets

    func send(_ packet: Connection.Packet, on connection: Connection, from end: Int) {
        guard connection.isOpen(end) else { return }
        if let probe, case .bytes(let bytes) = packet { probe.sent(bytes.count, on: connection.kind, from: end) }
        push(packet, on: connection, direction: end)
    }

    private func push(_ packet: Connection.Packet, on connection: Connection, direction: Int) {
        let delay = network.delay(connection.host(direction), connection.host(1 - direction))
        let due = connection.with(direction) { way in
            way.buffered += packet.count
            way.lastDue = max(way.lastDue, now + delay)
            way.packets.append((packet, way.lastDue, events.causes?.current ?? 0))
            guard !way.isPlanned, !way.isStalled else { return nil as Nanoseconds? }
            if way.isHeldBack {
                // A kernel tells of the end of a connection even if nobody reads.
                guard case .end = packet else { return nil }
                way.isHeldBack = false
            }
            way.isPlanned = true
            return way.lastDue
        }
        if let due { events.plan(.arrival(connection: connection.number, direction: direction), at: due) }
    }

    func isWritable(_ connection: Connection, _ end: Int) -> Bool {
        connection.with(end) { $0.buffered } < windowBytes(connection, end)
    }

    /// What the way from this end takes in before it is full.
    func windowBytes(_ connection: Connection, _ end: Int) -> Int {
        connection.kind == .client && end == 1 ? setup.clientWindowBytes : setup.windowBytes
    }

    /// The way is open again after a cut: TCP sends what was lost once more.
    func resumeStalled() {
        for connection in connections {
            for direction in 0...1 {
                let from = connection.host(direction)
                let to = connection.host(1 - direction)
                guard !network.isCut(from, to) else { continue }
                let resumes = connection.with(direction) { way in
                    guard way.isStalled else { return false }
                    way.isStalled = false
                    way.isPlanned = !way.isEmpty
                    return way.isPlanned
                }
                if resumes {
                    let delay = network.delay(from, to)
                    events.plan(.arrival(connection: connection.number, direction: direction), at: now + delay)
                }
            }
        }
    }

    /// Everything that is due on a way arrives, one packet at a time.
    func arrival(_ number: Int, _ direction: Int) {
        let connection = connections[number]
        let from = connection.host(direction)
        let to = connection.host(1 - direction)
        let end = 1 - direction
        if network.isCut(from, to) {
            connection.with(direction) {
                $0.isStalled = true
                $0.isPlanned = false
            }
            return
        }
        if isServer(to), deferWhilePaused(to, .arrival(connection: number, direction: direction)) { return }
        guard connection.with(direction, { !$0.isEmpty }) else {
            connection.with(direction) { $0.isPlanned = false }
            return
        }
        guard isUp(to) else {
            // No kernel answers: what was sent stays unacknowledged, and the sender hears nothing.
            connection.with(direction) {
                $0.isStalled = true
                $0.isPlanned = false
            }
            return
        }
        if connection.isPaused(end), connection.isOpen(end), !connection.with(direction, { $0.endIsDue(now) }) {
            connection.with(direction) {
                $0.isHeldBack = true
                $0.isPlanned = false
            }
            if connection.kind == .client { servers[to].process?.isReached(by: connection) }
            return
        }
        if connection.with(direction, { $0.unread.isEmpty || $0.packets.first.map { $0.due <= now } ?? false }) {
            let (packet, cause) = connection.with(direction) { $0.pop() }
            events.causes?.isCaused(by: cause)
            deliver(packet, on: connection, to: end)
        } else {
            read(connection, at: end)
        }
        planNext(connection, direction)
    }

    /// The next packet's arrival, or a read of what the last one has left, whichever is sooner.
    private func planNext(_ connection: Connection, _ direction: Int) {
        var next = connection.with(direction) { way in
            way.isPlanned = !way.isEmpty
            return way.packets.first.map { max(now, $0.due) }
        }
        if connection.with(direction, { !$0.unread.isEmpty }) {
            next = min(next ?? .max, now + 1 + UInt64(readRandom.below(Int(2 * setup.roundTime))))
        }
        if let next { events.plan(.arrival(connection: connection.number, direction: direction), at: next) }
    }

    private func deliver(_ packet: Connection.Packet, on connection: Connection, to end: Int) {
        let host = connection.host(end)
        if packet.count > 0 {
            let way = 1 - end
            let wasFull = !isWritable(connection, way)
            connection.with(way) { $0.buffered -= packet.count }
            if wasFull, isWritable(connection, way), connection.isOpen(way) {
                withHost(connection.host(way)) {
                    $0.becameWritable(connection, at: way)
                } client: { _ in
                }
            }
        }
        guard connection.isOpen(end), life(of: host) == connection.life(end) else {
            connection.with(1 - end) { $0.unread.removeAll() }
            // Nobody has this connection here: the kernel says so.
            if case .end = packet { return }
            if connection.isOpen(1 - end) { push(.end(isReset: true), on: connection, direction: end) }
            return
        }
        switch packet {
        case .opened:
            withHost(host) {
                $0.accepted(connection)
            } client: { _ in
            }
        case .hello(let bytes): receive(bytes, times: 1, on: connection, at: end)
        case .bytes(let bytes):
            trace.mix(bytes.count)
            receive(bytes, times: fate(of: bytes, on: connection, to: end), on: connection, at: end)
        case .end(let isReset):
            read(connection, at: end, isWhole: true)
            guard connection.isOpen(end) else { return }
            // The end of what a client says is not the end of what it gets.
            if connection.kind == .client, end == 1, !isReset {
                servers[host].process?.inputEnded(connection)
                return
            }
            connection.setOpen(end, false)
            withHost(host) {
                $0.ended(connection, at: end)
            } client: {
                $0.ended(connection)
            }
            // The other side has only said that nothing more comes from it, and learns that we have closed.
            if connection.isBidden, end == 0, connection.isOpen(1) {
                push(.end(isReset: false), on: connection, direction: 0)
            }
        }
    }

    /// What TCP cannot do and a protocol had better survive: frames that are lost, or come twice. Only Zab's own; a
    /// request that comes twice would be two requests.
    private func fate(of bytes: [UInt8], on connection: Connection, to end: Int) -> Int {
        guard connection.kind != .client, connection.kind == .election || Self.isZabFrame(bytes) else { return 1 }
        var times = 1
        switch network.fate(connection.host(1 - end), connection.host(end)) {
        case .once: break
        case .lost: times = 0
        case .twice: times = 2
        }
        if times != 1 { counters.spoiledFrames += 1 }
        return times
    }

    private func receive(_ bytes: [UInt8], times: Int, on connection: Connection, at end: Int) {
        for _ in 0..<times where connection.isOpen(end) {
            guard setup.cutReads == 0 else {
                connection.with(1 - end) { $0.unread += bytes }
                read(connection, at: end)
                continue
            }
            withHost(connection.host(end)) {
                $0.received(bytes, on: connection, at: end)
            } client: {
                $0.received(bytes, on: connection)
            }
        }
    }

    /// The host at `end` reads what is there, or, where reads are cut, a part of it: the end of a stream's packet means
    /// nothing.
    private func read(_ connection: Connection, at end: Int, isWhole: Bool = false) {
        let there = connection.with(1 - end) { $0.unread.count }
        guard there > 0 else { return }
        guard connection.isOpen(end), life(of: connection.host(end)) == connection.life(end) else {
            return connection.with(1 - end) { $0.unread.removeAll() }
        }
        var count = there
        if !isWhole, setup.cutReads > 0, readRandom.below(100) < setup.cutReads { count = readRandom.below(there) }
        guard count > 0 else { return }
        let bytes = connection.with(1 - end) { way in
            let bytes = count == there ? way.unread : Array(way.unread[..<count])
            if count == there { way.unread = [] } else { way.unread.removeFirst(count) }
            return bytes
        }
        withHost(connection.host(end)) {
            $0.received(bytes, on: connection, at: end)
        } client: {
            $0.received(bytes, on: connection)
        }
    }

    /// One frame of the protocol itself or of records, by its kind (`PeerFrame`).
    private static func isZabFrame(_ bytes: [UInt8]) -> Bool { bytes.count > 4 && bytes[4] <= 32 }

    /// The host at `end` reads nothing any more, or reads on.
    func setPaused(_ connection: Connection, _ end: Int, _ paused: Bool) {
        guard connection.isPaused(end) != paused else { return }
        connection.setPaused(end, paused)
        guard !paused else { return }
        let resumes = connection.with(1 - end) { way in
            guard way.isHeldBack else { return false }
            way.isHeldBack = false
            way.isPlanned = !way.isEmpty
            return way.isPlanned
        }
        if resumes { events.plan(.arrival(connection: connection.number, direction: 1 - end), at: now + 1) }
    }

    // MARK: ends

    /// The host at `end` closes; the other learns of it behind everything that is under way to it.
    func close(_ connection: Connection, _ end: Int) {
        guard connection.isOpen(end) else { return }
        push(.end(isReset: false), on: connection, direction: end)
        connection.setOpen(end, false)
        setPaused(connection, end, false)
    }

    /// End 1 says that nothing more comes from it, and goes on listening.
    func shutDownOutput(_ connection: Connection) {
        guard connection.isOpen(1) else { return }
        push(.end(isReset: false), on: connection, direction: 1)
    }

    /// End 1 closes as a kernel does it: if the client has said anything that was not read, it resets the connection, and
    /// what the client has not read is gone.
    func closeAtOnce(_ connection: Connection) {
        guard connection.isOpen(1) else { return }
        if connection.with(0, { !$0.isEmpty }) {
            connection.with(1) { way in
                while case .bytes(let bytes) = way.packets.last?.packet {
                    way.buffered -= bytes.count
                    way.packets.removeLast()
                }
            }
        }
        close(connection, 1)
    }

    /// The connection breaks in the middle: of what is under way, the first few packets at most still arrive. Those ends
    /// that hear of it close.
    func breakConnection(_ connection: Connection, telling ends: [Int], keepingAtMost most: Int = 2) {
        connection.isBroken = true
        for direction in 0...1 {
            let kept = network.random.below(most + 1)
            connection.with(direction) { way in
                while way.packets.count > kept, case .bytes(let bytes) = way.packets.last?.packet {
                    way.buffered -= bytes.count
                    way.packets.removeLast()
                }
            }
        }
        // An end that is not told goes on sending, and learns of it from the other's kernel.
        for end in ends where connection.isOpen(end) { push(.end(isReset: true), on: connection, direction: 1 - end) }
    }

    /// The host's process is gone. Its kernel says so to everybody, or, without power, to nobody.
    func dropConnections(of host: Int, isPowered: Bool) {
        for connection in connections {
            for end in 0...1 where connection.host(end) == host && connection.life(end) == life(of: host) {
                guard connection.isOpen(end) else { continue }
                if isPowered { breakConnection(connection, telling: [1 - end]) }
                connection.setOpen(end, false)
                setPaused(connection, end, false)
            }
        }
    }
}

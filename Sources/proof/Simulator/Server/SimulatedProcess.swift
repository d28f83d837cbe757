import DequeModule
import Host
import Log
import Replica
import Wire
import Zab
import Znodes

/// What a server runs on here: the simulated disk, queues in virtual time, and its process for sockets and checkers.
enum SimulatedPlatform: HostPlatform {
    typealias Storage = SimulatedDisk
    typealias Log = SimulatedLogWorker
    typealias Snapshots = SimulatedSnapshotWorker
    typealias Network = SimulatedProcess
    typealias Observer = SimulatedProcess
}

/// One server process: a `ServerHost`, what the events of the simulation are for it, and what the checkers see of it.
final class SimulatedProcess {
    typealias Host = ServerHost<SimulatedPlatform>

    unowned(unsafe) let world: Simulation
    unowned(unsafe) let server: SimulatedServer
    let life: Int
    @exclusivity(unchecked) private(set) var host: Host!
    let log: SimulatedLogWorker
    private let snapshots: SimulatedSnapshotWorker

    /// What happens when the host's method has returned.
    @exclusivity(unchecked) var deferred: Deque<Deferred> = []
    /// In a tick: connections are closed only where patience with their clients is over, and what these do not get is lost.
    @exclusivity(unchecked) var isOutOfPatience = false

    // What the checkers remember from one step to the next.
    @exclusivity(unchecked) var effectsBefore = 0
    @exclusivity(unchecked) var stepCount = 0
    @exclusivity(unchecked) var heldSince: Nanoseconds = 0
    /// A tick is being stepped, in this phase.
    @exclusivity(unchecked) var phaseAtTick: Phase?
    /// When the first tick of this round came. A tick is what ends sessions, and what is heard of them between it and the end of
    /// a long round, when that is proposed, comes too late.
    @exclusivity(unchecked) var tickOfRound: Nanoseconds?
    /// Whom effects that are not carried out yet mean by a connection's id.
    @exclusivity(unchecked) var targets: [ConnectionID: ObjectIdentifier] = [:]
    /// What the checker knows to be applied here.
    @exclusivity(unchecked) var observed = LogPosition.zero

    enum Deferred {
        case closed(ConnectionID)
        case sentAll(ConnectionID)
    }

    init(
        world: Simulation,
        server: SimulatedServer,
        life: Int,
        member: consuming Member,
        store: Host.Store,
        log: SimulatedLogWorker,
        snapshots: SimulatedSnapshotWorker
    ) {
        self.world = world
        self.server = server
        self.life = life
        self.log = log
        self.snapshots = snapshots
        host = ServerHost(
            HostConfiguration(
                readAheadBytes: world.setup.readAheadBytes,
                recordBytesMax: world.setup.frameBytesMax
            ),
            member: member,
            store: store,
            network: self,
            observer: self,
            now: server.clock(world.now)
        )
    }

    var index: Int { server.index }
    var failed: String? { host.failure }
    /// Whether nothing that is logged waits for the disk.
    var hasSyncedAll: Bool { host.store.durable >= host.member.history.last }

    // MARK: inside and outside

    /// Lets the host work, then what has waited for it. What it does is the engine's own: its allocations are counted,
    /// where somebody counts.
    func enter(_ body: (Host) -> Void) {
        inside(body)
        while let next = deferred.popFirst() {
            switch next {
            case .closed(let id): inside { $0.closed(id) }
            case .sentAll(let id): inside { $0.sentAll(id) }
            }
        }
    }

    private func inside(_ body: (Host) -> Void) {
        let wasCounting = world.probe?.gauge?.exchange(true)
        body(host)
        world.probe?.gauge?.restore(wasCounting)
    }

    /// What the host asks for is the simulator's own work.
    @inline(__always)
    func outside<Result>(_ body: () -> Result) -> Result {
        guard let gauge = world.probe?.gauge else { return body() }
        let wasCounting = gauge.exchange(false)
        defer { gauge.restore(wasCounting) }
        return body()
    }

    // MARK: events

    func start() {
        observed = LogPosition(zxid: host.member.history.applied, chain: host.member.history.appliedChain)
        log.clock = { [unowned self] in world.now }
        log.beginCall = { [unowned self] turn in
            world.events.plan(.log(server: index, life: life, turn: turn), at: world.now + world.syncTime(index))
        }
        log.planAlarm = { [unowned self] turn, time in
            world.events.plan(.log(server: index, life: life, turn: turn), at: time)
        }
        log.didSync = { [unowned self] in world.synced(index, through: log.durable) }
        snapshots.beginWork = { [unowned self] in
            world.events.plan(.snapshot(server: index, life: life), at: world.now + world.syncTime(index))
        }
        planTick()
        enter { $0.start() }
    }

    private func planTick() {
        let interval = server.virtual(world.setup.tick / 10)
        world.events.plan(.tick(server: index, life: life), at: world.now + interval)
    }

    func tick() {
        planTick()
        isOutOfPatience = true
        enter { $0.tick(now: server.clock(world.now), wallClockMilliseconds: server.wallClock(world.now)) }
        isOutOfPatience = false
    }

    func endRound() { enter { $0.endRound() } }

    func timer(_ timer: HostTimer) {
        enter { $0.timer(timer) }
    }

    func logAdvanced(_ turn: Int) {
        guard log.advance(turn) else { return }
        enter { if let error = log.failure { $0.fail("\(error)") } else { $0.logAdvanced() } }
    }

    func snapshotAdvanced() {
        for event in snapshots.advance() { enter { $0.snapshotAdvanced(event) } }
    }

    // MARK: connections

    func dialSucceeded(_ connection: Connection) {
        let socket = SimulatedSocket(connection, 0)
        connection.sockets.0 = socket
        let wish = host.member.wish
        enter { host in
            let dialled = host.dialled(connection.dial!, socket)
            socket.side = .peer(dialled)
            judgeDial(connection.dial!, wish, dialled, hasSaidHello: socket.hasSaidHello)
        }
    }

    func dialFailed(_ connection: Connection) { enter { $0.dialFailed(connection.dial!) } }

    func accepted(_ connection: Connection) {
        let socket = SimulatedSocket(connection, 1)
        connection.sockets.1 = socket
        enter { host in
            switch connection.kind {
            case .election: socket.side = .peer(host.accepted(socket, on: .election))
            case .quorum: socket.side = .peer(host.accepted(socket, on: .quorum))
            case .client:
                let address = world.setup.address(ofHost: connection.hosts.0)
                socket.side = host.accepted(client: socket, from: address).map { .client($0) }
            }
        }
    }

    func received(_ bytes: [UInt8], on connection: Connection, at end: Int) {
        switch connection.socket(end)?.side {
        case .client(let id): received(bytes, from: id, on: connection)
        case .peer(let peer):
            bytes.withUnsafeBytes { bytes in enter { $0.received(bytes, on: peer) } }
            judge(peer.frames.memory, peer.frames.memoryMax)
        case nil: break
        }
    }

    private func received(_ bytes: [UInt8], from id: ConnectionID, on connection: Connection) {
        guard let client = host.clients[Int(id)] else { return }
        let seen = client.inlet.frameCount
        bytes.withUnsafeBytes { bytes in enter { $0.received(bytes, from: id) } }
        if client.inlet.frameCount > seen { world.heard(connection, through: index) }
        judge(client.inlet.memory, client.inlet.memoryMax)
    }

    /// Bytes of a client have come, and we do not read them.
    func isReached(by connection: Connection) {
        guard case .client(let id) = connection.sockets.1?.side, host.member.repliesHaveRoom(id) else { return }
        world.heard(connection, through: index)
    }

    /// A client says nothing more, and may be gone.
    func inputEnded(_ connection: Connection) {
        if case .client(let id) = connection.sockets.1?.side { enter { $0.inputEnded(id) } }
    }

    func ended(_ connection: Connection, at end: Int) {
        switch connection.socket(end)?.side {
        case .client(let id): enter { $0.closed(id) }
        case .peer(let peer): enter { $0.closed(peer) }
        case nil: break
        }
    }

    /// The other side has taken something of what had filled the connection.
    func becameWritable(_ connection: Connection, at end: Int) {
        guard let socket = connection.socket(end) else { return }
        switch socket.side {
        case .client(let id):
            send(socket)
            if socket.unsent.isEmpty, socket.tellsWhenSent {
                socket.tellsWhenSent = false
                enter { $0.sentAll(id) }
            }
            if isWritable(socket) { enter { $0.becameWritable(id) } }
        case .peer(let peer): enter { $0.becameWritable(peer) }
        case nil: break
        }
    }
}

import Host
import Randomness
import Wire
import Zab
import Znodes

/// One client: a session that it keeps across connections, requests under way, watches; what it sends is drawn from its
/// own stream of the seed, what it sees goes to the checker.
final class SimulatedClient {
    private enum State { case idle, dialling, greeting, open }

    private struct Request {
        var xid: Int32
        var operation: ClientOperation
        /// The checker's name for it.
        var id: Int
        var sentAt: Nanoseconds
    }

    unowned(unsafe) let world: Simulation
    let index: Int
    /// A client lives as long as the run.
    let life = 0
    private(set) var session: Int64 = 0
    private var password = [UInt8](repeating: 0, count: 16)
    private let timeoutMilliseconds: Int32
    private var lastZxid = Zxid.zero
    private var random: SplitMix64
    private var state = State.idle
    private var connection: Connection?
    private var frames = FrameBuffer(SimulatedClient.frameBounds)
    /// Of the connection.
    private var bytesRead = 0
    private var requests: [Request] = []
    private var nextXid: Int32 = 1
    /// The largest xid of the session so far, over all its connections.
    private var largestXid: Int32 = 0
    private var heardAt: Nanoseconds = 0
    private var sentAt: Nanoseconds = 0
    private var writesSinceHealing = 0
    private var workload: ClientWorkload
    private var watchWorkload: WatchWorkload
    private var accessWorkload: AccessWorkload
    /// Instead of it, in scenarios that count losses.
    private var trial: TrialWorkload?
    private var handovers: Handovers
    // Watches to be set again on the next connection, in the order in which they were set.
    private var dataWatches: [String] = []
    private var existWatches: [String] = []
    private var childWatches: [String] = []
    private var persistentWatches: [String] = []
    private var recursiveWatches: [String] = []
    /// What to send instead of what is drawn, if a load is given.
    private let script: ClientScript?
    private var unsent: [UInt8] = []
    /// The given load is under way.
    private var isUnderLoad = false

    init(world: Simulation, index: Int) {
        self.world = world
        self.index = index
        script = world.setup.load.map { ClientScript($0, client: index) }
        random = SplitMix64(seed: world.setup.seed, stream: Setup.Stream.clients + UInt64(index))
        workload = ClientWorkload(setup: world.setup, index: index)
        watchWorkload = WatchWorkload(setup: world.setup, index: index)
        accessWorkload = AccessWorkload(setup: world.setup, index: index)
        trial = world.losses == nil ? nil : TrialWorkload(setup: world.setup, index: index)
        handovers = Handovers(setup: world.setup, index: index)
        let ticks = UInt64(3 + random.below(10))
        timeoutMilliseconds = Int32(ticks * world.setup.tick / 1_000_000)
    }

    private static let frameBounds = FrameBuffer.Bounds(lengths: 0...(16 << 20), readAhead: FrameBuffer.turnBytesMax)

    private var host: Int { world.setup.servers + index }
    private var timeout: Nanoseconds { UInt64(timeoutMilliseconds) * 1_000_000 }

    func start() { planWake() }

    private func planWake() {
        let gap = UInt64(Double(world.setup.operationGap) * 2 * random.unit())
        world.events.plan(.client(index, life: life), at: world.now + max(1_000, gap))
    }

    func wake() {
        if let script { return sendAll(of: script) }
        planWake()
        if let given = handovers.closes() { world.close(given, 0) }
        switch state {
        case .idle: dial()
        case .dialling: break
        case .greeting:
            if world.now - heardAt > timeout { return loseConnection() }
            if session != 0, handovers.isTiredOfWaiting() { handOver() }
        case .open:
            if world.now - heardAt > timeout * 2 / 3 { return loseConnection() }
            if handovers.begins() { handOver() }
            if requests.count < world.setup.outstandingMax, mayGoOn {
                let operation = nextOperation()
                if case .more(.auth) = operation { send(operation, xid: ReservedXid.auth) } else { send(operation) }
            } else if world.now - sentAt > timeout / 4 {
                ping()
            }
        }
    }

    /// Once everything has healed, a few more writes show that all is well; then the client falls silent.
    private var mayGoOn: Bool { !world.isHealed || writesSinceHealing < 3 }

    /// Why this client is not at rest; nil if it is.
    var unrest: String? {
        if state != .open { return "has no session (\(state))" }
        if writesSinceHealing < 3 { return "has had only \(writesSinceHealing) writes acknowledged since" }
        // Pings go on for ever, and whoever does not get an answer to one leaves.
        guard let first = requests.first(where: { $0.xid != ReservedXid.ping }) else { return nil }
        return "waits for \(requests.count) answers, one to \(first.operation)"
    }

    func healed() {
        writesSinceHealing = 0
        for given in handovers.end() { world.close(given, 0) }
    }

    // MARK: connections

    private func dial() { dial(random.below(world.setup.servers)) }

    private func dial(_ server: Int) {
        state = .dialling
        heardAt = world.now
        world.dial(.client, from: host, to: server)
    }

    /// Another connection is opened while this one is there: to the same server, or to another.
    private func handOver() {
        guard let connection else { return }
        let server = handovers.target(beside: connection.hosts.1, of: world.setup.servers)
        world.dial(.client, from: host, to: server)
    }

    /// What was asked last on the connection goes out just before the session is handed over to the next, and it stays
    /// open: whatever comes of that the client does not hear.
    private func giveUp(_ old: Connection) {
        if state == .open { for _ in 0..<handovers.lastWords() { send(workload.next()) } }
        handovers.gaveUp(old)
        connectionIsGone()
    }

    func dialFailed(_ failed: Connection) {
        if state == .dialling { state = .idle }
    }

    func dialSucceeded(_ opened: Connection) {
        if let connection { giveUp(connection) }
        connection = opened
        bytesRead = 0
        state = .greeting
        heardAt = world.now
        world.checker?.connected(client: index, at: world.now, from: world.setup.address(ofHost: host))
        let frame = ByteWriter(capacity: 64)
        frame.append(Int32(0))
        ConnectRequest(
            lastZxidSeen: world.losses == nil ? Int64(bitPattern: lastZxid.rawValue) : 0,
            timeout: timeoutMilliseconds,
            sessionID: session,
            password: password
        ).encode(into: frame)
        frame.set(Int32(frame.count - 4), at: 0)
        world.send(.bytes(Array(frame.bytes)), on: opened, from: 0)
    }

    func ended(_ closed: Connection) {
        guard connection === closed else { return handovers.ended(closed) }
        if closed.isBidden, !closed.isBroken, bytesRead < closed.owed {
            let text = "client \(index + 1) was sent \(bytesRead) of \(closed.owed) bytes before its connection ended"
            world.report(Violation(kind: .client, text: text))
        }
        connectionIsGone()
    }

    func loseConnection() {
        guard let connection else { return }
        world.close(connection, 0)
        connectionIsGone()
    }

    private func connectionIsGone() {
        connection = nil
        frames = FrameBuffer(Self.frameBounds)
        state = .idle
        for request in requests { world.checker?.lost(id: request.id) }
        // What is still under way is what a new request could be taken for.
        if world.setup.restartsXids { nextXid = requests.first { $0.xid > 0 }?.xid ?? 1 }
        requests.removeAll(keepingCapacity: true)
        world.checker?.disconnected(client: index)
    }

    func wasHeard(on heard: Connection, at time: Nanoseconds) {
        if session != 0, state == .open, connection === heard { world.checker?.heard(session: session, at: time) }
    }

    // MARK: sending

    private func send(_ operation: ClientOperation, xid reserved: Int32? = nil) {
        guard let connection else { return }
        // A transaction says whose it is by its session, xid and data; where it has none of its own, the xid must do.
        if reserved == nil, operation.isWrite, !operation.hasData { nextXid = max(nextXid, largestXid + 1) }
        let xid = reserved ?? nextXid
        if reserved == nil {
            nextXid += 1
            largestXid = max(largestXid, xid)
        }
        let id = world.checker?.invoked(client: index, session: session, xid: xid, op: operation, at: world.now) ?? 0
        requests.append(Request(xid: xid, operation: operation, id: id, sentAt: world.now))
        let frame = ByteWriter(capacity: 128)
        operation.encodeFrame(xid: xid, into: frame)
        sentAt = world.now
        world.trace.say("client \(index + 1): \(xid) \(operation)")
        if script == nil {
            world.send(.bytes(Array(frame.bytes)), on: connection, from: 0)
        } else {
            unsent += frame.bytes
        }
    }

    // MARK: a given load

    func begin(on server: Int) { dial(server) }

    func prepare() {
        guard let script else { return }
        send(script.preparation)
        flush()
    }

    /// As much as may be in flight, as one piece: the way a client with a full pipe writes to its socket.
    private func sendAll(of script: ClientScript) {
        isUnderLoad = true
        while requests.count < script.outstanding, let operation = script.next() { send(operation) }
        flush()
    }

    private func flush() {
        guard let connection, !unsent.isEmpty else { return }
        world.send(.bytes(unsent), on: connection, from: 0)
        unsent.removeAll(keepingCapacity: true)
    }

    private func ping() { send(.ping, xid: ReservedXid.ping) }

    private func nextOperation() -> ClientOperation {
        if trial != nil { return trial!.next(&random, showsProgress: world.isHealed) }
        // A client that has to show progress writes.
        return world.isHealed
            ? .setData(path: "/", data: workload.data())
            : watchWorkload.next() ?? accessWorkload.next() ?? workload.next()
    }

    // MARK: receiving

    func received(_ bytes: [UInt8], on from: Connection) {
        guard connection === from else { return }
        bytesRead += bytes.count
        heardAt = world.now
        // A new one takes its place if the connection ends meanwhile.
        var reading = frames
        let problem = bytes.withUnsafeBytes { reading.receive($0) { take($0, from) } }
        guard connection === from else { return }
        frames = reading
        if let problem {
            world.report(Violation(kind: .client, text: "client \(index + 1) got what is no frame: \(problem)"))
        }
        if isUnderLoad, let script { sendAll(of: script) }
    }

    private func take(_ bytes: UnsafeRawBufferPointer, _ from: Connection) -> Int {
        var frames = FrameCursor(bytes)
        while connection === from, let frame = frames.next() {
            world.trace.mix(frame)
            do throws(WireError) {
                if state == .greeting { try greeted(frame) } else { try reply(frame) }
            } catch {
                world.report(Violation(kind: .client, text: "client \(index + 1) got a malformed frame: \(error)"))
            }
        }
        return bytes.count
    }

    private func greeted(_ frame: UnsafeRawBufferPointer) throws(WireError) {
        var reader = ByteReader(frame)
        let response = try ConnectResponse(from: &reader)
        guard response.timeout > 0 else {
            world.trace.say("client \(index + 1): session \(hex(session)) has expired")
            if session != 0 { world.checker?.sessionExpired(client: index, session: session, at: world.now) }
            forgetSession()
            return loseConnection()
        }
        state = .open
        world.trace.say("client \(index + 1): session \(hex(response.sessionID)), \(response.timeout) ms")
        world.checker?.sessionOpened(client: index, session: response.sessionID, at: world.now)
        let isNew = session != response.sessionID
        session = response.sessionID
        password = response.password
        for secret in accessWorkload.proved {
            send(.more(.auth(scheme: "digest", secret: secret)), xid: ReservedXid.auth)
        }
        guard !isNew else { return }
        watchAgain()
        // At once, while what the old connection asked for may still be under way.
        if world.setup.restartsXids, mayGoOn { send(.setData(path: "/", data: workload.data())) }
    }

    private func watchAgain() {
        let lists = SetWatchesLists(
            since: lastZxid,
            data: dataWatches,
            exist: existWatches,
            children: childWatches,
            persistent: persistentWatches,
            recursive: recursiveWatches
        )
        guard !lists.isEmpty else { return }
        // As ZooKeeper's client, which uses the older request where it will do.
        let isOld = persistentWatches.isEmpty && recursiveWatches.isEmpty
        send(
            isOld
                ? .setWatches(relativeZxid: lastZxid, data: dataWatches, exist: existWatches, children: childWatches)
                : .more(.setWatches2(lists)),
            xid: ReservedXid.setWatches
        )
    }

    private func forgetSession() {
        session = 0
        password = [UInt8](repeating: 0, count: 16)
        nextXid = 1
        largestXid = 0
        dataWatches.removeAll()
        existWatches.removeAll()
        childWatches.removeAll()
        persistentWatches.removeAll()
        recursiveWatches.removeAll()
    }

    private func hex(_ session: Int64) -> String { "0x" + String(UInt64(bitPattern: session), radix: 16) }

    private func reply(_ frame: UnsafeRawBufferPointer) throws(WireError) {
        var reader = ByteReader(frame)
        let xid = try reader.int32()
        let zxid = try reader.int64()
        let code = try reader.int32()
        if xid == ReservedXid.watchEvent { return try event(reader.rest) }
        guard let place = requests.firstIndex(where: { $0.xid == xid }),
            xid == ReservedXid.ping || requests[..<place].allSatisfy({ $0.xid == ReservedXid.ping })
        else {
            let expected = requests.first.map { "\($0.xid)" } ?? "none"
            throw WireError("an answer to request \(xid), where that to \(expected) is due")
        }
        let request = requests.remove(at: place)
        world.trace.say("client \(index + 1): answer to \(xid): \(code) at \(Zxid(rawValue: UInt64(bitPattern: zxid)))")
        if zxid > 0 { lastZxid = max(lastZxid, Zxid(rawValue: UInt64(bitPattern: zxid))) }
        world.checker?.replied(
            id: request.id,
            headerZxid: Zxid(rawValue: UInt64(bitPattern: zxid)),
            code: code,
            body: reader.rest,
            at: world.now
        )
        if isUnderLoad {
            world.probe?.answered(
                isWrite: request.operation.isWrite,
                sentAt: request.sentAt,
                now: world.now,
                causes: world.events.causes
            )
        }
        if code == 0 {
            let isWrite = try world.losses?.answered(
                AcknowledgedWrite(
                    operation: request.operation,
                    client: index,
                    session: session,
                    xid: xid,
                    zxid: Zxid(rawValue: UInt64(bitPattern: zxid)),
                    at: world.now
                ),
                body: reader.rest
            )
            if isWrite == true { world.wasAcknowledged() }
        }
        note(request.operation, code, reader.rest)
    }

    /// What the client itself remembers of an answer.
    private func note(_ operation: ClientOperation, _ code: Int32, _ body: UnsafeRawBufferPointer) {
        if code == 0 {
            if trial != nil { trial!.wasDone(operation, body) } else { workload.wasDone(operation, body) }
        }
        switch operation {
        case .setData where code == 0: writesSinceHealing += 1
        case .getData(let path, let watch) where watch && code == 0: add(path, to: &dataWatches)
        case .exists(let path, let watch) where watch:
            if code == 0 { add(path, to: &dataWatches) }
            if code == ErrorCode.noNode.rawValue { add(path, to: &existWatches) }
        case .getChildren(let path, let watch, _) where watch && code == 0: add(path, to: &childWatches)
        case .more(.addWatch(let path, let isRecursive)) where code == 0:
            if isRecursive { add(path, to: &recursiveWatches) } else { add(path, to: &persistentWatches) }
        case .more(.removeWatches(let path, let type)) where code == 0: noteRemoval(path, type)
        case .more(.auth(let scheme, let secret)) where code == 0: accessWorkload.wasProved(scheme, secret)
        case .closeSession where code == 0:
            forgetSession()
            loseConnection()
        default: break
        }
    }

    /// A lasting watch of which only a side is left is set again whole, or not at all: no list says which side.
    private func noteRemoval(_ path: String, _ type: MoreOperation.WatcherType) {
        if type != .children {
            dataWatches.removeAll { $0 == path }
            existWatches.removeAll { $0 == path }
        }
        if type != .data { childWatches.removeAll { $0 == path } }
        guard type == .any else { return }
        persistentWatches.removeAll { $0 == path }
        recursiveWatches.removeAll { $0 == path }
    }

    private func add(_ path: String, to list: inout [String]) {
        if !list.contains(path) { list.append(path) }
    }

    private func event(_ body: UnsafeRawBufferPointer) throws(WireError) {
        var reader = ByteReader(body)
        let type = try reader.int32()
        _ = try reader.int32()
        let path = try reader.string()
        world.trace.say("client \(index + 1): event \(type) \(path)")
        world.counters.watchEvents += 1
        world.checker?.watchEvent(client: index, type: type, path: path, at: world.now)
        if type == WatchEvent.childrenChanged {
            childWatches.removeAll { $0 == path }
        } else {
            dataWatches.removeAll { $0 == path }
            existWatches.removeAll { $0 == path }
            if type == WatchEvent.deleted { childWatches.removeAll { $0 == path } }
        }
    }
}

import Host
import Log
import Replica
import Wire
import Zab

/// What a `SteppedServer` runs on: files in memory, workers that wait for nobody, sockets that lead to `news`.
public enum SteppedPlatform: HostPlatform {
    public typealias Storage = MemoryDisk
    public typealias Log = SteppedLog<MemoryDisk>
    public typealias Snapshots = SteppedSnapshots<MemoryDisk>
    public typealias Network = SteppedServer
    public typealias Observer = SteppedServer
}

/// A `ServerHost` that goes on by hand: nothing is read, synced or timed, and no round ends, before somebody says so.
///
/// Rigs are subclasses that say what becomes of the news; the observer's methods that are of use to them may be
/// overridden, too.
open class SteppedServer: HostNetwork, HostObserver {
    public typealias Host = ServerHost<SteppedPlatform>

    /// Blocks come as they are written: a server that lives for a moment lays out no segment.
    private static let logOptions = LogOptions(
        segmentSize: 1 << 20,
        recycledMax: 0,
        strategy: try! SyncStrategy(.fdatasync, .append)
    )

    public private(set) var host: Host!
    public let log: SteppedLog<MemoryDisk>
    public let snapshots: SteppedSnapshots<MemoryDisk>
    public private(set) var now = SteppedLife<MemoryDisk>.start
    private var news: [SteppedNews] = []
    private var timers: [(due: Nanoseconds, timer: HostTimer)] = []
    private var roundIsDue = false
    /// Open, or not told of yet to be closed.
    private var sockets: [SteppedSocket] = []
    private var closing: [SteppedSocket] = []
    private var resumed: [SteppedSocket] = []
    private var snapshotsTold = 0

    public init(
        _ configuration: Configuration,
        limits: MemberLimits = MemberLimits(),
        policy: SnapshotPolicy = SnapshotPolicy()
    ) {
        let life: SteppedLife<MemoryDisk>
        do {
            life = try SteppedLife(in: "d", on: MemoryDisk(), options: Self.logOptions, policy: policy)
        } catch {
            fatalError("an empty disk: \(error)")
        }
        (log, snapshots) = (life.log, life.snapshots)
        host = ServerHost(
            HostConfiguration(),
            member: life.makeMember(configuration, limits: limits),
            store: life.store,
            network: self,
            observer: self,
            now: now
        )
    }

    deinit {
        // A socket and its connection hold each other.
        for socket in sockets { socket.side = nil }
    }

    /// What has come out since it was asked for last.
    public func takeNews() -> [SteppedNews] {
        defer { news.removeAll() }
        return news
    }

    /// There are news, and the host may be entered again.
    open func newsCame() {}

    // MARK: steps

    /// Lets the host work; then it hears what has become of that.
    private func enter(_ body: (Host) -> Void) {
        body(host)
        while !closing.isEmpty { end(closing.removeFirst()) }
        while !resumed.isEmpty { readOn(resumed.removeFirst()) }
        while snapshotsTold < snapshots.finished.count {
            snapshotsTold += 1
            host.snapshotAdvanced(.finished(snapshots.finished[snapshotsTold - 1]))
        }
        if !news.isEmpty { newsCame() }
    }

    public func start() { enter { $0.start() } }

    /// False, and nothing happens, if the host has not asked for it.
    @discardableResult public func endRound() -> Bool {
        guard roundIsDue else { return false }
        endRoundUnasked()
        return true
    }

    /// Whether or not there is anything to do.
    public func endRoundUnasked() {
        roundIsDue = false
        enter { $0.endRound() }
    }

    /// What was appended becomes durable. False, and nothing happens, if there is nothing.
    @discardableResult public func sync() -> Bool {
        guard !log.hasSyncedAll else { return false }
        do throws(LogError) { try log.sync() } catch {
            enter { $0.fail("\(error)") }
            return true
        }
        enter { $0.logAdvanced() }
        return true
    }

    /// Rounds and syncs until nothing is left to do.
    public func settle() {
        while endRound() || sync() {}
    }

    public func advance(milliseconds: UInt64) {
        now += milliseconds * 1_000_000
        let due = timers.filter { $0.due <= now }
        timers.removeAll { $0.due <= now }
        for (_, timer) in due { enter { $0.timer(timer) } }
        let wallClock = SteppedLife<MemoryDisk>.wallClockMilliseconds + Int64(now / 1_000_000)
        enter { $0.tick(now: now, wallClockMilliseconds: wallClock) }
    }

    // MARK: connections

    public func accept(client socket: SteppedSocket, from address: ClientAddress = .local) {
        open(socket) { host in host.accepted(client: socket, from: address).map { .client($0) } }
    }

    public func accept(_ socket: SteppedSocket, on port: PeerPort) {
        open(socket) { host in .peer(host.accepted(socket, on: port)) }
    }

    /// A dial of the host's has come through.
    public func connect(_ socket: SteppedSocket, _ dial: HostDial) {
        open(socket) { host in .peer(host.dialled(dial, socket)) }
    }

    public func refuse(_ dial: HostDial) { enter { $0.dialFailed(dial) } }

    private func open(_ socket: SteppedSocket, _ body: (Host) -> SteppedSocket.Side?) {
        sockets.append(socket)
        enter {
            socket.side = body($0)
            if socket.side == nil { closing.append(socket) }
        }
    }

    public func receive(_ bytes: UnsafeRawBufferPointer, on socket: SteppedSocket) {
        guard socket.isRead else { return socket.unread += bytes }
        enter { receive(bytes, on: socket, $0) }
    }

    private func receive(_ bytes: UnsafeRawBufferPointer, on socket: SteppedSocket, _ host: Host) {
        switch socket.side {
        case .client(let id): host.received(bytes, from: id)
        case .peer(let connection): host.received(bytes, on: connection)
        case nil: break
        }
    }

    private func readOn(_ socket: SteppedSocket) {
        guard socket.isRead else { return }
        let bytes = socket.unread
        socket.unread = []
        bytes.withUnsafeBytes { receive($0, on: socket, host) }
    }

    /// The client says nothing more.
    public func endInput(_ socket: SteppedSocket) {
        if case .client(let id) = socket.side { enter { $0.inputEnded(id) } }
    }

    /// The other side has closed.
    public func hangUp(_ socket: SteppedSocket) {
        enter { _ in closing.append(socket) }
    }

    private func end(_ socket: SteppedSocket) {
        sockets.removeAll { $0 === socket }
        let side = socket.side
        (socket.side, socket.isOpen) = (nil, false)
        switch side {
        case .client(let id): host.closed(id)
        case .peer(let connection): host.closed(connection)
        case nil: break
        }
    }

    /// The other side reads nothing any more, or goes on.
    public func setFull(_ isFull: Bool, _ socket: SteppedSocket) {
        guard socket.isFull != isFull else { return }
        socket.isFull = isFull
        guard !isFull else { return }
        enter { host in
            flush(socket)
            switch socket.side {
            case .client(let id):
                if socket.tellsWhenSent { host.sentAll(id) }
                host.becameWritable(id)
            case .peer(let connection): host.becameWritable(connection)
            case nil: break
            }
        }
    }

    // MARK: HostNetwork

    public func dial(_ dial: HostDial) { news.append(.dial(dial)) }
    public func makeBytes(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { Array(bytes) }
    public func write(_ bytes: [UInt8], on socket: SteppedSocket) { socket.unsent += bytes }
    public func write(_ bytes: UnsafeRawBufferPointer, on socket: SteppedSocket) { socket.unsent += bytes }

    public func flush(_ socket: SteppedSocket) {
        guard !socket.isFull, socket.isOpen, !socket.unsent.isEmpty else { return }
        news.append(.bytes(socket, socket.unsent))
        socket.unsent = []
    }

    public func isOpen(_ socket: SteppedSocket) -> Bool { socket.isOpen }
    public func isWritable(_ socket: SteppedSocket) -> Bool { !socket.isFull }
    public func unsentBytes(_ socket: SteppedSocket) -> Int { socket.unsent.count }
    public func tellWhenSent(_ socket: SteppedSocket) { socket.tellsWhenSent = true }

    public func setReading(_ isReading: Bool, _ socket: SteppedSocket) {
        socket.isRead = isReading
        if isReading, !socket.unread.isEmpty { resumed.append(socket) }
    }

    public func shutDownOutput(_ socket: SteppedSocket) { news.append(.outputShut(socket)) }

    public func close(_ socket: SteppedSocket) {
        socket.isOpen = false
        closing.append(socket)
        news.append(.closed(socket))
    }

    public var moment: Nanoseconds { now }
    public func isWord(_ word: Int) -> Bool { false }
    public func answer(toWord word: Int, behind: UnsafeRawBufferPointer) -> WordAnswer { WordAnswer("") }

    public func schedule(_ timer: HostTimer, after pause: Nanoseconds) { timers.append((now + pause, timer)) }
    public func scheduleEndOfRound(followsRound: Bool) { roundIsDue = true }

    // MARK: HostObserver

    public var isAlive: Bool { true }
    public func complains(_ complaint: HostComplaint, about socket: SteppedSocket?) {}
    public func failed(_ reason: String) {}
    open func willCarryOut(_ effect: MemberEffect) {}
    open func willReply() {}
}

import CPlatform
import DequeModule
import Host
import Log
import Logging
import Measure
import NIOCore
import NIOPosix
import Replica
import Zab
import Znodes

/// What a server runs on here: its threads, NIO's sockets, and its loop for both.
enum ServerPlatform: HostPlatform {
    typealias Storage = ServerDisk
    typealias Log = LogThread<ServerDisk>
    typealias Snapshots = SnapshotThread<ServerDisk>
    typealias Network = ServerLoop
    typealias Observer = ServerLoop
}

/// A server's one event loop: gives a `ServerHost` its sockets and its clock, and tells of it. Confined to `eventLoop`;
/// nothing here is locked.
final class ServerLoop: @unchecked Sendable {
    let configuration: ServerConfiguration
    let eventLoop: any EventLoop
    let logger: Logger
    let storage: ServerStore
    let doors: Doors
    private(set) var host: ServerHost<ServerPlatform>!
    var snapshots = 0
    /// When the log last said that a peer's name cannot be resolved.
    var namesTold: [ServerID: UInt64] = [:]
    /// Connections of clients by the address that they come from.
    private var addresses: [String: Int] = [:]
    /// Called once, when this server cannot go on; the line says why.
    private let onFailure: @Sendable (String) -> Void
    private(set) var failed = false
    private var timer: RepeatedTask?
    private var drained: EventLoopPromise<Void>?
    /// The host is at work, and what happens meanwhile waits.
    private(set) var isInside = false
    private var deferred: Deque<() -> Void> = []
    private var isCarryingOutDeferred = false
    private static let deferredMax = 16

    var phases = PhaseJournal()
    var timeline = BatchTimeline()
    /// What `srst` has set back.
    var sinceReset = CountersAtReset()
    var phaseTimes = PhaseTimes()
    var batchTimes = BatchTimes()
    var learnerSyncs = LearnerSyncs()
    var storeTimes: StoreTimes
    /// As of the last change of phase.
    var commits = (asLeader: 0, asLearner: 0, atChange: 0)
    /// Of answers to words, which are no responses.
    var wordBytes = 0
    /// First frames of clients.
    var connectRequests = 0
    let started = zb_monotonic_nanoseconds()
    /// `stmk` sets it and `gtmk` tells it; nothing else looks at it. ZooKeeper's initial one.
    var traceMask: Int64 = 306
    /// Of the step under way, while the timeline is recorded.
    var stepBegan: (committed: Zxid, at: UInt64)?
    var proposalsReadAt: UInt64?

    init(
        configuration: ServerConfiguration,
        eventLoop: any EventLoop,
        logger: Logger,
        member: consuming Member,
        storage: ServerStore,
        storeTimes: StoreTimes,
        doors: Doors,
        onFailure: @escaping @Sendable (String) -> Void
    ) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.logger = logger
        self.storage = storage
        self.storeTimes = storeTimes
        self.doors = doors
        self.onFailure = onFailure
        host = ServerHost(
            HostConfiguration(secret: configuration.peerSecret),
            member: member,
            store: storage.store,
            network: self,
            observer: self,
            now: zb_monotonic_nanoseconds()
        )
    }

    // MARK: life

    func start() {
        zb_name_thread("zab-loop")
        enter { $0.start() }
        let interval = TimeAmount.milliseconds(max(1, min(20, Int64(configuration.tickTime) / 20)))
        timer = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [self] _ in tick() }
    }

    private func tick() {
        let now = zb_monotonic_nanoseconds()
        doors.tick(now)
        timeline.tick(now, groups: storage.timings)
        enter { $0.tick(now: now, wallClockMilliseconds: zb_unix_nanoseconds() / 1_000_000) }
    }

    /// Ticks go on until all connections have ended.
    private func stop() { enter { $0.stop() } }

    /// Stops, and waits for the clients to get what is ready for them, for as long as `Farewell` has patience.
    func drain() -> EventLoopFuture<Void> {
        stop()
        let promise = eventLoop.makePromise(of: Void.self)
        drained = promise
        finishDraining()
        return promise.futureResult
    }

    private func finishDraining() {
        guard let drained, host.clients.allSatisfy({ $0 == nil }) else { return }
        self.drained = nil
        timer?.cancel()
        drained.succeed()
    }

    /// The host cannot go on.
    func failed(_ reason: String) {
        failed = true
        onFailure(reason)
    }

    // MARK: inside and outside

    /// Lets the host work, then lets happen what has waited for it: a write can close its channel at once, and a
    /// channel that is closed tells so at once.
    func enter(_ body: (ServerHost<ServerPlatform>) -> Void) {
        precondition(!isInside, "the host is at work")
        isInside = true
        body(host)
        isInside = false
        if !deferred.isEmpty { carryOutDeferred() }
    }

    /// After the host's return.
    func later(_ body: @escaping () -> Void) { deferred.append(body) }

    /// In order, and not without end: a socket that takes all that is written to it would have no other served.
    private func carryOutDeferred() {
        guard !isCarryingOutDeferred else { return }
        isCarryingOutDeferred = true
        var left = Self.deferredMax
        while left > 0, let next = deferred.popFirst() {
            next()
            left -= 1
        }
        isCarryingOutDeferred = false
        guard !deferred.isEmpty else { return }
        _ = eventLoop.assumeIsolated().scheduleTask(in: Self.pauseBetweenRounds) { [self] in carryOutDeferred() }
    }

    /// The log thread synced something (or failed); called on the loop, once for one or more syncs.
    func logAdvanced() {
        let error = storage.takeLogFailure()
        guard !host.isStopped else { return }
        enter { if let error { $0.fail("\(error)") } else { $0.logAdvanced() } }
    }

    func snapshotThreadSaid(_ event: SnapshotEvent) {
        if case .finished(let position) = event {
            storeTimes.snapshotEnded(position.zxid, at: zb_monotonic_nanoseconds(), second: wallClockSeconds)
        }
        enter { $0.snapshotAdvanced(event) }
    }

    // MARK: clients

    /// Whether one more connection of this client's address is allowed.
    func admits(_ socket: SocketHandler, on channel: any Channel) -> Bool {
        let address = channel.remoteAddress?.ipAddress ?? "local"
        let limit = configuration.maxClientConnections
        // Whoever says something goes before those that only hold their place.
        if limit > 0, addresses[address, default: 0] >= limit { _ = doors.client.makeRoom(for: channel) }
        guard limit == 0 || addresses[address, default: 0] < limit else {
            doors.complain(
                .tooMany,
                about: channel,
                "too many connections from \(address); maxClientCnxns is \(limit); connection closed"
            )
            return false
        }
        addresses[address, default: 0] += 1
        socket.address = address
        return true
    }

    func clientClosed(_ id: ConnectionID, from address: String) {
        addresses[address, default: 1] -= 1
        if addresses[address] == 0 { addresses[address] = nil }
        enter { $0.closed(id) }
        finishDraining()
    }
}

import Client
import NIOCore
import Synchronization
import Wire

/// Watches that are to survive what happens to the servers: left by a few sessions of its own, on znodes of its own that
/// nobody else changes.
///
/// A session that moves to another server brings its watches along (SetWatches); one that expires loses them, and they
/// are missed when the znodes are changed.
public actor WatchKeeper {
    private struct Holder {
        var client: ZooKeeperClient
        let fired: Fired
        let listening: Task<Void, Never>
        let paths: [String]
    }

    /// Paths whose watches have fired since they were last asked for.
    private final class Fired: Sendable {
        private let paths = Mutex<Set<String>>([])

        func note(_ event: WatchEvent) {
            guard event.kind == .dataChanged else { return }
            _ = paths.withLock { $0.insert(event.path) }
        }

        var count: Int { paths.withLock { $0.count } }

        func clear() { paths.withLock { $0 = [] } }
    }

    private static let holders = 4
    private static let attempts = 50

    private let count: Int
    private let rootPath: String
    private let endpoints: [Endpoint]
    private let sessionTimeout: TimeAmount
    private let eventLoopGroup: any EventLoopGroup
    private var holders: [Holder] = []
    private var changer: ZooKeeperClient?
    private var changes: UInt8 = 0

    /// - Parameters:
    ///   - count: watches, one znode each.
    ///   - runID: names the znodes; letters, digits and `-`.
    public init(
        count: Int,
        runID: String,
        endpoints: [Endpoint],
        sessionTimeout: TimeAmount,
        eventLoopGroup: any EventLoopGroup
    ) {
        self.count = count
        rootPath = "/zabbench-watch-\(runID)"
        self.endpoints = endpoints
        self.sessionTimeout = sessionTimeout
        self.eventLoopGroup = eventLoopGroup
    }

    /// Creates the znodes and opens the sessions.
    ///
    /// - Throws: `ClientError`.
    public func open() async throws {
        guard count > 0 else { return }
        let client = try await connect(first: 0)
        changer = client
        try await client.create(rootPath)
        try await Self.forEach((0..<count).map(path)) { path in _ = try await client.create(path) }
        for place in 0..<min(Self.holders, count) {
            let paths = stride(from: place, to: count, by: min(Self.holders, count)).map(path)
            holders.append(try await holder(of: paths, place: place))
        }
    }

    /// Leaves a watch on every znode, and forgets what fired before.
    ///
    /// - Returns: how many there are now.
    /// - Throws: `ClientError` if a session that has expired cannot be opened anew.
    public func place() async throws -> Int {
        for place in holders.indices {
            do {
                try await watch(holders[place])
            } catch ClientError.sessionExpired, ClientError.closed {
                let paths = holders[place].paths
                holders[place].listening.cancel()
                holders[place] = try await holder(of: paths, place: place)
                try await watch(holders[place])
            }
        }
        return count
    }

    /// Changes every znode once.
    ///
    /// - Parameter seconds: how long to wait for events after the last change was seen by every session.
    /// - Returns: how many of the watches told of it.
    /// - Throws: `ClientError` if the znodes cannot be changed.
    public func change(seconds: Double = 2) async throws -> Int {
        guard count > 0 else { return 0 }
        for holder in holders { holder.fired.clear() }
        changes &+= 1
        do {
            try await changeAll()
        } catch ClientError.sessionExpired, ClientError.closed {
            changer = try await connect(first: 0)
            try await changeAll()
        }
        for holder in holders {
            // A session that has expired cannot; its watches are lost, which is the finding.
            try? await Self.again { try await holder.client.sync() }
        }
        // Events come before the answer to sync, but through a stream that another task reads.
        let deadline = NIODeadline.now() + .nanoseconds(Int64(seconds * 1e9))
        while kept < count, NIODeadline.now() < deadline { try await Task.sleep(for: .milliseconds(5)) }
        return kept
    }

    public func close() async {
        for holder in holders {
            await holder.client.close()
            await holder.listening.value
        }
        await changer?.close()
        holders = []
        changer = nil
    }

    private var kept: Int { holders.reduce(0) { $0 + $1.fired.count } }

    private func path(_ index: Int) -> String { "\(rootPath)/w\(index)" }

    private func connect(first: Int) async throws -> ZooKeeperClient {
        let turn = first % endpoints.count
        return try await ZooKeeperClient.connect(
            to: Array(endpoints[turn...] + endpoints[..<turn]),
            configuration: ZooKeeperClient.Configuration(sessionTimeout: sessionTimeout),
            eventLoopGroup: eventLoopGroup
        )
    }

    private func holder(of paths: [String], place: Int) async throws -> Holder {
        let client = try await connect(first: place)
        let fired = Fired()
        let listening = Task { for await event in client.events { fired.note(event) } }
        return Holder(client: client, fired: fired, listening: listening, paths: paths)
    }

    private func watch(_ holder: Holder) async throws {
        let client = holder.client
        try await Self.forEach(holder.paths) { path in _ = try await client.getData(path, watch: true) }
        holder.fired.clear()
    }

    private func changeAll() async throws {
        guard let changer else { throw ClientError.closed }
        let data = [changes]
        try await Self.forEach((0..<count).map(path)) { path in _ = try await changer.setData(path, data: data) }
    }

    /// All at once: one after the other would wait as often for servers that are busy.
    private static func forEach(_ paths: [String], _ body: @escaping @Sendable (String) async throws -> Void)
        async throws
    {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for path in paths { group.addTask { try await again { try await body(path) } } }
            try await group.waitForAll()
        }
    }

    /// Repeats what a broken connection left open; for requests that may be carried out twice.
    private static func again(_ body: () async throws -> Void) async throws {
        var attempt = 1
        while true {
            do {
                return try await body()
            } catch let error as ClientError {
                switch error {
                case .connectionLoss, .unreachable: break
                default: throw error
                }
                guard attempt < attempts else { throw error }
                attempt += 1
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}

import Glibc
import Logging
import NIOCore
import NIOPosix
import Replica
import Storage
import Zab

/// A server in this process: opens its data, recovers, listens, takes part. `zabbench serve` runs one; an embedded
/// ensemble runs several side by side.
public final class ServerNode: Sendable {
    public let configuration: ServerConfiguration
    /// Where clients connect: the configured port, or the one that the kernel chose for 0.
    public let clientPort: Int
    private let group: MultiThreadedEventLoopGroup
    private let loop: ServerLoop
    private let listeners: [any Channel]
    private let storage: ServerStore

    private init(
        configuration: ServerConfiguration,
        clientPort: Int,
        group: MultiThreadedEventLoopGroup,
        loop: ServerLoop,
        listeners: [any Channel],
        storage: ServerStore
    ) {
        self.configuration = configuration
        self.clientPort = clientPort
        self.group = group
        self.loop = loop
        self.listeners = listeners
        self.storage = storage
    }

    /// Recovers and starts a server. Returns when its ports listen; the election goes on by itself.
    ///
    /// - Parameter onFailure: called at most once, from another thread, if the server stops by itself later (a full
    ///   disk, a failed sync): one line that says why.
    /// - Throws: what keeps it from starting, as one line: a data directory that cannot be used, a corrupt log with file
    ///   and offset, a port that is taken.
    public static func start(
        configuration: ServerConfiguration,
        logger: Logger = Logger(label: "zabbench.server"),
        onFailure: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> ServerNode {
        var logger = logger
        logger[metadataKey: "server"] = "\(configuration.myself)"
        for warning in configuration.warnings { logger.warning("\(warning)") }
        let (storage, recovered) = try ServerStore.open(configuration, logger: logger)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        let member = Member(
            configuration: configuration.zab,
            durable: recovered.durable,
            state: recovered.state,
            history: recovered.history,
            now: Clocks.monotonicNanoseconds(),
            wallClockMilliseconds: Clocks.wallClockMilliseconds()
        )
        let loop = ServerLoop(
            configuration: configuration,
            eventLoop: eventLoop,
            logger: logger,
            member: member,
            storage: storage,
            onFailure: onFailure
        )
        do {
            let listeners = try await listen(configuration, group: group, loop: loop)
            let node = ServerNode(
                configuration: configuration,
                clientPort: listeners[0].localAddress?.port ?? configuration.clientPort,
                group: group,
                loop: loop,
                listeners: listeners,
                storage: storage
            )
            try await eventLoop.submit {
                storage.start(notifying: loop)
                loop.start()
            }.get()
            return node
        } catch {
            storage.close()
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Stops serving, syncs nothing more, closes the data. Idempotent.
    public func stop() async {
        for listener in listeners { try? await listener.close() }
        try? await loop.eventLoop.flatSubmit { [loop] in loop.drain() }.get()
        storage.close()
        try? await group.shutdownGracefully()
    }

    private static func listen(
        _ configuration: ServerConfiguration,
        group: MultiThreadedEventLoopGroup,
        loop: ServerLoop
    ) async throws -> [any Channel] {
        var listeners: [any Channel] = []
        do {
            listeners.append(
                try await bind(configuration.clientHost, configuration.clientPort, "clientPort", group) {
                    ClientHandler(server: loop)
                }
            )
            if let address = configuration.myAddress {
                listeners.append(
                    try await bind(address.host, address.quorumPort, "the quorum port of server.\(address.id)", group) {
                        PeerHandler(server: loop, port: .quorum, dialling: nil)
                    }
                )
                listeners.append(
                    try await bind(
                        address.host,
                        address.electionPort,
                        "the election port of server.\(address.id)",
                        group
                    ) {
                        PeerHandler(server: loop, port: .election, dialling: nil)
                    }
                )
            }
        } catch {
            for listener in listeners { try? await listener.close() }
            throw error
        }
        return listeners
    }

    private static func bind(
        _ host: String,
        _ port: Int,
        _ what: String,
        _ group: MultiThreadedEventLoopGroup,
        _ handler: @escaping @Sendable () -> any ChannelInboundHandler & Sendable
    ) async throws -> any Channel {
        do {
            return try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.maxMessagesPerRead, value: 4)
                .childChannelOption(.writeBufferWaterMark, value: .init(low: 512 << 10, high: 2 << 20))
                .childChannelOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 16384, maximum: 1 << 20)
                )
                .childChannelInitializer { $0.pipeline.addHandler(handler()) }
                .bind(host: host, port: port).get()
        } catch {
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw ConfigurationError(
                "cannot listen on \(host):\(port) (\(what)): \(reason); choose another or stop what uses it"
            )
        }
    }
}

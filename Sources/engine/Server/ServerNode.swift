import CPlatform
import Glibc
import Host
import Logging
import NIOCore
import NIOPosix
import Replica
import Zab

/// A server in this process: opens its data, recovers, listens, takes part. `zabbench serve` runs one; an embedded
/// ensemble runs several side by side.
public final class ServerNode: Sendable {
    public let configuration: ServerConfiguration
    /// Where clients connect: the configured port, or the one that the kernel chose for 0; 0 if nowhere.
    public let clientPort: Int
    private let group: MultiThreadedEventLoopGroup
    private let loop: ServerLoop
    private let listeners: [PortListener]
    private let storage: ServerStore
    private let descriptors: DescriptorReservation
    private let adminPorts: AdminPorts?
    /// Where the admin server and the endpoint for Prometheus listen; 0 if they do not.
    public var adminPort: Int { adminPorts?.adminPort ?? 0 }
    public var metricsPort: Int { adminPorts?.metricsPort ?? 0 }

    private init(
        configuration: ServerConfiguration,
        clientPort: Int,
        group: MultiThreadedEventLoopGroup,
        loop: ServerLoop,
        listeners: [PortListener],
        storage: ServerStore,
        descriptors: DescriptorReservation,
        adminPorts: AdminPorts?
    ) {
        self.configuration = configuration
        self.clientPort = clientPort
        self.group = group
        self.loop = loop
        self.listeners = listeners
        self.storage = storage
        self.descriptors = descriptors
        self.adminPorts = adminPorts
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
        let descriptors = try ProcessDescriptors.reserve(for: configuration)
        let (storage, recovered) = try ServerStore.open(configuration, logger: logger)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        var zab = configuration.zab
        zab.candidateIdentity = .random(in: 1 ... .max)
        var limits = configuration.nodeLimits
        limits.sessionTimeouts = configuration.sessionTimeouts
        limits.access = configuration.access
        let member = Member(
            configuration: zab,
            limits: limits,
            durable: recovered.durable,
            state: recovered.state,
            history: recovered.history,
            shownConfiguration: configuration.membershipText,
            now: zb_monotonic_nanoseconds(),
            wallClockMilliseconds: zb_unix_nanoseconds() / 1_000_000
        )
        let loop = ServerLoop(
            configuration: configuration,
            eventLoop: eventLoop,
            logger: logger,
            member: member,
            storage: storage,
            storeTimes: storage.times,
            doors: Doors(descriptors: descriptors, logger: logger),
            onFailure: onFailure
        )
        do {
            let listeners = try await listen(configuration, group: group, loop: loop)
            let adminPorts = try await AdminPorts.open(configuration, loop, logger)
            let node = ServerNode(
                configuration: configuration,
                clientPort: configuration.clientPort == nil ? 0 : try await listeners[0].port() ?? 0,
                group: group,
                loop: loop,
                listeners: listeners,
                storage: storage,
                descriptors: descriptors,
                adminPorts: adminPorts
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
        await adminPorts?.close()
        for listener in listeners { await listener.close() }
        try? await loop.eventLoop.flatSubmit { [loop] in loop.drain() }.get()
        storage.close()
        try? await group.shutdownGracefully()
        descriptors.release()
    }

    private static func listen(
        _ configuration: ServerConfiguration,
        group: MultiThreadedEventLoopGroup,
        loop: ServerLoop
    ) async throws -> [PortListener] {
        var listeners: [PortListener] = []
        func open(
            _ host: String,
            _ port: Int,
            _ what: String,
            _ door: Door,
            _ makeHandler: @escaping PortListener.MakeHandler
        ) async throws {
            listeners.append(
                try await PortListener.open(host, port, what, on: group, for: loop, through: door, makeHandler)
            )
        }
        do {
            if let port = configuration.clientPort {
                try await open(configuration.clientHost, port, "clientPort", loop.doors.client) {
                    SocketHandler(loop, acceptedOn: .client)
                }
            }
            if let mine = configuration.myAddress {
                let host = configuration.listensOnAllAddresses ? ServerAddress.anyHost : mine.host
                try await open(host, mine.quorumPort, "the quorum port of server.\(mine.id)", loop.doors.quorum) {
                    SocketHandler(loop, acceptedOn: .quorum)
                }
                let election = "the election port of server.\(mine.id)"
                try await open(host, mine.electionPort, election, loop.doors.election) {
                    SocketHandler(loop, acceptedOn: .election)
                }
            }
        } catch {
            for listener in listeners { await listener.close() }
            throw error
        }
        return listeners
    }
}

import CPlatform
import Host
import Logging
import NIOCore
import NIOPosix

/// One listening port. Whatever accept(2) says, the port goes on listening until it is told to stop: where NIO closes the
/// listener (it does for each error but five, and Linux reports the network's errors of a connection that was to be
/// accepted), it is opened again on the same port.
final class PortListener: @unchecked Sendable {
    typealias MakeHandler = @Sendable () -> any ChannelInboundHandler & Sendable

    /// Before a port that was closed is opened again, and between two tries.
    private static let pause = TimeAmount.milliseconds(100)

    private let host: String
    private let what: String
    private let group: MultiThreadedEventLoopGroup
    private let loop: ServerLoop
    private let door: Door
    private let makeHandler: MakeHandler
    // Confined to the event loop.
    private(set) var channel: (any Channel)?
    private var isStopped = false

    private init(
        _ host: String,
        _ what: String,
        _ group: MultiThreadedEventLoopGroup,
        _ loop: ServerLoop,
        _ door: Door,
        _ makeHandler: @escaping MakeHandler
    ) {
        self.host = host
        self.what = what
        self.group = group
        self.loop = loop
        self.door = door
        self.makeHandler = makeHandler
    }

    /// - Parameters:
    ///   - port: 0 lets the kernel choose.
    ///   - what: what the port is for, in errors.
    /// - Throws: `ConfigurationError` if the port cannot be had.
    static func open(
        _ host: String,
        _ port: Int,
        _ what: String,
        on group: MultiThreadedEventLoopGroup,
        for loop: ServerLoop,
        through door: Door,
        _ makeHandler: @escaping MakeHandler
    ) async throws -> PortListener {
        let listener = PortListener(host, what, group, loop, door, makeHandler)
        do {
            let channel = try await listener.bind(port).get()
            try await loop.eventLoop.submit { listener.opened(channel) }.get()
            return listener
        } catch {
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw ConfigurationError(
                "cannot listen on \(host):\(port) (\(what)): \(reason); choose another or stop the process that uses it"
            )
        }
    }

    /// The port, also where the kernel chose it.
    func port() async throws -> Int? { try await loop.eventLoop.submit { self.channel?.localAddress?.port }.get() }

    func close() async {
        let channel = try? await loop.eventLoop.submit { () -> (any Channel)? in
            self.isStopped = true
            return self.channel
        }.get()
        try? await channel?.close()
    }

    private func bind(_ port: Int) -> EventLoopFuture<any Channel> {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Few at a time, so that a flood is noticed before it has filled anything.
            .serverChannelOption(.maxMessagesPerRead, value: 4)
            .serverChannelInitializer { [door] in $0.pipeline.addHandler(DoorHandler(door)) }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 512 << 10, high: 2 << 20))
            // A connection keeps the buffer of its first read, so a crowd of idle ones pays for it; a busy one's grows.
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 2048, maximum: 1 << 20)
            )
            .childChannelInitializer { [makeHandler] in $0.pipeline.addHandler(makeHandler()) }
            .bind(host: host, port: port)
    }

    private func opened(_ channel: any Channel) {
        guard !isStopped else {
            channel.close(promise: nil)
            return
        }
        self.channel = channel
        door.listener = channel
        let port = channel.localAddress?.port ?? 0
        channel.closeFuture.assumeIsolated().whenComplete { [self] _ in closed(port) }
    }

    private func closed(_ port: Int) {
        channel = nil
        door.listener = nil
        guard !isStopped, !loop.failed else { return }
        loop.doors.complain(.port, about: nil, "\(what) (\(host):\(port)) stopped listening; reopening it")
        openAgain(port)
    }

    private func openAgain(_ port: Int) {
        loop.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { [self] in
            guard !isStopped, !loop.failed else { return }
            bind(port).assumeIsolated().whenComplete { [self] result in
                switch result {
                case .success(let channel): opened(channel)
                case .failure(let error):
                    loop.doors.complain(.port, about: nil, "\(what) (\(host):\(port)) cannot be reopened: \(error)")
                    openAgain(port)
                }
            }
        }
    }
}

import NIOCore
import NIOPosix

/// Where one server reaches one port of another: a listener of the proxy, open while that port is. Confined to the
/// proxy's event loop but for `port`.
final class LinkDoor: @unchecked Sendable {
    private let held: HeldPort
    private let target: LinkTarget
    /// What the dialling server says, and what it is answered.
    private let there: LinkDirection
    private let back: LinkDirection
    private var listener: (any Channel)?
    private var isChanging = false
    private var isStopped = false
    private var connections: [ObjectIdentifier: any Channel] = [:]
    /// Accepted in a cut: their dial has not come through.
    private var waiting: [() -> Void] = []
    private var whenOpen: [EventLoopPromise<Void>] = []

    init(target: LinkTarget, there: LinkDirection, back: LinkDirection) throws(TargetError) {
        held = try HeldPort()
        self.target = target
        self.there = there
        self.back = back
    }

    var port: Int { held.port }
    private var eventLoop: any EventLoop { target.eventLoop }

    /// Fulfilled when the door is open.
    func opening() -> EventLoopFuture<Void> {
        guard listener == nil else { return eventLoop.makeSucceededVoidFuture() }
        let promise = eventLoop.makePromise(of: Void.self)
        whenOpen.append(promise)
        return promise.futureResult
    }

    /// Opens or closes the door. In a cut it is open whatever is behind it: whoever dials hears nothing.
    func update() {
        let wanted = !isStopped && (target.isUp || there.isCut || back.isCut)
        if !there.isCut {
            let dials = waiting
            waiting = []
            for dial in dials { dial() }
        }
        guard !isChanging, wanted != (listener != nil) else { return }
        if wanted {
            open()
        } else if let open = listener {
            listener = nil
            open.close(promise: nil)
        }
    }

    func stop() {
        isStopped = true
        update()
        waiting = []
        for promise in whenOpen { promise.fail(ChannelError.ioOnClosedChannel) }
        whenOpen = []
        for channel in Array(connections.values) { channel.close(promise: nil) }
    }

    private func open() {
        isChanging = true
        // Reads are sized by the direction's bandwidth, and buffers of the kernel must not hide it.
        let bootstrap = Self.limited(
            ServerBootstrap(group: eventLoop, childGroup: eventLoop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelOption(.backlog, value: 256)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1),
            by: there
        )
        bootstrap.childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
        }
        .bind(host: "127.0.0.1", port: port).whenComplete { result in
            self.isChanging = false
            if case .success(let channel) = result {
                self.listener = channel
                for promise in self.whenOpen { promise.succeed(()) }
                self.whenOpen = []
                self.update()
            } else if !self.isStopped {
                // The port is ours, so this passes: out of descriptors, for instance.
                self.target.probe()
            }
        }
    }

    private static func limited(_ bootstrap: ServerBootstrap, by direction: LinkDirection) -> ServerBootstrap {
        guard direction.isLimited else { return bootstrap }
        return
            bootstrap
            .childChannelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(LinkDirection.queueBytes))
            .childChannelOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: direction.readBytes)
            )
    }

    private func accept(_ channel: any Channel) throws {
        // The dialler thinks it is connected; what it says now follows upon the handshake that it believes in.
        let opensAt = NIODeadline.now() + there.delay + back.delay
        let forward = LinkFlow(there, eventLoop: eventLoop, opensAt: opensAt)
        let backward = LinkFlow(back, eventLoop: eventLoop, opensAt: opensAt)
        let end = LinkEnd(from: forward, to: backward) { [self] _ in
            let dial = { [self] in
                if channel.isActive {
                    self.dial(forward, backward)
                } else {
                    forward.sinkGone()
                }
            }
            if there.isCut { waiting.append(dial) } else { dial() }
        }
        try channel.pipeline.syncOperations.addHandler(end)
        remember(channel)
    }

    private func dial(_ forward: LinkFlow, _ backward: LinkFlow) {
        var bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(.seconds(5))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        if back.isLimited {
            bootstrap =
                bootstrap
                .channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(LinkDirection.queueBytes))
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: back.readBytes))
        }
        bootstrap.channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(LinkEnd(from: backward, to: forward))
            }
        }
        .connect(host: "127.0.0.1", port: target.port).whenComplete { [self] result in
            if case .success(let channel) = result {
                remember(channel)
                // A server that ends closes its connections first.
                channel.closeFuture.whenComplete { _ in self.target.probe() }
            } else {
                forward.sinkGone()
                backward.ended()
                target.probe()
            }
        }
    }

    private func remember(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        connections[key] = channel
        channel.closeFuture.whenComplete { [self] _ in connections[key] = nil }
        if isStopped { channel.close(promise: nil) }
    }
}

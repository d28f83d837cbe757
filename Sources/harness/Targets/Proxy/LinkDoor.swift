import NIOCore
import NIOPosix

/// Where one server, or each of the others, reaches one port of a server: a listener of the proxy, open while that port is.
/// Confined to the proxy's event loop but for `port`.
final class LinkDoor: @unchecked Sendable {
    private let held: HeldPort
    private let target: LinkTarget
    private let visitors: LinkVisitors
    /// Where whoever is dialled here reaches the dialler, if its first message says where that is; set before it opens.
    var dialBackPort: Int?
    private var listener: (any Channel)?
    private var isChanging = false
    private var isStopped = false
    private var connections: [ObjectIdentifier: any Channel] = [:]
    /// Accepted in a cut: their dial has not come through.
    private var waiting: [(there: LinkDirection, dial: () -> Void)] = []
    private var whenOpen: [EventLoopPromise<Void>] = []

    init(target: LinkTarget, visitors: LinkVisitors) throws(TargetError) {
        held = try HeldPort()
        self.target = target
        self.visitors = visitors
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
        let wanted = !isStopped && (target.isUp || visitors.isAnyCut)
        let dials = waiting.filter { !$0.there.isCut }
        waiting.removeAll { !$0.there.isCut }
        for (_, dial) in dials { dial() }
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
        let bootstrap = limited(
            ServerBootstrap(group: eventLoop, childGroup: eventLoop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelOption(.backlog, value: 256)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        )
        bootstrap.childChannelInitializer { channel in
            self.visitors.pair(of: channel).flatMapThrowing { try self.accept(channel, $0) }
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

    /// Reads are sized by the direction's bandwidth, and buffers of the kernel must not hide it. A door for several has the
    /// smallest of theirs.
    private func limited(_ bootstrap: ServerBootstrap) -> ServerBootstrap {
        let directions: [LinkDirection] =
            switch visitors {
            case .one(let pair): [pair.there]
            case .several(let pairs, _): pairs.values.map(\.there)
            }
        guard let readBytes = directions.filter(\.isLimited).map(\.readBytes).min() else { return bootstrap }
        return
            bootstrap
            .childChannelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(LinkDirection.queueBytes))
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: readBytes))
    }

    private func accept(_ channel: any Channel, _ pair: LinkPair) throws {
        let (there, back) = (pair.there, pair.back)
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
            if there.isCut { waiting.append((there, dial)) } else { dial() }
        }
        if let dialBackPort { try channel.pipeline.syncOperations.addHandler(DialBackAddress(port: dialBackPort)) }
        try channel.pipeline.syncOperations.addHandler(end)
        remember(channel)
    }

    private func dial(_ forward: LinkFlow, _ backward: LinkFlow) {
        let back = backward.direction
        var bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(.seconds(5))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        if back.isLimited {
            bootstrap =
                bootstrap
                .channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(LinkDirection.queueBytes))
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: back.readBytes))
        }
        bootstrap = bootstrap.channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(LinkEnd(from: backward, to: forward))
            }
        }
        target.connect(bootstrap).whenComplete { [self] result in
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

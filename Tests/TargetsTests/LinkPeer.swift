import NIOCore
import NIOPosix

@testable import Targets

/// One end of a connection in a test of the proxy: what came in, and when.
final class LinkPeer: Sendable {
    enum Event: Sendable {
        case bytes([UInt8], at: NIODeadline)
        case closed
    }

    let channel: any Channel
    private let events: AsyncStream<Event>

    fileprivate init(channel: any Channel, events: AsyncStream<Event>) {
        self.channel = channel
        self.events = events
    }

    static func dial(_ port: Int) async throws -> LinkPeer {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LinkPeerHandler(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return LinkPeer(channel: channel, events: events)
    }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// Waits for `count` bytes or the end of the connection, and says when the last of them came.
    func receive(_ count: Int) async -> (bytes: [UInt8], at: NIODeadline?) {
        var bytes: [UInt8] = []
        var last: NIODeadline?
        guard count > 0 else { return (bytes, nil) }
        for await event in events {
            guard case .bytes(let more, let at) = event else { break }
            bytes += more
            last = at
            if bytes.count >= count { break }
        }
        return (bytes, last)
    }

    /// Waits for the end, and returns what came before it.
    func receiveUntilClosed() async -> [UInt8] { await receive(.max).bytes }
}

/// Where the peers of a test are accepted.
final class LinkPeerListener: Sendable {
    private let channel: any Channel
    private let accepted: AsyncStream<LinkPeer>
    let port: Int

    private init(channel: any Channel, accepted: AsyncStream<LinkPeer>) {
        self.channel = channel
        self.accepted = accepted
        port = channel.localAddress?.port ?? 0
    }

    static func start() async throws -> LinkPeerListener {
        let (accepted, arrivals) = AsyncStream.makeStream(of: LinkPeer.self)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (events, continuation) = AsyncStream.makeStream(of: LinkPeer.Event.self)
                    let handler = LinkPeerHandler(continuation)
                    // The proxy's tries are connections that close without a word; a test's peers speak first.
                    handler.whenHeard = { arrivals.yield(LinkPeer(channel: channel, events: events)) }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return LinkPeerListener(channel: channel, accepted: accepted)
    }

    /// The next peer that has said something.
    func accept() async -> LinkPeer? {
        for await peer in accepted { return peer }
        return nil
    }

    func stop() async { try? await channel.close() }
}

private final class LinkPeerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let events: AsyncStream<LinkPeer.Event>.Continuation
    var whenHeard: (() -> Void)?

    init(_ events: AsyncStream<LinkPeer.Event>.Continuation) { self.events = events }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = NIODeadline.now()
        events.yield(.bytes(Array(buffer: unwrapInboundIn(data)), at: now))
        whenHeard?()
        whenHeard = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        events.yield(.closed)
        events.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

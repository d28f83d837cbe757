import NIOCore
import NIOPosix

/// Sends a four-letter word (`ruok`, `srvr`, `mntr` ...) and returns all that the server answers before it closes.
///
/// - Parameters:
///   - endpoint: the server's client port.
///   - timeout: for the whole exchange.
/// - Throws: `ClientError.unreachable`, saying why.
public func fourLetterWord(
    _ word: String,
    _ endpoint: Endpoint,
    timeout: TimeAmount = .seconds(5),
    eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
) async throws -> String {
    let eventLoop = eventLoopGroup.any()
    let promise = eventLoop.makePromise(of: String.self)
    let exchange = WordExchange(word: word, endpoint: endpoint, promise: promise)
    ClientBootstrap(group: eventLoop)
        .connectTimeout(timeout)
        .channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(exchange) }
        }
        .connect(host: endpoint.host, port: endpoint.port)
        .whenFailure { exchange.finish(Disconnection($0, at: endpoint)) }
    let deadline = eventLoop.scheduleTask(in: timeout) {
        exchange.finish(
            Disconnection("\(endpoint): no answer to \(word) within \(timeout.nanoseconds / 1_000_000) ms")
        )
    }
    defer { deadline.cancel() }
    return try await promise.futureResult.get()
}

/// Confined to its event loop.
private final class WordExchange: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let word: String
    private let endpoint: Endpoint
    private var promise: EventLoopPromise<String>?
    private var answer = ByteBuffer()
    private var context: ChannelHandlerContext?

    init(word: String, endpoint: Endpoint, promise: EventLoopPromise<String>) {
        self.word = word
        self.endpoint = endpoint
        self.promise = promise
    }

    func finish(_ end: Disconnection) {
        promise?.fail(ClientError.unreachable(end.reason))
        promise = nil
        context?.close(promise: nil)
    }

    func channelActive(context: ChannelHandlerContext) {
        guard promise != nil else { return context.close(promise: nil) }
        self.context = context
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: word)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        answer.writeBuffer(&bytes)
        if answer.readableBytes > 16 << 20 { finish(Disconnection("\(endpoint): an answer of more than 16 MiB")) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        promise?.succeed(String(buffer: answer))
        promise = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A server that closes with our bytes unread resets the connection after its whole answer.
        if answer.readableBytes == 0 { finish(Disconnection(error, at: endpoint)) } else { context.close(promise: nil) }
    }
}

import Glibc
import Host
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// What is answered to a request.
enum HTTPAnswer: Sendable {
    case plain(HTTPResponseStatus, HTTPHeaders = [:], body: String = "")
    /// Of the server's loop, which makes it in parts; 200.
    case made(contentType: String, @Sendable (ServerLoop) -> WordAnswer)
}

/// A port that speaks HTTP/1.1, for people who look after the server. It has an event loop of its own and asks the server's
/// for one part of an answer at a time, so whatever comes here, the server's loop has one task more at most.
///
/// Bounded are connections, the bytes of a request, the time that one takes to come and that a part of an answer takes to
/// go, and what waits for a socket: the next part is made when the one before it has gone.
final class HTTPPort: Sendable {
    typealias Route = @Sendable (HTTPRequestHead) -> HTTPAnswer

    static let connectionsMax = 32
    static let requestBytesMax = 16 << 10

    private let channel: any Channel

    private init(_ channel: any Channel) { self.channel = channel }

    /// Where it listens, also where the kernel chose the port.
    var port: Int { channel.localAddress?.port ?? 0 }

    /// - Parameters:
    ///   - what: what the port is for, in errors.
    ///   - patience: for a request to come, and for a part of an answer to go.
    /// - Throws: `ConfigurationError` if the port cannot be had.
    static func open(
        _ host: String,
        _ port: Int,
        _ what: String,
        patience: TimeAmount,
        on group: MultiThreadedEventLoopGroup,
        for loop: ServerLoop,
        _ route: @escaping Route
    ) async throws -> HTTPPort {
        let open = NIOLockedValueBox<[ObjectIdentifier: any Channel]>([:])
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 64)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelOption(.maxMessagesPerRead, value: 4)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.writeBufferWaterMark, value: .init(low: 32 << 10, high: 128 << 10))
                .childChannelOption(
                    .recvAllocator,
                    value: FixedSizeRecvByteBufferAllocator(capacity: 4096)
                )
                .childChannelInitializer { child in
                    let isRoom = open.withLockedValue { open in
                        guard open.count < connectionsMax else { return false }
                        open[ObjectIdentifier(child)] = child
                        return true
                    }
                    guard isRoom else { return child.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel) }
                    child.closeFuture.whenComplete { _ in
                        open.withLockedValue { $0[ObjectIdentifier(child)] = nil }
                    }
                    return child.eventLoop.makeCompletedFuture {
                        let limit = HTTPRequestLimit()
                        let pipeline = child.pipeline.syncOperations
                        try pipeline.addHandler(limit)
                        try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                        try pipeline.addHandler(HTTPHandler(loop, limit, patience: patience, route))
                    }
                }
                .bind(host: host, port: port).get()
            channel.closeFuture.whenComplete { _ in
                for child in open.withLockedValue({ Array($0.values) }) { child.close(promise: nil) }
            }
            return HTTPPort(channel)
        } catch {
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw ConfigurationError(
                "cannot listen on \(host):\(port) (\(what)): \(reason); choose another or stop the process that uses it"
            )
        }
    }

    /// Its connections end, too.
    func close() async { try? await channel.close() }
}

/// Ends a connection that says more than a request may have.
final class HTTPRequestLimit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var bytes = 0

    func beginRequest() { bytes = 0 }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytes
        guard bytes <= HTTPPort.requestBytesMax else { return context.close(promise: nil) }
        context.fireChannelRead(data)
    }
}

/// One connection: a request, its answer, and so on.
final class HTTPHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let loop: ServerLoop
    private let limit: HTTPRequestLimit
    private let patience: TimeAmount
    private let route: HTTPPort.Route
    private var context: ChannelHandlerContext?
    private var head: HTTPRequestHead?
    private var deadline: Scheduled<Void>?
    private var contentType: String?
    /// The answer's next part waits for the socket.
    private var waits = false
    /// What is left of the answer, which is made on the server's loop.
    private var rest: NIOLoopBound<WordAnswer>?

    init(_ loop: ServerLoop, _ limit: HTTPRequestLimit, patience: TimeAmount, _ route: @escaping HTTPPort.Route) {
        self.loop = loop
        self.limit = limit
        self.patience = patience
        self.route = route
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        wind(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        deadline?.cancel()
    }

    /// From now on patience is new.
    private func wind(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { [self] in
            self.context?.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            wind(context)
            switch route(head) {
            case .plain(let status, let headers, let body):
                say(status, headers, Array(body.utf8), context)
            case .made(let contentType, let make):
                self.contentType = contentType
                let (loop, eventLoop) = (loop, context.eventLoop)
                let asker = NIOLoopBound(self, eventLoop: eventLoop)
                loop.eventLoop.execute { Self.makePart(of: make(loop), loop, for: asker, on: eventLoop) }
            }
        }
    }

    /// On the server's loop.
    private static func makePart(
        of answer: WordAnswer,
        _ loop: ServerLoop,
        for asker: NIOLoopBound<HTTPHandler>,
        on eventLoop: any EventLoop
    ) {
        let part = answer.next()
        let rest = NIOLoopBound(answer, eventLoop: loop.eventLoop)
        eventLoop.execute {
            asker.value.rest = rest
            asker.value.say(part)
        }
    }

    private func say(_ part: WordAnswer.Part) {
        guard let context else { return }
        switch part {
        case .later:
            context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(2)) { [self] in ask() }
        case .more(let bytes):
            wind(context)
            begin(context, length: nil)
            write(bytes, context)
            context.flush()
            if context.channel.isWritable { ask() } else { waits = true }
        case .last(let bytes):
            begin(context, length: bytes.count)
            write(bytes, context)
            end(context)
        }
    }

    private func ask() {
        guard let context, let rest else { return }
        let (loop, eventLoop) = (loop, context.eventLoop)
        let asker = NIOLoopBound(self, eventLoop: eventLoop)
        loop.eventLoop.execute { Self.makePart(of: rest.value, loop, for: asker, on: eventLoop) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard waits, context.channel.isWritable else { return }
        waits = false
        ask()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: what is said

    private var hasBegun = false

    private func say(
        _ status: HTTPResponseStatus,
        _ headers: HTTPHeaders,
        _ body: [UInt8],
        _ context: ChannelHandlerContext
    ) {
        begin(context, status, headers, length: body.count)
        write(body, context)
        end(context)
    }

    private func begin(
        _ context: ChannelHandlerContext,
        _ status: HTTPResponseStatus = .ok,
        _ headers: HTTPHeaders = [:],
        length: Int?
    ) {
        guard !hasBegun else { return }
        hasBegun = true
        var headers = headers
        if let contentType { headers.add(name: "content-type", value: contentType) }
        if let length { headers.add(name: "content-length", value: "\(length)") }
        if !isKept { headers.add(name: "connection", value: "close") }
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        guard head?.method != .HEAD, !bytes.isEmpty else { return }
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
    }

    private var isKept: Bool { head?.isKeepAlive ?? false }

    private func end(_ context: ChannelHandlerContext) {
        let isKept = isKept
        (head, contentType, rest, hasBegun) = (nil, nil, nil, false)
        limit.beginRequest()
        wind(context)
        let sent = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        if !isKept { sent.assumeIsolated().whenComplete { [self] _ in self.context?.close(promise: nil) } }
    }
}

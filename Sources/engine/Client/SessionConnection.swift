import NIOCore
import NIOPosix
import Wire

/// One connection of one session, for pipelines: whole reads go to the delegate, requests are encoded into one buffer,
/// and `flush` sends what has gathered with one system call.
///
/// Confined to its event loop; nothing is locked, and nothing is allocated per request or answer. The delegate is a
/// concrete class, so that answers are handed over without an existential.
public final class SessionConnection<Delegate: SessionDelegate>: ChannelInboundHandler, @unchecked Sendable {
    public typealias InboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    public let endpoint: Endpoint
    private let eventLoop: any EventLoop
    private let request: ConnectRequest
    private var delegate: Delegate?
    @exclusivity(unchecked) private var context: ChannelHandlerContext?
    @exclusivity(unchecked) private var outgoing: ByteBuffer
    /// The bytes of a frame that has not come in whole.
    private let carry = ByteWriter(capacity: 4096)
    private var isAnswered = false
    private var isOver = false
    private var closeReason: String?
    private var deadline: Scheduled<Void>?

    /// When bytes last came from the server.
    @exclusivity(unchecked) public private(set) var lastReceived = NIODeadline.now()
    /// When bytes last went to the server.
    @exclusivity(unchecked) public private(set) var lastSent = NIODeadline.now()

    private init(endpoint: Endpoint, eventLoop: any EventLoop, request: ConnectRequest, delegate: Delegate) {
        self.endpoint = endpoint
        self.eventLoop = eventLoop
        self.request = request
        self.delegate = delegate
        outgoing = ByteBufferAllocator().buffer(capacity: 16 << 10)
    }

    /// Connects and asks for the session in `request`; call it on `eventLoop`.
    ///
    /// - Parameter timeout: for TCP's connect and the server's answer together. A server that accepts and then says
    ///   nothing (a hung process) is given up after it.
    /// - Returns: the connection, usable for sending once the delegate has been told `sessionAnswered`.
    public static func open(
        _ endpoint: Endpoint,
        request: ConnectRequest,
        timeout: TimeAmount,
        on eventLoop: any EventLoop,
        delegate: Delegate
    ) -> SessionConnection {
        eventLoop.preconditionInEventLoop()
        let connection = SessionConnection(
            endpoint: endpoint,
            eventLoop: eventLoop,
            request: request,
            delegate: delegate
        )
        connection.deadline = eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            connection.close("no answer within \(timeout.nanoseconds / 1_000_000) ms")
        }
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelOption(.socketOption(.so_reuseaddr), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 16 << 10, maximum: 256 << 10)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(connection) }
            }
        let channel: EventLoopFuture<any Channel>
        if let address = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port) {
            channel = bootstrap.connect(to: address)
        } else {
            channel = bootstrap.connect(host: endpoint.host, port: endpoint.port)
        }
        channel.assumeIsolated().whenFailure { connection.over("\(endpoint): \(describe($0))") }
        return connection
    }

    private static func describe(_ error: any Error) -> String {
        switch error {
        case let failure as IOError: systemText(failure.errnoCode)
        case let failure as NIOConnectionError:
            failure.connectionErrors.first.map { describe($0.error) }
                ?? failure.dnsAError.map { "\($0)" } ?? "\(failure)"
        default: "\(error)"
        }
    }

    /// Makes room for `capacity` bytes of requests and lets `fill` write them; it returns how many it wrote.
    ///
    /// Nothing is sent before `flush`.
    @inline(__always)
    public func append(capacity: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int) {
        outgoing.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity, fill)
    }

    /// Sends what was appended.
    public func flush() {
        guard outgoing.readableBytes > 0, let context else { return }
        lastSent = .now()
        context.writeAndFlush(wrapOutboundOut(outgoing), promise: nil)
        // Unshared again once the kernel has taken it, so that clearing keeps its memory.
        outgoing.clear(minimumCapacity: 0)
    }

    /// Appends a ping and sends it.
    public func ping() {
        append(capacity: 12) { frame in
            frame.storeBytes(of: Int32(8).bigEndian, as: Int32.self)
            frame.storeBytes(of: ReservedXid.ping.bigEndian, toByteOffset: 4, as: Int32.self)
            frame.storeBytes(of: OpCode.ping.rawValue.bigEndian, toByteOffset: 8, as: Int32.self)
            return 12
        }
        flush()
    }

    /// Closes the connection; the delegate hears `disconnected` with this reason, if it has not yet.
    public func close(_ reason: String) {
        guard !isOver else { return }
        if closeReason == nil { closeReason = "\(endpoint): \(reason)" }
        if let context { context.close(promise: nil) } else { over(closeReason!) }
    }

    /// Closes the connection without another word to the delegate.
    public func abandon() {
        delegate = nil
        close("abandoned")
    }

    private func over(_ reason: String) {
        guard !isOver else { return }
        isOver = true
        deadline?.cancel()
        context = nil
        let delegate = delegate
        self.delegate = nil
        delegate?.disconnected(closeReason ?? reason)
    }

    // MARK: The channel's events

    public func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { channelActive(context: context) }
    }

    public func channelActive(context: ChannelHandlerContext) {
        guard !isOver, self.context == nil else {
            if isOver { context.close(promise: nil) }
            return
        }
        self.context = context
        let writer = ByteWriter(capacity: 64)
        writer.append(Int32(0))
        request.encode(into: writer)
        writer.set(Int32(writer.count - 4), at: 0)
        outgoing.writeBytes(writer.bytes)
        flush()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        lastReceived = .now()
        do {
            try buffer.withUnsafeReadableBytes { bytes in
                var rest = bytes
                while rest.count > 0, !isOver { rest = try take(rest) }
            }
        } catch {
            close("broke the protocol: \(error)")
        }
    }

    public func channelReadComplete(context: ChannelHandlerContext) { delegate?.readCompleted() }

    public func channelInactive(context: ChannelHandlerContext) {
        over("\(endpoint): the server closed the connection")
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(Self.describe(error))
    }

    // MARK: Frames

    /// Hands on what is whole in `bytes`, and returns what is left to look at.
    private func take(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> UnsafeRawBufferPointer {
        if carry.count > 0 { return try completeCarry(bytes) }
        let used = try handOver(bytes)
        if used == 0 {
            carry.append(bytes: bytes)
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(rebasing: bytes[used...])
    }

    /// Completes the one frame that came in part, so that all others are read where they lie.
    private func completeCarry(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> UnsafeRawBufferPointer {
        var rest = bytes
        func move(upTo size: Int) {
            let count = min(size - carry.count, rest.count)
            guard count > 0 else { return }
            carry.append(bytes: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        move(upTo: 4)
        guard let length = FrameCursor(carry.bytes).length else { return rest }
        guard length >= 0, length <= ReplyCursor.frameMax else {
            throw WireError("an answer of \(length) bytes")
        }
        move(upTo: 4 + length)
        guard carry.count == 4 + length else { return rest }
        _ = try handOver(carry.bytes)
        carry.removeAll()
        return rest
    }

    /// - Returns: how many bytes were whole frames.
    private func handOver(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Int {
        guard let delegate else { return bytes.count }
        guard isAnswered else { return try answer(bytes) }
        var replies = ReplyCursor(bytes)
        try delegate.repliesArrived(&replies)
        return replies.consumed
    }

    /// The first frame is the answer to the connect request.
    private func answer(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Int {
        var frames = FrameCursor(bytes)
        guard let length = frames.length else { return 0 }
        guard length >= 20, length <= 4096 else { throw WireError("a connect response of \(length) bytes") }
        guard let frame = frames.next() else { return 0 }
        var reader = ByteReader(frame)
        let response = try ConnectResponse(from: &reader)
        isAnswered = true
        deadline?.cancel()
        delegate?.sessionAnswered(response)
        return frames.offset
    }
}

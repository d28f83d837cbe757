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
    private let credentials: [Credential]
    private var delegate: Delegate?
    @exclusivity(unchecked) private var context: ChannelHandlerContext?
    @exclusivity(unchecked) private var outgoing: ByteBuffer
    /// The bytes of a frame that has not come in whole.
    private let carry = ByteWriter(capacity: 4096)
    /// The server's word on the session, until it has confirmed the credentials, too.
    private var granted: ConnectResponse?
    private var confirmed = 0
    private var isAnswered = false
    private var isOver = false
    private var closeReason: Disconnection?
    private var deadline: Scheduled<Void>?

    /// When bytes last came from the server.
    @exclusivity(unchecked) public private(set) var lastReceived = NIODeadline.now()
    /// When bytes last went to the server.
    @exclusivity(unchecked) public private(set) var lastSent = NIODeadline.now()

    private init(
        endpoint: Endpoint,
        eventLoop: any EventLoop,
        request: ConnectRequest,
        credentials: [Credential],
        delegate: Delegate
    ) {
        self.endpoint = endpoint
        self.eventLoop = eventLoop
        self.request = request
        self.credentials = credentials
        self.delegate = delegate
        outgoing = ByteBufferAllocator().buffer(capacity: 16 << 10)
    }

    /// Connects and asks for the session in `request`; call it on `eventLoop`.
    ///
    /// - Parameters:
    ///   - credentials: said to the server before anything else; one that it refuses is a final end.
    ///   - timeout: for TCP's connect and the server's answers together. A server that accepts and then says nothing
    ///     (a hung process) is given up after it.
    /// - Returns: the connection, usable for sending once the delegate has been told `sessionAnswered`.
    public static func open(
        _ endpoint: Endpoint,
        request: ConnectRequest,
        credentials: [Credential] = [],
        timeout: TimeAmount,
        on eventLoop: any EventLoop,
        delegate: Delegate
    ) -> SessionConnection {
        eventLoop.preconditionInEventLoop()
        let connection = SessionConnection(
            endpoint: endpoint,
            eventLoop: eventLoop,
            request: request,
            credentials: credentials,
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
        // Without a descriptor the attempt has failed already. Who is told before it has this connection keeps a dead
        // one.
        channel.whenFailure { error in
            eventLoop.assumeIsolated().execute { connection.over(Disconnection(error, at: endpoint)) }
        }
        return connection
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
    public func close(_ reason: String) { close(Disconnection("\(endpoint): \(reason)")) }

    private func close(_ end: Disconnection) {
        guard !isOver else { return }
        if closeReason == nil { closeReason = end }
        if let context { context.close(promise: nil) } else { over(closeReason!) }
    }

    /// Closes the connection without another word to the delegate.
    public func abandon() {
        delegate = nil
        close("abandoned")
    }

    private func over(_ end: Disconnection) {
        guard !isOver else { return }
        isOver = true
        deadline?.cancel()
        context = nil
        let delegate = delegate
        self.delegate = nil
        delegate?.disconnected(closeReason ?? end)
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
        over(Disconnection("\(endpoint): the server closed the connection"))
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(Disconnection(error, at: endpoint))
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
        guard isAnswered else { return try granted == nil ? answer(bytes) : confirm(bytes) }
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
        // An expired session is nobody's.
        guard response.sessionID != 0, !credentials.isEmpty else {
            settle(response)
            return frames.offset
        }
        granted = response
        for credential in credentials { outgoing.writeBytes(credential.frame) }
        flush()
        return frames.offset
    }

    /// The server answers each credential in its turn.
    private func confirm(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Int {
        var replies = ReplyCursor(bytes)
        guard closeReason == nil, let granted, let reply = try replies.next() else { return replies.consumed }
        guard reply.xid == ReservedXid.auth else {
            throw WireError("an answer to \(reply.xid) where that to a credential was due")
        }
        let credential = credentials[confirmed]
        guard reply.error == 0 else {
            let code = ErrorCode(rawValue: reply.error).map { "\($0)" } ?? "error"
            let why =
                "the server refuses the credential \(credential) (\(code), \(reply.error)); does it know the scheme?"
            close(Disconnection("\(endpoint): \(why)", isFinal: true))
            return bytes.count
        }
        confirmed += 1
        if confirmed == credentials.count { settle(granted) }
        return replies.consumed
    }

    private func settle(_ response: ConnectResponse) {
        isAnswered = true
        deadline?.cancel()
        delegate?.sessionAnswered(response)
    }
}

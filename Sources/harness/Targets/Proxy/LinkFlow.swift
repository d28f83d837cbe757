import DequeModule
import NIOCore

/// One direction of one connection through the proxy: what is read on one side, held as long as its direction says, and
/// written on the other. Confined to the proxy's event loop.
///
/// Where nothing is to be held a read is written on as it is: no copy, and nothing allocated beside NIO's own buffer.
final class LinkFlow: NIOScheduledCallbackHandler, @unchecked Sendable {
    /// Bytes with the time of their arrival; nil bytes are the end of the connection.
    private typealias Item = (due: NIODeadline, bytes: ByteBuffer?)

    let direction: LinkDirection
    private let eventLoop: any EventLoop
    /// A connection's first bytes cannot arrive before its handshake is over.
    private let opensAt: NIODeadline
    private var source: ChannelHandlerContext?
    private var sink: ChannelHandlerContext?
    private var isSinkGone = false
    private var isReadPending = false
    private var hasWritten = false
    private var held: Deque<Item> = []
    private var heldBytes = 0
    private var timer: NIOScheduledCallback?

    init(_ direction: LinkDirection, eventLoop: any EventLoop, opensAt: NIODeadline) {
        self.direction = direction
        self.eventLoop = eventLoop
        self.opensAt = opensAt
        direction.add(self)
    }

    // MARK: The sender's side

    func opened(source: ChannelHandlerContext) { self.source = source }

    /// The channel wants to read; it waits while nothing more may be taken. So the sender is held back, as by a full
    /// window.
    func wantsToRead(_ context: ChannelHandlerContext) {
        if mayRead { context.read() } else { isReadPending = true }
    }

    private var mayRead: Bool {
        isSinkGone || (sink != nil && !direction.isCut && heldBytes < direction.heldBytesMax && !isStuck)
    }

    /// The receiver does not take what has arrived.
    private var isStuck: Bool { sink.map { !$0.channel.isWritable } ?? true }

    func arrived(_ bytes: ByteBuffer) {
        guard !isSinkGone else { return }
        if direction.isPlain, held.isEmpty, !direction.isCut, let sink {
            sink.write(NIOAny(bytes), promise: nil)
            hasWritten = true
            return
        }
        held.append((direction.due(bytes: bytes.readableBytes, notBefore: opensAt), Self.fitted(bytes)))
        heldBytes += bytes.readableBytes
    }

    /// A small message in a read's large buffer would hold all of it as long as it is under way.
    private static func fitted(_ bytes: ByteBuffer) -> ByteBuffer {
        guard bytes.storageCapacity > 4 * bytes.readableBytes else { return bytes }
        var fitted = ByteBufferAllocator().buffer(capacity: bytes.readableBytes)
        fitted.writeImmutableBuffer(bytes)
        return fitted
    }

    func readComplete() {
        if hasWritten {
            hasWritten = false
            sink?.flush()
        }
        if !held.isEmpty { schedule() }
    }

    /// The sender has closed or is gone: the receiver hears of it after all that came before.
    func ended() {
        source = nil
        guard !isSinkGone else { return }
        held.append((direction.due(bytes: 0, notBefore: opensAt), nil))
        deliver()
    }

    // MARK: The receiver's side

    func opened(sink: ChannelHandlerContext) {
        self.sink = sink
        deliver()
    }

    /// Nobody is there any more to receive: what comes is dropped.
    func sinkGone() {
        sink = nil
        isSinkGone = true
        held.removeAll()
        heldBytes = 0
        timer?.cancel()
        timer = nil
        direction.forget(self)
        readOn()
    }

    /// Hands over what has arrived by now, as far as the receiver takes it.
    func deliver() {
        guard let sink, !direction.isCut else { return }
        let now = NIODeadline.now()
        var wrote = false
        while let first = held.first, first.due <= now {
            guard let bytes = first.bytes else {
                held.removeFirst()
                if wrote { sink.flush() }
                return close(sink)
            }
            guard sink.channel.isWritable else { break }
            held.removeFirst()
            heldBytes -= bytes.readableBytes
            sink.write(NIOAny(bytes), promise: nil)
            wrote = true
        }
        if wrote { sink.flush() }
        schedule()
        readOn()
    }

    /// Closes the receiver's side when everything written before has left.
    private func close(_ sink: ChannelHandlerContext) {
        let written = eventLoop.makePromise(of: Void.self)
        let channel = sink.channel
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        sink.writeAndFlush(NIOAny(ByteBuffer()), promise: written)
    }

    private func schedule() {
        guard timer == nil, let first = held.first, !direction.isCut, !isStuck else { return }
        // A loop that shuts down takes no more callbacks; then nobody waits for these bytes either.
        timer = try? eventLoop.scheduleCallback(at: first.due, handler: self)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        timer = nil
        deliver()
    }

    private func readOn() {
        guard isReadPending, mayRead, let source else { return }
        isReadPending = false
        source.read()
    }
}

/// One side of a connection through the proxy.
final class LinkEnd: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let from: LinkFlow
    private let to: LinkFlow
    private let whenOpen: ((any Channel) -> Void)?

    /// - Parameters:
    ///   - from: what is read here.
    ///   - to: what is written here.
    ///   - whenOpen: called when the channel is.
    init(from: LinkFlow, to: LinkFlow, whenOpen: ((any Channel) -> Void)? = nil) {
        self.from = from
        self.to = to
        self.whenOpen = whenOpen
    }

    func channelActive(context: ChannelHandlerContext) {
        from.opened(source: context)
        to.opened(sink: context)
        whenOpen?(context.channel)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { from.arrived(unwrapInboundIn(data)) }

    func channelReadComplete(context: ChannelHandlerContext) { from.readComplete() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { to.deliver() }
    }

    func read(context: ChannelHandlerContext) { from.wantsToRead(context) }

    func channelInactive(context: ChannelHandlerContext) {
        to.sinkGone()
        from.ended()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

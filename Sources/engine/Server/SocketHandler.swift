import CPlatform
import Host
import NIOCore
import Replica
import Zab

/// One connection's bytes, to the host and from it. Confined to its server's event loop.
final class SocketHandler: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Side {
        case client(ConnectionID)
        case peer(PeerConnection<ServerPlatform>)
    }

    /// What is written is collected up to here before the channel has it.
    private static let collectedMax = 64 << 10

    let port: Door.Port
    private let loop: ServerLoop
    private let dial: HostDial?
    private var context: ChannelHandlerContext?
    private var side: Side?
    /// The peer's address without its port, of a client that counts.
    var address = ""
    /// When a client came, in milliseconds since 1970.
    private(set) var established: Int64 = 0
    /// Bytes are copied here and written whole; used again once the socket has taken it.
    private var collected = ByteBuffer()
    private var isHandedOver = true

    /// Somebody has dialled this port.
    init(_ loop: ServerLoop, acceptedOn port: Door.Port) {
        self.loop = loop
        self.port = port
        dial = nil
    }

    init(_ loop: ServerLoop, dialling dial: HostDial) {
        self.loop = loop
        self.dial = dial
        port = dial.port == .election ? .election : .quorum
    }

    // MARK: to the host

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        opened()
    }

    private func opened() {
        if loop.isInside { return loop.later { [self] in opened() } }
        guard let context else {
            if let dial { loop.enter { $0.dialFailed(dial) } }
            return
        }
        if let dial { return loop.enter { side = .peer($0.dialled(dial, self)) } }
        switch port {
        case .election: loop.enter { side = .peer($0.accepted(self, on: .election)) }
        case .quorum: loop.enter { side = .peer($0.accepted(self, on: .quorum)) }
        case .client:
            established = zb_unix_nanoseconds() / 1_000_000
            // The end of what a client says is not the end of what it gets.
            try? context.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
            if !loop.host.isStopped, loop.admits(self, on: context.channel) {
                let address = context.channel.clientAddress
                loop.enter { host in side = host.accepted(client: self, from: address).map { .client($0) } }
            }
            if side == nil { context.close(promise: nil) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        closed()
    }

    private func closed() {
        if loop.isInside { return loop.later { [self] in closed() } }
        switch side {
        case .client(let id): loop.clientClosed(id, from: address)
        case .peer(let connection): loop.enter { $0.closed(connection) }
        case nil: break
        }
        side = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { received(unwrapInboundIn(data)) }

    private func received(_ bytes: ByteBuffer) {
        if loop.isInside { return loop.later { [self] in received(bytes) } }
        bytes.withUnsafeReadableBytes { read in
            switch side {
            case .client(let id): loop.enter { $0.received(read, from: id) }
            case .peer(let connection): loop.enter { $0.received(read, on: connection) }
            case nil: break
            }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { becameWritable() }
    }

    private func becameWritable() {
        if loop.isInside { return loop.later { [self] in becameWritable() } }
        switch side {
        case .client(let id): loop.enter { $0.becameWritable(id) }
        case .peer(let connection): loop.enter { $0.becameWritable(connection) }
        case nil: break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        inputEnded()
    }

    private func inputEnded() {
        if loop.isInside { return loop.later { [self] in inputEnded() } }
        if case .client(let id) = side { loop.enter { $0.inputEnded(id) } }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset connection is a client's right; the close that follows says all.
        context.close(promise: nil)
    }

    // MARK: from the host

    var channel: (any Channel)? { context?.channel }
    var remoteAddress: SocketAddress? { context?.remoteAddress }
    var remoteName: String {
        context?.remoteAddress.map { "\($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? "unknown"
    }

    var isOpen: Bool { context != nil }
    var isWritable: Bool { context?.channel.isWritable ?? false }
    var unsentBytes: Int { (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }

    func write(_ bytes: UnsafeRawBufferPointer) {
        if isHandedOver {
            // New memory only if the channel still holds what there is.
            collected.clear()
            isHandedOver = false
        }
        collected.writeBytes(bytes)
        if collected.readableBytes >= Self.collectedMax { handOver() }
    }

    func write(_ bytes: ByteBuffer) {
        handOver()
        context?.write(wrapOutboundOut(bytes), promise: nil)
    }

    private func handOver() {
        guard !isHandedOver else { return }
        isHandedOver = true
        context?.write(wrapOutboundOut(collected), promise: nil)
        // What a large reply needed is the channel's alone.
        if collected.capacity > Self.collectedMax { collected = ByteBuffer() }
    }

    func flush() {
        handOver()
        context?.flush()
    }

    func tellWhenSent() {
        // An empty write goes out behind everything that was written.
        context?.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenSuccess { [self] in sentAll() }
    }

    private func sentAll() {
        if loop.isInside { return loop.later { [self] in sentAll() } }
        if case .client(let id) = side { loop.enter { $0.sentAll(id) } }
    }

    func setReading(_ isReading: Bool) {
        context?.channel.setOption(.autoRead, value: isReading).whenFailure { _ in }
    }

    func shutDownOutput() { context?.close(mode: .output, promise: nil) }
    func close() { context?.close(promise: nil) }
}

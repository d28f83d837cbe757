import Logging
import NIOCore
import Storage
import Wire
import Zab

/// One connection between two servers, on the election or the quorum port: a hello from the side that dialled, then
/// frames with a length before each. Confined to its server's event loop.
///
/// Whatever a stranger sends here costs this connection and one log line.
final class PeerHandler: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Port { case election, quorum }

    let port: Port
    /// Known from the start on the side that dials; from the hello on the other.
    private(set) var peer: ServerID?
    let dialled: Bool
    private let server: ServerLoop
    private var context: ChannelHandlerContext?
    private var inbound = ByteBuffer()
    private var helloTimer: Scheduled<Void>?
    private var paused = false
    private var finished = false

    init(server: ServerLoop, port: Port, dialling peer: ServerID?) {
        self.server = server
        self.port = port
        self.peer = peer
        dialled = peer != nil
    }

    private var magic: UInt32 { port == .election ? PeerLink.electionMagic : PeerLink.quorumMagic }
    private var frameMax: Int { port == .election ? Notification.encodedSize : PeerLink.frameMax }

    func channelActive(context: ChannelHandlerContext) {
        // Given up while it was being dialled.
        guard !finished else {
            context.close(promise: nil)
            return
        }
        self.context = context
        if dialled {
            let hello = ByteWriter(capacity: Hello.size)
            server.hello.encode(magic: magic, into: hello)
            send(hello.bytes)
            server.linkOpened(self)
        } else {
            helloTimer = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(5)) { [weak self] in
                self?.refuse("said nothing within 5 s")
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        helloTimer?.cancel()
        self.context = nil
        guard !finished else { return }
        finished = true
        if peer != nil { server.linkClosed(self) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !finished else { return }
        var bytes = unwrapInboundIn(data)
        server.counters.bytesIn += bytes.readableBytes
        if inbound.readableBytes == 0 { inbound = bytes } else { inbound.writeBuffer(&bytes) }
        if peer == nil, !readHello() { return }
        readFrames()
        if inbound.readableBytes == 0 { inbound.clear() }
    }

    private func readHello() -> Bool {
        do {
            let hello = try inbound.withUnsafeReadableBytes { bytes throws(WireError) in
                try Hello.decode(magic: magic, bytes)
            }
            guard let hello else { return false }
            let id = hello.id
            inbound.moveReaderIndex(forwardBy: Hello.size)
            guard server.configuration.servers.contains(where: { $0.id == id }), id != server.configuration.myself
            else {
                refuse("says it is server \(id), which is not another server of this ensemble")
                return false
            }
            if case .refused(let line) = server.judge(hello) {
                refuseQuietly(line)
                return false
            }
            helloTimer?.cancel()
            peer = id
            server.linkOpened(self)
            return !finished
        } catch {
            refuse("\(error)")
            return false
        }
    }

    private func readFrames() {
        guard let peer else { return }
        var taken = 0
        var bad: String?
        inbound.withUnsafeReadableBytes { bytes in
            while !finished, !paused, bytes.count - taken >= 4 {
                let length = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: taken, as: UInt32.self)))
                guard length > 0, length <= frameMax else {
                    bad = "frame of \(length) bytes, at most \(frameMax) are allowed"
                    return
                }
                guard bytes.count - taken - 4 >= length else { return }
                let frame = UnsafeRawBufferPointer(rebasing: bytes[(taken + 4)..<(taken + 4 + length)])
                taken += 4 + length
                server.counters.messagesIn += 1
                do {
                    try server.received(frame, on: self, from: peer)
                } catch {
                    bad = "\(error)"
                    return
                }
            }
        }
        inbound.moveReaderIndex(forwardBy: taken)
        if let bad { refuse(bad) }
    }

    /// Holds the peer back while the log has as much as it may hold.
    func setPaused(_ wanted: Bool) {
        guard wanted != paused, let context else { return }
        paused = wanted
        context.channel.setOption(.autoRead, value: !wanted).whenFailure { _ in }
        if !wanted {
            readFrames()
            server.scheduleEndOfRound()
        }
    }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { server.linkWritable(self) }
    }

    func send(_ bytes: UnsafeRawBufferPointer) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: bytes.count)
        buffer.writeBytes(bytes)
        server.counters.bytesOut += bytes.count
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func write(_ buffer: ByteBuffer) {
        guard let context else { return }
        server.counters.bytesOut += buffer.readableBytes
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    func flush() { context?.flush() }

    private func refuseQuietly(_ line: String?) {
        helloTimer?.cancel()
        if let line { server.logger.warning("\(port) link refused: \(line)") }
        close()
    }

    private func refuse(_ reason: String) {
        let who = peer.map { "server \($0)" } ?? context.map { server.describe($0) } ?? "a stranger"
        server.logger.warning("\(port) link of \(who): \(reason); connection closed")
        close()
        if peer != nil { server.linkClosed(self) }
    }

    /// Closes without telling the server, which asked for it.
    func close() {
        finished = true
        context?.close(promise: nil)
    }
}

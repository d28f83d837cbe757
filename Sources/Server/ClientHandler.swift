import Logging
import NIOCore
import Replica
import Wire

/// One client connection: frames in, replies out, four-letter words. Confined to its server's event loop.
final class ClientHandler: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let server: ServerLoop
    private(set) var id: ConnectionID = -1
    /// The peer's address without its port, for the limit of connections.
    var address = ""
    private var context: ChannelHandlerContext?
    private var inbound = ByteBuffer()
    /// Replies are copied here and written whole; cleared and used again once the socket has taken it.
    private var outbound = ByteBuffer()
    private var heardAnything = false
    private var closing = false
    /// Reading is held back because the member took only a part of what is in `inbound`.
    private var paused = false
    private var repliesWait = false
    /// Its first whole frame has come: later ones that do not come end with its session.
    private var isKnown = false

    init(server: ServerLoop) { self.server = server }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        guard let id = server.clientOpened(self, on: context.channel) else {
            closing = true
            context.close(promise: nil)
            return
        }
        self.id = id
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        if id >= 0 { server.clientClosed(id) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset connection is a client's right; the close that follows says all.
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !closing else { return }
        var bytes = unwrapInboundIn(data)
        server.counters.bytesIn += bytes.readableBytes
        if inbound.readableBytes == 0 { inbound = bytes } else { inbound.writeBuffer(&bytes) }
        if !heardAnything, inbound.readableBytes >= 4 {
            heardAnything = true
            if let word = FourLetterWord(inbound) {
                // A stranger until it has its answer, which bounds how long that may take.
                answer(word, context: context)
                return
            }
        }
        process()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, repliesWait {
            repliesWait = false
            sendReplies()
            server.scheduleEndOfRound()
        }
    }

    /// Steps the member with the whole frames that are here.
    func process() {
        guard !closing, let context else { return }
        let result = inbound.withUnsafeReadableBytes { bytes -> (end: Int, bad: Int?) in
            var end = 0
            while bytes.count - end >= 4 {
                let length = Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: end, as: Int32.self)))
                guard length >= 0, length <= server.clientFrameMax else { return (end, length) }
                guard bytes.count - end - 4 >= length else { break }
                end += 4 + length
                server.counters.messagesIn += 1
            }
            if end > 0 {
                becomeKnown(context)
                server.clientFrames(id, UnsafeRawBufferPointer(rebasing: bytes[..<end]))
            }
            return (end > 0 ? server.consumed : 0, nil)
        }
        inbound.moveReaderIndex(forwardBy: result.end)
        if let bad = result.bad {
            complain(
                "frame of \(bad) bytes, at most \(server.clientFrameMax) are allowed; connection closed"
            )
            closeNow()
            return
        }
        pause(hasWholeFrame, context)
        if inbound.readableBytes == 0 { inbound.clear() }
    }

    private func becomeKnown(_ context: ChannelHandlerContext) {
        guard !isKnown else { return }
        isKnown = true
        server.doors.client.becameKnown(context.channel)
    }

    /// One line about this client, if its address had none within the last minute.
    func complain(_ what: String) {
        guard let context else { return }
        server.doors.complain(about: context.channel, "client \(server.describe(context)): \(what)")
    }

    private var hasWholeFrame: Bool {
        guard let length = inbound.getInteger(at: inbound.readerIndex, as: Int32.self) else { return false }
        return inbound.readableBytes - 4 >= Int(length)
    }

    private func pause(_ wanted: Bool, _ context: ChannelHandlerContext) {
        if wanted { server.tryAgainNextRound(id) }
        guard wanted != paused else { return }
        paused = wanted
        context.channel.setOption(.autoRead, value: !wanted).whenFailure { _ in }
    }

    /// Sends what the member has ready, unless the socket is full: then the member's bound holds the client back.
    func sendReplies() {
        guard let context else { return }
        guard context.channel.isWritable || closing else {
            repliesWait = true
            return
        }
        outbound.clear()
        server.takeReplies(id) { outbound.writeBytes($0) }
        guard outbound.readableBytes > 0 else { return }
        server.counters.bytesOut += outbound.readableBytes
        context.writeAndFlush(wrapOutboundOut(outbound), promise: nil)
    }

    /// Sends what is ready, then closes.
    func closeAfterReplies() {
        guard !closing else { return }
        closing = true
        sendReplies()
        context?.close(promise: nil)
    }

    private func closeNow() {
        closing = true
        context?.close(promise: nil)
    }

    private func answer(_ word: FourLetterWord, context: ChannelHandlerContext) {
        closing = true
        var text = context.channel.allocator.buffer(capacity: 1024)
        text.writeString(word.answer(of: server))
        // A handler that closes in the write's callback keeps the answer from being cut by a full socket.
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(text)).whenComplete { _ in channel.close(promise: nil) }
    }
}

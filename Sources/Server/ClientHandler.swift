import Logging
import NIOCore
import Replica
import Storage
import Zab

/// One client connection: frames in, replies out, four-letter words. Confined to its server's event loop.
final class ClientHandler: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let server: ServerLoop
    private(set) var id: ConnectionID = -1
    /// The peer's address without its port, for the limit of connections.
    var address = ""
    private var context: ChannelHandlerContext?
    private var inlet: ClientInlet
    /// Replies are copied here and written whole; used again once the socket has taken it.
    private var outbound = ByteBuffer()
    private var closing = false
    private var farewell = Farewell()
    /// Of what all connections that are ending may have unsent.
    private var unsentAtEnd = 0
    private var patienceTimer: Scheduled<Void>?
    /// Reading is held back because the member took only a part of what has come.
    private var paused = false
    private var repliesWait = false
    /// Its first whole frame has come: what follows are no four-letter words, and frames that do not come end with its
    /// session.
    private var isKnown = false
    /// Bytes of replies that the socket had not taken at the last tick; 0 unless it is full.
    private var untaken = 0

    /// Memory for replies that is kept from one time to the next; after more than that it is given back.
    private static let outboundKeptMax = 64 << 10

    init(server: ServerLoop) {
        self.server = server
        inlet = ClientInlet(frameMax: server.clientFrameMax)
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        // The end of what a client says is not the end of what it gets.
        try? context.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        guard let id = server.clientOpened(self, on: context.channel) else {
            closing = true
            context.close(promise: nil)
            return
        }
        self.id = id
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        inlet.close()
        patienceTimer?.cancel()
        server.bytesOfEnding -= unsentAtEnd
        unsentAtEnd = 0
        if id >= 0 { server.clientClosed(id) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        if !closing { sayFarewell(context) }
        perform(farewell.clientEnded())
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset connection is a client's right; the close that follows says all.
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !closing else { return }
        let bytes = unwrapInboundIn(data)
        server.counters.bytesIn += bytes.readableBytes
        let seen = inlet.frameCount
        let problem = bytes.withUnsafeReadableBytes { read in inlet.receive(read, of: id) { step($0) } }
        server.counters.messagesIn += inlet.frameCount - seen
        if let problem {
            refuse(problem, context: context)
        } else {
            holdBack(context)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, repliesWait {
            repliesWait = false
            sendReplies()
            server.scheduleEndOfRound()
        }
    }

    /// Offers the member again what it had no room for.
    func process() {
        guard !closing, let context else { return }
        inlet.resume(of: id) { step($0) }
        holdBack(context)
    }

    /// Whole frames wait for room in the member.
    var isHolding: Bool { inlet.isHolding }

    /// At each tick: a client that reads its replies is there, however slowly it does.
    func noteProgress() {
        guard repliesWait || untaken > 0, !closing, let context else { return }
        let left = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if left < untaken { server.clientHeard(id) }
        untaken = repliesWait ? left : 0
    }

    private func step(_ input: MemberInput) -> Int {
        becomeKnown()
        server.clientStep(input)
        return server.consumed
    }

    private func becomeKnown() {
        guard !isKnown, let context else { return }
        isKnown = true
        server.doors.client.becameKnown(context.channel)
    }

    private func refuse(_ problem: FrameBuffer.Problem, context: ChannelHandlerContext) {
        let reason: String
        switch problem {
        case .length(let length):
            // No length is like a word: words are larger than any frame. The client stays a stranger until it has its
            // answer, which bounds how long that may take.
            if !isKnown, let word = FourLetterWord(length: length) { return answer(word, context: context) }
            reason = "frame of \(length) bytes, at most \(server.clientFrameMax) are allowed"
        case .tooMuch(let bytes): reason = "\(bytes) bytes wait to be taken, more than there is room for"
        }
        complain("\(reason); connection closed")
        closeAfterReplies()
    }

    /// One line about this client, if its address had none within the last minute.
    func complain(_ what: String) {
        guard let context else { return }
        server.doors.complain(about: context.channel, "client \(server.describe(context)): \(what)")
    }

    private func holdBack(_ context: ChannelHandlerContext) {
        if inlet.isHolding { server.tryAgainNextRound(id) }
        pause(!inlet.wantsMore, context)
    }

    private func pause(_ wanted: Bool, _ context: ChannelHandlerContext) {
        guard wanted != paused else { return }
        paused = wanted
        context.channel.setOption(.autoRead, value: !wanted).whenFailure { _ in }
    }

    /// Sends what the member has ready, unless the socket is full: then the member's bound holds the client back.
    func sendReplies() {
        guard !closing, let context else { return }
        guard context.channel.isWritable else {
            repliesWait = true
            return
        }
        writeReplies(context)
    }

    private func writeReplies(_ context: ChannelHandlerContext) {
        outbound.clear()
        server.takeReplies(id) { outbound.writeBytes($0) }
        guard outbound.readableBytes > 0 else { return }
        server.counters.bytesOut += outbound.readableBytes
        context.writeAndFlush(wrapOutboundOut(outbound), promise: nil)
        if outbound.capacity > Self.outboundKeptMax { outbound = ByteBuffer() }
    }

    // MARK: the end

    /// Sends what is ready, then closes.
    func closeAfterReplies() {
        guard !closing, let context else { return }
        if id >= 0 { writeReplies(context) }
        sayFarewell(context)
    }

    private func sayFarewell(_ context: ChannelHandlerContext) {
        closing = true
        inlet.close()
        if id >= 0 { server.clientEnds(id) }
        // What it still says is read and forgotten.
        pause(false, context)
        unsentAtEnd = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        server.bytesOfEnding += unsentAtEnd
        guard farewell.begin(unsent: server.bytesOfEnding) == .wait else {
            context.close(promise: nil)
            return
        }
        let patience = Farewell.patience(tick: Nanoseconds(server.configuration.tickTime) * 1_000_000)
        patienceTimer = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(patience))) {
            [weak self] in self?.context?.close(promise: nil)
        }
        // An empty write goes out behind everything that was written.
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenSuccess { [weak self] in
            guard let self else { return }
            self.server.bytesOfEnding -= self.unsentAtEnd
            self.unsentAtEnd = 0
            self.perform(self.farewell.sentAll())
        }
    }

    private func perform(_ step: Farewell.Step) {
        switch step {
        case .wait: break
        case .shutDownOutput: context?.close(mode: .output, promise: nil)
        case .close: context?.close(promise: nil)
        }
    }

    private func answer(_ word: FourLetterWord, context: ChannelHandlerContext) {
        var text = context.channel.allocator.buffer(capacity: 1024)
        text.writeString(word.answer(of: server))
        context.writeAndFlush(wrapOutboundOut(text), promise: nil)
        sayFarewell(context)
    }
}

import CPlatform
import Foundation
import NIOCore
import NIOSSL
import NIOTLS

/// One end of a link, on its event loop: greetings, questions with their answers, and the clocks' exchange, which is answered
/// where it is read, so that nothing but the network is in its times.
final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let mine: AgentGreeting
    /// Whether it was this side that called: it says first what it is, and the other one either what that is or why not.
    private let isCaller: Bool
    private let accept: (AgentGreeting) -> String?
    private let greeted: EventLoopPromise<AgentGreeting>
    private let events: any LinkEvents
    private let patience: AgentLink.Patience

    private var context: ChannelHandlerContext?
    private var input = ByteBuffer()
    private var theirs: AgentGreeting?
    private var isOver = false
    /// Why the link ends, once that is known.
    private var reason: AgentError?
    private var pending: [UInt64: (answer: EventLoopPromise<ByteBuffer>, news: @Sendable (ByteBuffer) -> Void)] = [:]
    private var nextNumber: UInt64 = 1
    private var lastHeard = NIODeadline.now()
    private var heartbeat: RepeatedTask?
    private var askedClock: [UInt64: UInt64] = [:]

    /// - Parameters:
    ///   - accept: why the other side may not stay; nil if it may.
    ///   - events: what the other side asks, and the exchanges of timestamps.
    init(
        _ mine: AgentGreeting,
        isCaller: Bool,
        greeted: EventLoopPromise<AgentGreeting>,
        events: any LinkEvents,
        patience: AgentLink.Patience,
        accept: @escaping (AgentGreeting) -> String?
    ) {
        self.mine = mine
        self.isCaller = isCaller
        self.greeted = greeted
        self.events = events
        self.patience = patience
        self.accept = accept
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        lastHeard = .now()
        let pause = TimeAmount.nanoseconds(min(patience.greeting, patience.silence).nanoseconds / 10)
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        heartbeat = context.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in me.value.beat() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Only now is it known that the other side has the token.
        if isCaller, case TLSUserEvent.handshakeCompleted = event { greet() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let isOfTLS = error is NIOSSLError || error is BoringSSLError
        end(isOfTLS && theirs == nil ? AgentError("it has another token, or none") : AgentError("\(error)"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(
            AgentError(
                theirs == nil ? "it hung up before it said what it is: it has another token, or none" : "it hung up"
            )
        )
        context.fireChannelInactive()
    }

    private func greet() {
        guard let body = try? JSONEncoder().encode(mine) else { return }
        write(.greeting, 0, ByteBuffer(bytes: body))
    }

    /// Ends the link; whoever still waits for something hears why.
    func end(_ why: AgentError) {
        guard !isOver else { return }
        isOver = true
        let why = reason ?? why
        heartbeat?.cancel()
        greeted.fail(why)
        let waiting = pending.values
        pending = [:]
        for one in waiting { one.answer.fail(why) }
        events.closed(why)
        context?.close(promise: nil)
        context = nil
    }

    /// Tells the other side why there will be no answer, and ends the link.
    private func refuse(_ why: String) {
        write(.refusal, 0, ByteBuffer(string: why))
        end(AgentError(why))
    }

    private func beat() {
        guard !isOver else { return }
        let patience = theirs == nil ? patience.greeting : patience.silence
        guard NIODeadline.now() - lastHeard < patience else {
            return end(AgentError("it has not answered for \(Double(patience.nanoseconds) / 1e9) s"))
        }
        if theirs != nil { askClock() }
    }

    // MARK: What comes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = zb_monotonic_nanoseconds()
        lastHeard = .now()
        var bytes = unwrapInboundIn(data)
        input.writeBuffer(&bytes)
        do throws(AgentError) {
            let longest = theirs == nil ? AgentFrame.greetingBytesMax : AgentFrame.bytesMax
            while !isOver, let frame = try AgentFrame.read(from: &input, longest: longest) { try take(frame, at: now) }
            input.discardReadBytes()
        } catch {
            end(error)
        }
    }

    private func take(_ frame: AgentFrame, at now: UInt64) throws(AgentError) {
        if frame.kind == .refusal {
            reason = AgentError(String(buffer: frame.body))
            return end(AgentError(""))
        }
        guard theirs != nil else { return try takeGreeting(frame) }
        switch frame.kind {
        case .greeting, .refusal: throw AgentError("it greets twice")
        case .question: events.asked(frame.number, frame.body)
        case .answer: pending.removeValue(forKey: frame.number)?.answer.succeed(frame.body)
        case .failure:
            pending.removeValue(forKey: frame.number)?.answer.fail(AgentError(String(buffer: frame.body)))
        case .news: pending[frame.number]?.news(frame.body)
        case .clockQuestion:
            var body = ByteBuffer()
            body.writeInteger(now)
            body.writeInteger(zb_monotonic_nanoseconds())
            write(.clockAnswer, frame.number, body)
        case .clockAnswer:
            guard let asked = askedClock.removeValue(forKey: frame.number),
                let heard = frame.body.getInteger(at: frame.body.readerIndex, as: UInt64.self),
                let answered = frame.body.getInteger(at: frame.body.readerIndex + 8, as: UInt64.self)
            else { throw AgentError("it answers what it was not asked") }
            events.exchanged(ClockExchange(asked: asked, heard: heard, answered: answered, returned: now))
        }
    }

    private func takeGreeting(_ frame: AgentFrame) throws(AgentError) {
        guard frame.kind == .greeting,
            let greeting = try? JSONDecoder().decode(AgentGreeting.self, from: frame.body.data)
        else { throw AgentError("it does not say what it is") }
        if let objection = mine.objection(to: greeting) ?? accept(greeting) { return refuse(objection) }
        if !isCaller { greet() }
        theirs = greeting
        greeted.succeed(greeting)
    }

    // MARK: What goes

    /// - Parameter news: what the other side tells on the way to its answer.
    func ask(_ body: ByteBuffer, answer: EventLoopPromise<ByteBuffer>, news: @escaping @Sendable (ByteBuffer) -> Void) {
        guard !isOver else { return answer.fail(reason ?? AgentError("it hung up")) }
        let number = nextNumber
        nextNumber += 1
        pending[number] = (answer, news)
        write(.question, number, body)
    }

    func askClock() {
        guard !isOver else { return }
        let number = nextNumber
        nextNumber += 1
        askedClock[number] = zb_monotonic_nanoseconds()
        write(.clockQuestion, number, ByteBuffer())
    }

    func write(_ kind: AgentFrame.Kind, _ number: UInt64, _ body: ByteBuffer) {
        guard let context else { return }
        var out = context.channel.allocator.buffer(capacity: AgentFrame.headBytes + body.readableBytes)
        AgentFrame(kind: kind, number: number, body: body).write(into: &out)
        context.writeAndFlush(wrapOutboundOut(out), promise: nil)
    }
}

/// What a link's other end does, told on the link's event loop.
protocol LinkEvents: AnyObject, Sendable {
    func asked(_ number: UInt64, _ body: ByteBuffer)
    func exchanged(_ clocks: ClockExchange)
    func closed(_ why: AgentError)
}

extension ByteBuffer {
    var data: Data { Data(readableBytesView) }
}

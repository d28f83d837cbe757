import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A connection between a controller and an agent, as one of them holds it.
public final class AgentLink: Sendable {
    fileprivate struct State {
        var exchanges: [ClockExchange] = []
        var why: AgentError?
        var waiting: [CheckedContinuation<AgentError, Never>] = []
        var answers: (@Sendable (Question) async -> Void)?
        /// What was asked before somebody was there to answer.
        var early: [(number: UInt64, body: ByteBuffer)] = []
    }

    /// Something that the other side wants, to be answered once.
    public struct Question: Sendable {
        public var body: Data
        private let number: UInt64
        private let link: AgentLink

        fileprivate init(_ number: UInt64, _ body: ByteBuffer, _ link: AgentLink) {
            (self.number, self.body, self.link) = (number, body.data, link)
        }

        public func answer(_ body: Data) { link.send(.answer, number, ByteBuffer(bytes: body)) }
        /// - Parameter why: one line; the asker's call throws it.
        public func fail(_ why: String) { link.send(.failure, number, ByteBuffer(string: why)) }
        /// What happens meanwhile.
        public func tell(_ news: Data) { link.send(.news, number, ByteBuffer(bytes: news)) }
    }

    /// Exchanges of timestamps that are kept: a link has one every tenth of its patience with silence.
    private static let exchangesKept = 64
    /// How long one side waits for the other.
    public struct Patience: Sendable, Hashable {
        /// For its greeting.
        public var greeting = TimeAmount.seconds(10)
        /// Afterwards for anything at all: then it counts as gone.
        public var silence = TimeAmount.seconds(10)

        public init() {}
    }

    /// What the other side said of itself.
    public let peer: AgentGreeting
    public let address: String
    private let channel: any Channel
    private let handler: NIOLoopBound<LinkHandler>
    private let events: Relay

    fileprivate init(_ opened: Opened, peer: AgentGreeting) {
        self.peer = peer
        channel = opened.channel
        handler = opened.handler
        events = opened.events
        address = channel.remoteAddress.map { "\($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? "?"
        events.link = self
    }

    /// Calls somebody who listens.
    ///
    /// - Throws: `AgentError` naming the address.
    public static func dial(
        host: String,
        port: Int,
        token: AgentToken,
        as mine: AgentGreeting,
        group: any EventLoopGroup,
        patience: Patience = Patience()
    ) async throws(AgentError) -> AgentLink {
        let address = "\(host):\(port)"
        let opened: Opened
        do {
            opened = try await ClientBootstrap(group: group)
                .connectTimeout(patience.greeting)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(host: host, port: port) { channel in
                    Opened.make(
                        channel,
                        mine,
                        isCaller: true,
                        patience: patience,
                        tls: { try token.clientHandler() },
                        accept: { _ in nil }
                    )
                }
        } catch {
            throw AgentError("\(address): \(AgentError.words(error)): is zabbench agent running there?")
        }
        return try await opened.link(at: address)
    }

    // MARK: Questions

    /// - Parameter news: what the other side tells on the way to its answer.
    /// - Throws: `AgentError`: why the other side cannot answer, or that it is gone.
    public func ask(_ body: Data, news: (@Sendable (Data) -> Void)? = nil) async throws(AgentError) -> Data {
        let answer = channel.eventLoop.makePromise(of: ByteBuffer.self)
        let question = ByteBuffer(bytes: body)
        channel.eventLoop.execute { [handler] in
            handler.value.ask(question, answer: answer) { news?($0.data) }
        }
        do { return try await answer.futureResult.get().data } catch { throw named(error) }
    }

    /// Who answers from now on, each question in a task of its own.
    public func serve(_ answers: @escaping @Sendable (Question) async -> Void) {
        let early = events.state.withLock { state in
            state.answers = answers
            defer { state.early = [] }
            return state.early
        }
        for (number, body) in early { Task { await answers(Question(number, body, self)) } }
    }

    private func named(_ error: any Error) -> AgentError {
        AgentError("\(peer.role.rawValue) on \(peer.host): \((error as? AgentError)?.description ?? "\(error)")")
    }

    fileprivate func send(_ kind: AgentFrame.Kind, _ number: UInt64, _ body: ByteBuffer) {
        channel.eventLoop.execute { [handler] in handler.value.write(kind, number, body) }
    }

    // MARK: Clocks

    /// Asks for `count` exchanges of timestamps, one after the other, and returns what the quickest of them says.
    ///
    /// - Throws: `AgentError` if the other side is gone.
    public func measureClock(exchanges count: Int = 16) async throws(AgentError) -> ClockOffset {
        var seen: [ClockExchange] = []
        for _ in 0..<count {
            let (answers, arrival) = AsyncStream.makeStream(of: ClockExchange.self)
            events.expect(arrival)
            channel.eventLoop.execute { [handler] in handler.value.askClock() }
            for await exchange in answers { seen.append(exchange) }
        }
        guard let offset = ClockOffset(best: seen) else {
            throw named(events.state.withLock { $0.why } ?? AgentError("its clock cannot be measured"))
        }
        return offset
    }

    // MARK: The end

    /// Why the link has ended; nil while it has not.
    public var end: AgentError? { events.state.withLock { $0.why }.map(named) }

    /// Waits for the link's end, and says why.
    public func ended() async -> AgentError {
        let why = await withCheckedContinuation { continuation in
            let why = events.state.withLock { state in
                if state.why == nil { state.waiting.append(continuation) }
                return state.why
            }
            if let why { continuation.resume(returning: why) }
        }
        return named(why)
    }

    /// Reads no more, as a host does that is gone; for tests.
    func stopReading() async -> Bool {
        (try? await channel.setOption(.autoRead, value: false).get()) != nil
    }

    /// Hangs up.
    public func close() async {
        try? await channel.eventLoop.submit { [handler] in handler.value.end(AgentError("it was closed here")) }.get()
        try? await channel.closeFuture.get()
    }

    /// What the link's event loop tells, for whoever has the link.
    fileprivate final class Relay: LinkEvents {
        let state = Mutex(State())
        private let owner = Mutex<AgentLink?>(nil)
        private let expected = Mutex<AsyncStream<ClockExchange>.Continuation?>(nil)

        var link: AgentLink? {
            get { owner.withLock { $0 } }
            set { owner.withLock { $0 = newValue } }
        }

        func expect(_ arrival: AsyncStream<ClockExchange>.Continuation) {
            let isOver = state.withLock { $0.why != nil }
            if isOver { return arrival.finish() }
            expected.withLock { $0 = arrival }
        }

        func asked(_ number: UInt64, _ body: ByteBuffer) {
            let answers = state.withLock { state in
                if state.answers == nil { state.early.append((number, body)) }
                return state.answers
            }
            guard let answers, let link else { return }
            Task { await answers(Question(number, body, link)) }
        }

        func exchanged(_ clocks: ClockExchange) {
            state.withLock { state in
                state.exchanges.append(clocks)
                if state.exchanges.count > exchangesKept { state.exchanges.removeFirst() }
            }
            let arrival = expected.withLock { arrival in
                defer { arrival = nil }
                return arrival
            }
            arrival?.yield(clocks)
            arrival?.finish()
        }

        func closed(_ why: AgentError) {
            let waiting = state.withLock { state in
                state.why = why
                defer { state.waiting = [] }
                return state.waiting
            }
            for one in waiting { one.resume(returning: why) }
            let arrival = expected.withLock { arrival in
                defer { arrival = nil }
                return arrival
            }
            arrival?.finish()
            link = nil
        }
    }

    /// A channel whose two sides have not greeted yet.
    struct Opened: Sendable {
        var channel: any Channel
        var handler: NIOLoopBound<LinkHandler>
        fileprivate var events: Relay
        var greeted: EventLoopFuture<AgentGreeting>

        static func make(
            _ channel: any Channel,
            _ mine: AgentGreeting,
            isCaller: Bool,
            patience: Patience,
            tls: @escaping @Sendable () throws -> NIOSSLHandler,
            accept: @escaping @Sendable (AgentGreeting) -> String?
        ) -> EventLoopFuture<Opened> {
            channel.eventLoop.makeCompletedFuture {
                let greeted = channel.eventLoop.makePromise(of: AgentGreeting.self)
                let events = Relay()
                let handler = LinkHandler(
                    mine,
                    isCaller: isCaller,
                    greeted: greeted,
                    events: events,
                    patience: patience,
                    accept: accept
                )
                do {
                    try channel.pipeline.syncOperations.addHandler(try tls())
                    try channel.pipeline.syncOperations.addHandler(handler)
                } catch {
                    greeted.fail(error)
                    throw error
                }
                return Opened(
                    channel: channel,
                    handler: NIOLoopBound(handler, eventLoop: channel.eventLoop),
                    events: events,
                    greeted: greeted.futureResult
                )
            }
        }

        func link(at address: String) async throws(AgentError) -> AgentLink {
            let peer: AgentGreeting
            do { peer = try await greeted.get() } catch {
                throw AgentError("\(address): \((error as? AgentError)?.description ?? "\(error)")")
            }
            let link = AgentLink(self, peer: peer)
            // It may have hung up before there was a link to say so.
            if events.state.withLock({ $0.why }) != nil { events.link = nil }
            return link
        }
    }
}

extension AgentError {
    /// An error of the network, as a person says it.
    static func words(_ error: any Error) -> String {
        switch error {
        case let error as AgentError: error.description
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first {
                words(first.error)
            } else {
                "the host's name has no address"
            }
        case is ChannelError: "no answer"
        default: "\(error)"
        }
    }
}

import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Agents

/// A controller and an agent over loopback: who may talk, and what they say.
@Suite(.timeLimit(.minutes(1))) struct AgentLinkTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    private static func greeting(
        _ role: AgentGreeting.Role,
        program: String = "1.0 (abc)",
        host: String? = nil,
        unixNanoseconds: Int64 = 0
    ) -> AgentGreeting {
        AgentGreeting(
            role: role,
            program: program,
            host: host ?? (role == .agent ? "host-a" : "desk"),
            pid: 7,
            unixNanoseconds: unixNanoseconds
        )
    }

    /// An agent that listens, with who was refused.
    private func listen(
        _ token: AgentToken,
        patience: AgentLink.Patience = AgentLink.Patience(),
        accept: @escaping @Sendable (AgentGreeting) -> String? = { _ in nil },
        refused: @escaping @Sendable (AgentError) -> Void = { _ in }
    ) async throws -> AgentListener {
        try await AgentListener.start(
            host: "127.0.0.1",
            port: 0,
            token: token,
            as: { Self.greeting(.agent) },
            group: group,
            patience: patience,
            accept: accept,
            refused: refused
        )
    }

    private func dial(
        _ port: Int,
        _ token: AgentToken,
        as mine: AgentGreeting? = nil,
        patience: AgentLink.Patience = AgentLink.Patience()
    ) async throws(AgentError) -> AgentLink {
        try await AgentLink.dial(
            host: "127.0.0.1",
            port: port,
            token: token,
            as: mine ?? Self.greeting(.controller),
            group: group,
            patience: patience
        )
    }

    private static func text(_ data: Data) -> String { String(decoding: data, as: UTF8.self) }

    @Test func bothAskAndAnswer() async throws {
        let token = try AgentToken()
        let listener = try await listen(token)
        let controller = try await dial(listener.port, token)
        // Before anybody serves.
        async let early = controller.ask(Data("early".utf8))
        var arrivals = listener.links.makeAsyncIterator()
        let agent = try #require(await arrivals.next())
        agent.serve { question in
            question.tell(Data("half".utf8))
            question.answer(Data("re: ".utf8) + question.body)
        }
        #expect(Self.text(try await early) == "re: early")
        controller.serve { $0.fail("not now") }
        #expect(agent.peer.host == "desk" && controller.peer.host == "host-a")
        let news = Mutex<[String]>([])
        let large = Data(repeating: 65, count: 5_000_000)
        let answer = try await controller.ask(large) { data in news.withLock { $0.append(Self.text(data)) } }
        #expect(answer.count == large.count + 4 && news.withLock { $0 } == ["half"])
        let error = await #expect(throws: AgentError.self) { try await agent.ask(Data()) }
        #expect(error?.description == "controller on desk: not now")
        await controller.close()
        #expect(await agent.ended().description == "controller on desk: it hung up")
        await #expect(throws: AgentError.self) { try await agent.ask(Data()) }
        await listener.stop()
    }

    @Test func manyQuestionsAtOnceHaveTheirOwnAnswers() async throws {
        let token = try AgentToken()
        let listener = try await listen(token)
        let controller = try await dial(listener.port, token)
        var arrivals = listener.links.makeAsyncIterator()
        let agent = try #require(await arrivals.next())
        agent.serve { $0.answer($0.body) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let body = Data("\(number)".utf8)
                    return try await controller.ask(body) == body
                }
            }
            for try await isMine in group { #expect(isMine) }
        }
        await controller.close()
        await listener.stop()
    }

    @Test func whoHasAnotherTokenIsTurnedAway() async throws {
        let (refusals, arrival) = AsyncStream.makeStream(of: AgentError.self)
        let listener = try await listen(try AgentToken(), refused: { arrival.yield($0) })
        let other = try AgentToken()
        let error = await #expect(throws: AgentError.self) { try await self.dial(listener.port, other) }
        #expect(error?.description == "127.0.0.1:\(listener.port): it has another token, or none")
        var iterator = refusals.makeAsyncIterator()
        let refusal = try #require(await iterator.next())
        #expect(refusal.description.hasSuffix("it has another token, or none"), "\(refusal)")
        await listener.stop()
    }

    /// Not a byte goes to somebody who does not speak TLS, or shows no certificate.
    @Test func whoHasNoTokenGetsNoAnswer() async throws {
        let (refusals, arrival) = AsyncStream.makeStream(of: AgentError.self)
        let listener = try await listen(try AgentToken(), refused: { arrival.yield($0) })
        let received = Mutex(0)
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.pipeline.addHandler(Counter { bytes in received.withLock { $0 += bytes } })
            }
            .connect(host: "127.0.0.1", port: listener.port).get()
        var greeting = ByteBuffer()
        let body = try JSONEncoder().encode(Self.greeting(.controller))
        AgentFrame(kind: .greeting, number: 0, body: ByteBuffer(bytes: body)).write(into: &greeting)
        try await channel.writeAndFlush(greeting)
        try await channel.closeFuture.get()
        var iterator = refusals.makeAsyncIterator()
        #expect(await iterator.next() != nil)
        // An alert of TLS says that this is none: seven bytes, and nothing of ours.
        #expect(received.withLock { $0 } <= 7)
        await listener.stop()
    }

    @Test func anotherVersionIsRefusedOnBothSides() async throws {
        let token = try AgentToken()
        let (refusals, arrival) = AsyncStream.makeStream(of: AgentError.self)
        let listener = try await listen(token, refused: { arrival.yield($0) })
        let error = await #expect(throws: AgentError.self) {
            try await self.dial(listener.port, token, as: Self.greeting(.controller, program: "1.1 (def)"))
        }
        let words = "zabbench 1.1 (def)"
        #expect(error?.description.contains(words) == true && error?.description.contains("1.0 (abc)") == true)
        #expect(error?.description.hasSuffix("copy one program to all hosts") == true)
        var iterator = refusals.makeAsyncIterator()
        let refusal = try #require(await iterator.next())
        #expect(refusal.description.contains(words), "\(refusal)")
        await listener.stop()
    }

    @Test func aSecondControllerIsToldWhoIsThere() async throws {
        let token = try AgentToken()
        let first = Mutex<String?>(nil)
        let listener = try await listen(
            token,
            accept: { greeting in
                first.withLock { first in
                    guard let first else {
                        first = greeting.host
                        return nil
                    }
                    return "the agent on host-a works for the controller on \(first)"
                }
            }
        )
        let one = try await dial(listener.port, token)
        let error = await #expect(throws: AgentError.self) {
            try await self.dial(listener.port, token, as: Self.greeting(.controller, host: "laptop"))
        }
        #expect(error?.description.hasSuffix("the agent on host-a works for the controller on desk") == true)
        await one.close()
        await listener.stop()
    }

    @Test func anAgentIsNoController() async throws {
        let token = try AgentToken()
        let listener = try await listen(token)
        let error = await #expect(throws: AgentError.self) {
            try await self.dial(listener.port, token, as: Self.greeting(.agent, host: "host-b"))
        }
        #expect(error?.description.hasSuffix("was called by another agent, on host-b") == true, "\(error as Any)")
        await listener.stop()
    }

    @Test func nobodyThereIsOneClearLine() async throws {
        let held = try await listen(try AgentToken())
        await held.stop()
        let error = await #expect(throws: AgentError.self) { try await self.dial(held.port, try AgentToken()) }
        #expect(
            error?.description == "127.0.0.1:\(held.port): connection refused: is zabbench agent running there?"
        )
    }

    /// A host whose cable is pulled sends no end of the connection.
    @Test func whoSaysNothingCountsAsGone() async throws {
        let token = try AgentToken()
        let listener = try await listen(token)
        // It reads nothing after the greeting: what a host does that is gone.
        var patience = AgentLink.Patience()
        patience.silence = .milliseconds(300)
        let controller = try await dial(listener.port, token, patience: patience)
        var arrivals = listener.links.makeAsyncIterator()
        let agent = try #require(await arrivals.next())
        // On a busy machine it may have been too slow already.
        _ = await agent.stopReading()
        let end = await controller.ended()
        #expect(end.description == "agent on host-a: it has not answered for 0.3 s")
        await agent.close()
        await listener.stop()
    }

    @Test func clocksOfOneHostAreNotApart() async throws {
        let token = try AgentToken()
        let listener = try await listen(token)
        let controller = try await dial(listener.port, token)
        let offset = try await controller.measureClock()
        #expect(offset.nanoseconds.magnitude <= offset.bound, "\(offset)")
        await controller.close()
        await #expect(throws: AgentError.self) { try await controller.measureClock() }
        await listener.stop()
    }

    @Test func clocksOnTheWallThatAreApartAreMentioned() {
        let mine = Self.greeting(.controller, unixNanoseconds: 1_000_000_000_000)
        let ahead = Self.greeting(.agent, unixNanoseconds: 1_005_000_000_000)
        let warning = mine.clockWarning(of: ahead)
        #expect(warning?.hasPrefix("the clock of host-a is 5.0 s ahead") == true)
        #expect(ahead.clockWarning(of: mine)?.hasPrefix("the clock of desk is 5.0 s behind") == true)
        #expect(mine.clockWarning(of: mine) == nil)
    }

    private final class Counter: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let count: @Sendable (Int) -> Void
        init(_ count: @escaping @Sendable (Int) -> Void) { self.count = count }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { count(unwrapInboundIn(data).readableBytes) }
    }
}

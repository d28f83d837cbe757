import NIOCore
import NIOPosix
import Testing
import Workload

@testable import Targets

/// Real sockets on loopback; servers are listeners of the test.
@Suite(.timeLimit(.minutes(1))) struct LinkProxyTests {
    /// A proxy with a listener behind each server's two ports.
    private struct Bench {
        let proxy: LinkProxy
        let quorum: [LinkPeerListener]
        let election: [LinkPeerListener]
        let ports: [ServerPorts]

        /// The quorum ports as `one` reaches them.
        func port(from one: Int, to other: Int) -> Int { proxy.ports(seenBy: one, of: ports)[other - 1].peer }

        /// A connection that `one` has made to `other`, with its first byte said.
        func connect(_ one: Int, _ other: Int) async throws -> (LinkPeer, LinkPeer) {
            let dialler = try await LinkPeer.dial(port(from: one, to: other))
            try await dialler.send([0])
            let accepted = try #require(await quorum[other - 1].accept())
            #expect(await accepted.receive(1).bytes == [0])
            return (dialler, accepted)
        }
    }

    private func withProxy(
        servers size: Int = 2,
        _ links: PlannedLinks,
        _ body: (Bench) async throws -> Void
    ) async throws {
        let proxy = try LinkProxy(size: size, links: links)
        var quorum: [LinkPeerListener] = []
        var election: [LinkPeerListener] = []
        for _ in 0..<size {
            quorum.append(try await LinkPeerListener.start())
            election.append(try await LinkPeerListener.start())
        }
        let ports = (0..<size).map { ServerPorts(client: 1, peer: quorum[$0].port, election: election[$0].port) }
        for id in 1...size { proxy.expect(id, on: ports[id - 1]) }
        for one in 1...size { for other in 1...size { try await proxy.opening(from: one, to: other) } }
        let bench = Bench(proxy: proxy, quorum: quorum, election: election, ports: ports)
        var failure: (any Error)?
        do { try await body(bench) } catch { failure = error }
        await proxy.stop()
        for listener in quorum + election { await listener.stop() }
        if let failure { throw failure }
    }

    private static let pattern = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    @Test(arguments: [
        LinkCondition(), LinkCondition(delayMicroseconds: 3000),
        LinkCondition(delayMicroseconds: 500, megabitsPerSecond: 100),
    ])
    func bytesArriveAsTheyWereSent(_ condition: LinkCondition) async throws {
        var links = PlannedLinks(isProxied: true)
        links[from: 1, to: 2] = condition
        links[from: 2, to: 1] = condition
        try await withProxy(links) { bench in
            let (one, two) = try await bench.connect(1, 2)
            try await one.send(Self.pattern)
            #expect(await two.receive(Self.pattern.count).bytes == Self.pattern)
            try await two.send(Self.pattern)
            #expect(await one.receive(Self.pattern.count).bytes == Self.pattern)
        }
    }

    @Test func aDelayedByteIsNeverEarly() async throws {
        var links = PlannedLinks(isProxied: true)
        links[from: 1, to: 2].delayMicroseconds = 20_000
        links[from: 2, to: 1].delayMicroseconds = 7_000
        try await withProxy(links) { bench in
            let (one, two) = try await bench.connect(1, 2)
            for _ in 0..<5 {
                let before = NIODeadline.now()
                try await one.send([1])
                let there = try #require(await two.receive(1).at)
                #expect(there - before >= .milliseconds(20))
                try await two.send([2])
                let back = try #require(await one.receive(1).at)
                #expect(back - there >= .milliseconds(7))
            }
        }
    }

    @Test func theFirstByteWaitsForTheHandshakeToo() async throws {
        var links = PlannedLinks(isProxied: true)
        links[from: 1, to: 2].delayMicroseconds = 10_000
        links[from: 2, to: 1].delayMicroseconds = 5_000
        try await withProxy(links) { bench in
            let before = NIODeadline.now()
            let one = try await LinkPeer.dial(bench.port(from: 1, to: 2))
            try await one.send([1])
            let two = try #require(await bench.quorum[1].accept())
            let first = try #require(await two.receive(1).at)
            #expect(first - before >= .milliseconds(25))
        }
    }

    /// Both ports of a server share the way to it.
    @Test func bandwidthIsThatOfAllConnectionsOfADirection() async throws {
        var links = PlannedLinks(isProxied: true)
        links[from: 1, to: 2].megabitsPerSecond = 8
        try await withProxy(links) { bench in
            let (quorum, quorumEnd) = try await bench.connect(1, 2)
            let election = try await LinkPeer.dial(bench.proxy.ports(seenBy: 1, of: bench.ports)[1].election)
            let bytes = Array(Self.pattern[..<50_000])
            let before = NIODeadline.now()
            async let sent: Void = quorum.send(bytes)
            try await election.send(bytes)
            try await sent
            let electionEnd = try #require(await bench.election[1].accept())
            let one = await quorumEnd.receive(bytes.count)
            let other = await electionEnd.receive(bytes.count)
            #expect(one.bytes == bytes)
            #expect(other.bytes == bytes)
            let last = max(try #require(one.at), try #require(other.at))
            // 100,000 bytes at a megabyte a second.
            #expect(last - before >= .milliseconds(100))
        }
    }

    @Test func aCutHoldsOneDirectionAndAHealDeliversInOrder() async throws {
        try await withProxy(PlannedLinks(isProxied: true)) { bench in
            let (one, two) = try await bench.connect(1, 2)
            bench.proxy.cut(from: 1, to: 2)
            try await one.send([1, 2, 3])
            // The other direction goes on, through the same thread of the proxy.
            for round in 0..<20 {
                try await two.send([UInt8(round)])
                #expect(await one.receive(1).bytes == [UInt8(round)])
            }
            try await one.send([4, 5])
            let healed = NIODeadline.now()
            bench.proxy.heal(from: 1, to: 2)
            try await one.send([6])
            let first = await two.receive(1)
            let rest = await two.receive(6 - first.bytes.count)
            #expect(first.bytes + rest.bytes == [1, 2, 3, 4, 5, 6])
            #expect(first.at.map { $0 >= healed } == true)
        }
    }

    /// What came before the heal would have been seen first.
    @Test func nothingOfACutArrivesBeforeItsHeal() async throws {
        try await withProxy(servers: 3, PlannedLinks(isProxied: true)) { bench in
            let (one, two) = try await bench.connect(1, 2)
            let (other, three) = try await bench.connect(1, 3)
            bench.proxy.isolate(2, of: 3)
            try await one.send([1])
            try await two.send([2])
            for round in 0..<20 {
                try await other.send([UInt8(round)])
                #expect(await three.receive(1).bytes == [UInt8(round)])
            }
            let healed = NIODeadline.now()
            bench.proxy.rejoin(2, of: 3)
            let there = await two.receive(1)
            let back = await one.receive(1)
            #expect(there.bytes == [1] && back.bytes == [2])
            #expect(there.at.map { $0 >= healed } == true)
            #expect(back.at.map { $0 >= healed } == true)
        }
    }

    @Test func whoDialsInACutIsHeardAfterIt() async throws {
        try await withProxy(PlannedLinks(isProxied: true)) { bench in
            bench.proxy.cut(from: 1, to: 2)
            let one = try await LinkPeer.dial(bench.port(from: 1, to: 2))
            try await one.send([9])
            let healed = NIODeadline.now()
            bench.proxy.heal(from: 1, to: 2)
            let two = try #require(await bench.quorum[1].accept())
            let first = await two.receive(1)
            #expect(first.bytes == [9])
            #expect(first.at.map { $0 >= healed } == true)
            try await two.send([8])
            #expect(await one.receive(1).bytes == [8])
        }
    }

    @Test func anEndThatClosesClosesTheOtherAfterItsBytes() async throws {
        var links = PlannedLinks(isProxied: true)
        links[from: 1, to: 2].delayMicroseconds = 5000
        try await withProxy(links) { bench in
            let (one, two) = try await bench.connect(1, 2)
            try await one.send(Self.pattern)
            try await one.channel.close()
            #expect(await two.receiveUntilClosed() == Self.pattern)
            let (third, fourth) = try await bench.connect(1, 2)
            try await fourth.send([7])
            try await fourth.channel.close()
            #expect(await third.receiveUntilClosed() == [7])
        }
    }

    @Test func theEndOfAConnectionIsHeldByACutToo() async throws {
        try await withProxy(servers: 3, PlannedLinks(isProxied: true)) { bench in
            let (one, two) = try await bench.connect(1, 2)
            let (other, three) = try await bench.connect(1, 3)
            bench.proxy.cut(from: 1, to: 2)
            try await one.send([1])
            try await one.channel.close()
            for round in 0..<20 {
                try await other.send([UInt8(round)])
                #expect(await three.receive(1).bytes == [UInt8(round)])
            }
            #expect(two.channel.isActive)
            bench.proxy.heal(from: 1, to: 2)
            #expect(await two.receiveUntilClosed() == [1])
        }
    }

    @Test func aServerThatIsNotThereRefuses() async throws {
        try await withProxy(PlannedLinks(isProxied: true)) { bench in
            let (one, two) = try await bench.connect(1, 2)
            await bench.quorum[1].stop()
            try await two.channel.close()
            #expect(await one.receiveUntilClosed() == [])
            // The proxy finds out when the connection breaks, or at the first dial that it has to disappoint.
            var refusals = 0
            while refusals == 0 {
                do {
                    let early = try await LinkPeer.dial(bench.port(from: 1, to: 2))
                    #expect(await early.receiveUntilClosed() == [])
                } catch {
                    refusals += 1
                }
            }
            // It comes back, elsewhere.
            let again = try await LinkPeerListener.start()
            bench.proxy.expect(2, on: ServerPorts(client: 1, peer: again.port, election: bench.election[1].port))
            try await bench.proxy.opening(from: 1, to: 2)
            let dialler = try await LinkPeer.dial(bench.port(from: 1, to: 2))
            try await dialler.send([5])
            let accepted = try #require(await again.accept())
            #expect(await accepted.receive(1).bytes == [5])
            await again.stop()
        }
    }

    @Test func aServersFileNamesTheProxyForTheOthersAndItselfForItself() async throws {
        let own = (1...3).map { ServerPorts(client: $0, peer: 10 + $0, election: 20 + $0) }
        let proxy = try LinkProxy(size: 3, links: PlannedLinks(isProxied: true))
        var named: Set<Int> = []
        for id in 1...3 {
            let seen = proxy.ports(seenBy: id, of: own)
            let lines = ServerFolder(id: id, in: "/e").configuration(settings: ServerSettings(), ports: seen)
                .split(separator: "\n").map(String.init)
            #expect(lines.contains("clientPort=\(id)"))
            #expect(lines.contains("server.\(id)=127.0.0.1:\(10 + id):\(20 + id)"))
            for other in 1...3 where other != id {
                let ports = seen[other - 1]
                #expect(lines.contains("server.\(other)=127.0.0.1:\(ports.peer):\(ports.election)"))
                #expect(named.insert(ports.peer).inserted && named.insert(ports.election).inserted)
            }
        }
        #expect(named.count == 12)
        #expect(named.isDisjoint(with: own.flatMap { [$0.client, $0.peer, $0.election] }))
        await proxy.stop()
    }

    @Test func whatIsInjectedStandsInTheFile() {
        let ports = [ServerPorts(client: 1, peer: 2, election: 3)]
        let injection = PlannedInjection(syncMicroseconds: 2000, leaderLoopMicroseconds: 30)
        let settings = ServerSettings(PlannedEnsemble(size: 1, injection: injection))
        let text = ServerFolder(id: 1, in: "/e").configuration(settings: settings, ports: ports)
        #expect(text.contains("\nzabbench.inject.syncMicroseconds=2000\n"))
        #expect(text.contains("\nzabbench.inject.leaderLoopMicroseconds=30\n"))
        let plain = ServerFolder(id: 1, in: "/e").configuration(settings: ServerSettings(), ports: ports)
        #expect(!plain.contains("inject"))
    }

    /// A slow link may hold what is on its wire and in a switch's queue, not seconds of it.
    @Test func whatAProxyHoldsIsBounded() {
        #expect(LinkDirection(LinkCondition()).heldBytesMax == LinkDirection.heldBytesLimit)
        let slow = LinkDirection(LinkCondition(delayMicroseconds: 1000, megabitsPerSecond: 80))
        #expect(slow.heldBytesMax == 10_000 + LinkDirection.queueBytes)
        let far = LinkDirection(LinkCondition(delayMicroseconds: 60_000_000, megabitsPerSecond: 10_000))
        #expect(far.heldBytesMax == LinkDirection.heldBytesLimit)
    }
}

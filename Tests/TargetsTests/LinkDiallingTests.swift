import Foundation
import Glibc
import NIOCore
import NIOPosix
import TestSupport
import Testing
import Workload

@testable import Targets

/// Systems whose servers learn in other ways than ours where the proxy is.
@Suite(.timeLimit(.minutes(1))) struct LinkDiallingTests {
    /// Two servers' ports, and the proxy before them.
    private func withProxy(
        _ dialling: ServerTraits.Dialling,
        pids: [Int: Int32] = [:],
        _ body: (LinkProxy, [LinkPeerListener], [ServerPorts]) async throws -> Void
    ) async throws {
        let proxy = try LinkProxy(size: 2, links: PlannedLinks(isProxied: true), dialling: dialling)
        var listeners: [LinkPeerListener] = []
        for _ in 0..<4 { listeners.append(try await LinkPeerListener.start()) }
        let ports = [0, 2].map { ServerPorts(client: 1, peer: listeners[$0].port, election: listeners[$0 + 1].port) }
        for id in 1...2 { proxy.expect(id, on: ports[id - 1], pid: pids[id]) }
        for (one, other) in [(1, 2), (2, 1)] { try await proxy.opening(from: one, to: other) }
        var failure: (any Error)?
        do { try await body(proxy, listeners, ports) } catch { failure = error }
        await proxy.stop()
        for listener in listeners { await listener.stop() }
        if let failure { throw failure }
    }

    // MARK: An address in the first message

    /// As ZooKeeper writes it: version, id, length, address.
    private static func greeting(_ address: String, version: Int64 = -65536, id: Int64 = 1) -> [UInt8] {
        var bytes = ByteBuffer()
        bytes.writeInteger(version)
        bytes.writeInteger(id)
        bytes.writeInteger(Int32(address.utf8.count))
        bytes.writeString(address)
        return Array(buffer: bytes)
    }

    @Test func whoIsGreetedDialsBackThroughTheProxy() async throws {
        try await withProxy(.dialledBack) { proxy, listeners, ports in
            let seenByOne = proxy.ports(seenBy: 1, of: ports)
            let seenByTwo = proxy.ports(seenBy: 2, of: ports)
            let one = try await LinkPeer.dial(seenByOne[1].election)
            let greeting = Self.greeting("127.0.0.1:\(ports[0].election)")
            // It need not come in one piece.
            try await one.send(Array(greeting[..<13]))
            try await one.send(Array(greeting[13...]) + [7, 7])
            let two = try #require(await listeners[3].accept())
            let expected = Self.greeting("127.0.0.1:\(seenByTwo[0].election)") + [7, 7]
            var heard: [UInt8] = []
            while heard.count < expected.count {
                let more = await two.receive(1).bytes
                try #require(!more.isEmpty)
                heard += more
            }
            #expect(heard == expected)
            try await one.send([1, 2, 3])
            #expect(await two.receive(3).bytes == [1, 2, 3])
            // On the way back, and at the other port, nothing is changed.
            try await two.send(greeting)
            #expect(await one.receive(greeting.count).bytes == greeting)
            let learner = try await LinkPeer.dial(seenByOne[1].peer)
            try await learner.send(greeting)
            let leader = try #require(await listeners[2].accept())
            #expect(await leader.receive(greeting.count).bytes == greeting)
        }
    }

    @Test func onlyAnAddressIsChanged() throws {
        func changed(_ bytes: [UInt8]) -> [UInt8]? {
            DialBackAddress.changed(ByteBuffer(bytes: bytes), port: 9).map { Array(buffer: $0) }
        }
        #expect(changed(Self.greeting("10.0.0.1:12345") + [5]) == Self.greeting("127.0.0.1:9") + [5])
        let several = Self.greeting("10.0.0.1:1|10.0.0.2:2", version: -65535)
        #expect(changed(several) == Self.greeting("127.0.0.1:9", version: -65535))
        // Of a ZooKeeper that says only who it is, of a later one, and of none.
        for version: Int64 in [1, -65534] {
            let other = Self.greeting("10.0.0.1:1", version: version)
            #expect(changed(other) == other)
        }
        #expect(changed([UInt8](repeating: 0xff, count: 20)) == [UInt8](repeating: 0xff, count: 20))
        let absurd = Array(Self.greeting("x")[..<16]) + [0x7f, 0, 0, 0]
        #expect(changed(absurd) == absurd)
        for count in [0, 7, 15, 19, 25] { #expect(changed(Array(Self.greeting("10.0.0.1:1")[..<count])) == nil) }
    }

    // MARK: One address for all

    @Test func oneAddressIsAnnouncedToAll() async throws {
        try await withProxy(.announced) { proxy, _, ports in
            let (one, two) = (proxy.ports(seenBy: 1, of: ports), proxy.ports(seenBy: 2, of: ports))
            #expect(one[0].peer == ports[0].peer && two[1].peer == ports[1].peer)
            #expect(one.map(\.announced) == two.map(\.announced))
            #expect(one[0].announced == two[0].peer && two[1].announced == one[1].peer)
            #expect(Set(one.compactMap(\.announced)).count == 2)
        }
    }

    /// A process that dials the ports that it is told, says `x` there, and keeps the connections.
    private struct Dialler {
        let process: ChildProcess
        private let folder = TemporaryFolder()
        private let ports: FileHandle

        init() throws {
            let pipe = folder.path(of: "ports")
            try #require(mkfifo(pipe, 0o600) == 0)
            // Open for both directions, on both sides, so that nobody waits for the other or sees an end.
            ports = try #require(FileHandle(forUpdatingAtPath: pipe))
            let dialling = "exec {fd}<>/dev/tcp/127.0.0.1/$port; echo -n x >&$fd"
            process = try ChildProcess(
                executable: "/bin/bash",
                arguments: ["-c", "exec 9<>ports; while read -u 9 port; do \(dialling); done"],
                directory: folder.path,
                outputPath: folder.path(of: "out")
            )
        }

        func dial(_ port: Int) throws { try ports.write(contentsOf: Data("\(port)\n".utf8)) }
    }

    /// This process is server 1, and another process is server 2.
    @Test func theKernelSaysWhoDials() async throws {
        let other = try Dialler()
        defer { other.process.send(signal: SIGKILL) }
        try await withProxy(.announced, pids: [1: getpid(), 2: other.process.pid]) { proxy, listeners, ports in
            let doors = proxy.ports(seenBy: 1, of: ports).compactMap(\.announced)
            try other.dial(doors[0])
            let fromTwo = try #require(await listeners[0].accept())
            #expect(await fromTwo.receive(1).bytes == Array("x".utf8))
            let one = try await LinkPeer.dial(doors[1])
            try await one.send([1])
            let fromOne = try #require(await listeners[2].accept())
            #expect(await fromOne.receive(1).bytes == [1])
            // A cut of what 1 says to 2 lets through what 2 says to 1, over both connections.
            proxy.cut(from: 1, to: 2)
            try await one.send([2])
            for round: UInt8 in 0..<20 {
                try await fromOne.send([round])
                #expect(await one.receive(1).bytes == [round])
            }
            let healed = NIODeadline.now()
            proxy.heal(from: 1, to: 2)
            let late = await fromOne.receive(1)
            #expect(late.bytes == [2] && late.at.map { $0 >= healed } == true)
        }
    }

    @Test func whoIsNoServerIsNotLetIn() async throws {
        try await withProxy(.announced) { proxy, _, ports in
            let door = try #require(proxy.ports(seenBy: 1, of: ports)[1].announced)
            let stranger = try await LinkPeer.dial(door)
            #expect(await stranger.receiveUntilClosed() == [])
        }
    }

    // MARK: Past the proxy

    @Test func aConnectionPastTheProxyIsFound() async throws {
        let other = try Dialler()
        defer { other.process.send(signal: SIGKILL) }
        try await withProxy(.ownList, pids: [2: other.process.pid]) { proxy, listeners, ports in
            try other.dial(proxy.ports(seenBy: 2, of: ports)[0].election)
            _ = try #require(await listeners[1].accept())
            #expect(await proxy.bypass() == nil)
            try other.dial(ports[0].election)
            _ = try #require(await listeners[1].accept())
            #expect(await proxy.bypass() == LinkWay(from: 2, to: 1))
        }
    }

    /// A read of such a file gives one page of it, some 27 rows.
    @Test func aTableOfManyPagesIsReadWhole() async throws {
        var listeners: [LinkPeerListener] = []
        for _ in 0..<60 { listeners.append(try await LinkPeerListener.start()) }
        let table = try #require(ServerSockets.text(of: "/proc/net/tcp"))
        let ports = Set(ServerSockets.parse(table).map(\.local))
        #expect(listeners.allSatisfy { ports.contains($0.port) })
        for listener in listeners { await listener.stop() }
    }

    @Test func theKernelsTablesAreRead() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:9C40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
               1: 0100007F:C350 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1
               2: 0100007F:9C40 0100007F:C351 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0
            junk
            """
        let six = """
              sl  local_address                         remote_address                        st tx_queue rx_queue tr tm
               0: 0000000000000000FFFF00000100007F:C352 0000000000000000FFFF00000100007F:9C40 01 00000000:00000000 00:0 0 0 0 4713 1
            """
        #expect(
            ServerSockets.parse(table) == [
                .init(local: 40000, remote: 0, isEstablished: false, inode: 4711),
                .init(local: 50000, remote: 40000, isEstablished: true, inode: 4712),
                .init(local: 40000, remote: 50001, isEstablished: false, inode: 0),
            ]
        )
        #expect(ServerSockets.parse(six) == [.init(local: 50002, remote: 40000, isEstablished: true, inode: 4713)])
        #expect(ServerSockets.parse("").isEmpty)
    }
}

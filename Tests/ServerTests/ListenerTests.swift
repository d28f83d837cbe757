import Client
import Glibc
import NIOCore
import NIOPosix
import Server
import Targets
import TestSupport
import Testing
import Wire
import Zab

/// A server's ports and links in this process, taken hold of by their descriptors.
@Suite(.serialized) struct ListenerTests {
    private let folder = TemporaryFolder()

    /// One running server of three, or one that stands alone.
    private func start(
        ensemble: Bool = false,
        connectionsMax: Int = 60
    ) async throws -> (node: ServerNode, configuration: ServerConfiguration) {
        var configuration = ServerConfiguration(myself: ServerID(1), dataDir: folder.path, clientPort: 0)
        configuration.clientHost = "127.0.0.1"
        configuration.maxClientConnections = connectionsMax
        configuration.segmentBytes = 256 << 10
        let held = try HeldPort.take(6)
        if ensemble {
            let free = held.map(\.port)
            configuration.servers = (0..<3).map {
                ServerAddress(
                    id: ServerID(UInt8($0 + 1)),
                    host: "127.0.0.1",
                    quorumPort: free[2 * $0],
                    electionPort: free[2 * $0 + 1]
                )
            }
        }
        let node = try await ServerNode.start(configuration: configuration)
        return withExtendedLifetime(held) { (node, configuration) }
    }

    /// The listening socket of this process on a port.
    private static func listener(on port: Int) -> Int32? {
        descriptors.first { option($0, SOL_SOCKET, SO_ACCEPTCONN) == 1 && Self.port($0) == port }
    }

    /// All that this process may have: other tests hold thousands.
    private static let descriptors: Range<Int32> = 0..<32_768

    private static func option(_ descriptor: Int32, _ level: Int32, _ name: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, level, name, &value, &length) == 0 ? value : nil
    }

    /// The port of one end of a socket of this process.
    static func port(_ descriptor: Int32, ofPeer: Bool = false) -> Int? {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                ofPeer ? getpeername(descriptor, $0, &length) : getsockname(descriptor, $0, &length)
            }
        }
        return code == 0 ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }

    /// Before, the server was deaf from then on, and said nothing.
    @Test func aPortWhoseListenerFailsListensAgain() async throws {
        let (node, _) = try await start()
        let port = node.clientPort
        for _ in 0..<2 {
            let socket = try #require(Self.listener(on: port))
            // What the kernel says to the next accept(2) of it is EINVAL.
            shutdown(socket, Int32(SHUT_RDWR))
            let client = try await ZooKeeperClient.connect(endpoints: ["127.0.0.1:\(port)"])
            _ = try await client.getChildren("/")
            await client.close()
        }
        await node.stop()
        #expect(Self.listener(on: port) == nil, "a server that was stopped listens no more")
    }

    /// Idle connections of the same address do not use `maxClientCnxns` up; sessions do.
    @Test func whoSpeaksGoesBeforeWhoIsSilent() async throws {
        let (node, _) = try await start(connectionsMax: 3)
        let crowd = IdleCrowd(ports: [node.clientPort], each: 3)
        defer { crowd.leave() }
        #expect(await crowd.until { $0.connected == 3 })
        crowd.comeBackNoMore()
        let endpoints = ["127.0.0.1:\(node.clientPort)"]
        var clients: [ZooKeeperClient] = []
        for _ in 0..<3 { clients.append(try await ZooKeeperClient.connect(endpoints: endpoints)) }
        #expect(await crowd.until(\.isGone))
        let fourth = try #require(RawConnection(node.clientPort, says: Array("ruok".utf8)))
        #expect(fourth.next() == [], "the fourth is refused, as in ZooKeeper")
        for client in clients { await client.close() }
        await node.stop()
    }

    /// Whoever says that it is a peer has one link of each kind; it ends if the other end is gone without a word.
    @Test(arguments: ["election", "quorum"]) func aPeersNewerLinkReplacesTheOlder(port: String) async throws {
        let (node, configuration) = try await start(ensemble: true)
        let mine = configuration.servers[0]
        let number = port == "election" ? mine.electionPort : mine.quorumPort
        let hello = ByteWriter(capacity: Hello.size)
        Hello(id: ServerID(2)).encode(
            magic: port == "election" ? PeerLink.electionMagic : PeerLink.quorumMagic,
            into: hello
        )
        let bytes = Array(hello.bytes)
        var previous = try #require(RawConnection(number, says: bytes))
        for _ in 0..<50 {
            let newer = try #require(RawConnection(number, says: bytes))
            // What the server has to say on the quorum's link comes before its end.
            var last = previous.next()
            while let said = last, !said.isEmpty { last = previous.next() }
            #expect(last == [], "the older one is closed")
            previous = newer
        }
        let local = try #require(Self.port(previous.socket))
        // It is set when the hello has been read, which nothing answers.
        let deadline = ContinuousClock.now + .seconds(60)
        var isKeptAlive = false
        while !isKeptAlive, ContinuousClock.now < deadline {
            await Task.yield()
            isKeptAlive = Self.descriptors.contains { descriptor in
                Self.port(descriptor, ofPeer: true) == local
                    && Self.option(descriptor, SOL_SOCKET, SO_KEEPALIVE) == 1
                    && Self.option(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE) == 10
            }
        }
        #expect(isKeptAlive, "the link has a keep-alive")
        await node.stop()
    }
}

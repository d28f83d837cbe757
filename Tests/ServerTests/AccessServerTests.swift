import Client
import Targets
import TestSupport
import Testing
import Wire

/// Access lists on three real servers: what one proves through a follower holds at the leader, and at the other follower
/// nobody has it who has not proved it there.
@Suite(.serialized) struct AccessServerTests {
    private static func auth(_ scheme: String, _ secret: String) -> [UInt8] {
        RawFrame.request(
            ReservedXid.auth,
            .auth,
            Request.make {
                $0.append(Int32(0))
                $0.append(string: scheme)
                $0.append(string: secret)
            }
        )
    }

    private static func connected(_ port: Int) throws -> RawConnection {
        let client = try #require(RawConnection(port, says: RawFrame.connect(), patienceSeconds: 60))
        try #require(client.answer() != nil)
        return client
    }

    /// Xid and code of the next answer, and what follows.
    private static func answer(_ client: RawConnection) throws -> (xid: Int32, code: Int32, body: [UInt8]) {
        let bytes = try #require(client.answer())
        return try bytes.withUnsafeBytes {
            var reader = ByteReader($0)
            let xid = try reader.int32()
            _ = try reader.int64()
            return (xid, try reader.int32(), Array(reader.rest))
        }
    }

    @Test func rightsHoldThroughEveryServer() async throws {
        try await TestEnsemble.with(size: 3) { ensemble, _ in
            let ports = ensemble.servers.endpoints.map(\.port)
            let clients = try ports.map { try Self.connected($0) }
            let list = [
                ACL(permissions: 31, scheme: "auth", id: ""), ACL(permissions: 31, scheme: "ip", id: "127.0.0.2"),
            ]
            for (index, client) in clients.enumerated() {
                let path = "/guarded\(index)"
                client.say(Self.auth("digest", "alice:one"))
                client.say(RawFrame.request(1, .create, Request.create(path, acl: list)))
                client.say(RawFrame.request(2, .setData, Request.setData(path, [1])))
                #expect(try (0..<3).map { _ in try Self.answer(client).code } == [0, 0, 0])
                for port in ports {
                    let stranger = try Self.connected(port)
                    stranger.say(RawFrame.request(1, .sync, Request.make { $0.append(string: path) }))
                    stranger.say(RawFrame.request(2, .getData, Request.read(path)))
                    stranger.say(RawFrame.request(3, .setData, Request.setData(path, [2])))
                    stranger.say(RawFrame.request(4, .exists, Request.read(path)))
                    stranger.say(RawFrame.request(5, .whoAmI))
                    let answers = try (0..<5).map { _ in try Self.answer(stranger) }
                    let noAuth = ErrorCode.noAuth.rawValue
                    #expect(answers.map(\.code) == [0, noAuth, noAuth, 0, 0])
                    #expect(hex(answers[4].body) == "00000001" + "000000026970" + "000000093132372e302e302e31")
                    stranger.say(Self.auth("digest", "alice:one"))
                    stranger.say(RawFrame.request(6, .setData, Request.setData(path, [3])))
                    #expect(try (0..<2).map { _ in try Self.answer(stranger).code } == [0, 0])
                }
            }
        }
    }

    /// Byte for byte what ZooKeeper 3.8.0 says to a scheme that it does not know, and the end of the connection.
    @Test func anUnknownSchemeIsRefusedAsByZooKeeper() async throws {
        try await TestEnsemble.with(size: 1) { ensemble, _ in
            let client = try Self.connected(ensemble.servers.endpoints[0].port)
            client.say(Self.auth("nobody", "x"))
            #expect(hex(client.receive(1 << 10)) == "00000010fffffffc0000000000000000ffffff8d")
        }
    }
}

import Replica
import TestSupport
import Testing
import Wire
import Zab

/// First frames as clients send them, byte by byte, and what ZooKeeper 3.8.0 was seen to answer.
@Suite struct HandshakeTests {
    /// One first frame, without its length, that asks for a new session.
    struct Hello: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var version: Int32 = 0
        var timeout: Int32 = 1000
        var password: [UInt8]? = RawFrame.noPassword
        /// What follows the password.
        var rest: [UInt8] = [0]
        var grantedTimeout: Int32 = 1000

        var frame: [UInt8] {
            RawFrame.make {
                $0.append(version)
                $0.append(Int64(0))
                $0.append(timeout)
                $0.append(Int64(0))
                if let password { password.withUnsafeBytes($0.append(buffer:)) } else { $0.appendNull() }
                rest.withUnsafeBytes($0.append(bytes:))
            }
        }
    }

    static let hellos = [
        Hello(testDescription: "a plain one"),
        Hello(testDescription: "without readOnly: 44 bytes", rest: []),
        Hello(testDescription: "readOnly on a server that serves", rest: [1]),
        Hello(testDescription: "a readOnly of 2", rest: [2]),
        Hello(testDescription: "bytes behind", rest: [0, 1, 2, 3]),
        Hello(testDescription: "protocol version 5", version: 5),
        Hello(testDescription: "protocol version -1", version: -1),
        Hello(testDescription: "a negative timeout", timeout: -5, grantedTimeout: 200),
        Hello(testDescription: "no timeout", timeout: 0, grantedTimeout: 200),
        Hello(testDescription: "a huge timeout", timeout: .max, grantedTimeout: 2000),
        Hello(testDescription: "a null password", password: nil),
        Hello(testDescription: "an empty password", password: []),
        Hello(testDescription: "a long password", password: Array(repeating: 9, count: 100)),
        Hello(testDescription: "a null password and no readOnly", password: nil, rest: []),
    ]

    @Test(arguments: hellos) func aNewSession(hello: Hello) throws {
        let cluster = MemberCluster(3)
        for server in cluster.ids {
            cluster.connect(0, at: server)
            _ = hello.frame.withUnsafeBytes { cluster.take($0, of: 0, at: server) }
            cluster.settle()
            let answer = cluster[server].replies[0] ?? []
            #expect(answer.count == 4 + 36 + (hello.rest.isEmpty ? 0 : 1))
            try answer.withUnsafeBytes { bytes throws in
                var reader = ByteReader(bytes)
                let (length, version) = (try reader.int32(), try reader.int32())
                #expect(length == Int32(answer.count - 4) && version == 0)
                let (timeout, session) = (try reader.int32(), try reader.int64())
                #expect(timeout == hello.grantedTimeout && session != 0)
                let password = try reader.nonNullBuffer()
                #expect(password.count == 16)
                #expect(Array(reader.rest) == (hello.rest.isEmpty ? [] : [0]))
            }
            cluster.disconnect(0, at: server)
        }
    }

    /// The answer to a session that is over, or not the client's, has 36 or 37 bytes of zeros, and its connection ends.
    /// ZooKeeper also closes the connection of the session whose password is wrong here; see docs/divergence.md.
    @Test(arguments: [true, false]) func aSessionThatIsNot(knowsReadOnly: Bool) throws {
        let cluster = MemberCluster(1)
        let server = cluster.ids[0]
        let owner = try TestClient(cluster, server, connection: 0)
        let wrong = [UInt8](repeating: 7, count: 16)
        let tries: [(session: Int64, password: [UInt8])] = [
            (owner.sessionID, wrong), (owner.sessionID, []), (owner.sessionID, Array(owner.password.dropLast())),
            (owner.sessionID, owner.password + [0]), (1234, owner.password),
            (1234, SessionIdentity.password(for: 1234)),
            (-1, wrong),
        ]
        for (session, password) in tries {
            let frame = RawFrame.make {
                ConnectRequest(
                    timeout: 1000,
                    sessionID: session,
                    password: password,
                    readOnly: knowsReadOnly ? false : nil
                ).encode(into: $0)
            }
            cluster.connect(1, at: server)
            _ = frame.withUnsafeBytes { cluster.take($0, of: 1, at: server) }
            cluster.settle()
            let zeros = [UInt8](repeating: 0, count: 16)
            #expect(
                cluster[server].replies.removeValue(forKey: 1)
                    == RawFrame.make {
                        $0.append(Int32(0))
                        $0.append(Int32(0))
                        $0.append(Int64(0))
                        zeros.withUnsafeBytes($0.append(buffer:))
                        if knowsReadOnly { $0.append(false) }
                    }
            )
            cluster.disconnect(1, at: server)
        }
        #expect(cluster[server].closed.allSatisfy { $0 == 1 })
        owner.send(ReservedXid.ping, .ping)
        #expect(try owner.replies().map(\.code) == [0], "the session's own connection is none of their business")
    }

    @Test func aClientThatComesBackWithoutReadOnly() throws {
        let cluster = MemberCluster(3)
        let home = try MemberTests.follower(of: cluster)
        let client = try TestClient(cluster, home, connection: 0)
        for server in cluster.ids {
            let frame = RawFrame.make {
                ConnectRequest(
                    timeout: 1000,
                    sessionID: client.sessionID,
                    password: client.password,
                    readOnly: nil
                ).encode(into: $0)
            }
            cluster.connect(1, at: server)
            _ = frame.withUnsafeBytes { cluster.take($0, of: 1, at: server) }
            cluster.settle()
            #expect(
                cluster[server].replies[1]
                    == RawFrame.make {
                        ConnectResponse(
                            timeout: 1000,
                            sessionID: client.sessionID,
                            password: client.password,
                            readOnly: nil
                        ).encode(into: $0)
                    }
            )
        }
    }

    /// What the client asks for when it comes back counts from then on, within the same bounds.
    @Test func aClientThatComesBackHasTheTimeoutThatItAsksFor() throws {
        let cluster = MemberCluster(3)
        let client = try TestClient(cluster, try MemberTests.follower(of: cluster), connection: 0)
        #expect(client.timeout == 1000)
        for server in cluster.ids {
            for (asked, granted) in [(1500, 1500), (500, 500), (60_000, 2000), (-1, 200)] as [(Int32, Int32)] {
                let frame = RawFrame.connect(
                    timeoutMilliseconds: asked,
                    sessionID: client.sessionID,
                    password: client.password
                )
                cluster.connect(1, at: server)
                _ = frame.withUnsafeBytes { cluster.take($0, of: 1, at: server) }
                cluster.settle()
                let answer = cluster[server].replies.removeValue(forKey: 1) ?? []
                let response = try answer.dropFirst(4).withUnsafeBytes { bytes throws -> ConnectResponse in
                    var reader = ByteReader(bytes)
                    return try ConnectResponse(from: &reader)
                }
                #expect(response.timeout == granted && response.sessionID == client.sessionID)
                cluster.disconnect(1, at: server)
            }
        }
    }

    @Test func firstFramesThatAreNone() throws {
        let cluster = MemberCluster(1)
        let server = cluster.ids[0]
        let whole = Request.make { ConnectRequest(timeout: 1000, readOnly: nil).encode(into: $0) }
        for count in 0..<44 {
            let frame = RawFrame.make { whole.prefix(count).withUnsafeBytes($0.append(bytes:)) }
            cluster.connect(0, at: server)
            _ = frame.withUnsafeBytes { cluster.take($0, of: 0, at: server) }
            cluster.settle()
            #expect(cluster[server].replies[0] == nil)
            #expect(cluster[server].closed.last == 0)
            cluster.disconnect(0, at: server)
        }
    }
}

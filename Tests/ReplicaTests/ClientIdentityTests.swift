import Host
import Replica
import Stepped
import TestSupport
import Testing
import Wire
import Zab
import Znodes

/// Who clients are, from the connection to the leader.
@Suite struct ClientIdentityTests {
    private static let mine = [ACL(permissions: 31, scheme: "auth", id: "")]

    private static func auth(_ secret: String, scheme: String = "digest") -> [UInt8] {
        Request.make {
            $0.append(Int32(0))
            $0.append(string: scheme)
            $0.append(string: secret)
        }
    }

    /// Two clients of one follower whose requests come in the same round, and so in one frame to the leader.
    @Test func eachForwardedRequestIsOfItsOwnClient() throws {
        let cluster = MemberCluster(3)
        let follower = try MemberTests.follower(of: cluster)
        let clients = try (0..<3 as Range<ConnectionID>).map { try TestClient(cluster, follower, connection: $0) }
        clients[0].send(ReservedXid.auth, .auth, Self.auth("alice:one"))
        clients[1].send(ReservedXid.auth, .auth, Self.auth("bob:two"))
        clients[0].send(1, .create, Request.create("/a", acl: Self.mine))
        clients[2].send(1, .create, Request.create("/b", acl: Self.mine))
        clients[1].send(1, .create, Request.create("/a/b", acl: Self.mine))
        clients[0].send(2, .create, Request.create("/a/a", acl: Self.mine))
        #expect(try clients[0].replies().map(\.code) == [0, 0, 0])
        #expect(try clients[1].replies().map(\.code) == [0, ErrorCode.noAuth.rawValue])
        #expect(try clients[2].replies().map(\.code) == [ErrorCode.invalidACL.rawValue])
        // The same rights through another server, and none without the proof.
        let leader = try #require(cluster.leader)
        let other = try TestClient(cluster, leader, connection: 7)
        other.send(1, .setData, Request.setData("/a/a"))
        other.send(2, .getData, Request.read("/a"))
        other.send(ReservedXid.auth, .auth, Self.auth("alice:one"))
        other.send(3, .setData, Request.setData("/a/a"))
        other.send(4, .getData, Request.read("/a"))
        let noAuth = ErrorCode.noAuth.rawValue
        #expect(try other.replies().map(\.code) == [noAuth, noAuth, 0, 0, 0])
    }

    /// Nothing is left of those who are gone, and at the leader of those whose sessions are over.
    @Test func identitiesGoWithTheirConnections() throws {
        let cluster = MemberCluster(3)
        let follower = try MemberTests.follower(of: cluster)
        let leader = try #require(cluster.leader)
        for server in [follower, leader] {
            let client = try TestClient(cluster, server, connection: 0)
            client.send(ReservedXid.auth, .auth, Self.auth("alice:one"))
            client.send(1, .create, Request.create("/\(server)", acl: Self.mine))
            #expect(try client.replies().map(\.code) == [0, 0])
            #expect(cluster[server].host.member.state.identitiesCount == 1)
            cluster.disconnect(0, at: server)
            cluster.settle()
            #expect(cluster[follower].host.member.state.identitiesCount == 0)
            #expect(cluster[leader].host.member.state.identitiesCount == 1, "the session lives")
        }
        // One that ends with proofs that no answer has told yet.
        cluster.holdsDurability = true
        let client = try TestClient(cluster, follower, connection: 1)
        #expect(client.sessionID == 0)
        cluster.release()
        let late = try TestClient(cluster, follower, connection: 2)
        cluster.holdsDurability = true
        late.send(1, .setData, Request.setData("/"))
        late.send(ReservedXid.auth, .auth, Self.auth("alice:one"))
        late.send(ReservedXid.auth, .auth, Self.auth("bob:two"))
        cluster.settle()
        cluster.disconnect(2, at: follower)
        cluster.disconnect(1, at: follower)
        cluster.release()
        for id in cluster.ids where id != leader { #expect(cluster[id].host.member.state.identitiesCount == 0) }
        cluster.advance(milliseconds: 3000)
        #expect(cluster[leader].host.member.state.sessionCount == 0)
        for id in cluster.ids { #expect(cluster[id].host.member.state.identitiesCount == 0) }
    }

    /// A read that waits behind a write is judged by what had been proved before it, as if it had not waited.
    @Test func aReadDoesNotProfitFromWhatIsProvedBehindIt() throws {
        let cluster = MemberCluster(3)
        let follower = try MemberTests.follower(of: cluster)
        let client = try TestClient(cluster, follower, connection: 0)
        client.send(ReservedXid.auth, .auth, Self.auth("alice:one"))
        client.send(1, .create, Request.create("/a", acl: Self.mine))
        #expect(try client.replies().map(\.code) == [0, 0])
        let other = try TestClient(cluster, follower, connection: 1)
        other.send(1, .setData, Request.setData("/"))
        other.send(2, .getData, Request.read("/a"))
        other.send(ReservedXid.auth, .auth, Self.auth("alice:one"))
        other.send(3, .getData, Request.read("/a"))
        let replies = try other.replies()
        #expect(replies.map(\.xid) == [1, 2, ReservedXid.auth, 3])
        #expect(replies.map(\.code) == [0, ErrorCode.noAuth.rawValue, 0, 0])
    }

    /// What was asked for before is answered, nothing behind it is, and the session lives on.
    @Test func whoCannotProveItLosesTheConnection() throws {
        let cluster = MemberCluster(3)
        let follower = try MemberTests.follower(of: cluster)
        let client = try TestClient(cluster, follower, connection: 0)
        client.send(1, .create, Request.create("/a"))
        client.send(ReservedXid.auth, .auth, Self.auth("x", scheme: "nobody"))
        client.send(2, .exists, Request.read("/a"))
        let replies = try client.replies()
        #expect(replies.map(\.xid) == [1, ReservedXid.auth])
        #expect(replies.map(\.code) == [0, ErrorCode.authFailed.rawValue])
        #expect(cluster[follower].closed.contains(0))
        #expect(cluster[follower].host.member.state.session(client.sessionID) != nil)
        let again = try TestClient(
            cluster,
            follower,
            connection: 3,
            session: client.sessionID,
            password: client.password
        )
        #expect(again.sessionID == client.sessionID)
    }

    @Test func anAuthPacketThatIsNoneCostsTheConnection() throws {
        let cluster = MemberCluster(1)
        let leader = try #require(cluster.leader)
        let client = try TestClient(cluster, leader, connection: 0)
        client.send(ReservedXid.auth, .auth, [0, 0])
        #expect(try client.replies().isEmpty)
        #expect(cluster[leader].closed.contains(0))
    }

    /// A session's client is named once, by the server that has the session; ids that nobody can have cost the link.
    @Test func forwardedIdentitiesAreChecked() throws {
        let cluster = MemberCluster(3)
        let follower = try MemberTests.follower(of: cluster)
        let leader = try #require(cluster.leader)
        let third = try #require(cluster.ids.first { $0 != leader && $0 != follower })
        let client = try TestClient(cluster, follower, connection: 0)
        let ids = Request.make { Identity.encode([Identity(scheme: "digest", id: "a:b")], into: $0) }
        func send(from server: ServerID, _ entries: (Int64, OpCode, [UInt8])...) {
            let frame = Request.make { writer in
                for (session, op, body) in entries {
                    writer.append(UInt32(body.count + 16))
                    writer.append(session)
                    writer.append(Int32(1))
                    writer.append(op.rawValue)
                    body.withUnsafeBytes { writer.append(bytes: $0) }
                }
            }
            frame.withUnsafeBytes { cluster.receive(.requests($0), from: server, at: leader) }
            cluster.settle()
        }
        func create(_ path: String) -> (Int64, OpCode, [UInt8]) {
            (client.sessionID, .create, Request.create(path, acl: Self.mine))
        }
        var nodes = cluster[leader].host.member.state.nodeCount
        // Of nobody, and from a server that does not have the session: the scheme "auth" has nothing to name.
        send(from: follower, create("/e"))
        send(from: third, (client.sessionID, .auth, ids))
        send(from: follower, create("/e"))
        #expect(cluster[leader].host.member.state.nodeCount == nodes)
        for path in ["/f", "/g"] {
            if path == "/f" { send(from: follower, (client.sessionID, .auth, ids)) }
            send(from: follower, create(path))
            nodes += 1
            #expect(cluster[leader].host.member.state.nodeCount == nodes)
        }
        // Back by way of another server, it has to be named again.
        let moved = try TestClient(
            cluster,
            third,
            connection: 1,
            session: client.sessionID,
            password: client.password
        )
        #expect(moved.sessionID == client.sessionID)
        send(from: third, create("/h"))
        #expect(cluster[leader].host.member.state.nodeCount == nodes)
        let link = cluster.link(with: third, at: leader)
        #expect(link != nil)
        send(from: third, (client.sessionID, .auth, [0, 0, 0, 9]))
        #expect(cluster.link(with: third, at: leader) != link)
        #expect(cluster[leader].host.member.state.identitiesCount == 0)
    }
}

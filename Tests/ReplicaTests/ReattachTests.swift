import Host
import Replica
import Stepped
import TestSupport
import Testing
import Wire
import Zab
import Znodes

/// A session that comes back on another connection: what was asked for on the old one stays older.
@Suite struct ReattachTests {
    private let cluster = MemberCluster(3)

    private func comeBack(_ client: TestClient, to server: ServerID, _ connection: ConnectionID) throws -> TestClient {
        try TestClient(
            cluster,
            server,
            connection: connection,
            session: client.sessionID,
            password: client.password
        )
    }

    private func data(_ path: String, at server: ServerID) throws -> [UInt8] {
        let reader = try TestClient(cluster, server, connection: 9)
        reader.send(1, .getData, Request.read(path))
        let reply = try #require(try reader.replies().first)
        return Array(reply.body.dropLast(Stat.encodedSize).dropFirst(4))
    }

    /// A server that stood still hears everything at once when it goes on: the old connection's write, and the wish to
    /// come back on a new one, which the client has given up since.
    @Test func anOldConnectionsWriteIsNotDoneAfterAnAcknowledgedOne() throws {
        let leader = try #require(cluster.leader)
        let follower = try MemberTests.follower(of: cluster)
        let client = try TestClient(cluster, follower, connection: 0)
        client.send(1, .create, Request.create("/k"))
        #expect(try client.replies().map(\.code) == [0])

        cluster.stillReading = [follower]
        client.send(2, .setData, Request.setData("/k", [1]))
        TestClient.connect(
            cluster,
            follower,
            connection: 1,
            session: client.sessionID,
            password: client.password
        )
        let moved = try comeBack(client, to: leader, 0)
        moved.send(3, .setData, Request.setData("/k", [2]))
        #expect(try moved.replies().map(\.code) == [0])

        cluster.stillReading = []
        cluster.settle()
        #expect(try data("/k", at: leader) == [2])
    }

    /// Everything about a session is said in the order in which it happened, the reports of who was heard included.
    @Test func whatTheLeaderHearsOfASessionIsInOrder() throws {
        let follower = try MemberTests.follower(of: cluster)
        let client = try TestClient(cluster, follower, connection: 0)
        client.send(1, .create, Request.create("/k"))
        _ = try client.replies()
        client.send(2, .closeSession)
        TestClient.connect(
            cluster,
            follower,
            connection: 1,
            session: client.sessionID,
            password: client.password
        )
        cluster.settle()
        #expect(cluster[follower].closed.contains(1), "the end was asked for first")
        #expect(cluster[follower].host.member.state.session(client.sessionID) == nil)
    }

    /// kazoo counts its xids anew on each connection.
    @Test(arguments: [(0, 0), (0, 1), (1, 0), (1, 2), (1, 1)])
    func aReplyIsOfTheConnectionsOwnRequest(from: Int, to: Int) throws {
        let leader = try #require(cluster.leader)
        let servers = [leader] + cluster.ids.filter { $0 != leader }
        let client = try TestClient(cluster, servers[from], connection: 0)
        client.send(1, .create, Request.create("/k"))
        #expect(try client.replies().map(\.code) == [0])

        cluster.holdsDurability = true
        client.send(2, .setData, Request.setData("/k", [1]))
        cluster.settle()
        let back = try comeBack(client, to: servers[to], 1)
        #expect(back.sessionID == client.sessionID)
        back.send(2, .setData, Request.setData("/k", [2], version: 7))
        back.send(3, .setData, Request.setData("/k", [3]))
        #expect(try back.replies() == [])
        cluster.release()
        let replies = try back.replies()
        #expect(replies.map(\.xid) == [2, 3])
        #expect(replies.map(\.code) == [ErrorCode.badVersion.rawValue, 0])
        #expect(try data("/k", at: servers[to]) == [3])
    }

    /// A client that loses patience comes back again before it was answered: the answer to its first question has an
    /// earlier fence than the writes that it made in between.
    @Test func anAnswerIsToTheConnectionsOwnQuestion() throws {
        let leader = try #require(cluster.leader)
        let follower = try MemberTests.follower(of: cluster)
        let client = try TestClient(cluster, leader, connection: 0)
        let first = try comeBack(client, to: follower, 1)
        cluster.stillReading = [leader]
        TestClient.connect(cluster, follower, connection: 2, session: first.sessionID, password: first.password)
        cluster.settle()
        let late = PeerFrame.revalidated(sessionID: first.sessionID, timeout: 1000, fence: .zero, question: 1)
        cluster.receive(late, from: leader, at: follower)
        cluster.settle()
        #expect(cluster[follower].replies[2] == nil, "that was the answer to the first connection")
        cluster.stillReading = []
        cluster.settle()
        #expect(cluster[follower].replies[2] != nil)
    }
}

import Host
import Replica
import Stepped
import TestSupport
import Testing
import Wire
import Zab
import Znodes

/// A client of one member: encodes requests, decodes what came back.
struct TestClient {
    let cluster: MemberCluster
    let server: ServerID
    let connection: ConnectionID
    private(set) var sessionID: Int64 = 0
    private(set) var password: [UInt8] = []
    private(set) var timeout: Int32 = 0

    struct Reply: Equatable {
        var xid: Int32
        var code: Int32
        var body: [UInt8]
    }

    init(
        _ cluster: MemberCluster,
        _ server: ServerID,
        connection: ConnectionID,
        session: Int64 = 0,
        password: [UInt8] = RawFrame.noPassword,
        lastZxidSeen: Int64 = 0
    ) throws {
        self.cluster = cluster
        self.server = server
        self.connection = connection
        Self.connect(
            cluster,
            server,
            connection: connection,
            session: session,
            password: password,
            lastZxidSeen: lastZxidSeen
        )
        cluster.settle()
        let bytes = cluster[server].replies.removeValue(forKey: connection) ?? []
        guard bytes.count > 4 else { return }
        try bytes.withUnsafeBytes { raw in
            var reader = ByteReader(UnsafeRawBufferPointer(rebasing: raw[4...]))
            let response = try ConnectResponse(from: &reader)
            (sessionID, self.password, timeout) = (response.sessionID, response.password, response.timeout)
        }
    }

    /// Opens a connection and asks for a session, without waiting.
    static func connect(
        _ cluster: MemberCluster,
        _ server: ServerID,
        connection: ConnectionID,
        session: Int64,
        password: [UInt8],
        lastZxidSeen: Int64 = 0
    ) {
        cluster.connect(connection, at: server)
        let frame = RawFrame.connect(
            timeoutMilliseconds: 1000,
            sessionID: session,
            password: password,
            lastZxidSeen: lastZxidSeen
        )
        frame.withUnsafeBytes { _ = cluster.take($0, of: connection, at: server) }
    }

    /// Sends without waiting. Returns how many bytes the member took.
    @discardableResult func send(_ xid: Int32, _ op: OpCode, _ body: [UInt8] = []) -> Int {
        RawFrame.request(xid, op, body).withUnsafeBytes { cluster.take($0, of: connection, at: server) }
    }

    /// Sends frames, and reads the replies round by round.
    func exchange(_ frames: [UInt8], _ body: (Reply) throws -> Void) throws {
        frames.withUnsafeBytes { _ = cluster.take($0, of: connection, at: server) }
        var goesOn = true
        while goesOn {
            goesOn = cluster.turn()
            for reply in try read() { try body(reply) }
        }
    }

    /// What has come back since the last look.
    func replies() throws -> [Reply] {
        cluster.settle()
        return try read()
    }

    /// Of a reply in slices the last one may still be to come.
    private func read() throws -> [Reply] {
        let bytes = cluster[server].replies.removeValue(forKey: connection) ?? []
        var found: [Reply] = []
        try bytes.withUnsafeBytes { raw in
            var frames = FrameCursor(raw)
            while let frame = frames.next() {
                var reader = ByteReader(frame)
                let xid = try reader.int32()
                _ = try reader.int64()
                found.append(Reply(xid: xid, code: try reader.int32(), body: Array(reader.rest)))
            }
            if frames.offset < raw.count { cluster[server].replies[connection] = Array(raw[frames.offset...]) }
        }
        return found
    }
}

@Suite struct MemberTests {
    static func string(_ path: String) -> [UInt8] { Request.make { $0.append(string: path) } }

    static func follower(of cluster: MemberCluster) throws -> ServerID {
        let leader = try #require(cluster.leader)
        return try #require(cluster.ids.first { $0 != leader })
    }

    @Test(arguments: [1, 2, 3, 5] as [UInt8])
    func anEnsembleElectsAndServes(count: UInt8) throws {
        let cluster = MemberCluster(count)
        #expect(cluster.leader == ServerID(count), "equal histories: the highest id leads")
        for id in cluster.ids { #expect(cluster[id].host.member.peer.phase.isServing) }
    }

    @Test func aWriteThroughAFollowerIsAnsweredThereAndAppliedEverywhere() throws {
        let cluster = MemberCluster(3)
        let client = try TestClient(cluster, try Self.follower(of: cluster), connection: 0)
        #expect(client.sessionID != 0)
        client.send(1, .create, Request.create("/a", data: [7]))
        client.send(2, .setData, Request.setData("/a", [8]))
        client.send(3, .getData, Request.read("/a"))
        let replies = try client.replies()
        #expect(replies.map(\.xid) == [1, 2, 3])
        #expect(replies.map(\.code) == [0, 0, 0])
        #expect(replies[0].body == Self.string("/a"))
        #expect(Array(replies[2].body.prefix(5)) == [0, 0, 0, 1, 8], "the read sees the write before it")
        let digests = Set(cluster.ids.map { cluster[$0].host.member.state.digest })
        #expect(digests.count == 1)
        #expect(Set(cluster.ids.map { cluster[$0].host.member.committed }).count == 1)
    }

    @Test func aFailureIsAnsweredInItsPlaceAndMakesNoTransaction() throws {
        let cluster = MemberCluster(3)
        for server in [try #require(cluster.leader), try Self.follower(of: cluster)] {
            let client = try TestClient(cluster, server, connection: 0)
            let before = cluster[server].host.member.counters.commits
            client.send(1, .create, Request.create("/x\(server)"))
            client.send(2, .create, Request.create("/x\(server)"))
            client.send(3, .setData, Request.setData("/x\(server)", [1], version: 9))
            client.send(4, .delete, Request.setData("/none", []))
            client.send(5, .setData, Request.setData("/x\(server)", [1], version: 0))
            let replies = try client.replies()
            #expect(replies.map(\.xid) == [1, 2, 3, 4, 5])
            #expect(
                replies.map(\.code) == [
                    0, ErrorCode.nodeExists.rawValue, ErrorCode.badVersion.rawValue, ErrorCode.badArguments.rawValue, 0,
                ]
                    || replies.map(\.code) == [
                        0, ErrorCode.nodeExists.rawValue, ErrorCode.badVersion.rawValue, ErrorCode.noNode.rawValue, 0,
                    ]
            )
            #expect(cluster[server].host.member.counters.commits - before == 2)
            cluster.disconnect(0, at: server)
        }
    }

    @Test func aFailureWaitsForWhatItRestsUpon() throws {
        let cluster = MemberCluster(3)
        let leader = try #require(cluster.leader)
        let first = try TestClient(cluster, leader, connection: 0)
        let second = try TestClient(cluster, leader, connection: 1)
        cluster.holdsDurability = true
        first.send(1, .create, Request.create("/a"))
        #expect(try first.replies() == [])
        second.send(1, .create, Request.create("/a"))
        #expect(try second.replies() == [], "the node exists only if the other's create is committed")
        cluster.release()
        #expect(try first.replies().map(\.code) == [0])
        #expect(try second.replies().map(\.code) == [ErrorCode.nodeExists.rawValue])
    }

    /// Others may lead, and have committed what the failure says is missing (simulator, sessions 8).
    @Test func aFailureAloneWaitsForAQuorum() throws {
        let cluster = MemberCluster(3)
        let leader = try #require(cluster.leader)
        let first = try TestClient(cluster, leader, connection: 0)
        let second = try TestClient(cluster, leader, connection: 1)
        let before = cluster[leader].host.member.history.last
        cluster.holdsDurability = true
        first.send(1, .setData, Request.setData("/a", []))
        second.send(1, .setData, Request.setData("/a", []))
        #expect(try first.replies() == [] && second.replies() == [])
        #expect(cluster[leader].host.member.history.last == before.advanced(by: 1), "one transaction for both")
        cluster.release()
        #expect(try first.replies().map(\.code) == [ErrorCode.noNode.rawValue])
        #expect(try second.replies().map(\.code) == [ErrorCode.noNode.rawValue])
    }

    @Test func noReplyBeforeAQuorumIsDurable() throws {
        let cluster = MemberCluster(3)
        let client = try TestClient(cluster, try #require(cluster.leader), connection: 0)
        cluster.holdsDurability = true
        client.send(1, .create, Request.create("/a"))
        cluster.advance(milliseconds: 50)
        #expect(try client.replies() == [])
        cluster.release()
        #expect(try client.replies().map(\.code) == [0])
    }

    @Test func syncWaitsForWhatTheLeaderHasProposed() throws {
        let cluster = MemberCluster(3)
        let follower = try Self.follower(of: cluster)
        let writer = try TestClient(cluster, try #require(cluster.leader), connection: 0)
        let reader = try TestClient(cluster, follower, connection: 0)
        cluster.holdsDurability = true
        writer.send(1, .create, Request.create("/a", data: [5]))
        cluster.settle()
        reader.send(1, .sync, Self.string("/a"))
        reader.send(2, .getData, Request.read("/a"))
        #expect(try reader.replies() == [])
        cluster.release()
        let replies = try reader.replies()
        #expect(replies.map(\.code) == [0, 0])
        #expect(replies[0].body == Self.string("/a"))
    }

    @Test func aWatchFiresBeforeTheReplyOfItsOwnWrite() throws {
        let cluster = MemberCluster(3)
        let client = try TestClient(cluster, try Self.follower(of: cluster), connection: 0)
        client.send(1, .create, Request.create("/w"))
        client.send(2, .getData, Request.read("/w", watch: true))
        client.send(3, .setData, Request.setData("/w", [1]))
        client.send(4, .setData, Request.setData("/w", [2]))
        #expect(try client.replies().map(\.xid) == [1, 2, ReservedXid.watchEvent, 3, 4])
    }

    @Test func aSessionSurvivesAChangeOfLeader() throws {
        let cluster = MemberCluster(3)
        let old = try #require(cluster.leader)
        let client = try TestClient(cluster, old, connection: 0)
        client.send(1, .create, Request.create("/e", flags: CreateMode.ephemeral.rawValue))
        #expect(try client.replies().map(\.code) == [0])
        cluster.kill(old)
        cluster.advance(milliseconds: 300)
        let new = try #require(cluster.leader)
        #expect(new != old)
        let other = try #require(cluster.ids.first { $0 != old && $0 != new })
        let back = try TestClient(
            cluster,
            other,
            connection: 0,
            session: client.sessionID,
            password: client.password
        )
        #expect(back.sessionID == client.sessionID)
        back.send(2, .exists, Request.read("/e"))
        #expect(try back.replies().map(\.code) == [0])
    }

    @Test func anUnheardSessionExpiresWithItsEphemerals() throws {
        let cluster = MemberCluster(3)
        let follower = try Self.follower(of: cluster)
        let client = try TestClient(cluster, follower, connection: 0)
        client.send(1, .create, Request.create("/e", flags: CreateMode.ephemeral.rawValue))
        #expect(try client.replies().map(\.code) == [0])
        cluster.disconnect(0, at: follower)
        cluster.advance(milliseconds: 3000)
        let other = try TestClient(cluster, follower, connection: 1)
        other.send(1, .exists, Request.read("/e"))
        #expect(try other.replies().map(\.code) == [ErrorCode.noNode.rawValue])
        let late = try TestClient(
            cluster,
            follower,
            connection: 2,
            session: client.sessionID,
            password: client.password
        )
        #expect(late.sessionID == 0, "an expired session is not revived")
    }

    /// The leader hears a client's wish to move after the client has given it up: it would be refused for ever.
    @Test func aConnectionWhoseSessionMovedIsClosed() throws {
        let cluster = MemberCluster(3)
        let leader = try #require(cluster.leader)
        let follower = try Self.follower(of: cluster)
        let client = try TestClient(cluster, follower, connection: 0)
        func comeBack(_ server: ServerID, _ connection: ConnectionID) throws -> TestClient {
            try TestClient(
                cluster,
                server,
                connection: connection,
                session: client.sessionID,
                password: client.password
            )
        }
        _ = try comeBack(leader, 0)
        client.send(1, .create, Request.create("/a"))
        #expect(try client.replies().isEmpty)
        #expect(cluster[follower].closed.contains(0))
        let back = try comeBack(follower, 1)
        // What is said of a request of the connection before is not about this one.
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        let moved = ErrorCode.sessionMoved.rawValue
        let late = PeerFrame.outcome(sessionID: client.sessionID, cxid: 9, code: moved, after: .zero, body: empty)
        cluster.receive(late, from: leader, at: follower)
        back.send(1, .create, Request.create("/a"))
        #expect(try back.replies().map(\.code) == [0])
        #expect(!cluster[follower].closed.contains(1))
    }

    /// However far the end of its session has got when it comes back: a client that is only disconnected would try for ever.
    @Test(arguments: 0..<8) func whoComesBackToAClosedSessionIsTold(turns: Int) throws {
        let cluster = MemberCluster(3)
        let leader = try #require(cluster.leader)
        let followers = cluster.ids.filter { $0 != leader }
        let client = try TestClient(cluster, followers[0], connection: 0)
        client.send(1, .closeSession)
        for _ in 0..<turns { _ = cluster.turn() }
        TestClient.connect(
            cluster,
            followers[1],
            connection: 1,
            session: client.sessionID,
            password: client.password
        )
        cluster.settle()
        let bytes = cluster[followers[1]].replies[1] ?? []
        #expect(bytes.count > 4)
        try bytes.dropFirst(4).withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            let response = try ConnectResponse(from: &reader)
            // Where the leader hears of it first, the session moves instead, and its end is refused.
            let lives = cluster[leader].host.member.state.session(client.sessionID) != nil
            #expect((response.sessionID != 0) == lives)
        }
    }

    @Test func syncsThatWaitAreCounted() throws {
        let cluster = MemberCluster(3)
        let leader = try #require(cluster.leader)
        let client = try TestClient(cluster, leader, connection: 0)
        cluster.holdsDurability = true
        client.send(1, .setData, Request.setData("/"))
        for xid in 2...3 { client.send(Int32(xid), .sync, Self.string("/")) }
        cluster.settle()
        #expect(cluster[leader].host.member.pendingSyncs == 2)
        cluster.release()
        #expect(try client.replies().map(\.code) == [0, 0, 0])
        #expect(cluster[leader].host.member.pendingSyncs == 0)
    }

    @Test func pingsKeepASessionAliveThroughAFollower() throws {
        let cluster = MemberCluster(3)
        let client = try TestClient(cluster, try Self.follower(of: cluster), connection: 0)
        for _ in 0..<20 {
            client.send(ReservedXid.ping, .ping)
            cluster.advance(milliseconds: 200)
        }
        client.send(1, .create, Request.create("/a"))
        #expect(try client.replies().last?.code == 0)
    }

    @Test func aWrongPasswordGetsNoSession() throws {
        let cluster = MemberCluster(3)
        let leader = try #require(cluster.leader)
        let client = try TestClient(cluster, leader, connection: 0)
        let thief = try TestClient(cluster, leader, connection: 1, session: client.sessionID)
        #expect(thief.sessionID == 0)
        #expect(cluster[leader].closed.contains(1))
    }

    @Test func aMalformedFrameCostsItsConnectionOnly() throws {
        let cluster = MemberCluster(3)
        let leader = try #require(cluster.leader)
        let good = try TestClient(cluster, leader, connection: 0)
        let bad = try TestClient(cluster, leader, connection: 1)
        ([0, 0, 0, 2, 1, 1] as [UInt8]).withUnsafeBytes { _ = cluster.take($0, of: bad.connection, at: leader) }
        cluster.settle()
        #expect(cluster[leader].closed == [1])
        good.send(1, .create, Request.create("/a"))
        #expect(try good.replies().map(\.code) == [0])
    }

    @Test func aClientThatHasSeenMoreIsSentElsewhere() throws {
        let cluster = MemberCluster(3)
        let leader = try #require(cluster.leader)
        let ahead = try TestClient(cluster, leader, connection: 0, lastZxidSeen: 1 << 40)
        #expect(ahead.sessionID == 0)
        #expect(cluster[leader].closed == [0])
    }

    @Test func closeEndsTheSessionAndTheConnection() throws {
        let cluster = MemberCluster(3)
        let follower = try Self.follower(of: cluster)
        let client = try TestClient(cluster, follower, connection: 0)
        client.send(1, .create, Request.create("/e", flags: CreateMode.ephemeral.rawValue))
        client.send(2, .closeSession)
        #expect(try client.replies().map(\.code) == [0, 0])
        #expect(cluster[follower].closed == [0])
        #expect(cluster[follower].host.member.state.ephemeralCount == 0)
    }

    @Test func anExpiryIsNotTheAnswerToAWriteWithXidZero() throws {
        let cluster = MemberCluster(3)
        let leader = try #require(cluster.leader)
        let server = try Self.follower(of: cluster)
        let client = try TestClient(cluster, server, connection: 0)
        cluster.advance(milliseconds: 950)
        cluster.holdsDurability = true
        cluster.advance(milliseconds: 300)
        let end = cluster[server].host.member.history.last
        try #require(end > cluster[server].host.member.committed, "the session's end is proposed and not committed")
        // The write is still on its way to the leader when the commit of the end arrives.
        client.send(0, .setData, Request.setData("/", [1]))
        cluster.receive(.zab(.commit(end)), from: leader, at: server)
        #expect(try client.replies().allSatisfy { $0.code != 0 })
    }
}

import Host
import Replica
import Stepped
import TestSupport
import Testing
import Wire
import Zab

/// Lasting watches and the reads of ZooKeeper 3.6 through whole members: order, bounds, reconnections.
@Suite struct WatchRequestTests {
    private static func watch(_ path: String, _ number: Int32) -> [UInt8] {
        Request.make {
            $0.append(string: path)
            $0.append(number)
        }
    }

    private static func path(_ path: String) -> [UInt8] { Request.make { $0.append(string: path) } }

    private static func event(_ type: Int32, _ path: String) -> TestClient.Reply {
        .init(
            xid: ReservedXid.watchEvent,
            code: 0,
            body: Request.make {
                $0.append(type)
                $0.append(Int32(3))
                $0.append(string: path)
            }
        )
    }

    private static func names(_ body: [UInt8]) throws -> [String] {
        try body.withUnsafeBytes {
            var reader = ByteReader($0)
            let count = try reader.vectorCount(minimumSize: 4) ?? 0
            return try (0..<count).map { _ in try reader.string() }.sorted()
        }
    }

    /// Sent without waiting: each sees the writes before it, and events come before the replies that show them.
    @Test func requestsInAPipelineAreAnsweredInTheirPlaces() throws {
        let cluster = MemberCluster(3)
        for (number, server) in cluster.ids.enumerated() {
            let client = try TestClient(cluster, server, connection: 0)
            let top = "/t\(number)"
            let read = Request.make { writer in
                for (op, path) in [(OpCode.getData, top), (.getChildren, top), (.getData, "/none")] {
                    writer.append(op.rawValue)
                    writer.append(false)
                    writer.append(Int32(-1))
                    writer.append(string: path)
                    writer.append(false)
                }
                writer.append(Int32(-1))
                writer.append(true)
                writer.append(Int32(-1))
            }
            let requests: [(OpCode, [UInt8])] = [
                (.addWatch, Self.watch(top, 1)), (.create, Request.create(top)),
                (.create, Request.create(top + "/e", flags: 1)), (.getEphemerals, Self.path(top)),
                (.getAllChildrenNumber, Self.path(top)), (.multiRead, read), (.checkWatches, Self.watch(top, 3)),
                (.removeWatches, Self.watch(top, 3)), (.delete, Request.delete(top + "/e")),
                (.checkWatches, Self.watch(top, 3)), (.getEphemerals, Self.path("/")),
                (.getAllChildrenNumber, Self.path(top)),
            ]
            var frames: [UInt8] = []
            for (index, request) in requests.enumerated() {
                frames += RawFrame.request(Int32(index + 1), request.0, request.1)
            }
            _ = frames.withUnsafeBytes { cluster.take($0, of: 0, at: server) }
            var replies = try client.replies()
            #expect(
                replies.map(\.xid) == [1, -1, 2, -1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as [Int32],
                "the events of its own writes come before their replies"
            )
            let events = replies.filter { $0.xid == -1 }
            #expect(events == [Self.event(1, top), Self.event(1, top + "/e")])
            replies.removeAll { $0.xid == -1 }
            let noWatcher = ErrorCode.noWatcher.rawValue
            #expect(replies.map(\.code) == [0, 0, 0, 0, 0, 0, 0, 0, 0, noWatcher, 0, 0])
            #expect(replies[0].body == [0, 0, 0, 0])
            #expect(try Self.names(replies[3].body) == [top + "/e"])
            #expect(replies[4].body == [0, 0, 0, 1] && replies[11].body == [0, 0, 0, 0])
            #expect(try Self.names(replies[10].body) == [])
            #expect(Array(replies[5].body.prefix(9)) == [0, 0, 0, 4, 0, 0, 0, 0, 0])
            #expect(cluster[server].host.member.boundsViolation == nil)
            cluster.disconnect(0, at: server)
        }
    }

    @Test func whoHearsWhatOverServersAndReconnections() throws {
        let cluster = MemberCluster(3)
        let home = try MemberTests.follower(of: cluster)
        let other = try #require(cluster.leader)
        let writer = try TestClient(cluster, other, connection: 0)
        var client = try TestClient(cluster, home, connection: 0)
        let stranger = try TestClient(cluster, home, connection: 1)
        client.send(1, .addWatch, Self.watch("/a", 0))
        client.send(2, .addWatch, Self.watch("/r", 1))
        #expect(try client.replies().map(\.code) == [0, 0])
        stranger.send(1, .removeWatches, Self.watch("/a", 3))
        stranger.send(2, .checkWatches, Self.watch("/r", 3))
        #expect(try stranger.replies().allSatisfy { $0.code == ErrorCode.noWatcher.rawValue })
        for (xid, path) in ["/a", "/r", "/r/s"].enumerated() {
            writer.send(Int32(xid + 1), .create, Request.create(path))
        }
        _ = try writer.replies()
        #expect(try client.replies() == [Self.event(1, "/a"), Self.event(1, "/r"), Self.event(1, "/r/s")])
        cluster.disconnect(0, at: home)
        writer.send(4, .setData, Request.setData("/a"))
        _ = try writer.replies()
        client = try TestClient(
            cluster,
            other,
            connection: 2,
            session: client.sessionID,
            password: client.password
        )
        let lists = Request.make { writer in
            writer.append(Int64(0))
            for list in [[], ["/r"], [], ["/a"], ["/r"]] as [[String]] {
                writer.append(Int32(list.count))
                for path in list { writer.append(string: path) }
            }
        }
        client.send(ReservedXid.setWatches, .setWatches2, lists)
        #expect(
            try client.replies() == [Self.event(1, "/r"), .init(xid: ReservedXid.setWatches, code: 0, body: [])],
            "persistent watches are owed nothing"
        )
        writer.send(5, .setData, Request.setData("/a"))
        writer.send(6, .setData, Request.setData("/r/s"))
        _ = try writer.replies()
        #expect(try client.replies() == [Self.event(3, "/a"), Self.event(3, "/r/s")])
        #expect(try stranger.replies() == [])
    }

    /// The tree changes between the slices; events come behind the reply.
    @Test func aCountInSlicesIsOfOneMomentAndEventsComeBehindIt() throws {
        var limits = MemberLimits()
        limits.listingSliceMax = 10
        limits.roundBytesMax = 6_000
        let cluster = MemberCluster(1, limits: limits)
        let server = ServerID(1)
        let writer = try TestClient(cluster, server, connection: 0)
        let reader = try TestClient(cluster, server, connection: 1)
        writer.send(1, .create, Request.create("/d"))
        for number in 0..<100 as Range<Int32> { writer.send(number + 2, .create, Request.create("/d/\(number)")) }
        #expect(try writer.replies().count == 101)
        cluster.notReading = [0, 1]
        reader.send(1, .addWatch, Self.watch("/d", 1))
        reader.send(2, .getAllChildrenNumber, Self.path("/d"))
        writer.send(200, .delete, Request.delete("/d/99"))
        writer.send(201, .delete, Request.delete("/d/0"))
        writer.send(202, .create, Request.create("/d/new"))
        #expect(cluster[server].host.member.boundsViolation == nil)
        for _ in 0..<30 { _ = cluster.turn() }
        cluster.notReading = []
        let replies = try reader.replies()
        #expect(replies.map(\.xid) == [1, 2, -1, -1, -1])
        #expect(replies[1].body == [0, 0, 0, 100])
        #expect(Array(replies[2...]) == [Self.event(2, "/d/99"), Self.event(2, "/d/0"), Self.event(1, "/d/new")])
        // Behind a write, too.
        reader.send(3, .setData, Request.setData("/d"))
        reader.send(4, .getAllChildrenNumber, Self.path("/d"))
        reader.send(5, .getData, Request.read("/d"))
        #expect(try reader.replies().map(\.xid) == [-1, 3, 4, 5])
        reader.send(6, .getAllChildrenNumber, Self.path("/d"))
        cluster.disconnect(1, at: server)
        cluster.settle()
        #expect(cluster[server].host.member.boundsViolation == nil)
        #expect(cluster[server].host.member.replyBytes == 0)
    }

    @Test func anAnswerThatCostsTooMuchIsRefusedWhereverItStands() throws {
        var limits = MemberLimits()
        limits.wholeReadMax = 2_000
        let cluster = MemberCluster(1, limits: limits)
        let client = try TestClient(cluster, ServerID(1), connection: 0)
        for number in 0..<10 as Range<Int32> { client.send(number, .create, Request.create("/e\(number)", flags: 1)) }
        client.send(20, .getEphemerals, Self.path("/"))
        #expect(try client.replies().last?.code == ErrorCode.marshallingError.rawValue)
        client.send(21, .getEphemerals, Self.path("/"))
        #expect(try client.replies().last?.code == ErrorCode.marshallingError.rawValue)
    }

    /// A change with more events than may wait: whoever misses one is closed, and has got nothing that shows it.
    @Test func whoIsDueMoreEventsThanMayWaitIsLetGo() throws {
        var limits = MemberLimits()
        limits.eventBytesMax = 1_000
        let cluster = MemberCluster(1, limits: limits)
        let server = ServerID(1)
        let writer = try TestClient(cluster, server, connection: 0)
        var clients: [TestClient] = []
        for connection in 1...40 as ClosedRange<ConnectionID> {
            let client = try TestClient(cluster, server, connection: connection)
            client.send(1, .addWatch, Self.watch("/", 1))
            #expect(try client.replies().map(\.code) == [0])
            clients.append(client)
        }
        writer.send(1, .create, Request.create("/a"))
        #expect(try writer.replies().map(\.code) == [0])
        var heard = 0
        for client in clients {
            let replies = try client.replies()
            if cluster[server].closed.contains(client.connection) {
                #expect(replies == [])
            } else {
                #expect(replies == [Self.event(1, "/a")])
                heard += 1
            }
        }
        #expect(heard == 1_000 / 34 && cluster[server].closed.count == 40 - heard)
        #expect(cluster[server].host.member.boundsViolation == nil)
        // One's own write is no exception: no reply without its event.
        let quiet = try #require(clients.last { !cluster[server].closed.contains($0.connection) })
        cluster.notReading = [quiet.connection]
        for xid in 2...60 as ClosedRange<Int32> { writer.send(xid, .setData, Request.setData("/a")) }
        quiet.send(2, .setData, Request.setData("/a"))
        cluster.settle()
        #expect(cluster[server].closed.contains(quiet.connection))
        #expect(cluster[server].host.member.boundsViolation == nil)
    }
}

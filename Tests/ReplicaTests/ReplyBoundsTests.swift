import Host
import Replica
import Stepped
import TestSupport
import Testing
import Wire
import Zab
import Znodes

/// How many bytes of answers may wait, for one client and for all.
@Suite struct ReplyBoundsTests {
    /// `count` children of /d, with names of 200 bytes.
    private static func name(_ number: Int) -> String {
        let digits = String(number)
        return "/d/" + String(repeating: "x", count: 200 - digits.utf8.count) + digits
    }

    private func fill(_ client: TestClient, _ count: Int) throws {
        client.send(1, .create, Request.create("/d"))
        for number in 0..<count { client.send(Int32(number + 2), .create, Request.create(Self.name(number))) }
        #expect(try client.replies().filter { $0.code == 0 }.count == count + 1)
    }

    private static func names(_ body: [UInt8]) throws -> Set<String> {
        try body.withUnsafeBytes {
            var reader = ByteReader($0)
            let count = try #require(try reader.vectorCount(minimumSize: 4))
            return Set(try (0..<count).map { _ in try reader.string() })
        }
    }

    /// 4.8 kB of requests behind one write, for 255 MB of answers: they come as they are taken, a bound's worth at a time.
    @Test func answersBehindAWriteComeAsTheyAreTaken() throws {
        let cluster = MemberCluster(1)
        let server = ServerID(1)
        let writer = try TestClient(cluster, server, connection: 0)
        try fill(writer, 5_000)
        let client = try TestClient(cluster, server, connection: 1)
        var frames: [UInt8] = []
        frames += RawFrame.request(1, .setData, Request.setData("/d", [1]))
        for xid in 2...251 as ClosedRange<Int32> {
            frames += RawFrame.request(xid, .getChildren, Request.read("/d"))
        }
        var answered: Int32 = 0
        var first: [UInt8] = []
        try client.exchange(frames) { reply in
            answered += 1
            #expect(reply.xid == answered && reply.code == 0)
            if answered == 2 { first = reply.body }
            if answered > 2 { #expect(reply.body == first) }
        }
        #expect(try Self.names(first) == Set((0..<5_000).map { String(Self.name($0).dropFirst(3)) }))
        #expect(answered == 251)
        let bound = MemberLimits().replyBytesMax
        #expect(cluster.mostTaken < 2 * bound + 4096, "a bound's worth and one answer")
        #expect(cluster.mostReplyBytes < 3 * bound)
        #expect(cluster[server].host.member.boundsViolation == nil)
        #expect(cluster[server].host.member.replyBytes == 0)
    }

    /// The node grows behind the requests' backs, so nothing held them back when they came.
    @Test func answersThatGrewWaitForRoom() throws {
        let cluster = MemberCluster(1)
        let server = ServerID(1)
        let writer = try TestClient(cluster, server, connection: 0)
        let client = try TestClient(cluster, server, connection: 1)
        writer.send(1, .create, Request.create("/big"))
        _ = try writer.replies()
        let data = [UInt8](repeating: 7, count: 500_000)
        writer.send(2, .setData, Request.setData("/big", data))
        client.send(1, .setData, Request.setData("/", [1]))
        for xid in 2...101 as ClosedRange<Int32> { client.send(xid, .getData, Request.read("/big")) }
        cluster.notReading = [1]
        cluster.settle()
        let bound = MemberLimits().replyBytesMax
        #expect(cluster[server].host.member.replyBytes < 2 * bound + 100 * 200, "what has no room waits")
        cluster.notReading = []
        var answered: Int32 = 0
        for reply in try client.replies() {
            answered += 1
            #expect(reply.xid == answered && reply.code == 0)
            if answered > 1 { #expect(reply.body.count == 4 + data.count + Stat.encodedSize) }
        }
        #expect(answered == 101)
        #expect(cluster[server].host.member.boundsViolation == nil)
    }

    /// Reads that stand before a write are answered from the state before it, or the client is let go.
    @Test func whoseAnswersOutgrewTheirRoomBeforeAWriteIsLetGo() throws {
        let cluster = MemberCluster(1)
        let server = ServerID(1)
        let writer = try TestClient(cluster, server, connection: 0)
        let client = try TestClient(cluster, server, connection: 1)
        writer.send(1, .create, Request.create("/big"))
        _ = try writer.replies()
        cluster.notReading = [1]
        writer.send(2, .setData, Request.setData("/big", [UInt8](repeating: 7, count: 500_000)))
        client.send(1, .setData, Request.setData("/", [1]))
        for xid in 2...101 as ClosedRange<Int32> { client.send(xid, .getData, Request.read("/big")) }
        client.send(102, .setData, Request.setData("/", [2]))
        cluster.settle()
        #expect(cluster[server].closed == [1])
        #expect(cluster[server].host.member.replyBytes == 0)
        #expect(cluster[server].host.member.boundsViolation == nil)
        writer.send(3, .getData, Request.read("/"))
        #expect(try writer.replies().last?.body.prefix(5) == [0, 0, 0, 1, 2])
    }

    /// Events, creates and deletes between the slices of a listing; its reply is whole before anything else comes.
    @Test func aListingInSlicesIsOfOneMomentAndItsWatchComesBehindIt() throws {
        var limits = MemberLimits()
        limits.listingSliceMax = 10
        limits.roundBytesMax = 3_000
        let cluster = MemberCluster(1, limits: limits)
        let server = ServerID(1)
        let writer = try TestClient(cluster, server, connection: 0)
        let reader = try TestClient(cluster, server, connection: 1)
        try fill(writer, 100)
        cluster.notReading = [0, 1]
        reader.send(1, .getChildren2, Request.read("/d", watch: true))
        cluster.endRound(server)
        for number in [99, 0, 50] { writer.send(200 + Int32(number), .delete, Request.delete(Self.name(number))) }
        #expect(writer.send(300, .create, Request.create("/d/new")) > 0)
        let takenBehind = reader.send(2, .exists, Request.read("/d/new"))
        #expect(takenBehind == 0, "nothing is taken behind a listing in progress")
        cluster.notReading = [0]
        let replies = try reader.replies()
        #expect(replies.map(\.xid) == [1, ReservedXid.watchEvent, 2])
        #expect(try Self.names(replies[0].body) == Set((0..<100).map { String(Self.name($0).dropFirst(3)) }))
        #expect(replies[2].code == 0)
        #expect(cluster[server].host.member.boundsViolation == nil)
    }

    /// Nothing is left of a listing whose client goes away.
    @Test func aListingWhoseClientIsGoneIsForgotten() throws {
        var limits = MemberLimits()
        limits.listingSliceMax = 10
        let cluster = MemberCluster(1, limits: limits)
        let server = ServerID(1)
        let writer = try TestClient(cluster, server, connection: 0)
        let reader = try TestClient(cluster, server, connection: 1)
        try fill(writer, 100)
        reader.send(1, .getChildren, Request.read("/d"))
        #expect(cluster[server].host.member.state.isListing)
        cluster.disconnect(1, at: server)
        #expect(!cluster[server].host.member.state.isListing)
        writer.send(300, .delete, Request.delete(Self.name(7)))
        #expect(try writer.replies().map(\.code) == [0])
        #expect(cluster[server].host.member.boundsViolation == nil)
    }

    /// Forty clients that do not read leave room for one that does, and more than fits costs those who do not read.
    @Test func whoDoesNotReadLeavesRoomForTheOthers() throws {
        var limits = MemberLimits()
        limits.replyBytesMax = 100_000
        limits.replyBytesTotalMax = 1_000_000
        let cluster = MemberCluster(1, limits: limits)
        let server = ServerID(1)
        let writer = try TestClient(cluster, server, connection: 0)
        writer.send(1, .create, Request.create("/big", data: [UInt8](repeating: 7, count: 50_000)))
        writer.send(2, .setData, Request.setData("/", [1]))
        _ = try writer.replies()
        let greedy = try (1...40).map { try TestClient(cluster, server, connection: ConnectionID($0)) }
        cluster.notReading = Set(greedy.map(\.connection))
        for client in greedy {
            for xid in 1...20 as ClosedRange<Int32> { client.send(xid, .getData, Request.read("/big")) }
            cluster.settle()
        }
        for _ in 0..<3 { cluster.endRound(server) }
        cluster.settle()
        #expect(cluster[server].host.member.replyBytes <= limits.replyBytesTotalMax)
        #expect(cluster[server].closed.count < 40, "a smaller share for each comes before closing")
        for xid in 3...50 as ClosedRange<Int32> {
            writer.send(xid, .getData, Request.read("/big"))
            #expect(try writer.replies().map(\.xid) == [xid])
        }
        #expect(!cluster[server].closed.contains(0))
        #expect(cluster[server].host.member.boundsViolation == nil)
    }

    /// Past a round's budget the next frames wait for the next round, and nobody is forgotten.
    @Test func aRoundAnswersNoMoreThanItsBudget() throws {
        var limits = MemberLimits()
        limits.roundBytesMax = 10_000
        let cluster = MemberCluster(1, limits: limits)
        let server = ServerID(1)
        let client = try TestClient(cluster, server, connection: 0)
        client.send(1, .create, Request.create("/a", data: [UInt8](repeating: 7, count: 4_000)))
        _ = try client.replies()
        var frames: [UInt8] = []
        for xid in 2...11 as ClosedRange<Int32> {
            frames += RawFrame.request(xid, .getData, Request.read("/a"))
        }
        let consumed = frames.withUnsafeBytes { cluster.take($0, of: 0, at: server) }
        #expect(consumed < frames.count, "three answers are past the budget")
        let acceptedBefore = cluster[server].host.member.accepts(0)
        cluster.endRound(server)
        let acceptedAfter = cluster[server].host.member.accepts(0)
        #expect(!acceptedBefore && acceptedAfter)
    }
}

import Host
import Stepped
import TestSupport
import Testing
import Wire
import Zab

@testable import Replica

/// What `srvr` and `cons` tell of requests and their answers.
@Suite struct AnswerTimesTests {
    private static func times(_ cluster: MemberCluster, _ id: ServerID) -> AnswerTimes { cluster[id].host.member.times }

    /// Of all connections of a member.
    private static func sent(_ cluster: MemberCluster, _ id: ServerID) -> Int { cluster[id].host.member.packetsSent }

    @Test func aWritesLatencyIsFromItsBytesToItsAnswer() throws {
        let cluster = MemberCluster(1)
        let client = try TestClient(cluster, ServerID(1), connection: 0)
        #expect(Self.times(cluster, ServerID(1)).ofUpdates.count == 1, "the session's")
        cluster.holdsDurability = true
        client.send(1, .create, Request.create("/a"))
        client.send(2, .create, Request.create("/b"))
        cluster.advance(milliseconds: 20)
        client.send(3, .create, Request.create("/c"))
        cluster.advance(milliseconds: 10)
        cluster.release()
        #expect(try client.replies().map(\.xid) == [1, 2, 3])
        let updates = Self.times(cluster, ServerID(1)).ofUpdates
        #expect(updates.count == 4 && updates.sum == 70_000 && updates.least == 0 && updates.most == 30_000)
        #expect(Self.times(cluster, ServerID(1)).ofReads.count == 0)
    }

    @Test(arguments: [1, 3] as [UInt8])
    func everyRequestIsCountedOnceByItsKind(size: UInt8) throws {
        let cluster = MemberCluster(size)
        let server = ServerID(1)
        let client = try TestClient(cluster, server, connection: 0)
        let (before, sent) = (Self.times(cluster, server), Self.sent(cluster, server))
        client.send(1, .create, Request.create("/a"))
        client.send(2, .getData, Request.read("/a"))
        client.send(3, .create, Request.create("/a"))
        client.send(4, .sync, Request.make { $0.append(string: "/") })
        client.send(ReservedXid.ping, .ping)
        _ = try client.replies()
        client.send(5, .exists, Request.read("/a"))
        let packet = Request.make { writer in
            writer.append(Int32(0))
            writer.append(string: "digest")
            writer.append(string: "a:b")
        }
        client.send(ReservedXid.auth, .auth, packet)
        _ = try client.replies()
        let after = Self.times(cluster, server)
        #expect(after.ofUpdates.since(before.ofUpdates).count == 2, "the create, and the one that failed")
        #expect(after.ofReads.since(before.ofReads).count == 4, "two reads, a sync and a ping")
        #expect(Self.sent(cluster, server) - sent == 7)
    }

    @Test func whatWasSentIsWhatHasComeOut() throws {
        let cluster = MemberCluster(1)
        let one = try TestClient(cluster, ServerID(1), connection: 0)
        let two = try TestClient(cluster, ServerID(1), connection: 1)
        one.send(1, .create, Request.create("/a"))
        _ = try one.replies()
        two.send(1, .exists, Request.read("/a", watch: true))
        _ = try two.replies()
        cluster.holdsDurability = true
        one.send(2, .setData, Request.setData("/a", [1]))
        one.send(3, .getData, Request.read("/a"))
        let member = { cluster[ServerID(1)].host.member.connection($0) }
        let id = try #require(cluster[ServerID(1)].host.clients.firstIndex { $0 != nil })
        #expect(member(ConnectionID(id)).unanswered == 2 && member(ConnectionID(id)).queued == 2)
        cluster.release()
        #expect(try one.replies().count == 2 && two.replies().count == 1)
        #expect(member(ConnectionID(id)).unanswered == 0 && member(ConnectionID(id)).events == 0)
        #expect(member(ConnectionID(id + 1)).events == 1)
        // Two sessions, four requests, one event.
        #expect(Self.sent(cluster, ServerID(1)) == 7)
    }

    @Test func whoComesBackIsAnsweredToo() throws {
        let cluster = MemberCluster(3)
        let first = try TestClient(cluster, ServerID(1), connection: 0)
        let sent = Self.sent(cluster, ServerID(2))
        _ = try TestClient(
            cluster,
            ServerID(2),
            connection: 0,
            session: first.sessionID,
            password: first.password
        )
        #expect(Self.sent(cluster, ServerID(2)) - sent == 1)
        #expect(Self.times(cluster, ServerID(2)).ofUpdates.count == 0)
    }

    @Test func sizesOfProposalsAreThoseOfTheirTransactions() throws {
        let cluster = MemberCluster(1)
        let client = try TestClient(cluster, ServerID(1), connection: 0)
        client.send(1, .create, Request.create("/a", data: [7]))
        client.send(2, .setData, Request.setData("/a", Array(repeating: 1, count: 100)))
        client.send(3, .setData, Request.setData("/a", [1]))
        _ = try client.replies()
        let sizes = cluster[ServerID(1)].host.member.proposalSizes
        // A header, and the session's timeout; a header, a path, data and a version.
        #expect(sizes.least == TransactionHeader.encodedSize + 4)
        #expect(sizes.most == TransactionHeader.encodedSize + 6 + 104 + 4)
        #expect(sizes.last == TransactionHeader.encodedSize + 6 + 5 + 4)
    }

    @Test func aTallyKnowsItsExtremesItsMeanAndItsQuantiles() {
        var tally = LatencyTally()
        #expect(tally.quantile(0.5) == 0 && tally.mean == 0)
        for value in 1...1000 as ClosedRange<UInt32> { tally.add(value * 1000) }
        #expect(tally.count == 1000 && tally.least == 1000 && tally.most == 1_000_000 && tally.mean == 500_500)
        for (q, value) in [(0.5, 500_000.0), (0.95, 950_000), (0.99, 990_000), (0.999, 999_000), (1, 1_000_000)] {
            let found = Double(tally.quantile(q))
            #expect(found <= value && found >= value * 7 / 8, "\(q): \(found)")
        }
        let earlier = tally
        tally.resetExtremes()
        for value in [0, 15, 16, 17, UInt32.max] { tally.add(value, times: 2) }
        let since = tally.since(earlier)
        #expect(since.count == 10 && since.least == 0 && since.most == .max)
        #expect(since.sum == 2 * (48 + UInt64(UInt32.max)))
        #expect([0.1, 0.3, 0.5, 0.7].map { since.quantile($0) } == [0, 15, 16, 16])
        #expect(since.quantile(1) >= UInt32.max / 8 * 7)
    }
}

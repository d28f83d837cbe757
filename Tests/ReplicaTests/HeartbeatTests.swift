import Host
import Replica
import Stepped
import TestSupport
import Testing
import Wire
import Zab
import Znodes

/// One client's writes fill its server; the others are heard all the same.
@Suite struct HeartbeatTests {
    private static func limits() -> MemberLimits {
        var limits = MemberLimits()
        limits.pendingRequestsMax = 3
        return limits
    }

    @Test func aSaturatedMemberAnswersPingsAndTakesClientsThatComeBack() throws {
        let cluster = MemberCluster(3, limits: Self.limits())
        let leader = try #require(cluster.leader)
        let busy = try TestClient(cluster, leader, connection: 0)
        let idle = try TestClient(cluster, leader, connection: 1)
        cluster.holdsDurability = true
        // Three fit, and the rest of the frames wait in the host.
        let frames = (1...5).flatMap { RawFrame.setData($0) }
        let taken = frames.withUnsafeBytes { cluster.take($0, of: busy.connection, at: leader) }
        #expect(taken == frames.count / 5 * 3)
        let isSaturated = cluster[leader].host.member.isSaturated
        #expect(isSaturated)
        #expect(idle.send(ReservedXid.ping, .ping) == 12)
        let takenOfRead = idle.send(1, .exists, Request.read("/"))
        #expect(takenOfRead > 0)
        #expect(try idle.replies().map(\.xid) == [ReservedXid.ping, 1])
        let write = RawFrame.setData(2)
        let takenOfWrite = write.withUnsafeBytes { cluster.take($0, of: idle.connection, at: leader) }
        #expect(takenOfWrite == 0)
        // The answer comes when the log goes on; it is asked at once.
        let late = try TestClient(cluster, leader, connection: 2, session: idle.sessionID, password: idle.password)
        #expect(late.sessionID == idle.sessionID)
    }

    @Test func aPingAmongFramesThatWaitIsAnsweredOnceAndItsSessionLives() throws {
        let cluster = MemberCluster(3, limits: Self.limits())
        let leader = try #require(cluster.leader)
        let client = try TestClient(cluster, leader, connection: 0)
        cluster.holdsDurability = true
        let frames = (1...4).flatMap { RawFrame.setData($0) }
        frames.withUnsafeBytes { _ = cluster.take($0, of: client.connection, at: leader) }
        RawFrame.ping.withUnsafeBytes { raw in
            #expect(Member.isHeartbeat(UnsafeRawBufferPointer(rebasing: raw[4...])))
            #expect(cluster.take(raw, of: client.connection, at: leader) == raw.count)
        }
        #expect(try client.replies().map(\.xid) == [ReservedXid.ping])
        cluster.release()
        #expect(try client.replies().map(\.xid) == [1, 2, 3, 4])
        RawFrame.setData(9).withUnsafeBytes { #expect(!Member.isHeartbeat(UnsafeRawBufferPointer(rebasing: $0[4...]))) }
    }
}

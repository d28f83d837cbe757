import Host
import Replica
import Stepped
import TestSupport
import Testing
import Wire
import Zab
import Znodes

/// The leader deletes containers and TTL nodes whose time is over, on the clock of its ticks.
@Suite struct SweepTests {
    private static func limits(perMinute: Int = 10_000) -> MemberLimits {
        var limits = MemberLimits()
        limits.sweepMilliseconds = 500
        limits.sweptPerMinuteMax = perMinute
        limits.extendedTypesEnabled = true
        return limits
    }

    private static func createTTL(_ path: String, ttl: Int64) -> [UInt8] {
        Request.create(path, flags: CreateMode.persistentWithTTL.rawValue) + Request.make { $0.append(ttl) }
    }

    /// The codes of the answers to `requests`.
    private static func codes(_ client: TestClient, _ requests: [(OpCode, [UInt8])]) throws -> [Int32] {
        for (index, (op, body)) in requests.enumerated() { client.send(Int32(index + 1), op, body) }
        return try client.replies().map(\.code)
    }

    /// What a new client sees.
    private static func exist(_ paths: [String], in cluster: MemberCluster, at server: ServerID) throws -> [Bool] {
        let client = try TestClient(cluster, server, connection: cluster.nextConnection())
        return try codes(client, paths.map { (.exists, Request.read($0)) }).map { $0 == 0 }
    }

    @Test func containersAndTTLNodesGoEverywhere() throws {
        let cluster = MemberCluster(3, limits: Self.limits())
        // The first tick brings the wall clock.
        cluster.advance(milliseconds: 10)
        let follower = try MemberTests.follower(of: cluster)
        let client = try TestClient(cluster, follower, connection: 0)
        let made: [(OpCode, [UInt8])] = [
            (.createContainer, Request.create("/c", flags: 4)), (.create, Request.create("/c/a")),
            (.createContainer, Request.create("/unused", flags: 4)), (.createTTL, Self.createTTL("/t", ttl: 1_000)),
            (.delete, Request.delete("/c/a")), (.deleteContainer, Request.delete("/unused")),
        ]
        let refused = ErrorCode.badArguments.rawValue
        #expect(try Self.codes(client, made) == [0, 0, 0, 0, 0, refused], "only the leader sweeps")
        var seen = try Self.exist(["/c", "/unused", "/t"], in: cluster, at: follower)
        #expect(seen == [true, true, true])
        cluster.advance(milliseconds: 600)
        seen = try Self.exist(["/c", "/unused", "/t"], in: cluster, at: follower)
        #expect(seen == [false, true, true])
        cluster.advance(milliseconds: 1_000)
        seen = try Self.exist(["/c", "/unused", "/t"], in: cluster, at: follower)
        #expect(seen == [false, true, false])
        #expect(Set(cluster.ids.map { cluster[$0].host.member.state.digest }).count == 1)
        let leader = try #require(cluster.leader)
        for id in cluster.ids {
            #expect(cluster[id].host.member.counters.nodesSwept == (id == leader ? 2 : 0))
            #expect(cluster[id].host.member.state.sweepableCount == 1)
        }
    }

    @Test func aNewLeaderSweeps() throws {
        let cluster = MemberCluster(3, limits: Self.limits())
        let old = try #require(cluster.leader)
        let client = try TestClient(cluster, old, connection: 0)
        #expect(try Self.codes(client, [(.createTTL, Self.createTTL("/t", ttl: 100))]) == [0])
        cluster.kill(old)
        cluster.advance(milliseconds: 300)
        let new = try #require(cluster.leader)
        var seen = try Self.exist(["/t"], in: cluster, at: new)
        #expect(seen == [true], "its first sweep comes after a whole interval")
        cluster.advance(milliseconds: 500)
        seen = try Self.exist(["/t"], in: cluster, at: new)
        #expect(seen == [false])
        #expect(cluster[new].host.member.counters.nodesSwept == 1)
    }

    /// 600 in a minute are one in 100 ms.
    @Test func theyGoOneAfterTheOther() throws {
        let cluster = MemberCluster(1, limits: Self.limits(perMinute: 600))
        let client = try TestClient(cluster, ServerID(1), connection: 0)
        let made = (0..<8).map { number -> (OpCode, [UInt8]) in (.createTTL, Self.createTTL("/t\(number)", ttl: 1)) }
        #expect(try Self.codes(client, made) == [Int32](repeating: 0, count: 8))
        cluster.advance(milliseconds: 490)
        #expect(cluster[ServerID(1)].host.member.state.sweepableCount == 8)
        cluster.advance(milliseconds: 410)
        #expect((3...5).contains(cluster[ServerID(1)].host.member.state.sweepableCount))
        cluster.advance(milliseconds: 400)
        #expect(cluster[ServerID(1)].host.member.state.sweepableCount == 0)
    }

    @Test func withoutExtendedTypesThereAreNoTTLNodes() throws {
        let cluster = MemberCluster(1)
        let client = try TestClient(cluster, ServerID(1), connection: 0)
        let made: [(OpCode, [UInt8])] = [
            (.createTTL, Self.createTTL("/t", ttl: 1)), (.createContainer, Request.create("/c", flags: 4)),
        ]
        #expect(try Self.codes(client, made) == [ErrorCode.unimplemented.rawValue, 0])
    }
}

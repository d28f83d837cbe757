import Host
import Replica
import Stepped
import TestSupport
import Testing
import Wire
import Zab

/// Requests that clients of other versions send, or nobody should: the answers are ZooKeeper 3.8.0's.
@Suite struct OddRequestTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var op: Int32
        var body: [UInt8] = []
        var xid: Int32 = 7
        var answerXid: Int32 = 7
        var code: ErrorCode = .ok
        var answer: [UInt8] = []
        var ends = false
        var testDescription: String { "op \(op), \(body.count) bytes" }
    }

    static let null: [UInt8] = [255, 255, 255, 255]
    static func frame(_ xid: Int32, _ op: Int32, _ body: [UInt8] = []) -> [UInt8] {
        RawFrame.make {
            $0.append(xid)
            $0.append(op)
            body.withUnsafeBytes($0.append(bytes:))
        }
    }

    private static func path(_ path: String) -> [UInt8] { Request.make { $0.append(string: path) } }

    static let unknown = ([0, 10, 23, 99, 108, 200, -1, -2, -10, -12, .max, .min] as [Int32])
        .map { Case(op: $0, code: .unimplemented, ends: true) }

    static let reconfig = Request.make {
        for _ in 0..<2 { $0.appendNull() }
        $0.append(string: "server.1=a:1:1")
        $0.append(Int64(-1))
    }

    static let others = [
        Case(op: 16, body: reconfig, code: .reconfigDisabled),
        Case(op: 16, body: reconfig.dropLast(), code: .marshallingError),
        Case(op: 16, code: .marshallingError),
        Case(op: 102, body: path("token"), answer: null),
        Case(op: 13, body: Request.delete("/", version: 0), code: .unimplemented),
        Case(op: 11, xid: 5, answerXid: -2),
        Case(op: 11, body: [1, 2, 3], xid: -2, answerXid: -2),
        Case(op: 9, body: path("/a") + [1, 2], answer: path("/a")),
        Case(op: 9, body: path("no path"), answer: path("no path")),
        Case(op: 9, body: null, answer: null),
        Case(op: 9, code: .marshallingError),
        Case(op: 9, body: [0, 0, 0, 5, 1], code: .marshallingError),
        Case(op: 4, body: null + [0], code: .marshallingError),
        Case(op: 3, body: path("/no\0where") + [0], code: .badArguments),
        Case(op: 4, body: path("/no\0where") + [0], code: .noNode),
        Case(op: 8, body: path("no path/") + [1], code: .noNode),
    ]

    @Test(arguments: unknown + others) func isAnswered(_ request: Case) throws {
        let cluster = MemberCluster(3)
        for server in cluster.ids {
            let client = try TestClient(cluster, server, connection: 0)
            let frame = Self.frame(request.xid, request.op, request.body)
            // In its place among others.
            let others = RawFrame.request(1, .setData, Request.setData("/")) + frame + RawFrame.getData(8)
            _ = others.withUnsafeBytes { cluster.take($0, of: 0, at: server) }
            var replies = try client.replies()
            let place = request.answerXid == ReservedXid.ping ? 0 : 1
            #expect(replies.map(\.xid).contains(1))
            #expect(replies[place] == .init(xid: request.answerXid, code: request.code.rawValue, body: request.answer))
            replies.remove(at: place)
            #expect(replies.map(\.xid) == (request.ends ? [1] : [1, 8]))
            #expect(cluster[server].closed == (request.ends ? [0] : []))
            #expect(cluster[server].host.member.boundsViolation == nil)
            cluster.disconnect(0, at: server)
        }
    }

    /// With -1 for its zxid, as from a server that has not looked at it; a SASL token comes with 0.
    @Test func headersOfWhatDoesNotReachTheTree() throws {
        let cluster = MemberCluster(1)
        let server = cluster.ids[0]
        _ = try TestClient(cluster, server, connection: 0)
        let frames =
            RawFrame.request(1, .sasl, Self.path("token"))
            + Self.frame(2, 77)
        _ = frames.withUnsafeBytes { cluster.take($0, of: 0, at: server) }
        cluster.settle()
        let replies = cluster[server].replies[0] ?? []
        #expect(
            replies
                == bytes(
                    hex: "00000014" + "00000001" + "0000000000000000" + "00000000" + "ffffffff"
                        + "00000010" + "00000002" + "ffffffffffffffff" + "fffffffa"
                )
        )
    }

    @Test func aSessionOutlivesAnUnknownRequest() throws {
        let cluster = MemberCluster(3)
        let server = try MemberTests.follower(of: cluster)
        let client = try TestClient(cluster, server, connection: 0)
        _ = Self.frame(2, 77)
            .withUnsafeBytes { cluster.take($0, of: 0, at: server) }
        #expect(try client.replies().map(\.code) == [ErrorCode.unimplemented.rawValue])
        let again = try TestClient(
            cluster,
            server,
            connection: 1,
            session: client.sessionID,
            password: client.password
        )
        #expect(again.sessionID == client.sessionID)
    }

    @Test func aSASLRequestWithoutATokenEndsItsConnection() throws {
        let cluster = MemberCluster(1)
        let server = cluster.ids[0]
        let client = try TestClient(cluster, server, connection: 0)
        client.send(1, .sasl, Self.null)
        #expect(try client.replies() == [])
        #expect(cluster[server].closed == [0])
    }
}

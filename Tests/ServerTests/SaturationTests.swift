import Client
import Glibc
import Targets
import TestSupport
import Testing
import Wire

/// One busy client does not take the others' sessions from them.
@Suite(.serialized) struct SaturationTests {
    /// Before, a saturated server read nobody's pings: whoever heard nothing for two thirds of his session's time went away,
    /// and the leader, who had heard nothing of him either, ended the session.
    @Test func pingsPassAServerThatOneClientFills() async throws {
        // A leader that stands still is the leader for as long as the test takes.
        var settings = TestEnsemble.settings
        settings.syncLimit = 240
        try await TestEnsemble.with(settings: settings) { ensemble, _ in
            let servers = ensemble.servers
            let leader = try #require(await servers.leader())
            let port = try #require(servers.servers.first { $0 != leader }).endpoint.port
            let idle = try Self.client(port)
            let busy = try Self.client(port)
            let other = try Self.client(port)
            try servers.kill(leader.id, signal: SIGSTOP)

            // 36 MB, of which a server lets 16 MiB wait: it is full with 19.
            let writes = (1...40).flatMap { RawFrame.setData($0, Array(repeating: 7, count: 900_000)) }
            var offered = 0
            while try Self.outstanding(port) < 19 { offered += busy.offer(writes[offered...]) }
            for _ in 0..<3 {
                idle.say(RawFrame.ping)
                try #require(idle.answeredXid() == ReservedXid.ping)
            }
            idle.say(RawFrame.getData(1))
            #expect(idle.answeredXid() == 1)
            #expect(try Self.outstanding(port) < 40, "the rest has to wait")
            // Before, one write of a client with none under way was offered again and again, without a look at the sockets:
            // what the leader said was not read, until the follower gave it up.
            other.say(RawFrame.setData(1, [1]))
            idle.say(RawFrame.ping)
            try #require(idle.answeredXid() == ReservedXid.ping)

            try servers.kill(leader.id, signal: SIGCONT)
            busy.say(Array(writes[offered...]))
            for xid in 1...40 as ClosedRange<Int32> { try #require(busy.answeredXid() == xid) }
            #expect(other.answeredXid() == 1)
            idle.say(RawFrame.setData(2, []))
            #expect(idle.answeredXid() == 2)
        }
    }

    private static func client(_ port: Int) throws -> RawConnection {
        let client = try #require(RawConnection(port, says: RawFrame.connect(), patienceSeconds: 30))
        try #require(client.answer() != nil)
        return client
    }

    private static func outstanding(_ port: Int) throws -> Int {
        let asked = try #require(RawConnection(port, says: Array("mntr\n".utf8)))
        let text = String(decoding: asked.receive(1 << 20), as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("zk_outstanding_requests\t") })
        return try #require(Int(line.split(separator: "\t")[1]))
    }
}

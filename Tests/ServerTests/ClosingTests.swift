import TestSupport
import Testing
import Wire

/// Closing a connection means sending first.
@Suite(.serialized) struct ClosingTests {
    private static func connected(_ ensemble: TestEnsemble) throws -> RawConnection {
        let port = try HostileBytesTests.ports(of: ensemble)[0]
        let client = try #require(
            RawConnection(port, says: RawFrame.connect(), patienceSeconds: 60, receiveBuffer: 4096)
        )
        try #require(client.answer() != nil)
        return client
    }

    /// Before, four of the nine arrived: the rest of what was written failed with the close, and the ping that nobody had
    /// read made the kernel reset the connection.
    @Test func theAnswersBeforeTheEndOfASessionAllArrive() async throws {
        try await TestEnsemble.with(size: 1) { ensemble, _ in
            let client = try Self.connected(ensemble)
            client.say(RawFrame.setData(1, Array(repeating: 7, count: 900_000)))
            try #require(client.answeredXid() == 1)
            let reads = (2...9).flatMap { RawFrame.getData($0) }
            client.say(reads + RawFrame.request(10, .closeSession) + RawFrame.ping + RawFrame.ping)
            var answers: [Int32] = []
            while let xid = client.answeredXid() { answers.append(xid) }
            #expect(answers.filter { $0 != ReservedXid.ping } == Array(2...10))
        }
    }

    /// A client that says at once that it says nothing more, as `nc -N` does.
    @Test func aWordIsAnsweredToOneWhoHasEnded() async throws {
        try await TestEnsemble.with(size: 1) { ensemble, _ in
            for word in ["ruok", "mntr"] {
                let port = try HostileBytesTests.ports(of: ensemble)[0]
                let asked = try #require(RawConnection(port, says: Array(word.utf8) + [10], patienceSeconds: 60))
                asked.endSaying()
                let text = String(decoding: asked.receive(1 << 20), as: UTF8.self)
                #expect(
                    word == "ruok" ? text == "imok" : text.contains("zk_server_state"),
                    "\(word): \(text.prefix(80))"
                )
            }
        }
    }

    /// Nine bytes at a time, each time one of the next frame: pings, thousands of them.
    @Test func framesThatBeginInEveryWriteAreAllAnswered() async throws {
        try await TestEnsemble.with(size: 1) { ensemble, _ in
            let client = try Self.connected(ensemble)
            client.say(Array(RawFrame.ping[..<1]))
            for _ in 0..<500 {
                client.say(Array(RawFrame.ping[1...] + RawFrame.ping[..<1]))
                try #require(client.answeredXid() == ReservedXid.ping)
            }
        }
    }
}

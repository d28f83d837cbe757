import Foundation
import TestSupport
import Testing
import Zab

@testable import Simulator

/// What is said of a run that failed.
@Suite struct WordsTests {
    @Test func namesAreFoundInAViolation() {
        #expect(Outcome.names(in: "server 3 does not serve: joining(leader: 2)") == ["server 3", "server 2"])
        #expect(Outcome.names(in: "the reply (client 0, session 0x6, xid 9)") == ["client 0", "client 1"])
        #expect(Outcome.names(in: "nobody leads") == [])
    }

    @Test func aLinkThatKeepsClosingIsExplained() {
        var closings = Closings()
        #expect(closings.text(0, 3).contains("was not closed"))
        let said = [
            closings.said(.trunc(to: Zxid(epoch: 1, counter: 5)), by: 3, to: 0),
            closings.said(.ackNewLeader(2), by: 0, to: 3), closings.said(.pong, by: 0, to: 3),
        ]
        #expect(said == [true, true, false])
        for _ in 0..<3 { closings.closed(by: 3, 0, while: .leading(epoch: 2), reason: "a frame too long") }
        let text = closings.text(0, 3)
        #expect(text.contains("closed 3 times"))
        #expect(text.contains("by server 4 (leading(epoch: 2)): a frame too long"))
        #expect(text.contains("it had said TRUNC to 1.5 and been told ACK of NEWLEADER 2"))
        closings.forgetCounts()
        #expect(closings.text(3, 0).contains("was not closed"))
    }

    @Test func aServerThatDoesNotServeIsExplained() throws {
        let failed = try Program.run(
            ["simulate", "--plant", "wrong-truncation", "--seeds", "1..2000", "--recheck-every", "0"]
        )
        #expect(failed.status != 0)
        #expect(failed.errors.contains("what came before:\n  "), "\(failed.errors)")
    }

    /// The campaign's process dies of it; one that plays the seed again says what it was doing.
    @Test func aTrapIsToldWithTheTraceBeforeIt() throws {
        let failed = try Program.run(
            ["simulate", "--plant", "promise-not-persisted", "--seeds", "1..50", "--threads", "1"]
                + ["--recheck-every", "0"]
        )
        #expect(failed.status == 4)
        let lines = failed.errors.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("zabbench simulate: the engine trapped in seed ") }, "\(failed.errors)")
        let place = try #require(lines.firstIndex { $0 == "the last lines of its trace:" }, "\(failed.errors)")
        #expect(lines[(place + 1)...].contains { $0.contains(" ms  server ") })
    }
}

import Host
import Replica
import Stepped
import Testing
import Wire
import Zab
import Znodes

/// Numbers that a peer can say and no member would: each costs its link or its request, never the server.
@Suite struct HostilePeerTests {
    private let cluster = MemberCluster(3)

    /// What the leader does when a follower forwards that request to make a session.
    private func forward(
        timeout: Int32,
        of maker: ServerID? = nil
    ) throws -> (broken: String?, line: String?, answer: Int32?) {
        let leader = try #require(cluster.leader)
        let follower = try #require(cluster.ids.first { $0 != leader })
        let session = SessionShare(of: maker ?? follower, among: cluster.ids).firstID(wallClockMilliseconds: 99)
        let requests = ByteWriter()
        requests.append(UInt32(20))
        requests.append(session)
        requests.append(Int32(0))
        requests.append(OpCode.createSession.rawValue)
        requests.append(timeout)
        let link = try #require(cluster.link(with: follower, at: leader))
        cluster.receive(.requests(requests.bytes), from: follower, at: leader)
        var found: (broken: String?, line: String?, answer: Int32?) = (nil, nil, nil)
        let effects = cluster[leader].host.effects
        for effect in effects.list {
            switch effect {
            case .close(link, let reason): found.broken = reason
            case .disbelieved(follower, let reason): found.line = reason
            case .send(link, let range):
                let frame = UnsafeRawBufferPointer(
                    rebasing: effects.bytes.bytes[(range.lowerBound + 4)..<range.upperBound]
                )
                if case .outcome(session, _, let code, _, _) = try PeerFrame(decoding: frame) { found.answer = code }
            default: break
            }
        }
        return found
    }

    /// Ticks are of 100 ms.
    @Test(arguments: [200, 1000, 2000]) func aSessionOfTwoToTwentyTicksIsMade(timeout: Int32) throws {
        let found = try forward(timeout: timeout)
        #expect(found.broken == nil && found.line == nil && found.answer == nil)
        let leader = try #require(cluster.leader)
        cluster.settle()
        #expect(cluster[leader].host.member.state.sessionCount == 1)
    }

    @Test(arguments: [Int32.min, -1, 0, 199, 2001, .max]) func aSessionOfAnotherTimeIsNot(timeout: Int32) throws {
        let found = try forward(timeout: timeout)
        #expect(found.line?.contains("\(timeout) ms") == true && found.answer == ErrorCode.badArguments.rawValue)
        #expect(found.broken == nil)
        cluster.settle()
        #expect(try forward(timeout: timeout).line == nil, "one line for many")
    }

    @Test func aSessionOfAnotherServerCostsTheLink() throws {
        let leader = try #require(cluster.leader)
        #expect(try forward(timeout: 1000, of: leader).broken?.contains("does not give out") == true)
        cluster.settle()
        #expect(cluster[leader].host.failure == nil)
    }

    @Test func outcomesThatCannotBeCostTheLink() throws {
        let leader = try #require(cluster.leader)
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        let far = Zxid(epoch: 9, counter: 1)
        let frames: [(PeerFrame, Bool)] = [
            (.outcome(sessionID: 5, cxid: 1, code: -101, after: .zero, body: empty), false),
            (.outcome(sessionID: 5, cxid: 1, code: -102_000, after: .zero, body: empty), true),
            (.outcome(sessionID: 5, cxid: 1, code: 0, after: far, body: empty), true),
            (.revalidated(sessionID: 5, timeout: 0, fence: .zero, question: 1), false),
            (.revalidated(sessionID: 5, timeout: -1, fence: .zero, question: 1), true),
        ]
        for (frame, isRefused) in frames {
            let cluster = MemberCluster(3)
            let follower = try #require(cluster.ids.first { $0 != leader })
            let link = try #require(cluster.link(with: leader, at: follower))
            cluster.receive(frame, from: leader, at: follower)
            let isBroken = cluster[follower].host.effects.list.contains {
                if case .close(link, .some) = $0 { true } else { false }
            }
            #expect(isBroken == isRefused, "\(frame)")
        }
    }
}

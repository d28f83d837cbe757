import Testing
import Zab

/// Peers that speak the language and lie: found by fuzzing a member, each of these once trapped.
@Suite struct HostilePeerTests {
    private static let configuration = [1, 2].map {
        Configuration(
            myself: ServerID($0),
            voters: [ServerID(1), ServerID(2), ServerID(3)],
            tick: 100,
            initLimit: 10,
            syncLimit: 5
        )
    }

    private static let log = HistorySummary(epochEnds: [Zxid(epoch: 1, counter: 3), Zxid(epoch: 2, counter: 2)])

    /// Server 2 with a log of two epochs, which has just learned that server 1 leads the third.
    private func follower() -> Peer {
        let disk = DurableState(
            acceptedEpoch: 2,
            currentEpoch: 2,
            history: Self.log,
            committed: Zxid(epoch: 1, counter: 1)
        )
        var peer = Peer(configuration: Self.configuration[1], durable: disk, now: 0)
        var effects: [Effect] = []
        peer.start(into: &effects)
        let vote = Vote(peerEpoch: 9, zxid: .zero, leader: ServerID(1))
        for id in [ServerID(1), ServerID(3)] {
            peer.step(.electionLink(id, up: true), into: &effects)
            let notification = Notification(state: .looking, round: peer.round, vote: vote)
            peer.step(.notification(from: id, notification), into: &effects)
        }
        peer.step(.quorumLink(ServerID(1), up: true), into: &effects)
        peer.step(.message(from: ServerID(1), .leaderInfo(newEpoch: 3)), into: &effects)
        #expect(effects.last == .send(ServerID(1), .ackEpoch(currentEpoch: 2, history: Self.log)))
        return peer
    }

    private func hear(_ messages: [Message], _ peer: inout Peer) -> [Effect] {
        var effects: [Effect] = []
        for message in messages { peer.step(.message(from: ServerID(1), message), into: &effects) }
        return effects
    }

    private static let outside = [Zxid(epoch: 1, counter: 9), Zxid(epoch: 2, counter: 0)]

    @Test(arguments: outside)
    func aCommitBetweenTheTransactionsOfOurLogEndsTheLink(zxid: Zxid) {
        for message in [Message.commit(zxid), .ping(committed: zxid)] {
            var peer = follower()
            let effects = hear([.diff, message], &peer)
            #expect(effects.contains(.disconnect(ServerID(1))))
            #expect(!effects.contains(.commit(zxid)))
            #expect(peer.committed == Zxid(epoch: 1, counter: 1))
        }
    }

    @Test(arguments: outside)
    func suchACommitThatRidesOnProposalsEndsTheLinkToo(zxid: Zxid) {
        var peer = follower()
        var effects = hear([.diff], &peer)
        let first = Zxid(epoch: 3, counter: 1)
        peer.step(.proposals(from: ServerID(1), first: first, last: first, committed: zxid), into: &effects)
        #expect(effects.contains(.append(first: first, last: first)))
        #expect(effects.contains(.disconnect(ServerID(1))))
        #expect(!effects.contains(.commit(zxid)))
    }

    @Test func aCommitOfATransactionOfOursIsTaken() {
        var peer = follower()
        let effects = hear([.diff, .commit(Zxid(epoch: 2, counter: 1))], &peer)
        #expect(effects == [.commit(Zxid(epoch: 2, counter: 1))])
    }

    /// With such a history the next reign would begin before what it already holds.
    @Test func aSnapshotOfALaterEpochThanTheLeadersIsRefused() {
        var peer = follower()
        #expect(hear([.snap(Zxid(epoch: 4, counter: 1))], &peer).contains(.disconnect(ServerID(1))))
        #expect(peer.expectedSnapshot == nil)
        peer = follower()
        #expect(hear([.snap(Zxid(epoch: 3, counter: 1))], &peer).isEmpty)
        #expect(peer.expectedSnapshot == Zxid(epoch: 3, counter: 1))
    }

    @Test func anAcknowledgementOfWhatWasNeverProposedCommitsNothing() {
        var peer = Peer(configuration: Self.configuration[0], durable: DurableState(), now: 0)
        var effects: [Effect] = []
        peer.start(into: &effects)
        for id in [ServerID(2), ServerID(3)] {
            peer.step(.electionLink(id, up: true), into: &effects)
            let notification = Notification(state: .looking, round: peer.round, vote: peer.vote)
            peer.step(.notification(from: id, notification), into: &effects)
        }
        peer.step(.quorumLink(ServerID(2), up: true), into: &effects)
        let handshake: [Message] = [
            .learnerInfo(acceptedEpoch: 0, observer: false), .ackEpoch(currentEpoch: 0, history: HistorySummary()),
            .ackNewLeader(1),
        ]
        for message in handshake { peer.step(.message(from: ServerID(2), message), into: &effects) }
        #expect(peer.phase == .leading(epoch: 1))
        let first = Zxid(epoch: 1, counter: 1)
        peer.step(.propose(first: first, last: first), into: &effects)
        peer.step(.durable(first), into: &effects)
        effects = []
        peer.step(.message(from: ServerID(2), .ack(Zxid(epoch: 1, counter: 0))), into: &effects)
        #expect(effects.first == .disconnect(ServerID(2)))
        #expect(peer.committed == .zero)
    }
}

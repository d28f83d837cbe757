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
        #expect(refusal(hear([.snap(Zxid(epoch: 4, counter: 1))], &peer), of: ServerID(1)) != nil)
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

    // MARK: numbers that cannot be

    private static let absurd: Epoch = 0xFFFF_FFFD

    private func refusal(_ effects: [Effect], of id: ServerID) -> String? {
        for case .disconnect(id, let reason?) in effects { return reason }
        return nil
    }

    /// Server 1, which a quorum has chosen and which waits for what its learners say.
    private func candidate(_ durable: DurableState = DurableState()) -> Peer {
        var peer = Peer(configuration: Self.configuration[0], durable: durable, now: 0)
        var effects: [Effect] = []
        peer.start(into: &effects)
        for id in [ServerID(2), ServerID(3)] {
            peer.step(.electionLink(id, up: true), into: &effects)
            let notification = Notification(state: .looking, round: peer.round, vote: peer.vote)
            peer.step(.notification(from: id, notification), into: &effects)
        }
        peer.step(.quorumLink(ServerID(2), up: true), into: &effects)
        return peer
    }

    /// A server that has lost its leader and joins it again.
    private func joining() -> Peer {
        var peer = follower()
        var effects: [Effect] = []
        peer.step(.quorumLink(ServerID(1), up: false), into: &effects)
        let vote = Vote(peerEpoch: 9, zxid: .zero, leader: ServerID(1))
        for id in [ServerID(1), ServerID(3)] {
            peer.step(
                .notification(from: id, Notification(state: .looking, round: peer.round, vote: vote)),
                into: &effects
            )
        }
        peer.step(.quorumLink(ServerID(1), up: true), into: &effects)
        return peer
    }

    private static let absurdEpochs: [Epoch] = [
        absurd, Configuration.claimLeadMax + 1, Configuration.epochLeadMax, 1 << 31, .max - 1,
    ]

    @Test(arguments: absurdEpochs)
    func anAcceptedEpochThatCannotBeIsNotBelieved(epoch: Epoch) throws {
        var peer = candidate()
        var effects: [Effect] = []
        peer.step(.message(from: ServerID(2), .learnerInfo(acceptedEpoch: epoch, observer: false)), into: &effects)
        let reason = try #require(refusal(effects, of: ServerID(2)))
        #expect(reason.contains("\(epoch)") && reason.contains("\(Configuration.claimLeadMax)"))
        #expect(peer.acceptedEpoch == 0)
        #expect(!effects.contains { if case .fatal = $0 { true } else { false } })
        effects = []
        peer.step(.quorumLink(ServerID(2), up: true), into: &effects)
        let possible = Configuration.claimLeadMax
        peer.step(.message(from: ServerID(2), .learnerInfo(acceptedEpoch: possible, observer: false)), into: &effects)
        #expect(effects.contains(.persistAcceptedEpoch(possible + 1)))
    }

    /// Before, a learner was believed as far as a leader: the epoch after it was one that nobody else believed, and the
    /// ensemble was parted for good.
    @Test func whatALearnerMakesItsLeaderProposeTheOthersBelieve() throws {
        var leader = candidate()
        var effects: [Effect] = []
        let lie = Message.learnerInfo(acceptedEpoch: Configuration.claimLeadMax, observer: false)
        leader.step(.message(from: ServerID(2), lie), into: &effects)
        let proposed = Configuration.claimLeadMax + 1
        #expect(effects.contains(.send(ServerID(2), .leaderInfo(newEpoch: proposed))))
        var other = joining()
        effects = hear([.leaderInfo(newEpoch: proposed)], &other)
        #expect(effects.contains(.persistAcceptedEpoch(proposed)))
    }

    /// Elections that fail and that both have seen raise no doubt, however many they are.
    @Test(arguments: [(1, true), (16, true), (17, false), (1000, false)] as [(Epoch, Bool)])
    func aLearnerMayHaveSeenManyElectionsFail(more: Epoch, isBelieved: Bool) throws {
        let many = Configuration.claimLeadMax * 3
        var peer = candidate(DurableState(acceptedEpoch: many))
        var effects: [Effect] = []
        peer.step(
            .message(from: ServerID(2), .learnerInfo(acceptedEpoch: many + more, observer: false)),
            into: &effects
        )
        #expect(effects.contains(.persistAcceptedEpoch(many + more + 1)) == isBelieved)
        #expect((refusal(effects, of: ServerID(2)) == nil) == isBelieved)
    }

    @Test func aLiarIsNamedOnceInAWhile() {
        var peer = candidate()
        var lines = 0
        for attempt in 0..<100 as Range<UInt64> {
            var effects: [Effect] = []
            peer.step(.tick(now: attempt * 1_000_000_000), into: &effects)
            peer.step(.quorumLink(ServerID(3), up: true), into: &effects)
            let lie = Message.learnerInfo(acceptedEpoch: Self.absurd, observer: false)
            peer.step(.message(from: ServerID(3), lie), into: &effects)
            #expect(effects.contains { if case .disconnect(ServerID(3), _) = $0 { true } else { false } })
            if refusal(effects, of: ServerID(3)) != nil { lines += 1 }
        }
        #expect(lines == 4)
    }

    private static let absurdHistories: [(Epoch, HistorySummary)] = [
        (2, HistorySummary()), (1, HistorySummary(epochEnds: [Zxid(epoch: 2, counter: 1)])),
        (1, HistorySummary(base: Zxid(epoch: absurd, counter: 1))),
        (1, HistorySummary(epochEnds: [Zxid(epoch: 1, counter: 0)])),
    ]

    @Test(arguments: absurdHistories)
    func aHistoryThatCannotBeIsNotBelieved(current: Epoch, history: HistorySummary) throws {
        var peer = candidate()
        var effects: [Effect] = []
        peer.step(.message(from: ServerID(2), .learnerInfo(acceptedEpoch: 0, observer: false)), into: &effects)
        #expect(effects.contains(.send(ServerID(2), .leaderInfo(newEpoch: 1))))
        effects = []
        peer.step(.message(from: ServerID(2), .ackEpoch(currentEpoch: current, history: history)), into: &effects)
        #expect(refusal(effects, of: ServerID(2)) != nil)
        #expect(peer.phase != .leading(epoch: 1))
    }

    @Test func anEpochThatNoElectionMadeIsNotPromised() throws {
        var peer = joining()
        let effects = hear([.leaderInfo(newEpoch: Self.absurd)], &peer)
        #expect(refusal(effects, of: ServerID(1))?.contains("\(Self.absurd)") == true)
        #expect(peer.acceptedEpoch == 3)
    }

    private static let impossible = Zxid(epoch: absurd, counter: 1)

    private static let absurdMessages: [[Message]] = [
        [.diff, .commit(impossible)], [.diff, .ping(committed: impossible)], [.snap(impossible)],
        [.trunc(to: Zxid(epoch: 4, counter: 1))], [.diff, .newLeader(3, historyEnd: impossible)],
    ]

    @Test(arguments: absurdMessages)
    func aZxidThatNoLeaderMadeEndsTheLink(messages: [Message]) {
        var peer = follower()
        let effects = hear(messages, &peer)
        #expect(refusal(effects, of: ServerID(1)) != nil, "\(messages)")
        #expect(peer.history == Self.log && peer.committed == Zxid(epoch: 1, counter: 1))
    }

    @Test func suchACommitDoesNotRideOnProposals() {
        var peer = follower()
        var effects = hear([.diff], &peer)
        let first = Zxid(epoch: 3, counter: 1)
        peer.step(.proposals(from: ServerID(1), first: first, last: first, committed: Self.impossible), into: &effects)
        #expect(refusal(effects, of: ServerID(1)) != nil)
        #expect(!effects.contains(.append(first: first, last: first)))
    }

    @Test func countersEndWhereLeadersEndTheirEpochs() {
        var configuration = Self.configuration[1]
        configuration.lastCounters = 100
        let last = 100 + Configuration.lastBatchMax
        for (counter, isRefused) in [(last, false), (last + 1, true)] {
            let disk = DurableState(acceptedEpoch: 2, currentEpoch: 2, history: Self.log)
            var peer = Peer(configuration: configuration, durable: disk, now: 0)
            var effects: [Effect] = []
            peer.start(into: &effects)
            let vote = Vote(peerEpoch: 2, zxid: Zxid(epoch: 2, counter: counter), leader: ServerID(1))
            let notification = Notification(state: .looking, round: 1, vote: vote)
            peer.step(.notification(from: ServerID(1), notification), into: &effects)
            #expect(effects.contains { if case .disbelieved = $0 { true } else { false } } == isRefused)
            #expect((peer.vote == vote) == !isRefused)
        }
    }

    /// The highest round, once adopted, left no room for the next: no election ever ended again.
    @Test func noRoundIsTheLast() {
        for round in [UInt64.max / 2 - 1, .max / 2, .max - 1, .max] {
            var peer = Peer(configuration: Self.configuration[0], durable: DurableState(), now: 0)
            var effects: [Effect] = []
            peer.start(into: &effects)
            // In three steps, since of what lies further than half the way round the older is the newer.
            for said in [round / 3, round / 3 * 2, round] {
                let vote = Vote(peerEpoch: 0, zxid: .zero, leader: ServerID(1))
                let lie = Notification(state: .looking, round: said, vote: vote)
                peer.step(.notification(from: ServerID(3), lie), into: &effects)
                #expect(peer.round == said)
            }
            peer.step(.electionLink(ServerID(3), up: false), into: &effects)
            let next = Notification(state: .looking, round: round &+ 1, vote: peer.vote)
            peer.step(.notification(from: ServerID(2), next), into: &effects)
            #expect(peer.phase == .preparing(epoch: 1), "round \(round)")
            peer.step(.tick(now: 1_000_000), into: &effects)
            #expect(peer.phase == .looking && peer.round == round &+ 2)
        }
    }
}

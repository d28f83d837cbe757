import Testing
import Zab

/// What needs no ensemble: one server, played against.
@Suite struct PeerTests {
    static func lone(_ disk: DurableState = DurableState()) -> (Peer, [Effect]) {
        let configuration = Configuration(
            myself: ServerID(1),
            voters: [ServerID(1)],
            tick: 100,
            initLimit: 10,
            syncLimit: 5
        )
        var peer = Peer(configuration: configuration, durable: disk, now: 0)
        var effects: [Effect] = []
        peer.start(into: &effects)
        return (peer, effects)
    }

    @Test func aLoneVoterLeadsAtOnce() {
        let (peer, effects) = Self.lone()
        #expect(
            effects == [
                .changed(.looking), .changed(.preparing(epoch: 1)), .persistAcceptedEpoch(1), .persistCurrentEpoch(1),
                .changed(.leading(epoch: 1)),
            ]
        )
        #expect(peer.nextZxid == Zxid(epoch: 1, counter: 1))
        #expect(peer.leader == ServerID(1))
    }

    /// ZOOKEEPER-1277: the counter never overflows. The epoch ends before, with nothing under way, and the next one
    /// begins with counter 1.
    @Test func theEpochEndsBeforeItsCounter() {
        var (peer, _) = Self.lone()
        #expect(peer.couldPropose(100_000))
        var effects: [Effect] = []
        let nearEnd = Zxid(epoch: 1, counter: .max - 100_000)
        peer.step(.propose(first: peer.nextZxid, last: nearEnd), into: &effects)
        #expect(!peer.couldPropose(1))
        #expect(peer.phase == .leading(epoch: 1))
        effects = []
        peer.step(.durable(nearEnd), into: &effects)
        #expect(
            effects == [
                .commit(nearEnd), .changed(.looking), .changed(.preparing(epoch: 2)), .persistAcceptedEpoch(2),
                .persistCurrentEpoch(2), .changed(.leading(epoch: 2)),
            ]
        )
        #expect(peer.couldPropose(100_000))
        #expect(peer.nextZxid == Zxid(epoch: 2, counter: 1))
        #expect(peer.lastLogged.mayBeFollowed(by: peer.nextZxid))
    }

    @Test func aBatchThatDoesNotFitIsRefusedAndTheNextSmallerOneFits() {
        var (peer, _) = Self.lone()
        var effects: [Effect] = []
        let first = Zxid(epoch: 1, counter: .max - 200_000)
        peer.step(.propose(first: peer.nextZxid, last: first), into: &effects)
        #expect(peer.couldPropose(131_072))
        #expect(!peer.couldPropose(200_000))
        #expect(!peer.couldPropose(Int(UInt32.max)))
    }

    /// What the disk knows to be committed beyond its snapshot is handed out before anything else.
    @Test func startHandsOutWhatIsCommitted() {
        let history = HistorySummary(
            base: Zxid(epoch: 1, counter: 2),
            epochEnds: [Zxid(epoch: 1, counter: 9), Zxid(epoch: 3, counter: 4)]
        )
        let (peer, effects) = Self.lone(
            DurableState(
                acceptedEpoch: 2,
                currentEpoch: 2,
                history: history,
                committed: Zxid(epoch: 1, counter: 5),
                snapshot: Zxid(epoch: 1, counter: 3)
            )
        )
        #expect(effects.first == .commit(Zxid(epoch: 1, counter: 5)))
        // Epoch 3 was accepted by someone who holds transactions of it, whatever the file says.
        #expect(peer.phase == .leading(epoch: 4))
        #expect(peer.committed == Zxid(epoch: 3, counter: 4))
    }

    @Test func aSnapshotMovesTheBase() {
        var (peer, _) = Self.lone(
            DurableState(history: HistorySummary(epochEnds: [Zxid(epoch: 1, counter: 9), Zxid(epoch: 2, counter: 4)]))
        )
        var effects: [Effect] = []
        peer.step(
            .snapshotTaken(snapshot: Zxid(epoch: 2, counter: 3), base: Zxid(epoch: 1, counter: 9)),
            into: &effects
        )
        #expect(
            peer.history
                == HistorySummary(base: Zxid(epoch: 1, counter: 9), epochEnds: [Zxid(epoch: 2, counter: 4)])
        )
        peer.step(
            .snapshotTaken(snapshot: Zxid(epoch: 2, counter: 4), base: Zxid(epoch: 2, counter: 4)),
            into: &effects
        )
        #expect(peer.history == HistorySummary(base: Zxid(epoch: 2, counter: 4)))
        #expect(effects.isEmpty)
    }

    /// The log's sync had not been told when a snapshot took the place of the log: what it stands for is durable.
    @Test func aSnapshotIsDurable() {
        let ensemble = Ensemble(voters: [1, 2, 3])
        for node in 0..<3 { ensemble.boot(node) }
        ensemble.settle()
        ensemble.propose(2, 2)
        ensemble.settle(syncing: false)
        for node in [1, 2] {
            ensemble.sync(node)
            ensemble.complete(node)
        }
        ensemble.settle(syncing: false)
        var follower = ensemble.nodes[0].peer!
        let last = Zxid(epoch: 1, counter: 2)
        #expect(follower.committed == last && follower.durable == .zero)
        var effects: [Effect] = []
        follower.step(.snapshotTaken(snapshot: last, base: last), into: &effects)
        #expect(effects == [.send(ServerID(3), .ack(last))])
        #expect(follower.durable == last)
    }

    /// After a fatal contradiction nothing is said or counted any more.
    @Test func aStoppedServerIsSilent() {
        var (peer, _) = Self.lone()
        var effects: [Effect] = []
        peer.step(.snapshotInstalled(Zxid(epoch: 1, counter: 1)), into: &effects)
        guard case .fatal? = effects.last else {
            Issue.record("an installed snapshot that nobody waits for must stop the server")
            return
        }
        effects = []
        peer.step(.propose(first: Zxid(epoch: 1, counter: 1), last: Zxid(epoch: 1, counter: 1)), into: &effects)
        peer.step(.tick(now: 1_000_000_000_000), into: &effects)
        #expect(effects.isEmpty)
        #expect(!peer.couldPropose(1))
    }

    /// A commit and a proposal of the same round cost one message.
    @Test func commitsRideOrGoOutAtTheEndOfTheRound() {
        let ensemble = Ensemble(voters: [1, 2, 3])
        for node in 0..<3 { ensemble.boot(node) }
        ensemble.settle()
        ensemble.propose(2, 1)
        ensemble.settle(syncing: false)
        var leader = ensemble.nodes[2].peer!
        var effects: [Effect] = []
        let (first, second) = (Zxid(epoch: 1, counter: 1), Zxid(epoch: 1, counter: 2))
        leader.step(.durable(first), into: &effects)
        leader.step(.message(from: ServerID(1), .ack(first)), into: &effects)
        #expect(effects == [.commit(first)])
        var riding = leader
        effects = []
        riding.step(.propose(first: second, last: second), into: &effects)
        riding.step(.endOfRound, into: &effects)
        #expect(
            effects == [
                .append(first: second, last: second), .stream(ServerID(1), after: first, through: second),
                .stream(ServerID(2), after: first, through: second),
            ]
        )
        effects = []
        leader.step(.endOfRound, into: &effects)
        #expect(effects == [.send(ServerID(1), .commit(first)), .send(ServerID(2), .commit(first))])
        effects = []
        leader.step(.endOfRound, into: &effects)
        #expect(effects.isEmpty)
    }

    /// Thirteen voters: the seventh acknowledgement commits, the sixth does not.
    @Test func theMiddleAcknowledgementCommits() {
        let ensemble = Ensemble(voters: Array(1...13))
        for node in 0..<13 { ensemble.boot(node) }
        ensemble.settle()
        ensemble.tick(100)
        ensemble.settle()
        let leader = ensemble.nodes.firstIndex { if case .leading? = $0.peer?.phase { true } else { false } }!
        #expect(ensemble.nodes[leader].peer!.syncedFollowers == 12)
        #expect(ensemble.nodes[leader].peer!.connectedLearners == 12)
        ensemble.propose(leader, 3)
        ensemble.settle(syncing: false)
        let others = (0..<13).filter { $0 != leader }
        ensemble.sync(leader)
        ensemble.complete(leader)
        for node in others.prefix(6) {
            #expect(ensemble.ledger.isEmpty)
            ensemble.sync(node)
            ensemble.complete(node)
            ensemble.settle(syncing: false)
        }
        #expect(ensemble.ledger.count == 3)
        #expect(ensemble.violations.isEmpty)
    }
}

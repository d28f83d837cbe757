/// One server's part of the protocol: election, discovery, synchronization and broadcast (Zab, DSN'11), with
/// ZooKeeper's fast leader election. A value: inputs go in, effects come out, nothing else happens.
///
/// The effects are appended in the order in which they must be carried out. Between two steps the caller may look at
/// every property.
public struct Peer: Sendable {
    enum Role: UInt8, Sendable {
        case looking
        case following
        case leading
        /// After `Effect.fatal`: deaf and dumb.
        case stopped
    }

    let configuration: Configuration
    var now: Nanoseconds
    var role = Role.looking

    // What is on the disk or on its way there.
    public internal(set) var acceptedEpoch: Epoch
    public internal(set) var currentEpoch: Epoch
    public internal(set) var history: HistorySummary
    public internal(set) var membership: Membership
    /// Everything up to this zxid is synced here.
    public internal(set) var durable: Zxid
    /// Everything up to this zxid is committed, in the log or in a snapshot here, and was handed out to be applied.
    public internal(set) var committed: Zxid
    /// The newest snapshot.
    var snapshot: Zxid
    /// For whom `acceptedEpoch` was accepted; nil after a restart. A reign is named by its epoch and its leader, and
    /// only this one may count our promise (see `Message.uncountedEpoch`).
    var promisedTo: ServerID?

    /// The election that is going on, or the one that brought us here. It goes round, and of two rounds the newer is
    /// the one that fewer steps lead to: a peer can say any, the highest too, and nobody runs out of rounds by adopting
    /// it. Honest servers' rounds lie so close together that this is the order of the numbers.
    public internal(set) var round: UInt64 = 0
    /// Whom we want as leader, or have.
    public internal(set) var vote: Vote
    var election: Election
    /// By voter index.
    var electionLinks: [Bool]
    /// Servers that asked for a leader when we could not yet name an established one; told as soon as we can.
    var lookers: [ServerID] = []

    /// The servers with a quorum link to us, sorted. They may come before we know that we lead.
    var learners: [Learner] = []
    /// Meaningful while `role` is `leading`.
    var reign: Reign
    /// Meaningful while `role` is `following`.
    var allegiance: Allegiance
    /// Room for the acknowledgements of all voters, so that counting allocates nothing.
    var acknowledged: [Zxid] = []

    /// When something that a peer said was last told to the log as not believed.
    var disbelievedAt: [(id: ServerID, at: Nanoseconds)] = []

    public init(configuration: Configuration, durable disk: DurableState, now: Nanoseconds) {
        precondition(
            configuration.voters.contains(configuration.myself) != configuration.isObserver,
            "a server is either a voter or an observer of its own ensemble"
        )
        self.configuration = configuration
        self.now = now
        history = disk.history
        // What the history itself proves, even if an epoch file was lost: a transaction of an epoch comes only to
        // those who accepted the epoch.
        acceptedEpoch = max(disk.acceptedEpoch, disk.currentEpoch, disk.history.last.epoch)
        currentEpoch = disk.currentEpoch
        membership = disk.membership
        snapshot = max(disk.snapshot, disk.history.base)
        durable = disk.history.last
        committed = max(snapshot, min(disk.committed, disk.history.last))
        vote = Vote(peerEpoch: 0, zxid: .zero, leader: configuration.myself)
        election = Election(voterCount: configuration.voters.count, now: now)
        electionLinks = Array(repeating: false, count: configuration.voters.count)
        reign = Reign(epoch: 0, voterCount: configuration.voters.count, now: now, deadline: now)
        allegiance = Allegiance(leader: configuration.myself, now: now)
        acknowledged.reserveCapacity(configuration.voters.count)
    }

    /// Begins the first election. What the disk knows to be committed beyond its snapshot is handed out first.
    public mutating func start(into effects: inout [Effect]) {
        if committed > snapshot { effects.append(.commit(committed)) }
        startLooking(into: &effects)
    }

    public mutating func step(_ input: Input, into effects: inout [Effect]) {
        if role == .stopped { return }
        switch input {
        case .tick(let time): tick(time, into: &effects)
        case .electionLink(let id, let up): electionLink(id, up: up, into: &effects)
        case .notification(let sender, let notification): receive(notification, from: sender, into: &effects)
        case .quorumLink(let id, let up): quorumLink(id, up: up, into: &effects)
        case .message(let sender, let message): receive(message, from: sender, into: &effects)
        case .proposals(let sender, let first, let last, let committed):
            receiveProposals(from: sender, first: first, last: last, committed: committed, into: &effects)
        case .propose(let first, let last): propose(first: first, last: last, into: &effects)
        case .held(let id): held(id, into: &effects)
        case .durable(let zxid): becameDurable(zxid, into: &effects)
        case .snapshotInstalled(let zxid): snapshotInstalled(zxid, into: &effects)
        case .snapshotTaken(let zxid, let base): snapshotTaken(zxid, base: base, into: &effects)
        case .endOfRound: tellCommits(into: &effects)
        }
    }
}

extension Peer {
    public var phase: Phase {
        switch role {
        case .looking, .stopped: .looking
        case .leading:
            reign.stage == .established ? .leading(epoch: reign.epoch) : .preparing(epoch: reign.epoch)
        case .following:
            if allegiance.stage < .serving {
                .joining(leader: allegiance.leader)
            } else if configuration.isObserver {
                .observing(leader: allegiance.leader, epoch: allegiance.epoch)
            } else {
                .following(leader: allegiance.leader, epoch: allegiance.epoch)
            }
        }
    }

    /// Whether it leads an established epoch. As `phase` has it; `mutating`, although nothing changes, since a caller would
    /// copy the whole peer for any other call (448 bytes), and this is asked for every request and frame.
    public mutating func leads() -> Bool { role == .leading && reign.stage == .established }

    /// Whether this is the leader that we follow or try to follow, or are; `mutating` for the same reason.
    public mutating func isUnder(_ id: ServerID) -> Bool { leader == id }

    /// The last transaction in the log, synced or not.
    public var lastLogged: Zxid { history.last }

    /// The leader that we follow or try to follow, or are.
    public var leader: ServerID? {
        switch role {
        case .looking, .stopped: nil
        case .following: allegiance.leader
        case .leading: configuration.myself
        }
    }

    /// The zxid of the serving leader's next transaction: counter 1 is the first of its epoch.
    public var nextZxid: Zxid {
        history.last.epoch == reign.epoch
            ? history.last.advanced(by: 1) : Zxid(epoch: reign.epoch, counter: 1)
    }

    /// Whether the leader may propose `count` transactions now. False when it does not serve, and near the end of the
    /// epoch's counter: then the epoch ends, as soon as all is committed, by a new election.
    public mutating func canPropose(_ count: Int) -> Bool {
        guard role == .leading, reign.stage == .established else { return false }
        let used = history.last.epoch == reign.epoch ? history.last.counter : 0
        return (used < configuration.lastCounters || PlantedBug.counterRunsOver.isPlanted)
            && count < Int(UInt32.max - used)
    }

    /// Voters, other than the leader itself, that acknowledged this leader's NEWLEADER; zero if we do not lead.
    public var syncedFollowers: Int {
        guard role == .leading else { return 0 }
        var count = 0
        for learner in learners where learner.isVoter && learner.stage == .synchronized { count += 1 }
        return count
    }

    /// Observers that have the leader's history and hear of what is committed; zero if we do not lead.
    public var synchronizedObservers: Int {
        role == .leading ? learners.count { !$0.isVoter && $0.stage == .synchronized } : 0
    }

    /// Followers and observers with a quorum link to this leader; zero if we do not lead.
    public var connectedLearners: Int { role == .leading ? learners.count : 0 }

    var isVoter: Bool { !configuration.isObserver }

    func voterIndex(_ id: ServerID) -> Int? { configuration.voters.firstIndex(of: id) }

    func ticks(_ count: UInt32) -> Nanoseconds { configuration.tick * Nanoseconds(count) }

    /// What we say of ourselves.
    var notification: Notification {
        let state: PeerState =
            switch role {
            case .looking, .stopped: .looking
            case .leading: .leading
            case .following: isVoter ? .following : .observing
            }
        return Notification(state: state, round: round, vote: vote)
    }

    mutating func becameDurable(_ zxid: Zxid, into effects: inout [Effect]) {
        // A completion from before a truncation names a transaction that is not in the log any more. What is in the
        // log both before and after the cut lies before the cut, and that is durable already.
        guard zxid > durable, history.contains(zxid) else { return }
        durable = zxid
        switch role {
        case .leading: leaderBecameDurable(into: &effects)
        case .following: learnerBecameDurable(into: &effects)
        case .looking, .stopped: break
        }
    }

    mutating func snapshotTaken(_ zxid: Zxid, base: Zxid, into effects: inout [Effect]) {
        precondition(base <= zxid && zxid <= committed, "a snapshot holds what is committed, and no less than was cut")
        snapshot = max(snapshot, zxid)
        guard base > history.base else { return }
        history.drop(through: base)
        // What the log no longer needs is durable, even if the log's own sync has not been told yet: its completion
        // would name a transaction that we do not know any more.
        becameDurable(base, into: &effects)
    }

    /// The server's disk contradicts the ensemble: anything further could only spread the damage.
    mutating func stop(_ reason: String, into effects: inout [Effect]) {
        role = .stopped
        effects.append(.fatal(reason))
    }
}

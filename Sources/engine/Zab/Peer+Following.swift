/// A follower's or an observer's side of discovery, synchronization and broadcast.
extension Peer {
    mutating func startFollowing(_ leader: ServerID, into effects: inout [Effect]) {
        // Those who took us for their leader learn at once that we are not.
        for learner in learners { effects.append(.disconnect(learner.id)) }
        learners.removeAll(keepingCapacity: true)
        role = .following
        lookers.removeAll { $0 == leader }
        allegiance = Allegiance(leader: leader, now: now)
        effects.append(.changed(.joining(leader: leader)))
        effects.append(.connect(leader))
    }

    /// Nothing of the role survives: what was acknowledged, held back or awaited belonged to this leader
    /// (ZOOKEEPER-4712, ZOOKEEPER-4541). The log keeps its tail.
    ///
    /// - Parameter reason: what the leader said that cannot be.
    mutating func abandonLeader(because reason: String? = nil, into effects: inout [Effect]) {
        let leader = allegiance.leader
        effects.append(.disconnect(leader, because: reason.flatMap { told($0, of: leader) }))
        startLooking(into: &effects)
    }

    mutating func quorumLink(_ id: ServerID, up: Bool, into effects: inout [Effect]) {
        if role == .following {
            learnerLink(id, up: up, into: &effects)
        } else {
            leaderLink(id, up: up, into: &effects)
        }
    }

    private mutating func learnerLink(_ id: ServerID, up: Bool, into effects: inout [Effect]) {
        guard id == allegiance.leader else {
            if up { effects.append(.disconnect(id)) }
            return
        }
        if up, allegiance.stage == .connecting {
            allegiance.stage = .informed
            allegiance.heard(now)
            let info = Message.learnerInfo(
                acceptedEpoch: acceptedEpoch,
                observer: configuration.isObserver,
                identity: membership.shown
            )
            effects.append(.send(id, info))
        } else if up || allegiance.stage > .connecting {
            abandonLeader(into: &effects)
        }
    }

    mutating func receive(_ message: Message, from sender: ServerID, into effects: inout [Effect]) {
        if role == .following {
            guard sender == allegiance.leader else {
                effects.append(.disconnect(sender))
                return
            }
            allegiance.heard(now)
            if let reason = objection(to: message) { return abandonLeader(because: reason, into: &effects) }
            if !receiveFromLeader(message, into: &effects) { abandonLeader(into: &effects) }
        } else {
            receiveFromLearner(message, sender, into: &effects)
        }
    }

    /// Why no leader of ours can say this, nil if one can.
    private func objection(to message: Message) -> String? {
        switch message {
        case .leaderInfo(let epoch, _) where !canBe(epoch):
            return "proposes epoch \(epoch), the newest that can be is \(epochMax)"
        case .leaderInfo(_, let identity) where membership.isForeign(identity):
            return membership.objection(to: identity)
        case .upToDate(let zxid), .commit(let zxid), .ping(let zxid):
            return objection(toCommitted: zxid)
        case .snap(let zxid), .trunc(let zxid), .newLeader(_, let zxid):
            guard !canBe(zxid, upTo: allegiance.epoch) || (zxid.counter == 0 && zxid != .zero) else { return nil }
            return "says its history holds \(zxid) in epoch \(allegiance.epoch); counters are from 1 to "
                + "\(configuration.counterMax)"
        default: return nil
        }
    }

    /// It would be kept for the transactions that are still to come, and commit each as soon as it is logged here.
    private func objection(toCommitted zxid: Zxid) -> String? {
        guard !canBe(zxid, upTo: allegiance.epoch) else { return nil }
        return "says \(zxid) is committed in epoch \(allegiance.epoch); counters end at \(configuration.counterMax)"
    }

    /// False if the leader may not say this now.
    private mutating func receiveFromLeader(_ message: Message, into effects: inout [Effect]) -> Bool {
        switch message {
        case .leaderInfo(let epoch, let identity): return promise(epoch, identity, into: &effects)
        case .diff:
            guard allegiance.stage == .promised else { return false }
            allegiance.stage = .receivingHistory
        case .trunc(let zxid): return truncate(to: zxid, into: &effects)
        case .snap(let zxid): return expectSnapshot(zxid, into: &effects)
        case .newLeader(let epoch, let historyEnd):
            // Before our base it is committed history that our snapshot stands for.
            guard allegiance.stage == .receivingHistory, epoch == allegiance.epoch,
                historyEnd < history.base || history.contains(historyEnd)
            else { return false }
            allegiance.historyEnd = historyEnd
            allegiance.stage = .persisting
            if PlantedBug.epochBeforeHistory.isPlanted, currentEpoch != epoch {
                currentEpoch = epoch
                takeIdentity(allegiance.identity)
                effects.append(.persistCurrentEpoch(epoch, identity: allegiance.identity))
            }
            acknowledge(into: &effects)
        case .upToDate(let zxid):
            let isEarly = PlantedBug.servesBeforeUpToDate.isPlanted && allegiance.stage == .serving
            guard allegiance.stage == .acknowledged || isEarly, commitKnown(zxid, into: &effects) else { return false }
            allegiance.stage = .serving
            // From here on all who serve under this leader describe it alike, whatever they voted.
            vote.peerEpoch = allegiance.epoch
            confirmIdentity(into: &effects)
            effects.append(.changed(phase))
            tellLookers(into: &effects)
        case .commit(let zxid):
            return allegiance.stage >= .receivingHistory && commitKnown(zxid, into: &effects)
        case .ping(let zxid):
            // A ping passes what waits on the link before it: DIFF, TRUNC or SNAP and the records behind it, but no
            // ping is sent before these are. Until they are here our log need not be the leader's, and UPTODATE will
            // tell of the commit again; after that, the commit waits for its transactions.
            guard allegiance.stage >= .promised else { return false }
            if allegiance.stage >= .receivingHistory, !commitKnown(zxid, into: &effects) { return false }
            effects.append(.send(allegiance.leader, .pong))
        case .learnerInfo, .ackEpoch, .ack, .ackNewLeader, .pong: return false
        }
        return true
    }

    /// LEADERINFO: promises to refuse every older epoch, durably, before saying so.
    private mutating func promise(_ epoch: Epoch, _ identity: UInt64, into effects: inout [Effect]) -> Bool {
        guard allegiance.stage == .informed, epoch >= acceptedEpoch || PlantedBug.oldEpochAccepted.isPlanted, epoch > 0,
            epoch != Message.uncountedEpoch
        else {
            return false
        }
        if epoch > acceptedEpoch {
            acceptedEpoch = epoch
            promisedTo = allegiance.leader
            if !PlantedBug.promiseNotPersisted.isPlanted { effects.append(.persistAcceptedEpoch(epoch)) }
        }
        allegiance.stage = .promised
        allegiance.epoch = epoch
        allegiance.identity = identity
        let isOurs = promisedTo == allegiance.leader || PlantedBug.promiseCountedTwice.isPlanted
        let named = isOurs ? currentEpoch : Message.uncountedEpoch
        effects.append(.send(allegiance.leader, .ackEpoch(currentEpoch: named, history: history)))
        return true
    }

    private mutating func truncate(to zxid: Zxid, into effects: inout [Effect]) -> Bool {
        guard allegiance.stage == .promised else { return false }
        if refuse(zxid, "cut its log back", into: &effects) { return true }
        guard zxid < history.last, history.contains(zxid) else { return false }
        var zxid = zxid
        if PlantedBug.wrongTruncation.isPlanted, history.contains(zxid.advanced(by: 1)) { zxid = zxid.advanced(by: 1) }
        allegiance.stage = .receivingHistory
        history.truncate(to: zxid)
        durable = zxid
        effects.append(.truncate(zxid))
        return true
    }

    private mutating func expectSnapshot(_ zxid: Zxid, into effects: inout [Effect]) -> Bool {
        guard allegiance.stage == .promised else { return false }
        if refuse(zxid, "replace its state by a snapshot", into: &effects) { return true }
        // Nothing can be committed in an epoch after the leader's.
        guard zxid.epoch <= allegiance.epoch else { return false }
        allegiance.stage = .receivingSnapshot
        allegiance.snapshot = zxid
        return true
    }

    /// A leader whose history lacks what we know to be committed must not be obeyed: either disk is wrong.
    private mutating func refuse(_ zxid: Zxid, _ order: String, into effects: inout [Effect]) -> Bool {
        guard zxid < committed else { return false }
        let leader = allegiance.leader
        stop(
            "server \(configuration.myself) was told by leader \(leader) to \(order) at \(zxid), but has committed "
                + "\(committed): the histories contradict each other; keep both data folders and compare their logs",
            into: &effects
        )
        return true
    }

    /// The zxid of the snapshot that the leader has announced and whose bytes are awaited; nil at all other times.
    public var expectedSnapshot: Zxid? {
        guard role == .following, allegiance.stage == .receivingSnapshot else { return nil }
        return allegiance.snapshot
    }

    mutating func snapshotInstalled(_ zxid: Zxid, into effects: inout [Effect]) {
        guard role == .following, allegiance.stage == .receivingSnapshot, allegiance.snapshot == zxid else {
            stop("the state was replaced by a snapshot at \(zxid) that nobody waits for", into: &effects)
            return
        }
        history = HistorySummary(base: zxid)
        snapshot = zxid
        durable = zxid
        committed = zxid
        allegiance.stage = .receivingHistory
        allegiance.heard(now)
    }

    mutating func receiveProposals(
        from sender: ServerID,
        first: Zxid,
        last: Zxid,
        committed: Zxid,
        into effects: inout [Effect]
    ) {
        guard role == .following, sender == allegiance.leader else {
            effects.append(.disconnect(sender))
            if let index = learners.firstIndex(where: { $0.id == sender }) { removeLearner(at: index, into: &effects) }
            return
        }
        allegiance.heard(now)
        // An overlap is refused like a gap: both mean that the two ends of the link disagree on what was sent, and a
        // hole once accepted spreads with the next DIFF (ZOOKEEPER-4925).
        guard allegiance.stage >= .receivingHistory, first.epoch == last.epoch, first <= last,
            history.last.mayBeFollowed(by: first) || PlantedBug.zxidGapAccepted.isPlanted,
            allegiance.stage == .receivingHistory ? first.epoch <= allegiance.epoch : first.epoch == allegiance.epoch
        else {
            abandonLeader(into: &effects)
            return
        }
        guard canBe(last, upTo: allegiance.epoch) else {
            let reason = "proposes \(last); counters end at \(configuration.counterMax)"
            return abandonLeader(because: reason, into: &effects)
        }
        if let reason = objection(toCommitted: committed) { return abandonLeader(because: reason, into: &effects) }
        history.append(through: last)
        effects.append(.append(first: first, last: last))
        if !commitKnown(committed, into: &effects) { abandonLeader(into: &effects) }
    }

    /// Takes a COMMIT as far as the log reaches; the rest waits for its transactions, and is never skipped
    /// (ZOOKEEPER-4394). What the leader knows to be committed is committed, whether we have acknowledged NEWLEADER
    /// or not: from DIFF, TRUNC or SNAP on our log is the beginning of the leader's.
    ///
    /// - Returns: false if it lies within our log and is none of its transactions: then the leader's log is another.
    private mutating func commitKnown(_ zxid: Zxid, into effects: inout [Effect]) -> Bool {
        allegiance.knownCommitted = max(allegiance.knownCommitted, zxid)
        let reached = min(allegiance.knownCommitted, history.last)
        guard reached > committed else { return true }
        guard history.contains(reached) else { return false }
        committed = reached
        effects.append(.commit(reached))
        return true
    }

    mutating func learnerBecameDurable(into effects: inout [Effect]) {
        acknowledge(into: &effects)
    }

    /// Acknowledges what has become durable, in the one safe order: initial history, current epoch, NEWLEADER, and
    /// only then the proposals after it (ZOOKEEPER-3023, 4643, 4646, 4685).
    private mutating func acknowledge(into effects: inout [Effect]) {
        if allegiance.stage == .persisting,
            durable >= allegiance.historyEnd || PlantedBug.newLeaderAckBeforeSync.isPlanted
        {
            if currentEpoch != allegiance.epoch {
                currentEpoch = allegiance.epoch
                takeIdentity(allegiance.identity)
                effects.append(.persistCurrentEpoch(currentEpoch, identity: allegiance.identity))
            }
            allegiance.stage = .acknowledged
            allegiance.acknowledgedAt = now
            allegiance.acked = allegiance.historyEnd
            effects.append(.send(allegiance.leader, .ackNewLeader(allegiance.epoch)))
            if PlantedBug.servesBeforeUpToDate.isPlanted {
                allegiance.stage = .serving
                effects.append(.changed(phase))
            }
        }
        if allegiance.stage >= .acknowledged, durable > allegiance.acked {
            allegiance.acked = durable
            effects.append(.send(allegiance.leader, .ack(durable)))
        }
    }

    /// How long we go without a word from the leader.
    var patience: Nanoseconds {
        ticks(allegiance.stage == .serving ? configuration.syncLimit : configuration.initLimit)
    }

    mutating func tickFollowing(into effects: inout [Effect]) {
        // A leader that has a quorum says UPTODATE at once, and one that finds none gives up within initLimit. Pings do
        // not excuse one that does neither: we would follow it for ever and never serve (simulator, mixed 1868).
        let isForgotten =
            allegiance.stage == .acknowledged
            && now - allegiance.acknowledgedAt > 2 * ticks(configuration.initLimit)
        if isForgotten || now - allegiance.heardAt > patience { abandonLeader(into: &effects) }
    }
}

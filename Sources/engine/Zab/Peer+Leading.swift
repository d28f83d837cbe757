/// A leader's side of discovery: finding an epoch that is new to a quorum, and a quorum's promise to it.
extension Peer {
    mutating func startLeading(into effects: inout [Effect]) {
        role = .leading
        reign = Reign(
            epoch: acceptedEpoch &+ 1,
            voterCount: configuration.voters.count,
            now: now,
            deadline: now + ticks(configuration.initLimit)
        )
        let hasIdentity = membership.isConfirmed || (currentEpoch > 0 && membership.identity != 0)
        reign.identity = hasIdentity ? membership.identity : configuration.candidateIdentity
        for index in learners.indices { learners[index].heard(now) }
        effects.append(.changed(phase))
        dropStrangers(into: &effects)
        guard role == .leading else { return }
        fixEpochIfPossible(into: &effects)
    }

    /// Back to looking. No learner, no promise and no count of this reign is left for the next one; an uncommitted
    /// tail stays in the log and votes.
    mutating func resign(into effects: inout [Effect]) {
        for learner in learners { effects.append(.disconnect(learner.id)) }
        learners.removeAll(keepingCapacity: true)
        startLooking(into: &effects)
    }

    mutating func leaderLink(_ id: ServerID, up: Bool, into effects: inout [Effect]) {
        if let index = learners.firstIndex(where: { $0.id == id }) { removeLearner(at: index, into: &effects) }
        // Without its link the learner may have been one too many to lose.
        guard up, role != .following else { return }
        let index = voterIndex(id)
        guard id != configuration.myself, isVoter, index != nil || configuration.observers.contains(id) else {
            effects.append(.disconnect(id))
            return
        }
        if role == .leading, let index { reign.deserted[index] = false }
        let place = learners.firstIndex { $0.id > id } ?? learners.endIndex
        learners.insert(Learner(id: id, place: index, now: now), at: place)
    }

    /// Forgets a learner whose link is closed already.
    mutating func removeLearner(at index: Int, into effects: inout [Effect]) {
        learners.remove(at: index)
        if role == .leading { resignIfHopeless(into: &effects) }
    }

    /// Closes the link with a learner that broke the protocol, fell silent or must not follow us.
    ///
    /// - Parameter reason: what it said that cannot be.
    mutating func drop(at index: Int, because reason: String? = nil, into effects: inout [Effect]) {
        let id = learners[index].id
        effects.append(.disconnect(id, because: reason.flatMap { told($0, of: id) }))
        removeLearner(at: index, into: &effects)
    }

    /// Ourselves, and the voters that follow us and are as far as that.
    func supporters(_ isFar: (Learner) -> Bool) -> VoterSet {
        var voters = VoterSet()
        if let mine = voterIndex(configuration.myself) { voters.insert(mine) }
        for learner in learners {
            if let place = learner.place, isFar(learner) { voters.insert(place) }
        }
        return voters
    }

    /// A leader that cannot have a quorum any more must not keep the others waiting: it looks again at once.
    mutating func resignIfHopeless(into effects: inout [Effect]) {
        if reign.stage == .established {
            let isHopeless = !configuration.quorums.isQuorum(supporters { $0.stage == .synchronized })
            if isHopeless, !PlantedBug.leaderNeverResigns.isPlanted {
                resign(into: &effects)
            }
            return
        }
        var hopes = VoterSet()
        for (index, id) in configuration.voters.enumerated() {
            let linked = learners.contains { $0.id == id }
            if id == configuration.myself || linked || (electionLinks[index] && !reign.deserted[index]) {
                hopes.insert(index)
            }
        }
        if !configuration.quorums.isQuorum(hopes) { resign(into: &effects) }
    }

    /// A voter that elects anew, or follows another, will not come to us whatever we wait (ZOOKEEPER-3109).
    mutating func noteDesertion(
        _ notification: Notification,
        of sender: ServerID,
        _ index: Int,
        into effects: inout [Effect]
    ) {
        guard reign.stage != .established, !learners.contains(where: { $0.id == sender }) else { return }
        let mine = notification.vote.leader == configuration.myself
        switch notification.state {
        case .looking:
            guard notification.round == round || notification.isNewer(than: round) else { return }
            reign.deserted[index] = notification.round != round || !mine
        case .following, .leading, .observing:
            guard notification.round == round || notification.isNewer(than: round) else { return }
            reign.deserted[index] = !mine
        }
        if reign.deserted[index] { resignIfHopeless(into: &effects) }
    }

    mutating func receiveFromLearner(_ message: Message, _ sender: ServerID, into effects: inout [Effect]) {
        guard let index = learners.firstIndex(where: { $0.id == sender }) else {
            effects.append(.disconnect(sender))
            return
        }
        learners[index].heard(now)
        let stage = learners[index].stage
        switch message {
        case .learnerInfo(let epoch, let observer, let identity)
        where stage == .connected && observer != learners[index].isVoter && epoch != Message.uncountedEpoch:
            guard canBeAccepted(epoch) else {
                drop(at: index, because: "says it has accepted \(beyond(epoch))", into: &effects)
                return
            }
            learners[index].identity = identity
            if isStranger(learners[index]) { return dropStranger(at: index, into: &effects) }
            learners[index].stage = .informed
            learners[index].acceptedEpoch = epoch
            if role == .leading { welcome(at: index, into: &effects) }
        case .ackEpoch(let epoch, let history) where stage == .informed && isEpochFixed:
            receivePromise(at: index, epoch, history, into: &effects)
        case .ackNewLeader(let epoch) where stage == .forwarding && epoch == reign.epoch:
            receiveSynchronized(at: index, into: &effects)
        case .ack(let zxid)
        where stage == .synchronized && zxid <= learners[index].sent && (zxid <= committed || history.contains(zxid)):
            receiveAck(zxid, at: index, into: &effects)
        case .pong where stage >= .forwarding: break
        default: drop(at: index, into: &effects)
        }
    }

    private var isEpochFixed: Bool { role == .leading && reign.stage > .discovering }

    private func beyond(_ epoch: Epoch) -> String { "epoch \(epoch), the newest that can be is \(claimMax)" }

    /// A learner told its accepted epoch.
    private mutating func welcome(at index: Int, into effects: inout [Effect]) {
        guard isEpochFixed else {
            fixEpochIfPossible(into: &effects)
            return
        }
        if learners[index].acceptedEpoch > reign.epoch, !PlantedBug.oldEpochAccepted.isPlanted {
            // It accepted a newer epoch from somebody who had a quorum at the time and may not follow us any more,
            // ever. Only a still newer epoch brings everybody together again; finding one takes milliseconds.
            resign(into: &effects)
            return
        }
        effects.append(.send(learners[index].id, .leaderInfo(newEpoch: reign.epoch, identity: reign.identity)))
    }

    /// The new epoch is above every epoch that a quorum has accepted, so no older leader can have a quorum after it.
    private mutating func fixEpochIfPossible(into effects: inout [Effect]) {
        var newest = acceptedEpoch
        for learner in learners where learner.stage >= .informed { newest = max(newest, learner.acceptedEpoch) }
        guard configuration.quorums.isQuorum(supporters { $0.stage >= .informed }) else { return }
        guard newest < Message.uncountedEpoch - 1 else {
            stop(
                "the ensemble has used up its epochs at \(newest): no further leader can be established",
                into: &effects
            )
            return
        }
        let epoch = newest + 1
        acceptedEpoch = epoch
        promisedTo = configuration.myself
        effects.append(.persistAcceptedEpoch(epoch))
        reign.stage = .promising
        reign.deadline = now + ticks(configuration.initLimit)
        if reign.epoch != epoch {
            reign.epoch = epoch
            effects.append(.changed(phase))
        }
        for learner in learners where learner.stage == .informed {
            effects.append(.send(learner.id, .leaderInfo(newEpoch: epoch, identity: reign.identity)))
        }
        synchronizeIfPromised(into: &effects)
    }

    private mutating func receivePromise(
        at index: Int,
        _ epoch: Epoch,
        _ history: HistorySummary,
        into effects: inout [Effect]
    ) {
        if let reason = objection(to: history, epoch, upTo: reign.epoch) {
            // The learner is of no use to us, whatever it says next.
            if let voter = voterIndex(learners[index].id) { reign.deserted[voter] = true }
            drop(at: index, because: reason, into: &effects)
            return
        }
        let weighs = learners[index].place.map(configuration.quorums.counts) ?? false
        let counts = weighs && epoch != Message.uncountedEpoch
        if reign.stage == .promising, counts, !PlantedBug.betterHistoryIgnored.isPlanted,
            (epoch, history.last) > (currentEpoch, self.history.last)
        {
            // It may hold what is committed and we lack. After a quorum's promise this cannot be, and what such a
            // latecomer holds more is cut.
            if let voter = voterIndex(learners[index].id) { reign.deserted[voter] = true }
            drop(at: index, into: &effects)
            return
        }
        learners[index].stage = .promised
        learners[index].promiseCounts = counts
        learners[index].history = history
        if reign.stage == .promising {
            synchronizeIfPromised(into: &effects)
        } else {
            synchronize(at: index, into: &effects)
        }
    }

    /// With a quorum's promises the initial history of the epoch is our log as it is now.
    private mutating func synchronizeIfPromised(into effects: inout [Effect]) {
        let promised = supporters { $0.stage == .promised && $0.promiseCounts }
        guard configuration.quorums.isQuorum(promised) else { return }
        reign.stage = .synchronizing
        reign.historyEnd = history.last
        reign.deadline = now + ticks(configuration.initLimit)
        for index in learners.indices where learners[index].stage == .promised {
            synchronize(at: index, into: &effects)
        }
        leaderBecameDurable(into: &effects)
    }
}

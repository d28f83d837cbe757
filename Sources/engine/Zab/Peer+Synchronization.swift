/// A leader's side of synchronization: giving each learner the leader's history, until a quorum has it.
extension Peer {
    /// Sends a learner what makes its history ours, then NEWLEADER. From here on it gets every proposal, long before
    /// it has acknowledged NEWLEADER: what is proposed in between would be missing otherwise.
    mutating func synchronize(at index: Int, into effects: inout [Effect]) {
        let id = learners[index].id
        let theirs = learners[index].history
        var reached: Zxid
        if let common = history.commonPoint(with: theirs), common >= history.base {
            // Exact bounds on both sides: the cut is the last transaction that both have, never its neighbour
            // (ZOOKEEPER-2418, ZOOKEEPER-3526).
            effects.append(
                .send(id, theirs.last > common && !PlantedBug.truncationLeftOut.isPlanted ? .trunc(to: common) : .diff)
            )
            reached = common
        } else {
            // What follows the common point is not in our log any more, or there is no common point to be seen.
            effects.append(.send(id, .snap(snapshot)))
            effects.append(.sendSnapshot(id, snapshot))
            reached = snapshot
        }
        for end in history.epochEnds where end > reached {
            effects.append(.stream(id, after: reached, through: end))
            reached = end
        }
        effects.append(.send(id, .newLeader(reign.epoch, historyEnd: reign.historyEnd)))
        learners[index].stage = .forwarding
        learners[index].sent = history.last
        learners[index].history = HistorySummary()
        learners[index].awaitedSince = now
    }

    /// The learner has the initial history and the epoch on its disk.
    mutating func receiveSynchronized(at index: Int, into effects: inout [Effect]) {
        learners[index].stage = .synchronized
        learners[index].awaited = learners[index].sent
        learners[index].awaitedSince = now
        learners[index].didAcknowledge(through: reign.historyEnd, now: now)
        if reign.stage == .established {
            sayUpToDate(at: index, into: &effects)
        } else {
            establishIfPossible(into: &effects)
        }
    }

    /// The newest commit, not that of NEWLEADER: a learner serves with nothing missing that a client could have seen
    /// elsewhere before.
    private mutating func sayUpToDate(at index: Int, into effects: inout [Effect]) {
        learners[index].toldCommitted = committed
        effects.append(.send(learners[index].id, .upToDate(committed: committed)))
    }

    mutating func leaderBecameDurable(into effects: inout [Effect]) {
        switch reign.stage {
        case .discovering, .promising: break
        case .synchronizing:
            // The leader is its own first learner, by the same order: history, then epoch, then acknowledgement.
            guard !reign.selfSynchronized, durable >= reign.historyEnd else { return }
            reign.selfSynchronized = true
            currentEpoch = reign.epoch
            takeIdentity(reign.identity)
            effects.append(.persistCurrentEpoch(currentEpoch, identity: reign.identity))
            establishIfPossible(into: &effects)
        case .established: advanceCommit(into: &effects)
        }
    }

    private mutating func establishIfPossible(into effects: inout [Effect]) {
        guard reign.selfSynchronized else { return }
        let synchronized = supporters { $0.stage == .synchronized }
        guard
            configuration.quorums.isQuorum(
                PlantedBug.minorityEstablishes.isPlanted ? synchronized.withOneMore : synchronized
            )
        else { return }
        reign.stage = .established
        vote.peerEpoch = reign.epoch
        confirmIdentity(into: &effects)
        if reign.historyEnd > committed {
            committed = reign.historyEnd
            effects.append(.commit(committed))
        }
        for index in learners.indices where learners[index].stage == .synchronized {
            sayUpToDate(at: index, into: &effects)
        }
        effects.append(.changed(phase))
        tellLookers(into: &effects)
    }
}

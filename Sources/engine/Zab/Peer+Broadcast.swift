/// The serving leader: proposals out, acknowledgements in, commits.
extension Peer {
    mutating func propose(first: Zxid, last: Zxid, into effects: inout [Effect]) {
        guard role == .leading, reign.stage == .established else { return }
        precondition(
            first == nextZxid && first <= last && first.epoch == last.epoch,
            "proposals are numbered without a gap, in one epoch"
        )
        history.append(through: last)
        // Our disk and our followers' work at the same time; our own vote counts when our own sync is done.
        effects.append(.append(first: first, last: last))
        for index in learners.indices where learners[index].stage >= .forwarding {
            effects.append(.stream(learners[index].id, after: learners[index].sent, through: last))
            learners[index].didSend(through: last, now: now)
            learners[index].toldCommitted = committed
        }
    }

    mutating func receiveAck(_ zxid: Zxid, at index: Int, into effects: inout [Effect]) {
        guard zxid > learners[index].acked else { return }
        learners[index].didAcknowledge(through: zxid, now: now)
        if learners[index].isVoter || PlantedBug.observerCounts.isPlanted, reign.stage == .established {
            advanceCommit(into: &effects)
        }
    }

    /// Commits the newest transaction that a quorum has on disk. Only a transaction of our own epoch commits by counting;
    /// the history before it was committed as a whole by the quorum of NEWLEADER acknowledgements.
    mutating func advanceCommit(into effects: inout [Effect]) {
        guard configuration.quorums.isMajority || PlantedBug.hierarchyLeftOutInCommit.isPlanted else {
            commit(through: reachedByHierarchy, into: &effects)
            return
        }
        // Of all voters' cumulative acknowledgements in falling order, the quorum-th.
        acknowledged.removeAll(keepingCapacity: true)
        insertAcknowledged(durable)
        for learner in learners
        where (learner.isVoter || PlantedBug.observerCounts.isPlanted) && learner.stage == .synchronized {
            insertAcknowledged(learner.acked)
        }
        let quorum = configuration.quorums.majority
        guard acknowledged.count >= quorum else { return }
        let missing = PlantedBug.minorityCommit.isPlanted && quorum > 1 ? 1 : 0
        commit(through: acknowledged[quorum - 1 - missing], into: &effects)
    }

    /// Each acknowledgement beyond the commit is tried, which takes no memory: there are as many as voters at most.
    private var reachedByHierarchy: Zxid {
        var reached = committed
        if durable > reached, isHeldByQuorum(durable) { reached = durable }
        for learner in learners where learner.stage == .synchronized && learner.acked > reached {
            if isHeldByQuorum(learner.acked) { reached = learner.acked }
        }
        return reached
    }

    private func isHeldByQuorum(_ zxid: Zxid) -> Bool {
        var holders = supporters { $0.stage == .synchronized && $0.acked >= zxid }
        if durable < zxid, let mine = voterIndex(configuration.myself) { holders.remove(mine) }
        return configuration.quorums.isQuorum(holders)
    }

    private mutating func commit(through reached: Zxid, into effects: inout [Effect]) {
        guard reached > committed, reached.epoch == reign.epoch else { return }
        committed = reached
        effects.append(.commit(reached))
        if reached == history.last, reached.counter >= configuration.lastCounters {
            // The counter is about to run out: end the epoch while nothing is under way.
            tellCommits(into: &effects)
            resign(into: &effects)
        }
    }

    private mutating func insertAcknowledged(_ zxid: Zxid) {
        var place = acknowledged.endIndex
        while place > 0, acknowledged[place - 1] < zxid { place -= 1 }
        acknowledged.insert(zxid, at: place)
    }

    /// Sends COMMIT to every learner that no stream has told of the newest commit yet.
    ///
    /// A follower's client waits for COMMIT, so a commit must not wait for something that may not come: it goes out at the
    /// end of the round. A commit and a proposal of the same round cost one message, and there are never more than
    /// acknowledgements, since these are cumulative. Letting a commit ride on later rounds whenever something else is
    /// outstanding would save some, and make one client wait for the sync of another's write.
    mutating func tellCommits(into effects: inout [Effect]) {
        guard role == .leading, reign.stage == .established else { return }
        for index in learners.indices
        where learners[index].stage == .synchronized && learners[index].toldCommitted < committed {
            learners[index].toldCommitted = committed
            effects.append(.send(learners[index].id, .commit(committed)))
        }
    }
}

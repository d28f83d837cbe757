/// Fast leader election: notifications, votes, and the decision.
extension Peer {
    /// Leaves whatever we were; the callers have closed its links before.
    mutating func startLooking(into effects: inout [Effect]) {
        role = .looking
        round &+= 1
        vote = initialVote
        lookers.removeAll(where: configuration.voters.contains)
        election = Election(voterCount: configuration.voters.count, now: now)
        effects.append(.changed(.looking))
        castVote(into: &effects)
        decideIfPossible(into: &effects)
    }

    /// Whether one vote is for a better leader than another. A server that weighs nothing is the worst, whatever it has
    /// in its log: what only such servers have was never committed.
    private func outranks(_ vote: Vote, _ other: Vote) -> Bool {
        let can = mayLead(vote.leader)
        return can == mayLead(other.leader) ? vote > other : can
    }

    private func mayLead(_ id: ServerID) -> Bool {
        guard !configuration.quorums.isMajority, !PlantedBug.weightlessLeads.isPlanted else { return true }
        return voterIndex(id).map(configuration.quorums.counts) ?? false
    }

    /// Ourselves, with what is in our *log*, committed or not (ZOOKEEPER-2845). An observer's is worth nothing.
    private var initialVote: Vote {
        isVoter
            ? Vote(peerEpoch: currentEpoch, zxid: lastVotable, leader: configuration.myself)
            : Vote(peerEpoch: 0, zxid: .zero, leader: configuration.myself)
    }

    private var lastVotable: Zxid { PlantedBug.voteWithoutTail.isPlanted ? committed : history.last }

    /// Sends our vote to every voter that can be reached; the others get it when their link opens.
    private mutating func castVote(into effects: inout [Effect]) {
        if let index = voterIndex(configuration.myself) { election.ballots[index] = vote }
        for (index, id) in configuration.voters.enumerated() where id != configuration.myself && electionLinks[index] {
            effects.append(.notify(id, notification))
        }
    }

    mutating func electionLink(_ id: ServerID, up: Bool, into effects: inout [Effect]) {
        guard id != configuration.myself else { return }
        guard let index = voterIndex(id) else {
            if !up { lookers.removeAll { $0 == id } }
            return
        }
        electionLinks[index] = up
        switch role {
        case .looking:
            if up {
                effects.append(.notify(id, notification))
                return
            }
            election.ballots[index] = nil
            election.settled[index] = nil
            if vote.leader == id {
                // The one we all want is gone. Waiting for it would cost a whole timeout: vote anew without it.
                startLooking(into: &effects)
            } else {
                decideIfPossible(into: &effects)
            }
        case .following:
            // Once the quorum link is open, that link alone says whether the leader is there.
            if !up, id == allegiance.leader, allegiance.stage == .connecting { abandonLeader(into: &effects) }
        case .leading:
            if !up { resignIfHopeless(into: &effects) }
        case .stopped: break
        }
    }

    mutating func receive(_ notification: Notification, from sender: ServerID, into effects: inout [Effect]) {
        guard sender != configuration.myself else { return }
        if let reason = objection(to: notification.vote) {
            if let reason = told(reason, of: sender) { effects.append(.disbelieved(sender, because: reason)) }
            return
        }
        guard let index = voterIndex(sender) else {
            // An observer asks who leads. It has no vote.
            if isVoter, notification.state == .looking, configuration.observers.contains(sender) {
                remember(looker: sender)
                effects.append(.notify(sender, self.notification))
            }
            return
        }
        guard voterIndex(notification.vote.leader) != nil else { return }
        electionLinks[index] = true
        if role == .leading { noteDesertion(notification, of: sender, index, into: &effects) }
        if role == .following, hasGivenUp(notification, sender) { abandonLeader(into: &effects) }
        switch role {
        case .looking:
            if notification.state == .looking {
                receiveBallot(notification, from: sender, index, into: &effects)
            } else {
                receiveSettled(notification, index, into: &effects)
            }
        case .following, .leading:
            guard isVoter, notification.state == .looking else { return }
            remember(looker: sender)
            effects.append(.notify(sender, self.notification))
        case .stopped: break
        }
    }

    /// A vote of another server that is electing.
    private mutating func receiveBallot(
        _ notification: Notification,
        from sender: ServerID,
        _ index: Int,
        into effects: inout [Effect]
    ) {
        election.settled[index] = nil
        guard isVoter else { return }
        if notification.round != round, !notification.isNewer(than: round) {
            effects.append(.notify(sender, self.notification))
            return
        }
        if notification.round != round {
            round = notification.round
            for other in election.ballots.indices { election.ballots[other] = nil }
            vote = initialVote
            if outranks(notification.vote, vote) { vote = notification.vote }
            election.finalizeAt = nil
            castVote(into: &effects)
        } else if outranks(notification.vote, vote) {
            vote = notification.vote
            election.finalizeAt = nil
            castVote(into: &effects)
        } else if outranks(vote, notification.vote) {
            // It may have been settled still when our vote came, and have answered instead of counting it: when a
            // leader dies, one follower always notices first. Without this it would be our timer that tells again.
            effects.append(.notify(sender, self.notification))
        }
        election.ballots[index] = notification.vote
        decideIfPossible(into: &effects)
    }

    /// Decides at once when a quorum agrees and nobody who could be heard is missing; when somebody is missing, a
    /// better vote may yet come from there, and the decision waits a little. A voter whose link is known to be down
    /// is not waited for.
    private mutating func decideIfPossible(into effects: inout [Effect]) {
        guard configuration.quorums.isQuorum(election.voters(for: vote)) else {
            election.finalizeAt = nil
            return
        }
        guard let leader = voterIndex(vote.leader), mayLead(vote.leader),
            vote.leader == configuration.myself || electionLinks[leader]
        else { return }
        var complete = true
        // Nobody waits for one who can neither lead nor help to choose.
        for index in election.ballots.indices
        where electionLinks[index] && election.ballots[index] == nil && configuration.quorums.counts(index) {
            complete = false
        }
        if complete {
            decide(into: &effects)
        } else if election.finalizeAt == nil {
            election.finalizeAt = now + Election.finalizeWait
        }
    }

    private mutating func decide(into effects: inout [Effect]) {
        if vote.leader == configuration.myself {
            startLeading(into: &effects)
        } else {
            startFollowing(vote.leader, into: &effects)
        }
    }

    /// What a server that follows or leads says. A leader that we did not take part in choosing is followed only if a
    /// quorum follows it and it says itself that it leads. Servers that are settled at different times know the same
    /// leader by different zxids and rounds: only the id and the epoch compare (ZOOKEEPER-1805, ZOOKEEPER-1818).
    private mutating func receiveSettled(_ notification: Notification, _ index: Int, into effects: inout [Effect]) {
        guard notification.state != .observing else { return }
        election.settled[index] = notification
        let candidate = notification.vote
        let leader = candidate.leader
        if isVoter, notification.round == round {
            // It votes in this very round: it may have decided on our ballot before we have its own.
            election.ballots[index] = candidate
            if leader == configuration.myself {
                decideIfPossible(into: &effects)
                return
            }
        }
        // Ourselves as leader is what outsiders remember of a reign that is over (we restarted, they did not notice).
        guard leader != configuration.myself, let leaderIndex = voterIndex(leader), electionLinks[leaderIndex],
            let claim = election.settled[leaderIndex], claim.state == .leading, claim.vote.leader == leader,
            claim.vote.peerEpoch == candidate.peerEpoch
        else {
            if isVoter { decideIfPossible(into: &effects) }
            return
        }
        var settled = VoterSet()
        var inRound = VoterSet()
        for index in election.settled.indices {
            if let other = election.settled[index]?.vote, other.agrees(with: candidate) { settled.insert(index) }
            if let ballot = election.ballots[index], ballot.agrees(with: candidate) { inRound.insert(index) }
        }
        let quorums = configuration.quorums
        if quorums.isQuorum(settled) || (claim.round == round && quorums.isQuorum(inRound)) {
            round = claim.round
            vote = claim.vote
            startFollowing(leader, into: &effects)
        } else if isVoter {
            decideIfPossible(into: &effects)
        }
    }

    /// While we wait for our leader to answer: whether it tells that it is not, and will not be, our leader. The
    /// quorum link would tell too, but only after a timeout (ZOOKEEPER-3109).
    private func hasGivenUp(_ notification: Notification, _ sender: ServerID) -> Bool {
        guard sender == allegiance.leader, allegiance.stage <= .informed else { return false }
        switch notification.state {
        case .leading: return false
        case .following, .observing: return true
        case .looking:
            // In our round and for itself it only has not decided yet. From an earlier round it is old news.
            return notification.isNewer(than: round)
                || (notification.round == round && notification.vote.leader != sender)
        }
    }

    private mutating func remember(looker id: ServerID) {
        if !lookers.contains(id) { lookers.append(id) }
    }

    /// We serve: those who asked before may now join without waiting for their next question.
    mutating func tellLookers(into effects: inout [Effect]) {
        guard isVoter else { return }
        for id in lookers { effects.append(.notify(id, notification)) }
        lookers.removeAll(keepingCapacity: true)
    }

    mutating func tickElection(into effects: inout [Effect]) {
        if let deadline = election.finalizeAt, now >= deadline {
            election.finalizeAt = nil
            decide(into: &effects)
            return
        }
        guard now >= election.resendAt else { return }
        election.resendWait = min(election.resendWait * 2, Election.resendWaitMax)
        election.resendAt = now + election.resendWait
        castVote(into: &effects)
    }
}

extension Vote {
    /// Whether two votes name the same reign.
    func agrees(with other: Vote) -> Bool { leader == other.leader && peerEpoch == other.peerEpoch }
}

/// Time: pings, silence, and deadlines.
extension Peer {
    mutating func tick(_ time: Nanoseconds, into effects: inout [Effect]) {
        now = max(now, time)
        switch role {
        case .looking: tickElection(into: &effects)
        case .following: tickFollowing(into: &effects)
        case .leading: tickLeading(into: &effects)
        case .stopped: break
        }
    }

    private mutating func tickLeading(into effects: inout [Effect]) {
        if reign.stage != .established, now > reign.deadline {
            resign(into: &effects)
            return
        }
        // Dropping one may end the reign, and with it the list.
        while role == .leading, let index = learners.firstIndex(where: isOverdue) { drop(at: index, into: &effects) }
        guard role == .leading else { return }
        tellCommits(into: &effects)
        guard now >= reign.pingAt else { return }
        reign.pingAt = now + configuration.tick / 2
        for index in learners.indices where learners[index].stage >= .forwarding {
            if PlantedBug.pingForgotten.isPlanted, index + 1 == learners.count { continue }
            learners[index].toldCommitted = committed
            effects.append(.send(learners[index].id, .ping(committed: committed)))
        }
    }

    /// How long a peer that we do not read counts as heard after its last word: a disk that hangs for ever must not keep
    /// a peer that is gone.
    var heldLimit: Nanoseconds { Self.heldFactor * ticks(configuration.syncLimit) }
    static var heldFactor: Nanoseconds { 4 }

    /// A peer is held back by our own log. That is our silence, not its.
    ///
    /// It cannot see that we live by our answers to what it says, so a learner says pong by itself; a leader's pings go
    /// out in any case. A learner whose disk hangs is dropped all the same, by what it owes: see `isOverdue`.
    mutating func held(_ id: ServerID, into effects: inout [Effect]) {
        guard !PlantedBug.heldLinkBlamed.isPlanted else { return }
        if role == .following {
            guard id == allegiance.leader, now - allegiance.spokeAt <= heldLimit else { return }
            allegiance.heardAt = now
            // Before a leader has sent DIFF, TRUNC or SNAP it takes no pong.
            guard allegiance.stage >= .receivingSnapshot, now >= allegiance.pongAt else { return }
            allegiance.pongAt = now + configuration.tick / 2
            effects.append(.send(id, .pong))
        } else if let index = learners.firstIndex(where: { $0.id == id }), now - learners[index].spokeAt <= heldLimit {
            learners[index].wasHeld(now)
        }
    }

    /// Whether a learner is silent, or owes an acknowledgement, for too long. One that waits for us to find an epoch
    /// has nothing to say.
    private func isOverdue(_ learner: Learner) -> Bool {
        let syncLimit = ticks(configuration.syncLimit)
        switch learner.stage {
        case .connected: return now - learner.heardAt > ticks(configuration.initLimit)
        case .informed, .promised:
            return reign.stage == .established && now - learner.heardAt > ticks(configuration.initLimit)
        case .forwarding:
            // Pongs do not excuse a disk that hangs: here initLimit bounds it, and syncLimit below.
            return now - min(learner.heardAt, learner.awaitedSince) > ticks(configuration.initLimit)
        case .synchronized:
            return now - learner.heardAt > syncLimit
                || (learner.awaited != nil && now - learner.awaitedSince > syncLimit)
        }
    }
}

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
        flush(into: &effects)
        guard now >= reign.pingAt else { return }
        reign.pingAt = now + configuration.tick / 2
        for index in learners.indices where learners[index].stage >= .forwarding {
            if PlantedBug.pingForgotten.isPlanted, index + 1 == learners.count { continue }
            learners[index].toldCommitted = committed
            effects.append(.send(learners[index].id, .ping(committed: committed)))
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
            // Pongs do not excuse a disk that hangs.
            return now - min(learner.heardAt, learner.awaitedSince) > ticks(configuration.initLimit)
        case .synchronized:
            return now - learner.heardAt > syncLimit
                || (learner.awaited != nil && now - learner.awaitedSince > syncLimit)
        }
    }
}

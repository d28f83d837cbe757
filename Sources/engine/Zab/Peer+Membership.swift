/// Keeping servers with the data of another ensemble out, and taking the identity of this one (see `Membership`).
extension Peer {
    /// The identity that goes with the epoch that becomes current.
    mutating func takeIdentity(_ identity: UInt64) {
        if identity != 0, identity != membership.identity { membership = Membership(identity: identity) }
    }

    /// We serve under it, so it is that of an established reign.
    mutating func confirmIdentity(into effects: inout [Effect]) {
        guard membership.identity != 0, !membership.isConfirmed else { return }
        membership.isConfirmed = true
        effects.append(.confirmIdentity)
    }

    /// Whether a learner shows another identity than ours, or than the one that we are about to lead with: it has
    /// served in an ensemble of which we, without a confirmed identity, know nothing.
    func isStranger(_ learner: Learner) -> Bool {
        if membership.isForeign(learner.identity) { return true }
        return role == .leading && reign.identity != 0 && learner.identity != 0 && learner.identity != reign.identity
            && !PlantedBug.foreignFolderAccepted.isPlanted
    }

    /// It will not be of use to this reign, whatever it says next.
    mutating func dropStranger(at index: Int, into effects: inout [Effect]) {
        let learner = learners[index]
        if role == .leading, let voter = voterIndex(learner.id) { reign.deserted[voter] = true }
        let reason =
            membership.isConfirmed
            ? membership.objection(to: learner.identity)
            : "belongs to ensemble \(Membership.text(learner.identity)), and this server to none yet"
        drop(at: index, because: reason, into: &effects)
    }

    /// Those who told who they are before we were chosen.
    mutating func dropStrangers(into effects: inout [Effect]) {
        while role == .leading, let index = learners.firstIndex(where: isStranger) {
            dropStranger(at: index, into: &effects)
        }
    }
}

/// What has its turn in which round.
///
/// The default strategy comes first, until it has rounds enough: so a short calibration has figures of it that are
/// worth being kept, and not one round of everything. Then come rounds over all, each in a new order.
struct RoundPlan<Task: Hashable> {
    /// What there must be figures of, however little time there is, in this order.
    let necessary: [Task]
    /// The last of `necessary` that more rounds come first of; nil for none.
    let first: Task?
    let all: [Task]
    /// Of `first`, before anything else.
    let roundsNeeded: Int

    /// - Parameter round: from 1.
    func tasks(round: Int) -> [Task] {
        if round == 1 { return necessary }
        if let first, isOpening(round) { return [first] }
        return all.shuffled()
    }

    /// Whether it is done even if there is no time.
    func isNecessary(round: Int) -> Bool { round == 1 }

    /// Whether rounds over everything come later.
    func isOpening(_ round: Int) -> Bool { round == 1 || first != nil && round <= roundsNeeded }
}

/// What those who played a recipe have seen, when nobody plays any more: what the recipe's promise is proven with.
struct RecipeEvidence: Sendable {
    /// What was done, before anything is proven.
    var outcome: RecipeOutcome
    /// What contradicted the promise while it was played.
    var violations: [String] = []
    /// Of locks and leaderships, all contenders'.
    var holds: [Hold] = []
    /// Of a queue.
    var offers: [Offer] = []
    var takes: [Take] = []
    /// What of a queue was sent and not answered.
    var unanswered = (offers: 0, claims: 0)
    /// Of a configuration: by subscriber, the values that it saw, and the last one that was acknowledged.
    var seen: [[UInt64]] = []
    var written: UInt64 = 0
    /// Whether a change was sent and not answered.
    var isChanging = false
    /// Subscribers that could not be told of all changes.
    var untold: Set<Int> = []

    /// The outcome with what the servers hold afterwards, and what contradicts the promise.
    func proven(by readings: RecipeReadings) -> RecipeOutcome {
        var outcome = outcome
        outcome.unread = readings.unread
        outcome.violations = violations + readings.violations + violations(readings.found)
        return outcome
    }

    private func violations(_ found: RecipeZnodes.Found?) -> [String] {
        switch outcome.recipe {
        case .lock, .election:
            RecipeProof.exclusive(
                holds,
                what: outcome.recipe == .lock ? "lock" : "leadership",
                finalVersion: found?.version,
                unfinished: outcome.unfinished,
                fences: outcome.recipe == .lock ? 1 : 2
            )
        case .queue:
            RecipeProof.queue(offers, takes, left: found?.members, unanswered: unanswered)
        case .config:
            RecipeProof.config(
                seen,
                written: written,
                finalValue: found.map { UInt64(max($0.version, 0)) },
                isChanging: isChanging,
                untold: untold
            )
        }
    }
}

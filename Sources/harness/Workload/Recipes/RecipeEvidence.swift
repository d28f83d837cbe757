import Client

/// What those who played a recipe have seen, when nobody plays any more: what the recipe's promise is proven with.
struct RecipeEvidence: Sendable {
    /// What was done, before anything is proven.
    var outcome: RecipeOutcome
    /// Of locks and leaderships, all contenders'.
    var holds: [Hold] = []
    /// Of a queue.
    var offers: [Offer] = []
    var takes: [Take] = []
    /// Whether an offer or a claim was sent and not answered.
    var isUnanswered = false
    /// Of a configuration: by subscriber, the values that it saw, and the last one that was acknowledged.
    var seen: [[UInt64]] = []
    var written: UInt64 = 0

    /// The outcome with what the servers hold afterwards, and what contradicts the promise.
    func proven(by znodes: RecipeZnodes, servers: [Endpoint]) async -> RecipeOutcome {
        var outcome = outcome
        let quorum = servers.count / 2 + 1
        var found: [RecipeZnodes.Found] = []
        var failure = ""
        for server in servers {
            do { found.append(try await znodes.read(at: server)) } catch { failure = "\(server): \(error)" }
        }
        if found.count < quorum {
            outcome.unread =
                "only \(found.count) of \(servers.count) servers could be read, \(quorum) needed; \(failure)"
        }
        if let first = found.first, let other = found.first(where: { $0 != first }) {
            outcome.violations.append("two servers end with \(first.words) and \(other.words)")
        }
        outcome.violations += violations(found.first)
        return outcome
    }

    private func violations(_ found: RecipeZnodes.Found?) -> [String] {
        switch outcome.recipe {
        case .lock, .election:
            RecipeProof.exclusive(
                holds,
                what: outcome.recipe == .lock ? "lock" : "leadership",
                finalVersion: found?.version,
                unfinished: outcome.unfinished
            )
        case .queue:
            RecipeProof.queue(offers, takes, left: found?.members, unanswered: isUnanswered)
        case .config:
            RecipeProof.config(
                seen,
                written: written,
                finalValue: found.map { UInt64(max($0.version, 0)) },
                unfinished: outcome.unfinished > 0
            )
        }
    }
}

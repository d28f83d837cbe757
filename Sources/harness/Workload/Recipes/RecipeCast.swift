import Client

/// Who plays a recipe, and what they have seen. Made and read on the lane's loop, or while nobody plays.
final class RecipeCast {
    private let recipe: Recipe
    private let lane: RecipeLane
    private var contenders: [Contender] = []
    private let queue = QueueDesk()
    private let config: ConfigDesk

    /// - Parameter endpoints: of a session, by its index.
    init(_ recipe: Recipe, lane: RecipeLane, contenders count: Int, endpoints: (Int) -> [Endpoint]) {
        self.recipe = recipe
        self.lane = lane
        config = ConfigDesk(subscribers: count)
        let queue = queue
        lane.isQuiet = { queue.unanswered == 0 }
        lane.add(count + recipe.sessionsBeside, endpoints: endpoints) { session in
            switch recipe {
            case .lock, .election:
                let contender = Contender(session: session, lane: lane, fences: recipe == .lock ? 1 : 2)
                contenders.append(contender)
                return contender
            case .queue:
                return QueuePlayer(session: session, lane: lane, desk: queue)
            case .config where session.index < count:
                return ConfigSubscriber(session: session, lane: lane, desk: config)
            case .config:
                let writer = ConfigWriter(session: session, lane: lane, desk: config)
                config.writer = writer
                return writer
            }
        }
    }

    /// What was done, before anything is proven.
    func outcome(unfinished: Int) -> RecipeOutcome {
        var outcome = RecipeOutcome(recipe: recipe)
        let measured = lane.counters.measured
        (outcome.reads, outcome.writes, outcome.refusals) = (measured.reads, measured.writes, measured.refusals)
        let holds = contenders.flatMap(\.holds)
        outcome.writesAcknowledged =
            switch recipe {
            case .lock, .election: holds.reduce(0) { $0 + ($1.conflict ? 0 : $1.writes) }
            case .queue: queue.offers.count + queue.takes.count
            case .config: Int(config.written)
            }
        outcome.unfinished = unfinished
        return outcome
    }

    /// The outcome with what the servers hold afterwards, and what contradicts the promise.
    func proven(_ outcome: RecipeOutcome, by znodes: RecipeZnodes, servers: [Endpoint]) async -> RecipeOutcome {
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
        outcome.violations += violations(found.first, unfinished: outcome.unfinished)
        return outcome
    }

    private func violations(_ found: RecipeZnodes.Found?, unfinished: Int) -> [String] {
        switch recipe {
        case .lock, .election:
            RecipeProof.exclusive(
                contenders.flatMap(\.holds),
                what: recipe == .lock ? "lock" : "leadership",
                finalVersion: found?.version,
                unfinished: unfinished
            )
        case .queue:
            RecipeProof.queue(queue.offers, queue.takes, left: found?.members, unanswered: queue.unanswered > 0)
        case .config:
            RecipeProof.config(
                config.seen,
                written: config.written,
                finalValue: found.map { UInt64(max($0.version, 0)) },
                unfinished: unfinished > 0
            )
        }
    }
}

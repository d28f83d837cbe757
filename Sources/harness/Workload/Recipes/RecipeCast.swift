import Client

/// Who plays a recipe, and the lane that they play on. Confined to the lane's loop once it is made.
final class RecipeCast {
    private let recipe: Recipe
    let lane: RecipeLane
    private var contenders: [Contender] = []
    private var subscribers: [ConfigSubscriber] = []
    private let queue = QueueDesk()
    private let config: ConfigDesk

    /// - Parameter endpoints: of a session, by its index.
    init(_ recipe: Recipe, lane: RecipeLane, contenders count: Int, endpoints: (Int) -> [Endpoint]) {
        self.recipe = recipe
        self.lane = lane
        config = ConfigDesk(subscribers: count)
        let queue = queue
        lane.isQuiet = { queue.unanswered.offers + queue.unanswered.claims == 0 }
        lane.add(count + recipe.sessionsBeside, endpoints: endpoints) { session in
            switch recipe {
            case .lock, .election:
                let contender = Contender(session: session, lane: lane, fences: recipe == .lock ? 1 : 2)
                contenders.append(contender)
                return contender
            case .queue:
                return QueuePlayer(session: session, lane: lane, desk: queue)
            case .config where session.index < count:
                let subscriber = ConfigSubscriber(session: session, lane: lane, desk: config)
                subscribers.append(subscriber)
                return subscriber
            case .config:
                let writer = ConfigWriter(session: session, lane: lane, desk: config)
                config.writer = writer
                return writer
            }
        }
    }

    /// What was seen, in all.
    ///
    /// - Parameter unfinished: recipes that had no end when the load was over.
    func evidence(unfinished: Int) -> RecipeEvidence {
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
        return RecipeEvidence(
            outcome: outcome,
            violations: lane.violations,
            holds: holds,
            offers: queue.offers,
            takes: queue.takes,
            unanswered: queue.unanswered,
            seen: config.seen,
            written: config.written,
            isChanging: config.isChanging,
            untold: unfinished > 0 ? Set(subscribers.indices.filter { !subscribers[$0].isTold }) : []
        )
    }
}

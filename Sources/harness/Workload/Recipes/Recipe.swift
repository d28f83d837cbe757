/// A coordination recipe on ZooKeeper's primitives, written as Curator and kazoo write it; one operation of the load is
/// one whole recipe.
public enum Recipe: String, Sendable, Hashable, CaseIterable {
    /// Acquire, one fenced write, release: ephemeral sequential znodes, each watches its predecessor.
    case lock
    /// Campaign, be elected, take and give back the leader's znode, resign: the lock's znodes, with a tenure.
    case election
    /// Offer an item, until a consumer has taken it: sequential znodes; who deletes one has it.
    case queue
    /// Change a value, until every subscriber has seen it: data watches.
    case config

    /// Sessions beside the load's clients.
    public var sessionsBeside: Int { self == .config ? 1 : 0 }
}

/// What whole recipes have done in a run.
public struct RecipeOutcome: Sendable, Hashable {
    public var recipe: Recipe
    /// In the measured part: reads and writes that were answered, and writes that were refused since another session was
    /// faster, which is part of some recipes.
    public var reads = 0
    public var writes = 0
    public var refusals = 0
    /// Writes that were acknowledged and are part of the proof, warm-up included: those of holders, offers and claims,
    /// changes of the value.
    public var writesAcknowledged = 0
    /// Recipes that were begun and had no end when the load was over.
    public var unfinished = 0
    /// What contradicts what the recipe promises; empty where it held.
    public var violations: [String] = []
    /// Why the servers could not be read afterwards; nil where a quorum was.
    public var unread: String?

    public init(recipe: Recipe) { self.recipe = recipe }

    /// One line that says what is wrong; nil if nothing is.
    public var complaint: String? {
        guard let first = violations.first else { return nil }
        let more = violations.count > 1 ? " (and \(violations.count - 1) more)" : ""
        return "\(recipe.rawValue): \(first)\(more)"
    }
}

extension LoadPlan {
    /// Below it are the znodes that contenders create.
    var recipePath: String { "\(rootPath)/members" }
    /// What the recipe's writes change: the lock's counter, the leader's name, the configuration.
    var sharedPath: String { "\(rootPath)/shared" }
}

/// Whole recipes, and crowds that lose their servers.
extension SummaryRow {
    /// Of a recipe's run: what the servers were asked, per recipe of the measured part; nil for other loads.
    public struct RecipeFigures: Sendable, Equatable {
        public var readsPerRecipe: Double?
        public var writesPerRecipe: Double?
        public var refusalsPerRecipe: Double?
        public init() {}
    }

    static let crowdColumns: [Column<SummaryRow>] = [
        Column(
            "recipe",
            \.load.recipe,
            "`lock`, `election`, `queue` or `config`; empty for single operations",
            caution: "an operation is then one whole recipe: rates and response times are those of recipes"
        ),
        Column("reads_per_recipe", \.recipe.readsPerRecipe, "reads that were answered, per recipe"),
        Column("writes_per_recipe", \.recipe.writesPerRecipe, "writes that were acknowledged, per recipe"),
        Column(
            "refusals_per_recipe",
            \.recipe.refusalsPerRecipe,
            "writes that were refused since another session was faster, per recipe",
            caution: "part of a queue's recipe, and no errors; elsewhere a violation"
        ),
        Column(
            "storm",
            \.load.storm,
            "what took the servers away from a storm's crowd of `clients`: `connections_cut`, `leader_killed` or "
                + "`ensemble_restarted`; empty for other loads",
            caution:
                "the measured part is the storm, and the operations are its readers'; storms.csv has the crowd's figures"
        ),
        Column("storm_watches", \.load.stormWatches, "watches of each session of a storm's crowd"),
        Column("storm_readers", \.load.stormReaders, "sessions that a storm's operations come from"),
    ]
}

/// Loads that are no single operations of a few sessions: recipes, and storms.
public enum PlannedCrowd: Sendable, Hashable {
    case none
    case recipe(Recipe)
    case storm(StormPlan)
}

extension WorkloadFile {
    static let stormKeys = ["watches", "readers", "fault"]
    private static let watchesMax = 1000

    /// Operations per second of a storm's readers that nobody has asked for otherwise.
    static let usualReads = 1000.0

    /// What of the crowd is a list: recipes, or faults of a storm; `[.none]` for a load of single operations.
    ///
    /// - Throws: `WorkloadError`, also for keys that only one of them has.
    static func crowds(_ table: SettingTable, _ mode: Mode) throws(WorkloadError) -> [PlannedCrowd] {
        if mode != .storm, let key = stormKeys.first(where: table.has) {
            throw table.error(key, "only a storm has it; set mode: storm")
        }
        if table.has("recipe") { return try recipes(table, mode).map { .recipe($0) } }
        guard mode == .storm else { return [.none] }
        if table.has("outstanding") {
            throw table.error("outstanding", "a storm's readers have as much under way as their rate needs; remove it")
        }
        let watches = try table.integer("watches", in: 0...watchesMax, default: 1)
        let faults = try table.choices("fault", default: StormFault.connectionsCut)
        guard Set(faults).count == faults.count else {
            throw table.error("fault", "a fault is listed twice; list each one once")
        }
        return faults.map { .storm(StormPlan(fault: $0, sessions: 0, watches: watches)) }
    }

    private static func recipes(_ table: SettingTable, _ mode: Mode) throws(WorkloadError) -> [Recipe] {
        guard mode == .closed else {
            throw table.error("recipe", "whole recipes come in a closed loop; remove mode: \(mode.rawValue), or recipe")
        }
        let without = [
            ("outstanding", "a contender is in one recipe at a time"), ("keys", "a recipe has znodes of its own"),
            ("mix", "a recipe says which operations it needs"), ("multi", "a recipe says what is one transaction"),
            ("reads", "a recipe says what it reads"),
        ]
        if let (key, why) = without.first(where: { table.has($0.0) }) { throw table.error(key, "\(why); remove it") }
        let recipes = try table.choices("recipe", default: Recipe.lock)
        guard Set(recipes).count == recipes.count else {
            throw table.error("recipe", "a recipe is listed twice; list each one once")
        }
        return recipes
    }

    /// Refuses what the rest of the file wants of recipes and storms and they do not do.
    static func checkCrowds(
        _ top: SettingTable,
        _ points: [LoadPoint],
        _ ensemble: EnsembleSweep
    ) throws(WorkloadError) {
        for point in points where point.crowds != [.none] {
            let name = point.name.isEmpty ? "load" : "load.\(point.name)"
            let isStorm = point.isStorm
            let what = isStorm ? "a storm" : "a recipe"
            if let other = ensemble.systems.first(where: { !$0.speaksZooKeeper }) {
                throw top.error(
                    "ensemble",
                    "\(other.rawValue) has no ZooKeeper sessions, which \(name) is made of; leave \(other.rawValue) out of systems"
                )
            }
            if top.has("faults") {
                throw top.error(
                    "faults",
                    "\(name) is \(what), which has none beside it; remove the section, or \(name)"
                )
            }
            if try top.bool("trace", default: false) {
                throw top.error(
                    "trace",
                    "\(name) is \(what), and only writes of a plain load are followed; remove trace"
                )
            }
            if !isStorm, try top.bool("null_target", default: false) {
                throw top.error(
                    "null_target",
                    "the null target has neither sequential znodes nor watches for \(name); remove null_target, or recipe"
                )
            }
            let isHurt = point.crowds.contains { crowd in
                if case .storm(let storm) = crowd { storm.fault.hurtsServers } else { false }
            }
            guard isHurt else { continue }
            guard ensemble.placement == .processes else {
                throw top.error(
                    "load",
                    "\(name).fault: servers can be killed as processes of ours only; set ensemble.placement: processes, or "
                        + "fault: connections_cut"
                )
            }
            let leaderKilled = point.crowds.contains { crowd in
                if case .storm(let storm) = crowd { storm.fault == .leaderKilled } else { false }
            }
            if leaderKilled, let least = ensemble.sizes.min(), least < 3 {
                throw top.error(
                    "load",
                    "\(name).fault: an ensemble of \(least) cannot lose its leader and go on; let ensemble.sizes be at "
                        + "least 3, or fault: ensemble_restarted"
                )
            }
        }
    }
}

extension WorkloadFile.LoadPoint {
    var isStorm: Bool { crowds.contains { if case .storm = $0 { true } else { false } } }
    var isRecipe: Bool { crowds.contains { if case .recipe = $0 { true } else { false } } }
}

extension LoadPlan {
    /// Sessions that are open at once: the clients, and who is beside them.
    public var sessionsInAll: Int { clients + (storm == nil ? 0 : readers) + (recipe?.sessionsBeside ?? 0) }

    /// The plan with a crowd in place of single operations.
    func with(_ crowd: PlannedCrowd, readers: Int) -> LoadPlan {
        var plan = self
        switch crowd {
        case .none: break
        case .recipe(let recipe):
            plan.recipe = recipe
            plan.outstanding = 1
            // It has none, and needs them as little as a mix.
            plan.keys = clients
        case .storm(var storm):
            storm.sessions = clients
            plan.storm = storm
            plan.readers = readers
        }
        return plan
    }
}

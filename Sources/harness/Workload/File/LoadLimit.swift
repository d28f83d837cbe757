/// On which of a workload's ensembles a load is run, and how often: not everything that is asked of one size and one system
/// is worth the time on all.
public struct LoadLimit: Sendable, Hashable {
    /// Empty for all of the workload's.
    public var sizes: [Int] = []
    /// Empty for all of the workload's.
    public var systems: [PlannedSystem] = []
    /// In so many of the first rounds; nil for all.
    public var repeats: Int?

    public init() {}

    /// - Parameter known: the systems that the file may name.
    init(_ table: SettingTable, known: [PlannedSystem]) throws(WorkloadError) {
        sizes = try table.integers("only_sizes", in: 1...13) ?? []
        systems = try WorkloadFile.namedSystems("only_systems", table, among: known) ?? []
        if table.has("repeats") { repeats = try table.integer("repeats", in: 1...1000, default: 1) }
    }

    func includes(_ ensemble: PlannedEnsemble, repeatNumber: Int) -> Bool {
        (sizes.isEmpty || sizes.contains(ensemble.size)) && includes(ensemble.system)
            && repeatNumber <= repeats ?? .max
    }

    func includes(_ system: PlannedSystem) -> Bool { systems.isEmpty || systems.contains(system) }
}

extension WorkloadFile {
    /// `ensemble.warmup_s`: by system.
    static func warmUps(_ table: SettingTable) throws(WorkloadError) -> [PlannedSystem: Double] {
        guard let setting = table.setting("warmup_s") else { return [:] }
        let known = try knownSystems(table)
        let names = known.map(\.rawValue)
        let table = try SettingTable(setting, path: "ensemble.warmup_s", source: table.source, keys: names)
        var warmUps: [PlannedSystem: Double] = [:]
        for system in known where table.has(system.rawValue) {
            warmUps[system] = try table.number(system.rawValue, in: 0...3600, default: 0)
        }
        return warmUps
    }

    func warmUpSeconds(of system: PlannedSystem) -> Double { ensemble.warmUpSeconds[system] ?? warmUpSeconds }

    /// What is left of the runs must be something, and something that each system does.
    func checkLimits(_ top: SettingTable) throws(WorkloadError) {
        let runs = combinations(repeatNumber: 1)
        guard !runs.isEmpty else {
            throw top.error("load", "no run is left: only_sizes and only_systems name none of the ensemble section's")
        }
        for run in runs {
            guard let what = Self.objection(to: run) else { continue }
            let system = run.ensemble.system
            let others = ensemble.systems.filter { $0 != system }.map(\.rawValue)
            let advice =
                others.isEmpty
                ? "name another system, or leave the load out"
                : "say only_systems: [\(others.joined(separator: ", "))] in the load, or remove \(system.rawValue) from "
                    + "ensemble.systems"
            throw top.error("load", "\(run.loadName.isEmpty ? "it" : run.loadName) has \(what); \(advice)")
        }
    }

    /// What a run has that its system does not; nil where there is nothing.
    static func objection(to run: PlannedRun) -> String? {
        switch run.ensemble.system {
        case .zabbench, .zookeeper, .rival: return nil
        case .etcd: return run.load.objectionOfEtcd
        case .yardstick:
            if run.load.replay != nil { return "a recording, and a yardstick has writes of its own keys only" }
            if run.load.multi > 1 { return "transactions, and a yardstick has single writes only" }
            if run.ensemble.links.isProxied { return "links, and a yardstick's servers talk directly" }
            if run.faults != nil { return "faults, and a yardstick elects and recovers nothing" }
            return run.load.mix.isOnlySet ? nil : "more than set in its mix, and a yardstick has writes of keys only"
        }
    }
}

extension LoadPlan {
    /// What of it takes ZooKeeper's protocol, which etcd's servers do not speak; nil where nothing does.
    public var objectionOfEtcd: String? {
        let alone = [
            (replay != nil, "a recording"), (multi > 1, "transactions (multi)"), (recipe != nil, "a recipe"),
            (storm != nil, "a storm"),
        ]
        guard let found = alone.first(where: \.0) else { return nil }
        return "\(found.1), which takes ZooKeeper's protocol"
    }
}

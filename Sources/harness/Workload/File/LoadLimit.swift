/// On which of a workload's ensembles a load is run, and how often: not everything that is asked of one size and one system
/// is worth the time on all.
public struct LoadLimit: Sendable, Hashable {
    /// Empty for all of the workload's.
    public var sizes: [Int] = []
    /// Empty for all of the workload's.
    public var systems: [PlannedSystem] = []
    /// In so many of the first rounds; nil for all.
    public var repeats: Int?
    /// What keeps it from every run: a flag that leaves none of its sizes, or of its systems. Nil where it has runs.
    var exclusion: Exclusion?

    struct Exclusion: Sendable, Hashable {
        /// `--set ensemble.sizes=5`.
        var flag: String
        /// `only_sizes`.
        var key: String
    }

    /// What the file and the flags have, and where it stands: of that a load may name a part.
    struct Frame {
        /// Systems that the file may name.
        let known: [PlannedSystem]
        let sizes: [Int]
        let systems: [PlannedSystem]
        let repeats: Int
        private let sizesPlace: Setting.Place?
        private let systemsPlace: Setting.Place?
        private let repeatsPlace: Setting.Place?

        init(
            _ top: SettingTable,
            _ table: SettingTable,
            _ ensemble: WorkloadFile.EnsembleSweep,
            repeats: Int
        ) throws(WorkloadError) {
            known = try WorkloadFile.knownSystems(table)
            (sizes, systems, self.repeats) = (ensemble.sizes, ensemble.systems, repeats)
            sizesPlace = table.setting("sizes")?.place
            systemsPlace = table.setting("systems")?.place
            repeatsPlace = top.setting("repeats")?.place
        }

        /// What of the ensembles a load's key names nothing of; nil where it names some.
        ///
        /// - Throws: `WorkloadError` where the file itself says both. A flag that has chosen some of the file's ensembles
        ///   leaves the loads of the others out.
        fileprivate func exclusion(
            _ key: String,
            names: [String],
            of all: [String],
            _ ensembleKey: String,
            _ table: SettingTable
        ) throws(WorkloadError) -> Exclusion? {
            guard !names.isEmpty, Set(names).isDisjoint(with: all) else { return nil }
            let place = ensembleKey == "sizes" ? sizesPlace : systemsPlace
            guard case .flag(let flag)? = place, case .line? = table.setting(key)?.place else {
                throw table.error(
                    key,
                    "no run is left: \(names.joined(separator: ", ")) \(names.count == 1 ? "is" : "are") not in "
                        + "ensemble.\(ensembleKey); allowed \(all.count == 1 ? "is" : "are") \(all.joined(separator: ", "))"
                )
            }
            return Exclusion(flag: "--set \(flag)", key: key)
        }

        /// - Throws: `WorkloadError` for more rounds than there are, unless a flag has made them fewer.
        fileprivate func check(rounds: Int, _ table: SettingTable) throws(WorkloadError) {
            guard rounds > repeats else { return }
            if case .flag? = repeatsPlace, case .line? = table.setting("repeats")?.place { return }
            throw table.error(
                "repeats",
                "\(rounds) of \(repeats) \(repeats == 1 ? "round" : "rounds"): it says in how many of the workload's rounds the "
                    + "load is run; 1 to \(repeats) are allowed, or raise repeats at the top of the file"
            )
        }
    }

    public init() {}

    init(_ table: SettingTable, in frame: Frame) throws(WorkloadError) {
        sizes = try table.integers("only_sizes", in: 1...13) ?? []
        systems = try WorkloadFile.namedSystems("only_systems", table, among: frame.known) ?? []
        let sizeNames = frame.sizes.map(String.init)
        let systemNames = frame.systems.map(\.rawValue)
        let bySize = try frame.exclusion("only_sizes", names: sizes.map(String.init), of: sizeNames, "sizes", table)
        let bySystem = try frame.exclusion(
            "only_systems",
            names: systems.map(\.rawValue),
            of: systemNames,
            "systems",
            table
        )
        exclusion = bySize ?? bySystem
        guard table.has("repeats") else { return }
        let rounds = try table.integer("repeats", in: 1...1000, default: 1)
        try frame.check(rounds: rounds, table)
        repeats = rounds
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

    /// Which loads have no runs, since flags have left none of their ensembles: one line; nil where all have some. Of loads
    /// that somebody has chosen by name nobody asks that.
    package var loadsLeftOut: String? {
        let left = points.compactMap { point in point.limits.exclusion.map { (name: point.name, why: $0) } }
        guard only.loads.isEmpty, !left.isEmpty else { return nil }
        var reasons: [String] = []
        for (_, why) in left {
            let words = "\(why.flag) leaves none of \(left.count == 1 ? "its" : "their") \(why.key)"
            if !reasons.contains(words) { reasons.append(words) }
        }
        return "\(source): left out \(left.map(\.name).joined(separator: ", ")): \(reasons.joined(separator: ", and "))"
    }

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

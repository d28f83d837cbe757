/// Several ensembles over the same hosts, which share the keys.
extension WorkloadFile {
    static let shardsMax = 16

    /// `ensemble.shards`.
    static func shards(_ table: SettingTable) throws(WorkloadError) -> [Int] {
        let shards = try table.integers("shards", in: 1...shardsMax, default: 1)
        guard Set(shards).count == shards.count else {
            throw table.error("shards", "a number is listed twice; list each one once")
        }
        return shards
    }

    /// Refuses what the rest of the file wants of shards and they do not do.
    static func checkShards(
        _ top: SettingTable,
        _ points: [LoadPoint],
        _ ensemble: EnsembleSweep
    ) throws(WorkloadError) {
        guard ensemble.shards.contains(where: { $0 > 1 }) else { return }
        let advice = "or let ensemble.shards be 1"
        guard ensemble.placement != .external else {
            throw top.error(
                "ensemble",
                "shards: servers that run already are one ensemble; remove placement: external, \(advice)"
            )
        }
        if let other = ensemble.systems.first(where: { !$0.hasShards }) {
            throw top.error(
                "ensemble",
                "shards: only zabbench and zookeeper have them; remove \(other.rawValue), \(advice)"
            )
        }
        if top.has("faults") {
            throw top.error("faults", "faults are made to one ensemble; remove the section, \(advice)")
        }
        if try top.bool("trace", default: false) {
            throw top.error("trace", "a trace follows one leader; remove it, \(advice)")
        }
        if ensemble.injection.isStall {
            throw top.error("inject", "stall: one leader stands still, and shards have several; remove it, \(advice)")
        }
        for point in points {
            guard let what = point.objectionOfShards else { continue }
            let name = point.name.isEmpty ? "load" : "load.\(point.name)"
            throw top.error("load", "\(name) has \(what); change it, \(advice)")
        }
    }
}

extension WorkloadFile.LoadPoint {
    /// As `LoadPlan.objectionOfShards`, in the file's words.
    fileprivate var objectionOfShards: String? {
        if isRecipe { return "a recipe, whose znodes are its own, and shards have keys alone" }
        if isStorm { return "a storm, whose sessions have one server each, and on shards each has several" }
        if replay != nil { return "a recording, which is of one ensemble" }
        if multi.contains(where: { $0 > 1 }) { return "transactions (multi), whose keys would lie on several shards" }
        guard mix.create + mix.delete > 0 else { return nil }
        return "create or delete in its mix, and only keys are dealt to shards"
    }
}

extension PlannedEnsemble {
    /// The same as one of so many.
    func with(shards: Int) -> PlannedEnsemble {
        var ensemble = self
        ensemble.shards = shards
        return ensemble
    }
}

extension PlannedSystem {
    /// Whether several of its ensembles can share the keys: who leads must be known, so that leaders can be spread.
    public var hasShards: Bool { self == .zabbench || self == .zookeeper }
}

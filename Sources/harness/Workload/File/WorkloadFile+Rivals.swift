extension WorkloadFile {
    static let rivalKeys = ["name", "command", "durability"]

    /// Names that rows of other servers have, or will have.
    private static let reserved = PlannedSystem.allCases.map(\.rawValue) + ["etcd", "yardstick", "null", "unknown"]

    /// `ensemble.systems`, among them those that `ensemble.rivals` names.
    static func systems(_ ensemble: SettingTable) throws(WorkloadError) -> [PlannedSystem] {
        let rivals = try rivals(ensemble)
        let named = try namedSystems("systems", ensemble, among: knownSystems(ensemble))
        guard !rivals.isEmpty else { return named ?? [.zabbench] }
        guard let systems = named else {
            let list = [PlannedSystem.zabbench.rawValue] + rivals.map(\.rival.name)
            throw ensemble.error(
                "rivals",
                "nothing runs on them; add systems: [\(list.joined(separator: ", "))], or remove the key"
            )
        }
        // What nobody can see from outside somebody must say, before it stands beside another system.
        if systems.count > 1,
            let silent = rivals.first(where: { systems.contains(.rival($0.rival)) && $0.rival.durability == nil })
        {
            throw silent.table.error(
                "durability",
                "missing; beside another system say synced or unsynced: whether a quorum syncs a write before it is "
                    + "acknowledged"
            )
        }
        return systems
    }

    /// The systems that the file may name: those that every file may, and its rivals.
    static func knownSystems(_ ensemble: SettingTable) throws(WorkloadError) -> [PlannedSystem] {
        var known = PlannedSystem.allCases
        for rival in try rivals(ensemble) { known.append(.rival(rival.rival)) }
        return known
    }

    /// A list of systems by name; nil if the key is missing.
    ///
    /// - Throws: `WorkloadError` for a name that is not among `known`.
    static func namedSystems(
        _ key: String,
        _ table: SettingTable,
        among known: [PlannedSystem]
    ) throws(WorkloadError) -> [PlannedSystem]? {
        let names = known.map(\.rawValue)
        let words = try table.parsed(key, names: names) { (word) throws(UnknownSystem) -> PlannedSystem in
            guard let system = known.first(where: { $0.rawValue == word }) else {
                throw UnknownSystem(description: "\"\(word)\" is not one of \(names.joined(separator: ", "))")
            }
            return system
        }
        return words?.map(\.value)
    }

    private struct UnknownSystem: Error, CustomStringConvertible { let description: String }

    private static func rivals(
        _ ensemble: SettingTable
    ) throws(WorkloadError) -> [(rival: PlannedRival, table: SettingTable)] {
        guard let setting = ensemble.setting("rivals") else { return [] }
        let list: [Setting]
        if case .list(let entries) = setting.value { list = entries } else { list = [setting] }
        var rivals: [(rival: PlannedRival, table: SettingTable)] = []
        for (index, entry) in list.enumerated() {
            let unnamed = try SettingTable(
                entry,
                path: "ensemble.rivals[\(index)]",
                source: ensemble.source,
                keys: rivalKeys
            )
            guard unnamed.has("name") else { throw unnamed.error("name", "missing; rows have it as their system") }
            let name = try unnamed.word("name", default: "")
            guard !reserved.contains(name) else {
                throw unnamed.error("name", "\(name) is the name of other servers; choose another")
            }
            guard !rivals.contains(where: { $0.rival.name == name }) else {
                throw unnamed.error("name", "two rivals are named \(name)")
            }
            let table = try SettingTable(
                entry,
                path: "ensemble.rivals.\(name)",
                source: ensemble.source,
                keys: rivalKeys
            )
            guard table.has("command") else {
                throw table.error("command", "missing; it starts one server: /opt/keeper/run.sh --config {config}")
            }
            let text = try table.text("command", default: "")
            let command: RivalCommand
            do throws(RivalCommand.Mistake) {
                command = try RivalCommand(text)
            } catch {
                throw table.error("command", error.description)
            }
            rivals.append((PlannedRival(name: name, command: command, durability: try durability(table)), table))
        }
        return rivals
    }

    private static func durability(_ table: SettingTable) throws(WorkloadError) -> DeclaredDurability? {
        table.has("durability") ? try table.choice("durability", default: .synced) : nil
    }
}

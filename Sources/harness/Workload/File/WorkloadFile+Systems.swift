extension WorkloadFile {
    /// Every load once, for servers that run already: whose they are is not the file's to say. Names of ours stand for them.
    package var withoutSystems: WorkloadFile {
        var file = self
        file.ensemble.systems = [.zabbench]
        file.ensemble.warmUpSeconds = [:]
        for index in file.points.indices { file.points[index].limits.systems = [] }
        return file
    }

    /// Why others' servers cannot be had as the rest of the file wants them; nil where they can. What only ours do is refused
    /// instead of left out: the rows would stand beside each other, and one of them would not be what the file says.
    static func objection(
        to system: PlannedSystem,
        _ top: SettingTable,
        placement: EnsemblePlacement,
        _ injection: PlannedInjection
    ) throws(WorkloadError) -> String? {
        let name = system.rawValue
        guard placement == .processes else {
            return "\(name) runs as processes of its own; set ensemble.placement: processes, or remove \(name)"
        }
        let isTraced = try top.bool("trace", default: false)
        let alone: [(isThere: Bool, key: String, what: String)] = [
            (injection.inServers != PlannedInjection(), "inject", "what can be slowed down on purpose"),
            (isTraced, "trace", "what tells where a write is"),
        ]
        guard let found = alone.first(where: \.isThere) else { return nil }
        return "\(found.what) is zabbench's alone; remove \(found.key), or \(name)"
    }
}

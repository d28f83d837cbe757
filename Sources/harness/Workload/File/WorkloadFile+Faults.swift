extension WorkloadFile {
    /// The faults to inject, and into what.
    public struct FaultSweep: Sendable, Hashable {
        public var kinds: [FaultKind]
        public var repeats: Int
        public var pauseSeconds: Double
        public var watches: Int
        public var znodes: [Int]
        public var dataBytes: Int
    }

    static let faultKeys = ["kinds", "repeats", "pause_s", "watches", "state"]
    static let stateKeys = ["znodes", "data_bytes"]

    /// The `faults` section; nil where there is none.
    ///
    /// - Throws: `WorkloadError`, also where the rest of the file does not go with faults.
    static func faults(
        _ top: SettingTable,
        ensemble: EnsembleSweep,
        points: [LoadPoint]
    ) throws(WorkloadError) -> FaultSweep? {
        guard let setting = top.setting("faults") else { return nil }
        let table = try SettingTable(setting, path: "faults", source: top.source, keys: faultKeys)
        let state = try SettingTable(
            table.setting("state") ?? Setting(value: .table([]), place: table.place),
            path: "faults.state",
            source: top.source,
            keys: stateKeys
        )
        var kinds: [FaultKind] = []
        let asked: [FaultKind] =
            table.has("kinds")
            ? try table.choices("kinds", default: FaultKind.leaderKilled) : FaultKind.allCases
        for kind in asked where !kinds.contains(kind) { kinds.append(kind) }
        guard ensemble.placement == .processes else {
            throw table.error("kinds", "faults are made to processes of ours; set ensemble.placement: processes")
        }
        if let least = ensemble.sizes.min(), least < 3, kinds != [.ensembleRestarted] {
            throw table.error(
                "kinds",
                "an ensemble of \(least) cannot lose a server and go on; let ensemble.sizes be at least 3, or kinds only "
                    + "ensemble_restarted"
            )
        }
        for point in points {
            let name = point.name.isEmpty ? "load" : "load.\(point.name)"
            guard point.isOpen else {
                throw table.error(
                    "kinds",
                    "\(name) is a closed loop, which owes nothing while the servers are down; set mode: open there"
                )
            }
            guard point.curveShares.isEmpty else {
                throw table.error("kinds", "\(name) is a curve, which a fault would bend; set mode: open there")
            }
            guard point.mix.set + point.mix.create + point.mix.delete > 0 else {
                throw table.error("kinds", "\(name) writes nothing, so no outage could be seen; let its mix have set")
            }
        }
        return FaultSweep(
            kinds: kinds,
            repeats: try table.integer("repeats", in: 1...1000, default: 1),
            pauseSeconds: try table.number("pause_s", in: 0.1...3600, default: 2),
            watches: try table.integer("watches", in: 0...2000, default: 100),
            znodes: try state.integers("znodes", in: 1...10_000_000, default: 1000),
            dataBytes: try state.integer("data_bytes", in: 0...1_000_000, default: 100)
        )
    }

    /// The faults of the runs on one ensemble, with the ensemble that they need: kinds that need the proxy between the
    /// servers have runs of their own, since it costs the others time.
    func faultRuns(on planned: PlannedEnsemble) -> [(ensemble: PlannedEnsemble, faults: PlannedFaults?)] {
        guard let faults else { return [(planned, nil)] }
        var runs: [(PlannedEnsemble, PlannedFaults?)] = []
        for znodes in faults.znodes {
            for isProxied in planned.links.isProxied ? [true] : [false, true] {
                let kinds = faults.kinds.filter { planned.links.isProxied || $0.needsProxy == isProxied }
                guard !kinds.isEmpty else { continue }
                var ensemble = planned
                ensemble.links.isProxied = isProxied
                let plan = PlannedFaults(
                    kinds: kinds,
                    repeats: faults.repeats,
                    pauseSeconds: faults.pauseSeconds,
                    watches: faults.watches,
                    state: PlannedState(znodes: znodes, dataBytes: faults.dataBytes)
                )
                runs.append((ensemble, plan))
            }
        }
        return runs
    }
}

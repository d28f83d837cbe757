extension WorkloadFile {
    /// The keys of a workload file, by table.
    enum Keys {
        static let top = [
            "name", "description", "repeats", "seed", "shuffle", "ensemble", "log", "links", "inject", "load",
            "warmup_s", "duration_s", "null_target", "trace", "faults", "slo",
        ]
        static let ensemble = [
            "sizes", "placement", "tick_time_ms", "init_limit", "sync_limit", "snap_count", "systems", "observers",
            "shards", "rivals", "warmup_s",
        ]
        static let load = [
            "name", "mode", "clients", "outstanding", "rate_per_s", "rate_share", "profile", "shares", "arrivals",
            "payload_bytes", "keys", "mix",
            "connect_to", "session_timeout_ms", "multi", "reads", "precision", "longest_s",
            "recipe", "watches", "readers", "fault", "only_sizes", "only_systems", "repeats",
        ]
        static let mix = ["set", "get", "create", "delete", "exists"]
    }

    enum Mode: String, CaseIterable {
        case closed, open, curve, storm
    }

    /// Parses YAML text and applies the overrides, each `dotted.path=value` with a value in YAML.
    ///
    /// - Parameter source: what errors call the text: the file's path.
    /// - Throws: `WorkloadError` naming file and line, or the flag, and what is allowed there.
    public init(yaml: String, source: String, overrides: [String] = []) throws(WorkloadError) {
        var tree = try Setting.parse(yaml: yaml, source: source)
        for flag in overrides { try tree.override(flag, source: source) }
        let top = try SettingTable(tree, path: "", source: source, keys: Keys.top)
        self.source = source
        name = try top.word("name", default: Self.stem(of: source))
        about = try top.text("description", default: "")
        repeats = try top.integer("repeats", in: 1...1000, default: 1)
        seed = UInt64(try top.integer("seed", in: 0...Int.max, default: 1))
        shuffle = try top.bool("shuffle", default: true)
        warmUpSeconds = try top.number("warmup_s", in: 0...3600, default: 2)
        durationSeconds = try top.number("duration_s", in: 0.1...86_400, default: 10)
        wantsNullTarget = try top.bool("null_target", default: false)
        traces = try top.bool("trace", default: false)
        ensemble = try Self.ensemble(top)
        serverKeys = Self.serverKeys(tree)
        let frame = try LoadLimit.Frame(top, Self.ensembleTable(top), ensemble, repeats: repeats)
        points = try Self.points(top, durationSeconds: durationSeconds, in: frame)
        try Self.checkObservers(top, ensemble: ensemble, points: points)
        try Self.checkCrowds(top, points, ensemble)
        faults = try Self.faults(top, ensemble: ensemble, points: points)
        try Self.checkShards(top, points, ensemble)
        try Self.checkStall(top, points, ensemble.injection, warmUpSeconds: warmUpSeconds)
        objective = try Self.objective(top)
        guard let runs = runCount, runs <= Self.runsMax else {
            throw Self.tooMany(source: source)
        }
        try checkReplays(top)
        try checkLimits(top)
    }

    /// The sections that say what servers are to be like; only servers that are started can follow them.
    package static let serverSections = ["ensemble", "log", "links", "inject", "faults"]

    private static func serverKeys(_ tree: Setting) -> [String] {
        guard case .table(let entries) = tree.value else { return [] }
        return entries.filter { serverSections.contains($0.key) }.flatMap { entry -> [String] in
            guard entry.key == "ensemble", case .table(let members) = entry.value.value else { return [entry.key] }
            return members.map(\.key).filter { $0 != "placement" }.map { "ensemble.\($0)" }
        }
    }

    static func tooMany(source: String) -> WorkloadError {
        WorkloadError(
            "\(source): more than \(runsMax) runs (the product of all lists and repeats); make the lists shorter"
        )
    }

    /// More runs than anybody waits for; every one is held in memory.
    static let runsMax = 10_000

    /// Nil if there are too many to count.
    private var runCount: Int? {
        // With faults each state has up to two runs: some kinds need a proxy between the servers.
        let parts = faults.map { Set($0.kinds.map(\.needsProxy)).count * $0.znodes.count } ?? 1
        let ensembles = [
            ensemble.sizes.count, ensemble.observers.count, ensemble.shards.count, ensemble.variants.count, repeats,
            parts,
        ]
        var sum = 0
        for point in points {
            var runs = 1
            let rates = point.rateCount
            let lists = [
                point.clients.count, point.outstanding.count, point.payloadBytes.count, point.connectTo.count, rates,
                point.multi.count, point.reads.count, point.crowds.count,
            ]
            for count in ensembles + lists {
                let (product, overflow) = runs.multipliedReportingOverflow(by: count)
                guard !overflow else { return nil }
                runs = product
            }
            let (total, overflow) = sum.addingReportingOverflow(runs)
            guard !overflow else { return nil }
            sum = total
        }
        return sum
    }

    private static func stem(of source: String) -> String {
        let file = source.split(separator: "/").last.map(String.init) ?? source
        let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
        return stem.isEmpty ? "workload" : stem
    }

    private static func ensembleTable(_ top: SettingTable) throws(WorkloadError) -> SettingTable {
        let empty = Setting(value: .table([]), place: top.place)
        return try SettingTable(
            top.setting("ensemble") ?? empty,
            path: "ensemble",
            source: top.source,
            keys: Keys.ensemble
        )
    }

    private static func ensemble(_ top: SettingTable) throws(WorkloadError) -> EnsembleSweep {
        let table = try ensembleTable(top)
        let sizes = try table.integers("sizes", in: 1...13, default: 3)
        let observers = try observers(table, sizes: sizes)
        let placement = try table.choice("placement", default: EnsemblePlacement.processes)
        let all = sizes.flatMap { size in observers.map { size + $0 } }
        let links = try links(top, sizes: all, placement: placement)
        let injection = try injection(top, sizes: sizes, placement: placement)
        let systems = try systems(table)
        guard Set(systems).count == systems.count else {
            throw table.error("systems", "a system is listed twice; list each one once")
        }
        if let other = systems.first(where: { $0 != .zabbench }),
            let objection = try Self.objection(to: other, top, placement: placement, injection)
        {
            throw table.error("systems", objection)
        }
        if let objection = objection(toObservers: observers, systems) { throw table.error("observers", objection) }
        var sweep = EnsembleSweep(
            systems: systems,
            sizes: sizes,
            observers: observers,
            shards: try shards(table),
            placement: placement,
            tickTimeMilliseconds: try table.integer("tick_time_ms", in: 10...60_000, default: 2000),
            initLimit: try table.integer("init_limit", in: 1...1000, default: 10),
            syncLimit: try table.integer("sync_limit", in: 1...1000, default: 5),
            snapCount: try table.integer("snap_count", in: 100...1_000_000_000, default: 1_000_000),
            logs: try logs(top),
            links: links,
            injection: injection
        )
        sweep.warmUpSeconds = try warmUps(table)
        return sweep
    }

    private static func points(
        _ top: SettingTable,
        durationSeconds: Double,
        in frame: LoadLimit.Frame
    ) throws(WorkloadError) -> [LoadPoint] {
        func read(_ setting: Setting, index: Int?) throws(WorkloadError) -> LoadPoint {
            try point(setting, index: index, source: top.source, durationSeconds: durationSeconds, in: frame)
        }
        guard let load = top.setting("load") else {
            return [try read(Setting(value: .table([]), place: top.place), index: nil)]
        }
        guard case .list(let list) = load.value else { return [try read(load, index: nil)] }
        guard !list.isEmpty else { throw top.error("load", "the list is empty; at least one load point expected") }
        var points: [LoadPoint] = []
        for (index, setting) in list.enumerated() {
            let point = try read(setting, index: index)
            guard !points.contains(where: { $0.name == point.name }) else {
                throw WorkloadError(
                    "\(Setting.describe(setting.place, source: top.source)): load: two points are named \(point.name)"
                )
            }
            points.append(point)
        }
        return points
    }

    /// - Parameters:
    ///   - index: in the list of load points, each of which has a name; nil of a single one.
    ///   - frame: of which the load may limit itself to a part.
    private static func point(
        _ setting: Setting,
        index: Int?,
        source: String,
        durationSeconds: Double,
        in frame: LoadLimit.Frame
    ) throws(WorkloadError) -> LoadPoint {
        var path = index.map { "load[\($0)]" } ?? "load"
        var table = try SettingTable(setting, path: path, source: source, keys: Keys.load)
        if index != nil, !table.has("name") {
            throw table.error("name", "missing; each load point of a list needs a name")
        }
        let name = table.has("name") ? try table.word("name", default: "") : ""
        if index != nil {
            path = "load.\(name)"
            table = try SettingTable(setting, path: path, source: source, keys: Keys.load)
        }
        let mode = try table.choice("mode", default: Mode.closed)
        let rates = try rates(table, mode, durationSeconds: durationSeconds)
        var point = LoadPoint(
            name: name,
            isOpen: mode != .closed,
            clients: try table.integers("clients", in: 1...10_000, default: 16),
            outstanding: try table.integers("outstanding", in: 1...65_536, default: 64),
            ratesPerSecond: rates.perSecond,
            rateShare: rates.share,
            profile: rates.profile,
            replay: rates.replay,
            curveShares: rates.curveShares,
            precision: rates.precision,
            longestSeconds: rates.longestSeconds,
            arrivals: try table.choice("arrivals", default: .poisson),
            payloadBytes: try table.integers("payload_bytes", in: Payload.headerSize...1_000_000, default: 128),
            keys: try table.integer("keys", in: 1...10_000_000, default: 10_000),
            mix: mode == .storm && !table.has("mix") ? OperationMix(set: 0, get: 100) : try mix(table),
            connectTo: try connectTo(table),
            sessionTimeoutMilliseconds: try table.integer("session_timeout_ms", in: 100...3_600_000, default: 10_000),
            multi: try table.integers("multi", in: 1...1000, default: 1),
            reads: try table.choices("reads", default: ReadConsistency.local),
            crowds: try crowds(table, mode),
            readers: try table.integer("readers", in: 1...1000, default: 8)
        )
        point.limits = try LoadLimit(table, in: frame)
        let most = point.isRecipe || point.replay != nil ? nil : point.isStorm ? point.readers : point.clients.max()
        if let most, most > point.keys {
            throw table.error(
                "keys",
                "\(point.keys) keys cannot be divided among \(most) \(point.isStorm ? "readers" : "clients"); at least \(most) needed"
            )
        }
        try checkKinds(point, table)
        return point
    }

    private static func connectTo(_ table: SettingTable) throws(WorkloadError) -> [ConnectTo] {
        let places = try table.choices("connect_to", default: ConnectTo.spread)
        guard Set(places).count == places.count else {
            throw table.error("connect_to", "a place is listed twice; list each one once")
        }
        return places
    }

    private static func mix(_ load: SettingTable) throws(WorkloadError) -> OperationMix {
        guard let setting = load.setting("mix") else { return OperationMix() }
        let table = try SettingTable(setting, path: load.path + ".mix", source: load.source, keys: Keys.mix)
        let range = 0...1_000_000
        let mix = OperationMix(
            set: try table.integer("set", in: range, default: 0),
            get: try table.integer("get", in: range, default: 0),
            create: try table.integer("create", in: range, default: 0),
            delete: try table.integer("delete", in: range, default: 0),
            exists: try table.integer("exists", in: range, default: 0)
        )
        guard mix.total > 0 else { throw load.error("mix", "all weights are 0; at least one operation expected") }
        guard mix.delete == 0 || mix.create > 0 else {
            throw load.error("mix", "delete needs create: only created znodes are deleted")
        }
        return mix
    }
}

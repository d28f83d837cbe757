import Client
import Glibc
import Log
import Results
import Workload

extension BenchSession {
    /// What the names of the session's loads begin with, and of their znodes.
    static func loadName(_ startedAt: Timestamp) -> String { "\(startedAt.compact)-\(getpid())" }

    /// The runs to make. With servers that run already the ensemble is what it is: runs that differ in nothing else are
    /// one run.
    ///
    /// - Throws: `UsageError` where the file wants servers that nobody named, or a flag something that only servers of
    ///   ours can follow.
    static func runs(of file: WorkloadFile, endpoints: [Endpoint]?, overrides: [String] = []) throws -> [PlannedRun] {
        guard let endpoints else {
            guard file.ensemble.placement != .external else {
                throw UsageError(
                    "\(file.source) says placement: external; name the servers with --connect host:port,..."
                )
            }
            return file.plannedRuns()
        }
        try refuseServerKeys(among: overrides)
        guard !file.only.namesLogs, file.only.systems.isEmpty else {
            throw UsageError(
                "--only \(file.only.labels.joined(separator: ",")): servers that run already (--connect) are one system, with "
                    + "logs of its own; name loads only"
            )
        }
        let planned = file.withoutSystems.plannedRuns()
        try refuseHarm(file, planned)
        struct Load: Hashable {
            var repeatNumber: Int
            var name: String
            var plan: LoadPlan
            var rateShare: Double?
        }
        var seen: Set<Load> = []
        var runs: [PlannedRun] = []
        for var run in planned {
            run.ensemble.placement = .external
            run.ensemble.size = endpoints.count
            // Whoever is named has a vote: MembershipCheck refuses observers.
            run.ensemble.observers = 0
            (run.ensemble.shards, run.load.shards) = (1, 1)
            guard run.load.connectTo != .observers else {
                throw UsageError(
                    "--connect: \(file.source) has connect_to: observers, and only voters may be listed; name other servers there"
                )
            }
            // Whatever the file says of logs, these servers have their own.
            run.ensemble.log = PlannedLog()
            run.load.runID = ""
            let load = Load(
                repeatNumber: run.repeatNumber,
                name: run.loadName,
                plan: run.load,
                rateShare: run.rateShare
            )
            guard seen.insert(load).inserted else { continue }
            run.index = runs.count
            runs.append(run)
        }
        return runs
    }

    /// - Throws: `UsageError` for what is done to servers of ours alone.
    private static func refuseHarm(_ file: WorkloadFile, _ planned: [PlannedRun]) throws {
        guard file.faults == nil else {
            throw UsageError(
                "\(file.source) injects faults, which works only with servers that zabbench starts; leave out --connect"
            )
        }
        guard !file.ensemble.links.isProxied, file.ensemble.injection == PlannedInjection() else {
            throw UsageError(
                "--connect: \(file.source) has a links or inject section, and neither can be added to servers that "
                    + "run already; leave --connect out, or remove the section"
            )
        }
        guard !planned.contains(where: { $0.load.storm?.fault.hurtsServers == true }) else {
            throw UsageError(
                "\(file.source) has a storm whose fault kills servers, which works only with servers that zabbench starts; "
                    + "leave out --connect, or set fault: connections_cut"
            )
        }
    }

    /// - Throws: `UsageError` naming the first flag that servers which run already will not follow.
    private static func refuseServerKeys(among overrides: [String]) throws {
        for flag in overrides {
            let key = flag.prefix { $0 != "=" }
            let parts = key.split(separator: ".")
            guard let first = parts.first, WorkloadFile.serverSections.contains(String(first)),
                key != "ensemble.placement"
            else { continue }
            throw UsageError(
                "--set \(flag): servers that run already (--connect) keep their own settings; remove the flag or --connect"
            )
        }
    }

    /// The runs to make, found to be possible as far as that can be told before anything is started.
    ///
    /// - Throws: `UsageError` as `runs(of:endpoints:overrides:)`, for more sessions than descriptors, and for systems of
    ///   unequal durability.
    static func checkedRuns(of file: WorkloadFile, _ options: Options) throws -> [PlannedRun] {
        let runs = try runs(of: file, endpoints: options.endpoints, overrides: options.overrides)
        if !options.allowsUnequalDurability, let complaint = DurabilityBalance(runs).complaint {
            throw UsageError("\(complaint); \(DurabilityBalance.advice)")
        }
        let sides = options.turn == nil ? 1 : LoadTurns.Side.allCases.count
        try DescriptorNeeds(runs, sides: sides).check()
        return runs
    }

    /// What the file or a flag wants of servers that run already and these do not follow: one line; nil where it wants
    /// nothing.
    static func leftOut(_ file: WorkloadFile, _ options: Options) -> String? {
        guard options.survey != nil, !file.serverKeys.isEmpty else { return nil }
        return
            "\(file.source): \(file.serverKeys.joined(separator: ", ")) left out: the servers of --connect keep their "
            + "own settings, and these cells are empty"
    }
}

extension PlannedLog {
    /// What a line about a run of a sweep adds: `, fdatasync_recycled, overlapped, 4 in flight, separate directories`.
    var words: String {
        var text = ", \(strategy.label), \(commit.batching.label)"
        if let explicitInFlight { text += ", \(explicitInFlight) in flight" }
        return directories == .separate ? text + ", separate directories" : text
    }
}

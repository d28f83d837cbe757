import Client
import Randomness

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A workload as its YAML file says it, validated: what to start, what to load it with, how often.
///
/// Where a sweep makes sense a value is a list; the runs are the product of all lists, times `repeats`. `load` and `log`
/// may be lists of sections, of which each contributes its own product. The keys and what they mean are explained in the comments of `workloads/quick.yaml`.
public struct WorkloadFile: Sendable, Hashable {
    /// The file's path, as errors name it.
    public var source: String
    public var name: String
    public var about: String
    public var repeats: Int
    /// Seeds the order of the runs and every choice of the load; recorded with the results.
    public var seed: UInt64
    public var shuffle: Bool
    public var ensemble: EnsembleSweep
    public var points: [LoadPoint]
    /// Nil where nothing is to go wrong.
    public var faults: FaultSweep?
    /// What each load is to hold; nil where nothing is promised.
    public var objective: PlannedObjective?
    public var warmUpSeconds: Double
    public var durationSeconds: Double
    /// Whether each load is first run against a target that answers at once, to know what the generator can do.
    public var wantsNullTarget: Bool
    /// Whether the servers are asked when they did what with each batch, and some writes are followed through them.
    public var traces: Bool

    /// The runs that are made; all of them unless somebody named some.
    public private(set) var only = RunSelection()

    /// Keys of the file and of flags that say what the servers are to be like, such as `log` and `ensemble.sizes`.
    package var serverKeys: [String]

    /// The ensembles to load.
    public struct EnsembleSweep: Sendable, Hashable {
        /// Whose servers: no two alike.
        public var systems: [PlannedSystem]
        public var sizes: [Int]
        /// Beyond the sizes; no two alike.
        public var observers: [Int]
        /// Ensembles at a time; no two alike.
        public var shards: [Int]
        public var placement: EnsemblePlacement
        public var tickTimeMilliseconds: Int
        public var initLimit: Int
        public var syncLimit: Int
        public var snapCount: Int
        /// How the logs are written: no two alike.
        public var logs: [PlannedLog]
        public var links: PlannedLinks
        public var injection: PlannedInjection
        /// Warm-ups of systems that need another than `warmUpSeconds`.
        public var warmUpSeconds: [PlannedSystem: Double] = [:]

        /// Whose servers write their logs in which way. ZooKeeper's log is its own: of ours it follows the directories alone,
        /// and is not run once more for each strategy.
        var variants: [(system: PlannedSystem, log: PlannedLog)] {
            systems.flatMap { system -> [(system: PlannedSystem, log: PlannedLog)] in
                guard system != .zabbench else { return logs.map { (system: system, log: $0) } }
                let directories = LogDirectories.allCases.filter { one in logs.contains { $0.directories == one } }
                return directories.map { (system: system, log: PlannedLog(directories: $0)) }
            }
        }
    }

    /// One load point, or several where values are lists.
    public struct LoadPoint: Sendable, Hashable {
        /// Empty if the file has a single point without a name.
        public var name: String
        public var isOpen: Bool
        public var clients: [Int]
        public var outstanding: [Int]
        /// Empty in a closed loop, and where a share says the rate; with a profile, its mean.
        public var ratesPerSecond: [Double]
        /// The rate as a share of what a closed loop of the same sessions achieves on the same ensemble.
        public var rateShare: Double?
        /// How the rate changes; nil for one rate.
        public var profile: RateProfile?
        /// What is played in place of a rate, a mix, keys and payloads; nil for what is planned.
        public var replay: ReplaySchedule?
        /// The points of a curve, each a share as `rateShare` is one; empty for what is none.
        public var curveShares: [Double]
        /// Of a curve's points, as in `LoadPlan`; nil for what is none.
        public var precision: Double?
        public var longestSeconds: Double?
        public var arrivals: Arrivals
        public var payloadBytes: [Int]
        public var keys: Int
        public var mix: OperationMix
        public var connectTo: [ConnectTo]
        public var sessionTimeoutMilliseconds: Int
        /// setData of each write; no two alike.
        public var multi: [Int]
        public var reads: [ReadConsistency]
        /// Recipes, or storms, whose sessions are the clients; `[.none]` for single operations.
        public var crowds: [PlannedCrowd]
        /// Sessions that a storm's operations come from.
        public var readers: Int
        /// On which of the ensembles, and how often, it is run; without limits, on all.
        public var limits = LoadLimit()

        /// Runs for each combination of the other lists.
        var rateCount: Int {
            if !curveShares.isEmpty { return curveShares.count }
            return isOpen && rateShare == nil ? ratesPerSecond.count : 1
        }

        /// Of the runs of one plan, the share that each has; one nil where the plan has its rate.
        var shares: [Double?] { curveShares.isEmpty ? [rateShare] : curveShares.map { $0 } }
    }

    /// Reads the file at `path` and applies the overrides, each `dotted.path=value` with a value in YAML.
    ///
    /// - Parameter only: names of loads, strategies and batchings (`RunSelection`); empty for all runs.
    /// - Throws: `WorkloadError`.
    public init(path: String, overrides: [String] = [], only: [String] = []) throws(WorkloadError) {
        let text = try Self.contents(of: path)
        // Every setting has a default, and nobody who names a file means them all.
        guard !(try Setting.parse(yaml: text, source: path).isNothing) else {
            throw WorkloadError(
                "\(path): the file has no settings; add a load section, as in workloads/quick.yaml, or start with "
                    + "zabbench init"
            )
        }
        try self.init(yaml: text, source: path, overrides: overrides)
        try choose(only)
    }

    /// Leaves only the runs of what is named; the others keep their order and their seeds.
    ///
    /// - Throws: `WorkloadError` for a name that there is not.
    package mutating func choose(_ names: [String]) throws(WorkloadError) {
        only = RunSelection()
        if !names.isEmpty { only = try RunSelection(names, among: combinations(repeatNumber: 1), source: source) }
    }

    /// The text of the file at `path`, if it is one that a workload file may have.
    package static func contents(of path: String) throws(WorkloadError) -> String {
        guard let file = fopen(path, "rb") else { throw MissingWorkload.error(path, code: errno) }
        defer { fclose(file) }
        let limit = 1 << 20
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = fread(buffer.baseAddress, 1, limit, file)
        }
        guard ferror(file) == 0 else { throw MissingWorkload.error(path, code: errno) }
        guard bytes.count < limit else {
            throw WorkloadError("\(path): larger than any workload file (1 MiB); is it one?")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw WorkloadError("\(path): not UTF-8 text; a workload is a YAML file")
        }
        return text
    }

    /// The runs in the order in which they are to be made.
    ///
    /// Each repeat is a round over all combinations, and every round is shuffled anew, so that a drift of the machine
    /// meets all of them alike. What `only` leaves has the order and the seeds that it has among all.
    public func plannedRuns() -> [PlannedRun] {
        var order = SplitMix64(seed: seed, stream: 0x5045_524d)
        var runs: [PlannedRun] = []
        for repeatNumber in 1...repeats {
            var round = combinations(repeatNumber: repeatNumber)
            if shuffle { order.shuffle(&round) }
            runs += round.filter(only.contains)
        }
        for index in runs.indices {
            runs[index].index = index
            runs[index].load.runID = "\(index)"
        }
        return runs
    }

    func combinations(repeatNumber: Int) -> [PlannedRun] {
        var runs: [PlannedRun] = []
        var seeds = SplitMix64(seed: seed, stream: UInt64(repeatNumber))
        let loadSeed = seeds.next()
        for (planned, faults) in ensembles().flatMap(faultRuns) {
            for point in points where point.limits.includes(planned, repeatNumber: repeatNumber) {
                for load in loads(of: point, seed: loadSeed) where load.fits(planned) {
                    for share in point.shares {
                        var run = PlannedRun(
                            index: 0,
                            repeatNumber: repeatNumber,
                            loadName: point.name,
                            ensemble: planned,
                            load: load
                        )
                        run.faults = faults
                        run.rateShare = share
                        run.curvePoints = point.curveShares.count
                        run.objective = objective
                        run.load.warmUp(warmUpSeconds(of: planned.system), durationSeconds: durationSeconds)
                        run.load.isOnYardstick = planned.system == .yardstick
                        run.load.shards = planned.shards
                        // A server that hangs may give its sessions up, or be given up: that is what such a run is about.
                        let isStalled = planned.injection.isStall && load.replay == nil
                        run.load.surviveConnectionLoss = faults != nil || isStalled
                        runs.append(run)
                    }
                }
            }
        }
        return runs
    }

    private func ensembles() -> [PlannedEnsemble] {
        var list: [PlannedEnsemble] = []
        for size in ensemble.sizes {
            for (system, log) in ensemble.variants {
                let planned = PlannedEnsemble(
                    system: system,
                    size: size,
                    placement: ensemble.placement,
                    tickTimeMilliseconds: ensemble.tickTimeMilliseconds,
                    initLimit: ensemble.initLimit,
                    syncLimit: ensemble.syncLimit,
                    snapCount: ensemble.snapCount,
                    log: log,
                    links: ensemble.links,
                    injection: ensemble.injection
                )
                for observers in ensemble.observers {
                    list += ensemble.shards.map { planned.with(observers: observers).with(shards: $0) }
                }
            }
        }
        return list
    }

    private func loads(of point: LoadPoint, seed: UInt64) -> [LoadPlan] {
        // Which rate a share is, only the ensemble can say.
        let rates = point.shares == [nil] ? point.ratesPerSecond : [0]
        let modes: [LoadMode] =
            point.isOpen
            ? rates.map { .open(ratePerSecond: $0, arrivals: point.arrivals) } : [.closed]
        var plans: [LoadPlan] = []
        for clients in point.clients {
            for outstanding in point.outstanding {
                for payloadBytes in point.payloadBytes {
                    for mode in modes {
                        for connectTo in point.connectTo {
                            var plan = LoadPlan(
                                mode: mode,
                                clients: clients,
                                outstanding: outstanding,
                                payloadBytes: payloadBytes,
                                keys: point.keys,
                                mix: point.mix,
                                connectTo: connectTo,
                                warmUpSeconds: warmUpSeconds,
                                durationSeconds: durationSeconds,
                                seed: seed,
                                sessionTimeoutMilliseconds: Int32(point.sessionTimeoutMilliseconds),
                                traceEvery: traces ? 1 : 0
                            )
                            plan.profile = point.profile
                            (plan.precision, plan.longestSeconds) = (point.precision, point.longestSeconds)
                            if let replay = point.replay { plan.play(replay) }
                            plans += point.kinds(of: plan).flatMap { kind in
                                point.crowds.map { kind.with($0, readers: point.readers) }
                            }
                        }
                    }
                }
            }
        }
        return plans
    }
}

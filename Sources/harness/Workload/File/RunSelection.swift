import Log
import Words

/// Which of a workload's runs are made: those of the loads, systems and logs that were named. Names of one kind are
/// alternatives, of several kinds all must hold.
public struct RunSelection: Sendable, Hashable {
    public private(set) var loads: Set<String> = []
    /// Names of systems.
    public private(set) var systems: Set<String> = []
    /// Labels of sync strategies.
    public private(set) var strategies: Set<String> = []
    /// Labels of batch policies.
    public private(set) var batchings: Set<String> = []

    /// All runs.
    public init() {}

    /// - Parameters:
    ///   - names: each a load's name, a system's, a sync strategy's label or a batch policy's; several in one with commas
    ///     between. A name that is a load's is meant as that.
    ///   - runs: of the whole workload.
    ///   - source: what errors call the workload.
    /// - Throws: `WorkloadError` for a name that none of the runs has, and where no run has all that is named.
    init(_ names: [String], among runs: [PlannedRun], source: String) throws(WorkloadError) {
        let known = (
            loads: Self.distinct(runs.map(\.loadName)), systems: Self.distinct(runs.map(\.systemLabel)),
            strategies: Self.distinct(runs.map(\.strategyLabel)), batchings: Self.distinct(runs.map(\.batchingLabel))
        )
        for name in names.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }) {
            if known.loads.contains(name) {
                loads.insert(name)
            } else if known.systems.contains(name) {
                systems.insert(name)
            } else if known.strategies.contains(name) {
                strategies.insert(name)
            } else if known.batchings.contains(name) {
                batchings.insert(name)
            } else {
                let all = [
                    ("loads", known.loads), ("systems", known.systems), ("strategies", known.strategies),
                    ("batchings", known.batchings),
                ]
                .filter { !$0.1.isEmpty }.map { "\($0.0) \($0.1.joined(separator: ", "))" }
                throw WorkloadError(
                    "--only \(name.isEmpty ? "''" : name): \(source) has no such load, system, strategy or batching"
                        + NearestName.sentences(
                            NearestName.question(
                                known.loads + known.systems + known.strategies + known.batchings,
                                to: name
                            ),
                            "it has " + all.joined(separator: "; ")
                        )
                )
            }
        }
        guard runs.contains(where: contains) else {
            throw WorkloadError(
                "--only \(labels.joined(separator: ",")): no run of \(source) is all of that; names of one kind are "
                    + "alternatives, and of different kinds all must hold"
            )
        }
    }

    /// Whether it leaves out nothing.
    public var isAll: Bool { labels.isEmpty }
    /// Whether it says something of logs.
    public var namesLogs: Bool { !strategies.isEmpty || !batchings.isEmpty }

    /// All that is named, in one order however it was written.
    public var labels: [String] { loads.sorted() + strategies.sorted() + batchings.sorted() + systems.sorted() }

    func contains(_ run: PlannedRun) -> Bool {
        (loads.isEmpty || loads.contains(run.loadName)) && (systems.isEmpty || systems.contains(run.systemLabel))
            && (strategies.isEmpty || strategies.contains(run.strategyLabel))
            && (batchings.isEmpty || batchings.contains(run.batchingLabel))
    }

    /// In the order in which they come first.
    private static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = [""]
        return names.filter { seen.insert($0).inserted }
    }
}

extension PlannedRun {
    /// Empty where the servers run already, which are whose they are.
    fileprivate var systemLabel: String { ensemble.placement == .external ? "" : ensemble.system.rawValue }
    /// Empty where the log is another system's.
    fileprivate var strategyLabel: String { ensemble.system == .zabbench ? ensemble.log.strategy.label : "" }
    fileprivate var batchingLabel: String { ensemble.system == .zabbench ? ensemble.log.commit.batching.label : "" }
}

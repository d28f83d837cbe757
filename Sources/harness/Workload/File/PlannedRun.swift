/// One run that a workload file asks for.
public struct PlannedRun: Sendable, Hashable {
    /// The place in the order of execution, from 0.
    public var index: Int
    /// From 1 to `repeats`.
    public var repeatNumber: Int
    /// The name of the load point; empty if the file has a single unnamed one.
    public var loadName: String
    public var ensemble: PlannedEnsemble
    /// Its `runID` is `index` and must be made unique by whoever runs several on one ensemble at once.
    public var load: LoadPlan
    /// Where it is not nil, the load's rate is not known yet: it is this share of what a closed loop of the same sessions
    /// achieves on the same ensemble just before.
    public var rateShare: Double?
    /// Points of the curve that the run is one of, which share one closed loop; 0 for others.
    public var curvePoints = 0
    /// What the load is to hold; nil where nothing is promised.
    public var objective: PlannedObjective?
    /// What is done to the ensemble meanwhile; nil where nothing is.
    public var faults: PlannedFaults?

    public init(index: Int, repeatNumber: Int, loadName: String, ensemble: PlannedEnsemble, load: LoadPlan) {
        self.index = index
        self.repeatNumber = repeatNumber
        self.loadName = loadName
        self.ensemble = ensemble
        self.load = load
    }
}

/// The ensemble that a run needs.
public struct PlannedEnsemble: Sendable, Hashable {
    public var system: PlannedSystem
    /// Servers that vote.
    public var size: Int
    /// Servers beyond them that do not vote, with the ids after theirs.
    public var observers = 0
    /// Ensembles of that kind over the same hosts, which share the keys.
    public var shards = 1
    public var placement: EnsemblePlacement
    public var tickTimeMilliseconds: Int
    public var initLimit: Int
    public var syncLimit: Int
    /// Transactions between snapshots.
    public var snapCount: Int
    /// Of others' servers only the directories mean anything: see `hasPlannedLog`.
    public var log: PlannedLog
    public var links: PlannedLinks
    public var injection: PlannedInjection

    public init(
        system: PlannedSystem = .zabbench,
        size: Int = 3,
        placement: EnsemblePlacement = .processes,
        tickTimeMilliseconds: Int = 2000,
        initLimit: Int = 10,
        syncLimit: Int = 5,
        snapCount: Int = 1_000_000,
        log: PlannedLog = PlannedLog(),
        links: PlannedLinks = PlannedLinks(),
        injection: PlannedInjection = PlannedInjection()
    ) {
        self.system = system
        self.size = size
        self.placement = placement
        self.tickTimeMilliseconds = tickTimeMilliseconds
        self.initLimit = initLimit
        self.syncLimit = syncLimit
        self.snapCount = snapCount
        self.log = log
        self.links = links
        self.injection = injection
    }

    /// Voters and observers, of one shard.
    public var serverCount: Int { size + observers }
    /// Of all shards.
    public var allServers: Int { serverCount * shards }

    /// Whether the servers write their logs as `log` says. Others' have logs of their own, and so have servers that run
    /// already.
    public var hasPlannedLog: Bool { placement != .external && system == .zabbench }
}

/// Whose servers an ensemble has.
public enum PlannedSystem: Sendable, Hashable {
    case zabbench
    /// Apache ZooKeeper.
    case zookeeper
    case etcd
    /// The least work of a durable broadcast: a floor, no system to run.
    case yardstick
    /// Other servers of ZooKeeper's protocol, which the workload names and starts by a command of its own.
    case rival(PlannedRival)
}

extension PlannedSystem: RawRepresentable, CaseIterable {
    /// Those that every workload may name; rivals are the workload's own.
    public static var allCases: [PlannedSystem] { [.zabbench, .zookeeper, .etcd, .yardstick] }

    public init?(rawValue: String) {
        guard let system = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = system
    }

    /// As files and tables name it.
    public var rawValue: String {
        // A case without a rival is called what it is in the source.
        rival?.name ?? "\(self)"
    }

    public var rival: PlannedRival? {
        if case .rival(let rival) = self { rival } else { nil }
    }

    /// Whether its servers speak ZooKeeper's client protocol, and so have its sessions, watches and transactions.
    public var speaksZooKeeper: Bool { self != .etcd && self != .yardstick }
}

/// Where the servers run.
public enum EnsemblePlacement: String, Sendable, Hashable, CaseIterable {
    /// Each server a process of its own.
    case processes
    /// All servers as threads in the harness's process.
    case embedded
    /// Somebody else's servers; nothing is started or stopped.
    case external
}

import Zab

/// What a run counted.
public struct SimulationCounters: Hashable, Sendable {
    public var events = 0
    public var simulatedTime: Nanoseconds = 0
    /// The part of it before everything healed.
    public var faultTime: Nanoseconds = 0
    public var commits = 0
    /// Single properties of Zab that were checked.
    public var checks = 0
    /// Operations of clients whose answers were checked.
    public var operations = 0
    public var watchEvents = 0
    public var connections = 0
    public var starts = 0
    public var reigns = 0
    public var syncs = 0
    public var snapshots = 0
    public var installedSnapshots = 0
    public var readsFromLog = 0
    // Faults.
    public var kills = 0
    public var powerLosses = 0
    /// Processes that ended by themselves: a disk that failed.
    public var stops = 0
    /// Starts that were refused: a disk that failed, damaged data.
    public var refusals = 0
    public var repairs = 0
    public var spoiledFrames = 0
    public var diskFaults = 0
    /// By kind, in the order of `Fault.Kind.allCases`.
    public var faults = [Int](repeating: 0, count: Fault.Kind.allCases.count)

    public init() {}

    /// Everything that was made to go wrong.
    public var faultCount: Int { faults.reduce(0, +) }

    public mutating func add(_ other: SimulationCounters) {
        let sums: [WritableKeyPath<SimulationCounters, Int>] = [
            \.events, \.commits, \.checks, \.operations, \.watchEvents, \.connections, \.starts, \.reigns, \.syncs,
            \.snapshots, \.installedSnapshots, \.readsFromLog, \.kills, \.powerLosses, \.stops, \.refusals, \.repairs,
            \.spoiledFrames, \.diskFaults,
        ]
        for sum in sums { self[keyPath: sum] += other[keyPath: sum] }
        simulatedTime += other.simulatedTime
        faultTime += other.faultTime
        for kind in faults.indices { faults[kind] += other.faults[kind] }
    }
}

/// How a run ended.
public struct Outcome: Sendable {
    public let setup: Setup
    /// Of everything that happened: the same for the same seed, always.
    public let hash: UInt64
    public let violation: Violation?
    public let counters: SimulationCounters
    /// Only of scenarios that count losses.
    public let losses: LossReport?
}

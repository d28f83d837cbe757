import Randomness

/// What is done to an ensemble while it is loaded.
public struct PlannedFaults: Sendable, Hashable {
    public var kinds: [FaultKind]
    /// Faults of each kind.
    public var repeats: Int
    /// Healthy time before each fault.
    public var pauseSeconds: Double
    /// Watches that are to survive each fault.
    public var watches: Int
    /// What lies on the servers besides the load's own znodes.
    public var state: PlannedState

    public init(
        kinds: [FaultKind] = FaultKind.allCases,
        repeats: Int = 1,
        pauseSeconds: Double = 2,
        watches: Int = 100,
        state: PlannedState = PlannedState()
    ) {
        self.kinds = kinds
        self.repeats = repeats
        self.pauseSeconds = pauseSeconds
        self.watches = watches
        self.state = state
    }

    /// All faults in the order in which they are made, shuffled so that no kind always follows the same one.
    public func order(seed: UInt64) -> [FaultKind] {
        var order = kinds.flatMap { Array(repeating: $0, count: repeats) }
        var generator = SplitMix64(seed: seed, stream: 0x4641_554c_5400_0000)
        generator.shuffle(&order)
        return order
    }
}

/// Znodes that are there before the load begins, and stay as they are.
public struct PlannedState: Sendable, Hashable {
    public var znodes: Int
    /// Of each of them.
    public var dataBytes: Int

    public init(znodes: Int = 1000, dataBytes: Int = 100) {
        self.znodes = znodes
        self.dataBytes = dataBytes
    }
}

/// What can happen to an ensemble.
public enum FaultKind: String, Sendable, Hashable, CaseIterable {
    /// SIGKILL to the leader; started again afterwards.
    case leaderKilled = "leader_killed"
    /// SIGSTOP to the leader: its connections stay open and silent; SIGCONT afterwards.
    case leaderHung = "leader_hung"
    /// Nothing passes between the leader and the others; its clients still reach it.
    case leaderCut = "leader_cut"
    /// SIGKILL to followers until exactly the last quorum is left.
    case followersLost = "followers_lost"
    /// SIGKILL to all servers, and all started again at once.
    case ensembleRestarted = "ensemble_restarted"

    /// Whether the harness must have its hands on the ways between the servers.
    public var needsProxy: Bool { self == .leaderCut }
    /// Whether a leader has to be elected before writes go on.
    public var needsElection: Bool { self != .followersLost }
}

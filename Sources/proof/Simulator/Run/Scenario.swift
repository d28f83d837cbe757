/// What a seed is played on: which faults come, how often, and in which ensemble.
public struct Scenario: Hashable, Sendable {
    public var name: String
    /// For `--scenario` in the help.
    public var summary: String
    /// Which faults come, each with a weight.
    var weights: [(Fault.Kind, Int)]
    var faultsMin = 1
    var faultsMax: Int
    /// The run goes on after a loss, and in the end acknowledged writes are counted, not properties checked; the load is
    /// high, and outages are short.
    var countsLosses = false
    /// Epochs are ended by their counter, after so many transactions.
    var shortEpochs = false
    /// Snapshots after a few transactions, and little history in memory.
    var manySnapshots = false
    /// A high load, and connections that take in little at a time: what waits for a slow learner is old when it goes out.
    var narrowLinks = false
    /// Rates of the servers' clocks differ by up to a quarter, otherwise by a hundredth.
    var skewedClocks = false

    /// One of these is drawn.
    var voterCounts = [3, 3, 3, 3, 3, 5, 5, 5, 1, 2, 4, 7]

    public static func == (left: Scenario, right: Scenario) -> Bool { left.name == right.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    public static let all: [Scenario] = [
        mixed, calm, crashes, network, elections, swizzle, disks, time, rollover, snapshots, sessions,
        laggards, strangers,
    ]

    /// What a sync strategy is tried on: see `StrategyTrial`. Not among `all`, since every property is checked there.
    public static let trials: [Scenario] = [killall, powercut]

    public static func named(_ name: String) -> Scenario? { (all + trials).first { $0.name == name } }

    private static let crashWeights: [(Fault.Kind, Int)] = [
        (.kill, 6), (.powerLoss, 10), (.powerLossAtRareStep, 6), (.killAll, 1), (.powerLossAll, 3),
    ]
    private static let networkWeights: [(Fault.Kind, Int)] = [
        (.partition, 6), (.mute, 3), (.deafen, 3), (.cutPair, 4), (.cutOneWay, 4), (.reset, 4), (.halfOpen, 4),
        (.lossy, 5), (.slowNetwork, 3), (.electionAmbush, 5), (.forgottenLeader, 3),
    ]
    private static let diskWeights: [(Fault.Kind, Int)] = [
        (.slowDisk, 3), (.syncError, 3), (.writeError, 2), (.shortWrite, 2), (.directorySyncError, 2),
        (.readError, 2), (.diskFull, 2), (.bitFlip, 3), (.misdirectedBlock, 2), (.staleBlock, 2),
    ]
    private static let timeWeights: [(Fault.Kind, Int)] = [(.pause, 6), (.clockJump, 2)]
    private static let strangerWeights: [(Fault.Kind, Int)] = [(.liar, 2), (.foreignFolder, 2)]
    private static let clientWeights: [(Fault.Kind, Int)] = [(.reconnectStorm, 2), (.cutClient, 4), (.crowd, 2)]

    /// Everything.
    public static let mixed = Scenario(
        name: "mixed",
        summary: "every fault, every kind of ensemble (the default)",
        weights: crashWeights + networkWeights + diskWeights + timeWeights + clientWeights + strangerWeights,
        faultsMax: 14
    )
    public static let calm = Scenario(
        name: "calm",
        summary: "no fault at all",
        weights: [],
        faultsMax: 0
    )
    public static let crashes = Scenario(
        name: "crashes",
        summary: "processes killed, machines without power, one and all",
        weights: crashWeights + [(.reset, 2), (.slowDisk, 2)],
        faultsMax: 14
    )
    public static let network = Scenario(
        name: "network",
        summary: "partitions of every kind, half-open links, lost and doubled frames",
        weights: networkWeights + [(.kill, 2), (.powerLoss, 2)],
        faultsMax: 14
    )
    public static let elections = Scenario(
        name: "elections",
        summary: "elections disturbed at their worst moments, one after another",
        weights: [(.electionAmbush, 8), (.kill, 4), (.powerLoss, 4), (.lossy, 4), (.cutOneWay, 3), (.reset, 2)],
        faultsMax: 14,
        // Of five voters, two may be elected who do not know of each other.
        voterCounts: [3, 3, 4, 5, 5, 5, 5, 5, 5, 5, 6, 7]
    )
    public static let swizzle = Scenario(
        name: "swizzle",
        summary: "servers clogged one after another and freed in another order",
        weights: [(.swizzle, 6), (.powerLoss, 2), (.halfOpen, 1), (.pause, 1)],
        faultsMax: 6
    )
    public static let disks = Scenario(
        name: "disks",
        summary: "failing, full, slow and lying disks, and power losses",
        weights: diskWeights + [(.kill, 2), (.powerLoss, 6), (.powerLossAll, 2)],
        faultsMax: 12
    )
    public static let time = Scenario(
        name: "time",
        summary: "pauses longer than the timeouts, skewed and jumping clocks",
        weights: timeWeights + [(.kill, 1), (.powerLoss, 1), (.reset, 1)],
        faultsMax: 10,
        skewedClocks: true
    )
    public static let rollover = Scenario(
        name: "rollover",
        summary: "the counter of the zxid runs out again and again",
        weights: crashWeights + networkWeights + [(.pause, 2)],
        faultsMax: 12,
        shortEpochs: true
    )
    public static let snapshots = Scenario(
        name: "snapshots",
        summary: "snapshots all the time, learners far behind, crashes in between",
        weights: crashWeights
            + [(.powerLossAtRareStep, 6), (.partition, 4), (.mute, 2), (.reset, 2), (.pause, 2), (.bitFlip, 1)],
        faultsMax: 12,
        manySnapshots: true
    )
    public static let sessions = Scenario(
        name: "sessions",
        summary: "clients cut off, reconnect storms, leaders lost: expiry, ephemerals, watches",
        weights: clientWeights + [(.kill, 3), (.pause, 3), (.partition, 3), (.reset, 2), (.forgottenLeader, 4)],
        faultsMax: 12
    )

    public static let laggards = Scenario(
        name: "laggards",
        summary: "learners on slow links, far behind while their leader takes snapshots and trims its log",
        weights: [(.slowNetwork, 8), (.kill, 4), (.reset, 4), (.pause, 2), (.cutOneWay, 2), (.partition, 2)],
        faultsMax: 10,
        manySnapshots: true,
        narrowLinks: true,
        voterCounts: [3, 3, 5]
    )

    public static let strangers = Scenario(
        name: "strangers",
        summary: "strangers under servers' ids, with impossible numbers or the data of another ensemble",
        weights: strangerWeights.map { ($0.0, 4 * $0.1) }
            + [(.kill, 3), (.powerLoss, 2), (.killAll, 1), (.reset, 2), (.partition, 1)],
        faultsMax: 12,
        voterCounts: [3, 3, 3, 3, 5, 5, 4]
    )

    public static let killall = Scenario(
        name: "killall",
        summary: "every process killed at once, again and again; acknowledged writes that are lost are counted",
        weights: [(.killAll, 5), (.kill, 2)],
        faultsMin: 3,
        faultsMax: 8,
        countsLosses: true,
        voterCounts: [3, 3, 3, 5]
    )
    public static let powercut = Scenario(
        name: "powercut",
        summary: "every machine without power at once, again and again; acknowledged writes that are lost are counted",
        weights: [(.blackout, 5), (.powerLossAll, 2), (.powerLoss, 1), (.killAll, 1)],
        faultsMin: 3,
        faultsMax: 8,
        countsLosses: true,
        voterCounts: [3, 3, 3, 5]
    )
}

import Host
import Log
import Randomness
import Replica
import Wire
import Zab
import Znodes

/// Everything about a run that its seed decides before it begins.
public struct Setup: Sendable {
    /// What to leave out of what the seed says: how a failing seed is made smaller.
    public struct Reduction: Hashable, Sendable {
        /// Only these faults, by their number.
        public var faults: [Int]?
        public var clients: Int?
        /// The time of faults and load, in ticks.
        public var ticks: Int?

        public init(faults: [Int]? = nil, clients: Int? = nil, ticks: Int? = nil) {
            self.faults = faults
            self.clients = clients
            self.ticks = ticks
        }
    }

    public let seed: UInt64
    public let scenario: Scenario
    /// How the servers' logs become durable, or are said to.
    public let strategy: SyncStrategy
    /// How they make their groups.
    public let commit: CommitOptions
    /// The same, unless the seed has drawn it.
    let givenCommit: CommitOptions?
    public var voters: Int
    public var observers: Int
    /// Each voter in one group; empty where a majority decides.
    var hierarchy: [[Electorate.Share]]
    /// The ids are `idStep` apart.
    var firstID: Int
    var idStep: Int
    public var clients: Int
    public var tick: Nanoseconds
    /// How long faults and load last, in nanoseconds.
    public var duration: Nanoseconds
    public var faults: [(number: Int, fault: Fault)]

    var initLimit: UInt32
    var syncLimit: UInt32
    var lastCounters: UInt32
    var snapCount: Int
    var segmentSize: Int
    /// Each server's. In a third of the seeds so small that all of them are met.
    var limits = Setup.limitsWithASuperUser
    private static var limitsWithASuperUser: MemberLimits {
        var limits = MemberLimits()
        limits.access.superDigest = Array(AccessWorkload.superSecret.utf8).withUnsafeBytes {
            Identity.digest(of: $0).id
        }
        // A sweep every few ticks, and one of the limits of quotas with each.
        limits.extendedTypesEnabled = true
        limits.enforcesQuotas = true
        limits.sweepMilliseconds = 300
        return limits
    }
    /// One way, without jitter.
    var latency: Nanoseconds
    var jitter: Nanoseconds
    var syncTime: ClosedRange<Nanoseconds>
    var roundTime: Nanoseconds
    /// The mean time between two operations of a client.
    var operationGap: Nanoseconds
    /// What the clients do instead of what they draw, if that is given.
    var load: ScriptedLoad?
    var outstandingMax: Int
    /// Clients use xids again on a new connection, as kazoo does, which counts from 1; and not through the whole session.
    var restartsXids = false
    /// What a connection takes in before it holds the sender back.
    var windowBytes: Int
    /// The same for what goes to a client: often so little that a reply has no room.
    var clientWindowBytes: Int
    /// Bytes on their way to the disk beyond which a server reads nothing of its peers.
    var logBytesInFlightMax = 1 << 20
    /// What is read of a client whose requests wait for room.
    var readAheadBytes = ClientInlet.readAheadMax
    /// Reads of a hundred that do not get all that is there; runs of a given load have none.
    var cutReads = 0
    /// The rate of each server's clock, in parts per million of virtual time.
    var clockRates: [UInt64]
    /// Small, so that limits are met; runs of a given load have the Server's.
    var frameBytesMax = 4096
    var snapshotLogBytes = 1 << 20

    var servers: Int { voters + observers }

    /// - Parameter commit: nil: drawn in scenarios that check every property, natural in those that count losses.
    public init(
        seed: UInt64,
        scenario: Scenario,
        strategy: SyncStrategy = .recycledFdatasync,
        commit: CommitOptions? = nil,
        reduction: Reduction = Reduction()
    ) {
        self.seed = seed
        self.scenario = scenario
        self.strategy = strategy
        givenCommit = commit
        self.commit = commit ?? (scenario.countsLosses ? .natural : Self.drawnCommit(seed, for: strategy))
        var random = SplitMix64(seed: seed, stream: Stream.setup)
        let usualVoters = scenario.voterCounts[random.below(scenario.voterCounts.count)]
        (voters, hierarchy) = scenario.countsLosses ? (usualVoters, []) : Self.drawnHierarchy(seed, usualVoters)
        (firstID, idStep) = Self.drawnIDs(seed)
        observers = [0, 0, 0, 1, 1, 2][random.below(6)]
        clients = [1, 1, 2, 2, 3, 3, 4, 12][random.below(8)]
        tick = [100_000_000, 200_000_000, 500_000_000, 2_000_000_000][random.below(4)]
        initLimit = UInt32(5 + random.below(6))
        syncLimit = UInt32(3 + random.below(3))
        let shortEpochs = scenario.shortEpochs || random.below(8) == 0
        lastCounters = shortEpochs ? UInt32(20 + random.below(200)) : Configuration.lastCountersDefault
        let manySnapshots = scenario.manySnapshots || random.below(3) == 0
        snapCount = manySnapshots ? 10 + random.below(60) : 200 + random.below(800)
        limits.recentHistoryBytesMax = manySnapshots ? 1 << 10 : 1 << (10 + random.below(8))
        segmentSize = [8192, 8192, 12288, 16384][random.below(4)]
        latency = [20_000, 100_000, 500_000, 2_000_000][random.below(4)]
        jitter = latency * UInt64(random.below(4))
        let fastest = [20_000, 100_000, 1_000_000][random.below(3)] as Nanoseconds
        syncTime = fastest...(fastest * UInt64(1 + random.below(10)))
        roundTime = UInt64(1 + random.below(50)) * 1_000
        // Many clients are there for their sessions, not for more load.
        let operationsInTick = UInt64(1 + random.below(8))
        operationGap = tick / (clients > 4 ? min(2, operationsInTick) : operationsInTick)
        outstandingMax = 1 + random.below(8)
        windowBytes = [2_048, 16_384, 262_144][random.below(3)]
        clientWindowBytes = windowBytes
        let ticks = 10 + random.below(40)
        duration = UInt64(ticks) * tick
        clockRates = []
        for _ in 0..<(voters + observers) {
            let spread = scenario.skewedClocks ? 250_000 : 10_000
            clockRates.append(UInt64(1_000_000 - spread + random.below(2 * spread)))
        }
        var reads = SplitMix64(seed: seed, stream: Stream.reads)
        cutReads = [0, 0, 10, 40, 90][reads.below(5)]
        faults = []
        limits.batchBytesMax = 4096
        if scenario.countsLosses {
            putUnderLoad(&random)
        } else {
            drawLimits()
            var habits = SplitMix64(seed: seed, stream: Stream.habits)
            restartsXids = habits.below(2) == 0
            var brakes = SplitMix64(seed: seed, stream: Stream.brakes)
            if brakes.below(3) == 0 { logBytesInFlightMax = 200 << brakes.below(5) }
            if brakes.below(2) == 0 { readAheadBytes = 1 + brakes.below(200) }
        }
        if scenario.narrowLinks { makeNarrow(&random) }
        if !scenario.countsLosses { drawLoop() }
        planFaults()
        reduce(reduction)
    }

    /// Natural in two thirds of the seeds, and where the strategy does not go with what is drawn.
    private static func drawnCommit(_ seed: UInt64, for strategy: SyncStrategy) -> CommitOptions {
        var random = SplitMix64(seed: seed, stream: Stream.commits)
        guard random.below(3) == 0 else { return .natural }
        // Delays from less than any sync takes to far more.
        let policies: [BatchPolicy] = [
            .natural, .each, .delay(microseconds: 20 << random.below(10)), .count(1 + random.below(8)),
            .bytes(512 << random.below(4)), .adaptive, .overlapped,
        ]
        let policy = policies[random.below(policies.count)]
        let inFlight = [1, 2, 2, 3, 4, CommitOptions.inFlightRange.upperBound][random.below(6)]
        return
            (try? CommitOptions(policy, inFlight: policy == .overlapped ? max(2, inFlight) : inFlight, for: strategy))
            ?? .natural
    }

    /// A loop that has much to do ends its rounds late, and what comes meanwhile meets effects that are not carried out.
    private mutating func drawLoop() {
        var random = SplitMix64(seed: seed, stream: Stream.loops)
        if random.below(4) == 0 { roundTime = min(roundTime * UInt64([10, 100, 400][random.below(3)]), tick / 100) }
        clientWindowBytes = [40, 300, windowBytes, windowBytes][random.below(4)]
    }

    /// Each bound small by itself and together with others, down to where one request, one byte or one child fills it.
    private mutating func drawLimits() {
        var random = SplitMix64(seed: seed, stream: Stream.limits)
        guard random.below(3) == 0 else { return }
        func draw(_ values: [Int], _ usual: Int) -> Int {
            random.below(2) == 0 ? usual : values[random.below(values.count)]
        }
        limits.pendingBytesMax = draw([1, 200, 1000, 4000], limits.pendingBytesMax)
        limits.pendingRequestsMax = draw([1, 2, 4, 16], limits.pendingRequestsMax)
        limits.batchBytesMax = draw([1, 256, 1024], limits.batchBytesMax)
        limits.replyBytesMax = draw([1, 64, 256, 1024], limits.replyBytesMax)
        limits.replyBytesTotalMax = draw([1, 512, 4096], limits.replyBytesTotalMax)
        limits.connectionRequestsMax = draw([1, 2, 4], limits.connectionRequestsMax)
        limits.deferredReadsMax = draw([1, 2], limits.deferredReadsMax)
        limits.roundBytesMax = draw([1, 300, 3000], limits.roundBytesMax)
        limits.listingSliceMax = draw([1, 2, 5], limits.listingSliceMax)
        // What a client is owed that sets its watches again must fit in: it could never come back otherwise.
        limits.eventBytesMax = draw([3000, 9000, 30_000], limits.eventBytesMax)
    }

    /// Whatever is lost when the power goes was acknowledged just before, so there must be enough of it, and clients must
    /// hear of it soon; and a segment, which is synced by every strategy when it is full, must not be full all the time.
    private mutating func putUnderLoad(_ random: inout SplitMix64) {
        tick = [100_000_000, 200_000_000][random.below(2)]
        clients = 2 + random.below(4)
        operationGap = tick / UInt64(20 + random.below(40))
        latency = [20_000, 100_000][random.below(2)]
        jitter = latency * UInt64(random.below(3))
        outstandingMax = 2 + random.below(7)
        segmentSize = [16_384, 65_536, 262_144][random.below(3)]
        duration = UInt64(10 + random.below(10)) * tick
        // Groups are in flight together only where they come faster than a disk syncs.
        if commit.inFlight > 1 { syncTime = 1_000_000...10_000_000 }
    }

    /// A learner is slow for as long as its leader's patience lasts, and snapshots follow each other in that time.
    private mutating func makeNarrow(_ random: inout SplitMix64) {
        tick = 500_000_000
        clients = 2 + random.below(3)
        operationGap = tick / UInt64(15 + random.below(20))
        outstandingMax = 4 + random.below(5)
        latency = 2_000_000
        jitter = 0
        windowBytes = 2_048
        segmentSize = 8_192
        snapCount = 10 + random.below(20)
        duration = UInt64(8 + random.below(6)) * tick
    }

    private mutating func planFaults() {
        guard scenario.faultsMax > 0 else { return }
        var random = SplitMix64(seed: seed, stream: Stream.faults)
        let count = scenario.faultsMin + random.below(scenario.faultsMax - scenario.faultsMin + 1)
        let total = scenario.weights.reduce(0) { $0 + $1.1 }
        for number in 0..<count {
            var left = random.below(total)
            var kind = scenario.weights[0].0
            for (candidate, weight) in scenario.weights {
                kind = candidate
                left -= weight
                if left < 0 { break }
            }
            // The first ticks belong to the first election, which is as good to disturb as any.
            let at = UInt64(random.unit() * Double(duration))
            // Mostly shorter than the timeouts, now and then much longer.
            let isLong = random.below(4) == 0 && !scenario.countsLosses
            let ticks = isLong ? 4 + 20 * random.unit() : 4 * random.unit()
            let fault = Fault(
                kind: kind,
                at: at,
                duration: UInt64(ticks * Double(tick)),
                choice: random.next()
            )
            faults.append((number, fault))
        }
        faults.sort { ($0.fault.at, $0.number) < ($1.fault.at, $1.number) }
    }

    private mutating func reduce(_ reduction: Reduction) {
        if let wanted = reduction.faults { faults.removeAll { !wanted.contains($0.number) } }
        if let clients = reduction.clients { self.clients = min(self.clients, clients) }
        if let ticks = reduction.ticks { duration = min(duration, UInt64(ticks) * tick) }
        faults.removeAll { $0.fault.at >= duration }
    }

    /// Which numbers of the seed are for what: what one part draws never shifts what another does.
    enum Stream {
        static let setup: UInt64 = 1
        static let faults: UInt64 = 2
        static let network: UInt64 = 3
        static let disks: UInt64 = 4
        static let choices: UInt64 = 5
        static let habits: UInt64 = 6
        static let rest: UInt64 = 7
        static let reads: UInt64 = 8
        static let limits: UInt64 = 9
        static let brakes: UInt64 = 10
        static let commits: UInt64 = 11
        static let loops: UInt64 = 12
        static let hierarchies: UInt64 = 13
        static let serverIDs: UInt64 = 14
        static let nodeKinds: UInt64 = 5_000
        static let clients: UInt64 = 1_000
        static let workload: UInt64 = 2_000
        static let handovers: UInt64 = 3_000
        static let watches: UInt64 = 3_500
        static let access: UInt64 = 3_750
        static let identities: UInt64 = 4_000
    }
}

/// One write of the measured part, as its client saw it; moments are nanoseconds of CLOCK_MONOTONIC.
public struct TracedWrite: Sendable, Hashable {
    public var plannedAt: UInt64
    public var sentAt: UInt64
    public var answeredAt: UInt64
    public var zxid: UInt64
    /// The server it was sent to: a place in the list of endpoints that the load was given.
    public var server: Int

    public init(plannedAt: UInt64, sentAt: UInt64, answeredAt: UInt64, zxid: UInt64, server: Int) {
        self.plannedAt = plannedAt
        self.sentAt = sentAt
        self.answeredAt = answeredAt
        self.zxid = zxid
        self.server = server
    }
}

/// Every k-th write of a lane, evenly over the whole run and never more than `limit` of them: when there is no more room,
/// every second one goes and k doubles, so nobody needs to know beforehand how many will come.
struct TraceSampler: Sendable {
    /// How many a second, over all lanes, say enough about a p99.
    static let perSecond = 2000.0
    static let most = 200_000

    /// 0 keeps none.
    private(set) var every: Int
    private(set) var writes: [TracedWrite] = []
    private let limit: Int
    private var passed = 0

    init(every: Int, limit: Int) {
        self.every = every
        self.limit = max(limit, 2)
        if every > 0 { writes.reserveCapacity(self.limit) }
    }

    /// For one of `lanes` lanes of a plan.
    init(plan: LoadPlan, lanes: Int) {
        let wanted = min(Self.perSecond * plan.durationSeconds, Double(Self.most))
        self.init(every: plan.traceEvery, limit: Int(wanted) / max(lanes, 1))
    }

    /// Whether the write that is being answered is to be kept; to be asked once for each.
    @inline(__always)
    mutating func isWanted() -> Bool {
        guard every > 0 else { return false }
        passed &+= 1
        return (passed &- 1) % every == 0
    }

    mutating func keep(_ write: TracedWrite) {
        if writes.count == limit {
            thin(to: every * 2)
            // The one at hand may be of those that go.
            guard (passed - 1) % every == 0 else { return }
        }
        writes.append(write)
    }

    /// Leaves every `step`-th write, a multiple of `every` by a power of two.
    private mutating func thin(to step: Int) {
        let factor = step / every
        writes = writes.indices.filter { $0 % factor == 0 }.map { writes[$0] }
        every = step
    }

    /// What the lanes kept, thinned alike, so that no lane's writes count for more than another's.
    static func merged(_ lanes: [TraceSampler]) -> [TracedWrite] {
        guard let step = lanes.map(\.every).max(), step > 0 else { return [] }
        return lanes.flatMap { lane in
            var lane = lane
            if lane.every > 0, lane.every < step { lane.thin(to: step) }
            return lane.writes
        }
    }
}

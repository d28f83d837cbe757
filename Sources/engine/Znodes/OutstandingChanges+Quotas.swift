import Wire
import Zab

/// A quota's limits, held against its statistics and what is under way (`ZooKeeperServer.checkQuota`).
///
/// ZooKeeper looks at the statistics alone, so what is under way, a multi of many creates for one, may exceed any limit.
extension OutstandingChanges {
    /// A quota whose limit a request exceeded that was done all the same, since the limit is a soft one.
    public struct SoftLimit: Sendable {
        public var path: [UInt8]
        /// "nodes" or "bytes of data".
        public var unit: String
        public var count: Int64
        public var limit: Int64
    }

    /// Whether limits hold now.
    @inline(__always)
    func enforcesQuotas(in state: ReplicatedState) -> Bool { enforcesQuotas && state.quotas.count > 0 }

    /// The quota of a node that is to be made: its own, or its parent's.
    func quota(ofNew key: PathKey, below parentKey: PathKey, in state: ReplicatedState) -> Int32 {
        let own = state.quotas.find(key)
        return own >= 0 ? own : quota(of: parentKey, in: state)
    }

    /// The quota of a node that is there, or will be when it matters.
    func quota(of key: PathKey, in state: ReplicatedState) -> Int32 {
        let record = findPath(key)
        if record >= 0, paths[record].pointee.standing.quota != .ofState {
            return paths[record].pointee.standing.quota.slot(in: state.quotas)
        }
        let slot = state.nodes.find(key)
        return slot < 0 ? -1 : state.quota(of: slot)
    }

    /// Why so many nodes and bytes may not be added.
    /// - Returns: nil if they may; `.quotaExceeded` for a hard limit, `.marshallingError` where limits or statistics
    ///   cannot be read, as in ZooKeeper.
    func refusal(by quota: Int32, nodes: Int64, bytes: Int64, _ state: ReplicatedState) -> ErrorCode? {
        guard quota >= 0, !(PlantedBug.quotaIgnoredInMulti.isPlanted && journal.isActive) else { return nil }
        let entry = state.quotas[quota].pointee
        guard let limits = QuotaFigures(state.nodes[entry.limits].pointee.dataBytes) else { return .marshallingError }
        let limitsNodes = nodes != 0 && max(limits.count, limits.countHardLimit) > -1
        let limitsBytes = bytes != 0 && max(limits.bytes, limits.byteHardLimit) > -1
        guard limitsNodes || limitsBytes, entry.statistics >= 0 else { return nil }
        guard let now = QuotaFigures(state.nodes[entry.statistics].pointee.dataBytes) else { return .marshallingError }
        let pending = quotaNotes.sum(of: entry.number)
        let count = now.count &+ pending.nodes &+ nodes
        if limitsNodes, exceeds(count, limits.countHardLimit, limits.count, "nodes", entry) { return .quotaExceeded }
        let size = now.bytes &+ pending.bytes &+ bytes
        if limitsBytes, exceeds(size, limits.byteHardLimit, limits.bytes, "bytes of data", entry) {
            return .quotaExceeded
        }
        return nil
    }

    func note(_ quota: Int32, nodes: Int64, bytes: Int64, _ zxid: UInt64, _ state: ReplicatedState) {
        guard quota >= 0 else { return }
        quotaNotes.add(state.quotas[quota].pointee.number, nodes: nodes, bytes: bytes, zxid: zxid)
    }

    /// A setData of a node that is there while the limits of quotas hold: its record then says how much data it will
    /// have. Quotas come before versions, as in ZooKeeper.
    @inline(never)
    func acceptBelowQuota(
        _ request: SetDataRecord,
        _ key: PathKey,
        _ version: inout Int32,
        _ standing: Standing,
        _ zxid: UInt64,
        _ state: ReplicatedState
    ) -> ErrorCode {
        let quota = quota(of: key, in: state)
        let bytes = Int64(max(request.dataCount, 0)) - Int64(max(standing.dataCount, 0))
        if let refusal = refusal(by: quota, nodes: 0, bytes: bytes, state) { return refusal }
        guard matches(request.version, standing.version) else { return .badVersion }
        version = standing.version &+ 1
        let change = record(key, zxid: zxid, in: state)
        change.pointee.standing.version = version
        change.pointee.standing.dataCount = request.dataCount
        note(quota, nodes: 0, bytes: bytes, zxid, state)
        return .ok
    }

    /// Whether a hard limit is exceeded. A soft one, which counts where there is no hard one, is noted.
    private func exceeds(_ count: Int64, _ hard: Int64, _ soft: Int64, _ unit: String, _ quota: QuotaTable.Entry)
        -> Bool
    {
        if hard > -1 { return count > hard }
        if count > soft, softLimitExceeded == nil {
            let path = UnsafeRawBufferPointer(start: quota.path, count: quota.pathCount)
            softLimitExceeded = SoftLimit(path: Array(path), unit: unit, count: count, limit: soft)
        }
        return false
    }

    /// The soft limit that was exceeded first since the last call.
    public func takeSoftLimitExceeded() -> SoftLimit? {
        defer { softLimitExceeded = nil }
        return softLimitExceeded
    }

    // MARK: nodes of quotas

    /// Why this part of a quota cannot be made now; nil if it can.
    ///
    /// Limits of the whole tree end ZooKeeper's servers. For statistics every server counts what there is below their
    /// path when it applies the create, so only so many nodes are counted in a second.
    func refusal(of part: QuotaNode, _ state: ReplicatedState) -> ErrorCode? {
        switch part.role {
        case .limits: return part.path.isRoot ? .badArguments : nil
        case .statistics:
            guard countable > 0 else { return .throttled }
            let few = 10_000
            let below = state.nodeCount(below: part.path, most: few)
            countable -= below > few ? state.nodeCount : below
            return nil
        }
    }

    /// Nodes that may be counted at once, and in a second: about a second of work, and a fifth of one.
    static var countableMax: Int { 16 << 20 }
    private static var countablePerSecond: Int { 4 << 20 }

    /// Time goes on: more may be counted.
    public func advance(milliseconds: Int) {
        guard countable < Self.countableMax else { return }
        countable = min(Self.countableMax, countable + min(milliseconds, 10_000) * Self.countablePerSecond / 1000)
    }
}

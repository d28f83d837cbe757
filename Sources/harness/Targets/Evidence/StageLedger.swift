import Workload

/// Where the time of a write goes, from its planned send to its answer: the stages in their order, with
/// what lies before and behind them.
public enum LedgerStage: String, Sendable, CaseIterable {
    /// Planned, and not yet sent.
    case clientWait = "client_wait"
    /// From the client into the leader's hands, by way of its own server if that follows.
    case request
    /// In the leader's round, until nothing more is taken into it.
    case queue
    /// Prepared, encoded, and handed to the log and the links.
    case propose
    /// Before the log's thread takes it.
    case append
    /// Written and synced by the leader. Where a quorum is faster, until the commit.
    case sync
    /// From the leader's own sync to the quorum's.
    case quorumAck = "quorum_ack"
    /// Until the server that the client talks to knows of the commit.
    case commit
    case apply
    /// Until the answer is handed to the kernel.
    case reply
    /// Until the client has read it.
    case response
}

/// One traced write, cut into its stages.
struct LedgerEntry: Sendable, Equatable {
    /// Which server the client talked to.
    var serverID: Int
    /// Nanoseconds, by the place of the stage; their sum is the latency.
    var stages: [UInt64]
    var latency: UInt64 { stages.reduce(0, +) }
}

/// Joins traced writes with the servers' timelines, by zxid.
///
/// The boundaries between stages are clipped, so that none lies before the one before it: a quorum may commit ahead of the
/// leader's own sync, and then the sync ends with the commit. So the stages of a write add up to its latency by
/// construction, and what can be off is the choice of the writes.
public struct StageLedger: Sendable {
    /// A stretch of the latencies that stands for a quantile.
    public enum Quantile: String, Sendable, CaseIterable {
        case p50, p99, mean

        /// Which traced writes count: those whose latency lies between these shares of all traced ones.
        var band: ClosedRange<Double> {
            switch self {
            case .p50: 0.45...0.55
            case .p99: 0.985...0.995
            case .mean: 0...1
            }
        }
    }

    /// The mean over the writes of one quantile, of all servers or of one.
    public struct Mean: Sendable, Equatable {
        public var quantile: Quantile
        /// The server that the clients talked to; nil for all.
        public var serverID: Int?
        /// Nanoseconds by the place of the stage.
        public var nanoseconds: [Double]
        public var writes: Int
        /// Writes of that quantile that are not in the servers' timelines.
        public var unjoined: Int

        public var total: Double { nanoseconds.reduce(0, +) }
    }

    private let entries: [LedgerEntry]
    private let all: [(latency: UInt64, serverID: Int, entry: LedgerEntry?)]

    /// - Parameters:
    ///   - writes: as the generator traced them.
    ///   - servers: ids by the generator's places.
    ///   - leader: who led all the time.
    ///   - timelines: by server.
    public init(_ writes: [TracedWrite], servers: [Int], leader: Int, timelines: [Int: BatchTimeline]) {
        let ordered = timelines.mapValues(OrderedTimeline.init)
        all = writes.compactMap { write in
            guard servers.indices.contains(write.server), write.answeredAt >= write.plannedAt else { return nil }
            let id = servers[write.server]
            let entry = Self.join(write, leader: ordered[leader], entry: ordered[id], serverID: id)
            return (write.answeredAt - write.plannedAt, id, entry)
        }
        entries = all.compactMap(\.entry)
    }

    /// Nil unless everything about the write is known.
    private static func join(
        _ write: TracedWrite,
        leader: OrderedTimeline?,
        entry: OrderedTimeline?,
        serverID: Int
    ) -> LedgerEntry? {
        guard let leader, let entry, let batch = leader.batch(of: write.zxid), let group = leader.group(of: write.zxid),
            let decided = leader.commit(of: write.zxid), let known = entry.commit(of: write.zxid),
            let reply = entry.reply(to: write.zxid)
        else { return nil }
        let boundaries = [
            write.sentAt, batch.readAt, batch.closedAt, batch.handedAt, min(group.takenAt, decided.knownAt),
            min(group.syncedAt, decided.knownAt), decided.knownAt, known.knownAt, known.appliedAt, reply.sentAt,
            write.answeredAt,
        ]
        var before = write.plannedAt
        let stages = boundaries.map { boundary in
            let end = min(max(boundary, before), write.answeredAt)
            defer { before = end }
            return end - before
        }
        return LedgerEntry(serverID: serverID, stages: stages)
    }

    /// How many writes were found in the timelines, of all traced ones.
    public var joined: Int { entries.count }
    public var traced: Int { all.count }

    /// The stages of a quantile over all traced writes; nil where none of its writes was joined.
    public func mean(_ quantile: Quantile, server: Int? = nil) -> Mean? {
        let chosen = server.map { id in all.filter { $0.serverID == id } } ?? all
        let latencies = chosen.map(\.latency).sorted()
        guard let last = latencies.indices.last else { return nil }
        // 0.55 of a hundred is a little more than 55.
        let rounding = 1e-9
        let low = latencies[Int((Double(last) * quantile.band.lowerBound + rounding).rounded(.down))]
        let high = latencies[Int((Double(last) * quantile.band.upperBound - rounding).rounded(.up))]
        let inBand = chosen.filter { ($0.latency >= low) && ($0.latency <= high) }
        let found = inBand.compactMap(\.entry)
        guard !found.isEmpty else { return nil }
        let sums = LedgerStage.allCases.indices.map { place in
            found.reduce(0.0) { $0 + Double($1.stages[place]) } / Double(found.count)
        }
        return Mean(
            quantile: quantile,
            serverID: server,
            nanoseconds: sums,
            writes: found.count,
            unjoined: inBand.count - found.count
        )
    }

    /// The servers that traced writes were sent to, ascending.
    public var entryServers: [Int] { Set(all.map(\.serverID)).sorted() }
}

/// A timeline whose lines stand in the order of their zxids, for looking up.
struct OrderedTimeline: Sendable {
    private let batches: [BatchTimeline.Batch]
    private let groups: [BatchTimeline.Group]
    private let commits: [BatchTimeline.Commit]
    private let replies: [BatchTimeline.Reply]

    init(_ timeline: BatchTimeline) {
        batches = timeline.batches.sorted { $0.last < $1.last }
        groups = timeline.groups.sorted { $0.last < $1.last }
        commits = timeline.commits.sorted { ($0.zxid, $0.knownAt) < ($1.zxid, $1.knownAt) }
        replies = timeline.replies.sorted { ($0.zxid, $0.sentAt) < ($1.zxid, $1.sentAt) }
    }

    /// A line for a later zxid holds for earlier ones, too, within an epoch: nobody replies out of order. Of an epoch after
    /// the write's it says nothing.
    private static func isSameEpoch(_ one: UInt64, _ other: UInt64) -> Bool { one >> 32 == other >> 32 }

    func batch(of zxid: UInt64) -> BatchTimeline.Batch? {
        batches.first(notBelow: zxid) { $0.last }.flatMap { $0.first <= zxid ? $0 : nil }
    }

    func group(of zxid: UInt64) -> BatchTimeline.Group? {
        groups.first(notBelow: zxid) { $0.last }.flatMap { Self.isSameEpoch($0.last, zxid) ? $0 : nil }
    }

    func commit(of zxid: UInt64) -> BatchTimeline.Commit? {
        commits.first(notBelow: zxid) { $0.zxid }.flatMap { Self.isSameEpoch($0.zxid, zxid) ? $0 : nil }
    }

    func reply(to zxid: UInt64) -> BatchTimeline.Reply? {
        replies.first(notBelow: zxid) { $0.zxid }.flatMap { Self.isSameEpoch($0.zxid, zxid) ? $0 : nil }
    }
}

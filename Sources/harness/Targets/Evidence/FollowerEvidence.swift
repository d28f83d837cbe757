import Statistics

/// How long a leader's batches take to one follower, on its disk, and back; from the same timelines as the ledger, but no
/// part of it, since followers work side by side.
public struct FollowerEvidence: Sendable, Equatable {
    public var serverID: Int
    /// Medians over batches, nanoseconds; nil where the timelines do not say.
    /// The leader handed it to the links -> the follower read it.
    public var linkOut: Double?
    /// The follower's log took it -> it was synced.
    public var sync: Double?
    /// It was synced -> the leader heard so.
    public var linkBack: Double?
    /// The share of batches whose acknowledgement by this follower came no later than their commit: whether the quorum
    /// waits for it.
    public var ackBeforeCommit: Double?
    /// Batches looked at.
    public var batches: Int

    /// - Parameter timelines: by server, that of the leader among them.
    public static func all(leader: Int, timelines: [Int: BatchTimeline]) -> [FollowerEvidence] {
        guard let own = timelines[leader] else { return [] }
        return timelines.keys.filter { $0 != leader }.sorted().map { id in
            FollowerEvidence(id, leader: own, follower: timelines[id] ?? BatchTimeline())
        }
    }

    private init(_ id: Int, leader: BatchTimeline, follower: BatchTimeline) {
        serverID = id
        let frames = OrderedTimeline(follower)
        let decided = OrderedTimeline(leader)
        let acks = leader.acknowledgements.filter { $0.peer == id }.sorted {
            ($0.zxid, $0.heardAt) < ($1.zxid, $1.heardAt)
        }
        var out: [UInt64] = []
        var syncs: [UInt64] = []
        var back: [UInt64] = []
        var counted = 0
        var inTime = 0
        for batch in leader.batches {
            if let frame = frames.batch(of: batch.last), frame.readAt >= batch.handedAt {
                out.append(frame.readAt - batch.handedAt)
            }
            guard let heard = acks.first(notBelow: batch.last, by: \.zxid), heard.zxid >> 32 == batch.last >> 32,
                let commit = decided.commit(of: batch.last)
            else { continue }
            counted += 1
            if heard.heardAt <= commit.knownAt { inTime += 1 }
        }
        for group in follower.groups where group.syncedAt >= group.takenAt {
            syncs.append(group.syncedAt - group.takenAt)
            guard let heard = acks.first(notBelow: group.last, by: \.zxid), heard.zxid >> 32 == group.last >> 32,
                heard.heardAt >= group.syncedAt
            else { continue }
            back.append(heard.heardAt - group.syncedAt)
        }
        linkOut = Distribution(out.map { Double($0) })?.median
        sync = Distribution(syncs.map { Double($0) })?.median
        linkBack = Distribution(back.map { Double($0) })?.median
        ackBeforeCommit = counted > 0 ? Double(inTime) / Double(counted) : nil
        batches = counted
    }
}

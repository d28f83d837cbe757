import Results
import Statistics

/// What only another system's servers have said.
extension RunFacts {
    /// The thread that was the busiest of the leader's in most of the runs.
    mutating func takeThread(_ rows: [SummaryRow]) {
        let threads = rows.compactMap(\.leaderThread)
        let shares = Dictionary(grouping: threads, by: \.name).mapValues { $0.map(\.share) }
        let most = shares.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
        guard let most, let share = Distribution(most.value)?.median else { return }
        limits.leaderThread = (most.key, share)
    }

    /// - Parameter leaders: by run.
    mutating func takeOwnStages(_ rows: [StageRow], leaders: [String: Int?]) {
        let own = rows.filter { row in
            row.kind == .server && row.serverID != nil && leaders[row.tag.runID].flatMap { $0 } == row.serverID
        }
        ownStages = Dictionary(grouping: own, by: \.stage).compactMapValues {
            Distribution($0.compactMap(\.meanMicroseconds))?.median
        }
    }

    /// What the servers would have to report for a limit to be seen, and do not; empty where nothing is missing.
    var unreported: [String] {
        var missing: [String] = []
        if limits.busyCores == nil { missing.append("processor time (none of their processes is on this machine)") }
        let isEtcd = system == "etcd"
        let syncs = isEtcd ? "etcd_disk_wal_fsync_duration_seconds of /metrics" : "zk_sum_fsynctime of mntr"
        if limits.syncShare == nil { missing.append("time in syncs (\(syncs))") }
        if ownStages.isEmpty, !isEtcd {
            missing.append("times of a write's stages (zk_sum_quorum_ack_latency and others of mntr)")
        }
        return missing
    }
}

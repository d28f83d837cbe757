/// What a ZooKeeper says in `mntr` of where its writes are: for each stage the time that all of them took there, and how
/// many they were. Both grow, so what they grew by in a stretch gives its mean.
public enum PeerStages {
    /// ZooKeeper's own names without `zk_sum_` and `zk_cnt_`, in the order in which a write meets them. All are in whole
    /// milliseconds. Some hold others: a quorum's acknowledgement has the leader's own flush in it.
    public static let names = [
        "request_throttle_queue_time_ms", "prep_processor_queue_time_ms", "prep_process_time", "proposal_latency",
        "sync_processor_queue_time_ms", "sync_processor_queue_flush_time_ms", "fsynctime",
        "sync_processor_queue_and_flush_time_ms", "proposal_ack_creation_latency", "quorum_ack_latency",
        "commit_propagation_latency", "local_write_committed_time_ms", "server_write_committed_time_ms",
        "write_commitproc_time_ms", "write_final_proc_time_ms", "propagation_latency",
    ]

    private static func timeKey(_ name: String) -> String { "stage_ms:\(name)" }
    private static func countKey(_ name: String) -> String { "stage_count:\(name)" }

    /// Counters of `ServerSample`; none where the server says nothing of the kind.
    static func counters(_ report: MonitorReport) -> [String: UInt64] {
        var counters: [String: UInt64] = [:]
        for name in names {
            guard let time = report.number("zk_sum_\(name)"), let count = report.number("zk_cnt_\(name)") else {
                continue
            }
            counters[timeKey(name)] = time
            counters[countKey(name)] = count
        }
        return counters
    }

    /// A stage's mean between two moments.
    public struct Mean: Sendable, Equatable {
        public var stage: String
        public var microseconds: Double
        /// How often the server counted it.
        public var count: Double
    }

    /// The stages that a server counted anything of between two moments of CLOCK_MONOTONIC, in their order.
    public static func means(_ history: ServerHistory, server id: Int, from: UInt64, to: UInt64) -> [Mean] {
        names.compactMap { name in
            guard let count = history.growth(of: countKey(name), server: id, from: from, to: to), count >= 1,
                let time = history.growth(of: timeKey(name), server: id, from: from, to: to)
            else { return nil }
            return Mean(stage: name, microseconds: time * 1000 / count, count: count)
        }
    }
}

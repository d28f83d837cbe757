import CPlatform
import Measure

/// What one server and the kernel say of it at one moment: growing counters and momentary gauges, by the names of the
/// columns of servers.csv (the counters of batch sizes, `BatchBuckets`, have none there). What a system does not tell is absent, never zero.
public struct ServerSample: Sendable, Equatable {
    public var serverID: Int
    /// CLOCK_MONOTONIC.
    public var monotonicNanoseconds: UInt64
    public var unixNanoseconds: Int64
    public var state: String?
    public var pid: Int32?
    public var counters: [String: UInt64] = [:]
    public var gauges: [String: UInt64] = [:]
    public var lastZxid: String?
    /// Our servers' digest of their state, and the zxid up to which it goes.
    public var digest: UInt64?
    public var digestZxid: UInt64?

    /// - Parameters:
    ///   - pid: the server's process on this machine; nil if it is elsewhere or not known.
    ///   - isShared: whether the process holds more than this server (embedded ensembles): then what the kernel and the
    ///     allocator count belongs to nobody alone, and is left out.
    public init(serverID: Int, report: MonitorReport, pid: Int32?, isShared: Bool) {
        self.serverID = serverID
        monotonicNanoseconds = zb_monotonic_nanoseconds()
        unixNanoseconds = zb_unix_nanoseconds()
        state = report.state
        self.pid = pid
        // With its prefix, or readers of the CSV take 1000e3 for a million. Other systems' notation is theirs.
        lastZxid =
            report.system == "zabbench"
            ? report.hexadecimal("zk_last_applied_zxid").map { "0x" + String($0, radix: 16) }
            : report["zk_last_applied_zxid"] ?? report["zk_last_proposal_zxid"]
        digest = report.hexadecimal("zab_digest")
        digestZxid = report.hexadecimal("zab_digest_zxid")
        let isOurs = report.system == "zabbench"
        for (column, key) in isOurs ? Self.ourCounters : Self.zooKeeperCounters {
            counters[column] = report.number(key)
        }
        if isOurs {
            for bound in BatchBuckets.bounds {
                counters[BatchBuckets.counter(bound)] = report.number("zab_group_records_le_\(bound)")
            }
        }
        // ZooKeeper sums its sync times in milliseconds.
        if !isOurs { counters["sync_time_us"] = report.number("zk_sum_fsynctime").map { $0 * 1000 } }
        for (column, key) in Self.gaugeKeys { gauges[column] = report.number(key) }
        guard !isShared else { return }
        if isOurs { counters["allocations"] = report.number("zab_allocations") }
        gauges["rss_bytes"] = report.number("zab_rss_bytes")
        guard let pid, let usage = ProcessUsage(pid: pid) else { return }
        counters["cpu_user_us"] = usage.userCPUMicroseconds
        counters["cpu_system_us"] = usage.systemCPUMicroseconds
        counters["cpu_us"] = usage.cpuMicroseconds
        counters["storage_bytes_written"] = usage.writtenBytes
        gauges["rss_bytes"] = usage.residentBytes
        gauges["threads"] = UInt64(usage.threads)
        guard let threads = ThreadUsage.all(of: pid) else { return }
        counters.merge(ThreadCounters.counters(threads)) { one, _ in one }
    }

    private static let ourCounters = [
        ("syncs", "zab_syncs"), ("sync_time_us", "zab_sync_time_us"), ("log_bytes_written", "zab_log_bytes_written"),
        ("group_commits", "zab_group_commits"), ("log_batches", "zab_log_batches"),
        ("records_logged", "zab_records_logged"), ("proposals", "zab_proposals"),
        ("commits", "zab_commits"), ("bytes_in", "zab_bytes_in"), ("bytes_out", "zab_bytes_out"),
        ("messages_in", "zab_messages_in"), ("messages_out", "zab_messages_out"),
        // The loop knows its own thread's time, in an embedded ensemble, too.
        ("cpu_loop_us", "zab_loop_busy_us"),
    ]

    /// `zk_cnt_fsynctime` counts syncs of the log; a leader counts the proposals it makes, a follower those it receives.
    private static let zooKeeperCounters = [
        ("syncs", "zk_cnt_fsynctime"), ("proposals", "zk_proposal_count"), ("commits", "zk_commit_count"),
        ("bytes_in", "zk_bytes_received_count"), ("messages_in", "zk_packets_received"),
        ("messages_out", "zk_packets_sent"),
    ]

    private static let gaugeKeys = [
        ("outstanding_requests", "zk_outstanding_requests"), ("queue_log_bytes", "zab_queue_log_bytes"),
        ("znodes", "zk_znode_count"), ("snapshots", "zab_snapshots"),
        ("queue_log_records", "zab_queue_log_records"), ("queue_link_records", "zab_queue_link_records"),
        ("queue_pending_bytes", "zab_queue_pending_bytes"),
    ]
}

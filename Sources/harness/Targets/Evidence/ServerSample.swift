import CPlatform
import Measure
import Wire

/// What one server and the kernel say of it at one moment: growing counters and momentary gauges, by the names of the
/// columns of servers.csv (the counters of batch sizes, `BatchBuckets`, of single threads and of `PeerStages` have none
/// there). What a system does not tell is absent, never zero.
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
        state = report.tellsRole ? report.state : nil
        self.pid = pid
        // With its prefix, or readers of the CSV take 1000e3 for a million. Other systems' notation is theirs.
        lastZxid =
            report.system != "zookeeper"
            ? report.hexadecimal(.lastApplied).map { "0x" + String($0, radix: 16) }
            : report[.lastApplied] ?? report[.zooKeeperLastProposal]
        digest = report.hexadecimal(.digest)
        digestZxid = report.hexadecimal(.digestZxid)
        // A yardstick tells what it counts by our keys.
        let isOurs = ["zabbench", YardstickLaunch.system].contains(report.system)
        let isZooKeeper = report.system == "zookeeper"
        for (column, key) in isZooKeeper ? Self.zooKeeperCounters : Self.ourCounters {
            counters[column] = report.number(key)
        }
        if isOurs {
            for bound in BatchBuckets.bounds {
                counters[BatchBuckets.counter(bound)] = report.number(Telemetry.groupRecordsKey(atMost: bound))
            }
        }
        // ZooKeeper sums its sync times in milliseconds.
        if report.system != "etcd", !isOurs {
            counters["sync_time_us"] = report.number(.zooKeeperSyncTime).map { $0 * 1000 }
            counters.merge(PeerStages.counters(report)) { one, _ in one }
        }
        for (column, key) in Self.gaugeKeys { gauges[column] = report.number(key) }
        guard !isShared else { return }
        if isOurs { counters["allocations"] = report.number(.allocations) }
        gauges["rss_bytes"] = report.number(.residentBytes)
        guard let pid, let usage = ProcessUsage(pid: pid) else { return }
        counters["cpu_user_us"] = usage.userCPUMicroseconds
        counters["cpu_system_us"] = usage.systemCPUMicroseconds
        counters["cpu_us"] = usage.cpuMicroseconds
        counters["storage_bytes_written"] = usage.writtenBytes
        gauges["rss_bytes"] = usage.residentBytes
        gauges["threads"] = UInt64(usage.threads)
        guard let threads = ThreadUsage.all(of: pid) else { return }
        counters.merge(ThreadCounters.counters(threads)) { one, _ in one }
        if !isOurs { counters.merge(ThreadCounters.eachThread(threads)) { one, _ in one } }
    }

    private static let ourCounters: [(String, Telemetry.MonitorKey)] = [
        ("syncs", .syncs), ("sync_time_us", .syncMicroseconds), ("log_bytes_written", .logBytesWritten),
        ("group_commits", .groupCommits), ("log_batches", .logBatches),
        ("records_logged", .recordsLogged), ("proposals", .proposals),
        ("commits", .commits), ("bytes_in", .bytesIn), ("bytes_out", .bytesOut),
        ("messages_in", .messagesIn), ("messages_out", .messagesOut),
        // The loop knows its own thread's time, in an embedded ensemble, too.
        ("cpu_loop_us", .loopBusyMicroseconds),
    ]

    /// `zk_cnt_fsynctime` counts syncs of the log; a leader counts the proposals it makes, a follower those it receives.
    private static let zooKeeperCounters: [(String, Telemetry.MonitorKey)] = [
        ("syncs", .zooKeeperSyncs), ("proposals", .zooKeeperProposals), ("commits", .zooKeeperCommits),
        ("bytes_in", .zooKeeperBytesReceived), ("messages_in", .packetsReceived),
        ("messages_out", .packetsSent),
    ]

    private static let gaugeKeys: [(String, Telemetry.MonitorKey)] = [
        ("outstanding_requests", .outstandingRequests), ("queue_log_bytes", .queueLogBytes),
        ("znodes", .znodes), ("snapshots", .snapshots),
        ("queue_log_records", .queueLogRecords), ("queue_link_records", .queueLinkRecords),
        ("queue_pending_bytes", .queuePendingBytes),
    ]
}

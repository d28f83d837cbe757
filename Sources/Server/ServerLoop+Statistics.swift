import Glibc
import Log
import Measure
import Replica
import Storage
import Zab
import Znodes

/// What the four-letter words and the harness are told.
extension ServerLoop {
    var isServing: Bool { member.peer.phase.isServing }
    var committed: Zxid { member.committed }
    var nodeCount: Int { member.state.nodeCount }
    var connectionCount: Int { member.openConnections }
    var outstandingRequests: Int { member.pendingRequests }

    /// ZooKeeper's word for the server's place.
    var mode: String {
        switch member.peer.phase {
        case .leading: configuration.servers.isEmpty ? "standalone" : "leader"
        case .following: "follower"
        case .observing: "observer"
        case .looking, .preparing, .joining: "looking"
        }
    }

    private var epoch: Epoch { member.peer.currentEpoch }

    /// `mntr`: ZooKeeper's keys where it has one, then ours. Values are numbers or words, one key a line.
    func statistics() -> [(String, String)] {
        let log = storage.statistics
        let usage = ProcessUsage(pid: getpid())
        let hex = { (value: UInt64) in String(value, radix: 16) }
        var lines: [(String, String)] = [
            ("zk_version", Self.version),
            ("zk_server_state", mode),
            ("zk_znode_count", "\(nodeCount)"),
            ("zk_watch_count", "\(member.state.watchCount)"),
            ("zk_ephemerals_count", "\(member.state.ephemeralCount)"),
            ("zk_approximate_data_size", "\(member.state.approximateDataSize)"),
            ("zk_num_alive_connections", "\(connectionCount)"),
            ("zk_global_sessions", "\(member.state.sessionCount)"),
            ("zk_outstanding_requests", "\(outstandingRequests)"),
            ("zk_last_applied_zxid", hex(committed.rawValue)),
            ("zk_packets_received", "\(counters.messagesIn)"),
            ("zk_packets_sent", "\(counters.messagesOut)"),
            ("zk_max_file_descriptor_count", "\(ProcessDescriptors.limit)"),
        ]
        if let open = ProcessDescriptors.openCount { lines.append(("zk_open_file_descriptor_count", "\(open)")) }
        if case .leading = member.peer.phase {
            lines.append(("zk_learners", "\(member.peer.connectedLearners)"))
            lines.append(("zk_synced_followers", "\(member.peer.syncedFollowers)"))
        }
        lines += [
            ("zab_epoch", "\(epoch)"),
            ("zab_elections", "\(member.counters.elections)"),
            ("zab_syncs", "\(log.syncCalls)"),
            ("zab_group_commits", "\(log.groupCommits)"),
            ("zab_sync_time_us", "\(log.totalSyncNanoseconds / 1000)"),
            ("zab_log_bytes_written", "\(log.bytesWritten)"),
            ("zab_log_batches", "\(log.batches)"),
            ("zab_records_logged", "\(log.records)"),
            ("zab_proposals", "\(member.counters.proposals)"),
            ("zab_commits", "\(member.counters.commits)"),
            ("zab_bytes_in", "\(counters.bytesIn)"),
            ("zab_bytes_out", "\(counters.bytesOut)"),
            ("zab_messages_in", "\(counters.messagesIn)"),
            ("zab_messages_out", "\(counters.messagesOut)"),
            ("zab_loop_rounds", "\(counters.rounds)"),
            ("zab_loop_busy_us", "\(Clocks.threadNanoseconds() / 1000)"),
            ("zab_queue_log_records", "\(storage.recordsInFlight)"),
            ("zab_queue_link_records", "\(recordsForLinks)"),
            ("zab_queue_log_bytes", "\(store.bytesInFlight)"),
            ("zab_queue_pending_bytes", "\(member.pendingBytes)"),
            ("zab_history_bytes", "\(member.history.byteCount)"),
            ("zab_snapshots", "\(counters.snapshots)"),
            ("zab_strangers", "\(doors.strangerCount)"),
            ("zab_turned_away", "\(doors.turnedAway)"),
            ("zab_late_segments", "\(storage.lateSegmentCount)"),
            (
                "zab_digest",
                String(repeating: "0", count: 16 - hex(member.state.digest).count) + hex(member.state.digest)
            ),
            ("zab_digest_zxid", hex(member.state.lastApplied.rawValue)),
            ("zab_pid", "\(getpid())"),
        ]
        lines += log.groupCommitsBySize.map { ("zab_group_records_le_\($0.recordsMax)", "\($0.count)") }
        if let allocations = Allocations.count() { lines.append(("zab_allocations", "\(allocations)")) }
        if let usage {
            lines.append(("zab_cpu_us", "\(usage.userCPUMicroseconds + usage.systemCPUMicroseconds)"))
            lines.append(("zab_rss_bytes", "\(usage.residentBytes)"))
        }
        return lines
    }

    /// One line for each client connection, as `stat` prints them.
    func clientDescriptions() -> [String] {
        allClients.map { "/\($0.address)[\($0.id)](queued=0)" }
    }
}

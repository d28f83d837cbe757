import CPlatform
import Glibc
import Host
import Log
import Measure
import Replica
import Zab
import Znodes

/// What the four-letter words and the harness are told.
extension ServerLoop {
    var isServing: Bool { host.member.peer.phase.isServing }
    var committed: Zxid { host.member.committed }
    var nodeCount: Int { host.member.state.nodeCount }
    var connectionCount: Int { host.member.openConnections }
    var outstandingRequests: Int { host.member.pendingRequests }

    /// ZooKeeper's word for the server's place.
    var mode: String {
        switch host.member.peer.phase {
        case .leading: configuration.servers.isEmpty ? "standalone" : "leader"
        case .following: "follower"
        case .observing: "observer"
        case .looking, .preparing, .joining: "looking"
        }
    }

    /// Records that wait for the sockets of all links.
    private var recordsForLinks: Int { host.links.reduce(0) { $0 + $1.queue.recordCount } }

    var phaseHistory: String { "server\t\(configuration.myself)\n" + phases.text }

    func takeTimeline() -> String {
        timeline.take(server: configuration.myself, now: zb_monotonic_nanoseconds(), groups: storage.timings)
    }

    private var epoch: Epoch { host.member.peer.currentEpoch }

    /// `mntr`: ZooKeeper's keys where it has one, then ours. Values are numbers or words, one key a line.
    func statistics() -> [(String, String)] {
        let log = storage.statistics
        let usage = ProcessUsage(pid: getpid())
        let hex = { (value: UInt64) in String(value, radix: 16) }
        var lines: [(String, String)] = [
            ("zk_version", Self.version),
            ("zk_server_state", mode),
            ("zk_znode_count", "\(nodeCount)"),
            ("zk_watch_count", "\(host.member.state.watchCount)"),
            ("zk_ephemerals_count", "\(host.member.state.ephemeralCount)"),
            ("zk_approximate_data_size", "\(host.member.state.approximateDataSize)"),
            ("zk_num_alive_connections", "\(connectionCount)"),
            ("zk_global_sessions", "\(host.member.state.sessionCount)"),
            ("zk_outstanding_requests", "\(outstandingRequests)"),
            ("zk_last_applied_zxid", hex(committed.rawValue)),
            ("zk_packets_received", "\(host.counters.messagesIn)"),
            ("zk_packets_sent", "\(host.counters.messagesOut)"),
            ("zk_max_file_descriptor_count", "\(ProcessDescriptors.limit)"),
        ]
        if let open = ProcessDescriptors.openCount { lines.append(("zk_open_file_descriptor_count", "\(open)")) }
        if case .leading = host.member.peer.phase {
            lines.append(("zk_learners", "\(host.member.peer.connectedLearners)"))
            lines.append(("zk_synced_followers", "\(host.member.peer.syncedFollowers)"))
        }
        // As ZooKeeper counts them: those with a vote.
        lines.append(("zk_quorum_size", "\(max(1, configuration.servers.count { !$0.observer }))"))
        lines += [
            ("zab_server_id", "\(configuration.myself)"),
            ("zab_servers", serverList),
            ("zab_ensemble", Membership.text(host.member.peer.membership.shown)),
            ("zab_epoch", "\(epoch)"),
            ("zab_elections", "\(host.member.counters.elections)"),
            ("zab_syncs", "\(log.syncCalls)"),
            ("zab_group_commits", "\(log.groupCommits)"),
            ("zab_sync_time_us", "\(log.totalSyncNanoseconds / 1000)"),
            ("zab_log_bytes_written", "\(log.bytesWritten)"),
            ("zab_log_batches", "\(log.batches)"),
            ("zab_records_logged", "\(log.records)"),
            ("zab_proposals", "\(host.member.counters.proposals)"),
            ("zab_commits", "\(host.member.counters.commits)"),
            ("zab_bytes_in", "\(host.counters.bytesIn)"),
            ("zab_bytes_out", "\(host.counters.bytesOut)"),
            ("zab_messages_in", "\(host.counters.messagesIn)"),
            ("zab_messages_out", "\(host.counters.messagesOut)"),
            ("zab_loop_rounds", "\(host.counters.rounds)"),
            ("zab_loop_busy_us", "\(zb_thread_nanoseconds() / 1000)"),
            ("zab_queue_log_records", "\(storage.recordsInFlight)"),
            ("zab_queue_link_records", "\(recordsForLinks)"),
            ("zab_queue_log_bytes", "\(storage.store.bytesInFlight)"),
            ("zab_queue_pending_bytes", "\(host.member.pendingBytes)"),
            ("zab_history_bytes", "\(host.member.history.byteCount)"),
            ("zab_snapshots", "\(snapshots)"),
            ("zab_strangers", "\(doors.strangerCount)"),
            ("zab_turned_away", "\(doors.turnedAway)"),
            ("zab_late_segments", "\(storage.lateSegmentCount)"),
            (
                "zab_digest",
                String(repeating: "0", count: 16 - hex(host.member.state.digest).count) + hex(host.member.state.digest)
            ),
            ("zab_digest_zxid", hex(host.member.state.lastApplied.rawValue)),
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

    /// The ensemble as this server is configured, `server.1=host:2888:3888` and so on; empty for a server alone.
    private var serverList: String {
        configuration.servers.map { server in
            "server.\(server.id)=\(server.host):\(server.quorumPort):\(server.electionPort)"
                + (server.observer ? ":observer" : "")
        }.joined(separator: " ")
    }

    /// One line for each client connection, as `stat` prints them.
    func clientDescriptions() -> [String] {
        host.clients.enumerated().compactMap { id, client in client.map { "/\($0.socket.address)[\(id)](queued=0)" } }
    }
}

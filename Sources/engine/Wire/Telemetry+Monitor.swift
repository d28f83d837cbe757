/// What servers tell the harness by four-letter words, and how it looks on the wire: written by Server, read by
/// Targets.
public enum Telemetry {
    /// The words themselves.
    public enum Word: String, Sendable {
        /// ZooKeeper's keys and values, `MonitorKey`.
        case monitor = "mntr"
        /// Our own: those that only our servers have, and what a sample needs beside them. Collectors of metrics know which
        /// lines may stand in `mntr`.
        case figures = "zfig"
        /// ZooKeeper's summary, which every whitelist has.
        case summary = "srvr"
        /// Our own: what the server did when with its batches since the last question, `BatchLine`.
        case batches = "zbat"
        /// Our own: the newest changes of its phase, `PhaseLine`.
        case phases = "zphs"
    }

    /// Keys of `mntr`, which are ZooKeeper's, and of `zfig`, which are ours.
    public enum MonitorKey: String, Sendable, CaseIterable {
        case version = "zk_version"
        case state = "zk_server_state"
        case znodes = "zk_znode_count"
        case watches = "zk_watch_count"
        case ephemerals = "zk_ephemerals_count"
        case dataBytes = "zk_approximate_data_size"
        case connections = "zk_num_alive_connections"
        case sessions = "zk_global_sessions"
        case outstandingRequests = "zk_outstanding_requests"
        /// Hexadecimal.
        case lastApplied = "zk_last_applied_zxid"
        case packetsReceived = "zk_packets_received"
        case packetsSent = "zk_packets_sent"
        case descriptorLimit = "zk_max_file_descriptor_count"
        case openDescriptors = "zk_open_file_descriptor_count"
        /// Of a leader.
        case learners = "zk_learners"
        /// Of a leader.
        case syncedFollowers = "zk_synced_followers"
        /// Servers with a vote.
        case quorumSize = "zk_quorum_size"

        // Of ZooKeeper alone.
        case zooKeeperSyncs = "zk_cnt_fsynctime"
        /// Milliseconds.
        case zooKeeperSyncTime = "zk_sum_fsynctime"
        case zooKeeperProposals = "zk_proposal_count"
        case zooKeeperCommits = "zk_commit_count"
        case zooKeeperBytesReceived = "zk_bytes_received_count"
        case zooKeeperLastProposal = "zk_last_proposal_zxid"

        // Of ours alone.
        case serverID = "zab_server_id"
        /// `server.1=host:2888:3888` and so on.
        case servers = "zab_servers"
        /// The ensemble's identity, 16 hexadecimal digits; 0 before its first leader.
        case ensemble = "zab_ensemble"
        case epoch = "zab_epoch"
        case elections = "zab_elections"
        case syncs = "zab_syncs"
        case groupCommits = "zab_group_commits"
        case syncMicroseconds = "zab_sync_time_us"
        case logBytesWritten = "zab_log_bytes_written"
        case logBatches = "zab_log_batches"
        case recordsLogged = "zab_records_logged"
        case proposals = "zab_proposals"
        case commits = "zab_commits"
        case bytesIn = "zab_bytes_in"
        case bytesOut = "zab_bytes_out"
        case messagesIn = "zab_messages_in"
        case messagesOut = "zab_messages_out"
        case loopRounds = "zab_loop_rounds"
        case loopBusyMicroseconds = "zab_loop_busy_us"
        case queueLogRecords = "zab_queue_log_records"
        case queueLinkRecords = "zab_queue_link_records"
        case queueLogBytes = "zab_queue_log_bytes"
        case queuePendingBytes = "zab_queue_pending_bytes"
        case historyBytes = "zab_history_bytes"
        case snapshots = "zab_snapshots"
        case strangers = "zab_strangers"
        case turnedAway = "zab_turned_away"
        case lateSegments = "zab_late_segments"
        /// 16 hexadecimal digits.
        case digest = "zab_digest"
        /// Hexadecimal.
        case digestZxid = "zab_digest_zxid"
        case pid = "zab_pid"
        case allocations = "zab_allocations"
        case cpuMicroseconds = "zab_cpu_us"
        case residentBytes = "zab_rss_bytes"
    }

    /// The key of the groups with at most so many records and more than the next smaller bound.
    public static func groupRecordsKey(atMost bound: Int) -> String { "zab_group_records_le_\(bound)" }

    /// A line of `mntr` and of `zfig`.
    public static func monitorLine(_ key: String, _ value: String) -> String { "\(key)\t\(value)\n" }

    /// The keys and values of an answer to `mntr`. Lines without a tab are skipped; of a key that comes twice the last
    /// value counts.
    public static func monitorValues(parsing text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            guard let tab = line.firstIndex(of: "\t") else { continue }
            let value = line[line.index(after: tab)...]
            values[String(line[..<tab])] = value.hasSuffix("\r") ? String(value.dropLast()) : String(value)
        }
        return values
    }
}

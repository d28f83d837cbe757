import Host
import Log
import Replica
import Wire
import Zab
import Znodes

/// ZooKeeper's metrics, as far as they mean something here; docs/reference/words.md says what is left out.
extension ServerLoop {
    /// - Parameter sinceReset: as `mntr` has it, from where `srst` has set back; from the start otherwise, as Prometheus
    ///   wants its counters.
    func metrics(sinceReset isSinceReset: Bool) -> [Metric] {
        let list = gauges(isSinceReset) + ensembleMetrics + countedMetrics + timedMetrics
        return isSinceReset ? list.map { $0.since(sinceReset.metrics[$0.key]) } : list
    }

    private func gauges(_ isSinceReset: Bool) -> [Metric] {
        let latencies = requestLatencies
        let list: [Metric] = [
            Metric("ephemerals_count", .gauge(host.member.state.ephemeralCount)),
            Metric("num_alive_connections", .gauge(connectionCount)),
            Metric("avg_latency", .fraction(latencies.mean)),
            Metric("min_latency", .gauge(latencies.least)),
            Metric("max_latency", .gauge(latencies.most)),
            Metric("outstanding_requests", .gauge(outstandingRequests)),
            Metric("znode_count", .gauge(nodeCount)),
            Metric("global_sessions", .gauge(host.member.state.sessionCount)),
            Metric("local_sessions", .gauge(0)),
            Metric("watch_count", .gauge(host.member.state.watchCount)),
            Metric("approximate_data_size", .gauge(host.member.state.approximateDataSize)),
            Metric("packets_sent", .gauge(isSinceReset ? packetsSent : allPacketsSent)),
            Metric("packets_received", .gauge(isSinceReset ? packetsReceived : host.counters.clientPacketsIn)),
            Metric("connection_drop_probability", .fraction(0)),
            Metric("max_file_descriptor_count", .gauge(ProcessDescriptors.limit)),
            Metric("uptime", .gauge(Int((moment - started) / 1_000_000))),
        ]
        guard let open = ProcessDescriptors.openCount else { return list }
        return list + [Metric("open_file_descriptor_count", .gauge(open))]
    }

    private var ensembleMetrics: [Metric] {
        guard !isAlone else { return [] }
        var list = [Metric("quorum_size", .gauge(max(1, configuration.servers.count { !$0.observer })))]
        guard let since = phaseTimes.leadingSince else { return list }
        let learners = host.member.peer.connectedLearners
        let observers = host.member.peer.synchronizedObservers
        let sizes = host.member.proposalSizes
        list += [
            Metric("learners", .gauge(learners)),
            Metric("synced_followers", .gauge(host.member.peer.syncedFollowers)),
            Metric("synced_non_voting_followers", .gauge(0)), Metric("synced_observers", .gauge(observers)),
            Metric("pending_syncs", .gauge(host.member.pendingSyncs)),
            Metric("leader_uptime", .gauge(Int((moment - since) / 1_000_000))),
            Metric("last_proposal_size", .gauge(sizes.last)), Metric("min_proposal_size", .gauge(sizes.least)),
            Metric("max_proposal_size", .gauge(sizes.most)),
        ]
        return list
    }

    private var countedMetrics: [Metric] {
        let counters = host.member.counters
        let firings = host.member.state.firings
        let commits = commitsByRole
        return [
            Metric("proposal_count", .counter(isAlone ? 0 : counters.proposals)),
            Metric("commit_count", .counter(isAlone ? 0 : commits.asLeader)),
            Metric("learner_commit_received_count", .counter(commits.asLearner)),
            Metric("learner_proposal_received_count", .counter(batchTimes.received)),
            Metric("snap_count", .counter(learnerSyncs.snapshots)),
            Metric("diff_count", .counter(learnerSyncs.differences)),
            Metric("bytes_received_count", .counter(host.counters.clientBytesIn)),
            Metric("response_bytes", .counter(host.counters.clientBytesOut - wordBytes)),
            Metric("watch_bytes", .counter(firings.bytes)),
            Metric("looking_count", .counter(isAlone ? 0 : counters.elections)),
            Metric("stale_sessions_expired", .counter(counters.sessionsExpired)),
            Metric("connection_request_count", .counter(connectRequests)),
            Metric("connection_rejected", .counter(doors.turnedAway)),
            Metric("node_created_watch_count", firings.created), Metric("node_changed_watch_count", firings.changed),
            Metric("node_deleted_watch_count", firings.deleted),
            Metric("node_children_watch_count", firings.children),
            Metric("inflight_snap_count", learnerSyncs.snapshotsUnderWay),
            Metric("inflight_diff_count", learnerSyncs.differencesUnderWay),
        ] + logMetrics
    }

    private var logMetrics: [Metric] {
        let log = storage.statistics
        let milliseconds = { (nanoseconds: UInt64) in Double(nanoseconds) / 1_000_000 }
        let start = storeTimes.start
        let (hasSnapshot, hasLog) = (start.snapshotIsThere, start.transactions > 0)
        return [
            Metric(
                "fsynctime",
                .summary(
                    Metric.Summary(
                        count: log.syncCalls,
                        sum: milliseconds(log.totalSyncNanoseconds),
                        least: milliseconds(log.minSyncNanoseconds),
                        most: milliseconds(log.maxSyncNanoseconds)
                    )
                )
            ),
            Metric(
                "sync_processor_batch_size",
                .summary(
                    Metric.Summary(
                        count: log.groupCommits,
                        sum: Double(log.records),
                        least: Double(log.recordsPerSyncMin),
                        most: Double(log.recordsPerSyncMax)
                    )
                )
            ),
            Metric("dbinittime", once: milliseconds(start.whole)),
            Metric("startup_snap_load_time", once: hasSnapshot ? milliseconds(start.snapshot) : nil),
            Metric("startup_txns_load_time", once: hasLog ? milliseconds(start.log) : nil),
            Metric("startup_txns_loaded", once: hasLog ? Double(start.transactions) : nil),
            Metric("snapshottime", storeTimes.snapshots),
        ]
    }

    private var timedMetrics: [Metric] {
        var list = [
            Metric("updatelatency", host.member.times.ofUpdates, hasQuantiles: true),
            Metric("readlatency", host.member.times.ofReads, hasQuantiles: true),
            Metric("election_time", phaseTimes.elections), Metric("unavailable_time", phaseTimes.unavailable),
            Metric("leader_unavailable_time", phaseTimes.leaderUnavailable),
            Metric("follower_sync_time", phaseTimes.synchronizations),
            Metric("observer_sync_time", phaseTimes.observerSynchronizations),
            // A server alone asks no quorum.
            Metric("quorum_ack_latency", isAlone ? LatencyTally() : batchTimes.untilApplied, hasQuantiles: true),
        ]
        // Others know when a transaction was made by the leader's clock, as of its last tick: not well enough.
        guard isAlone || phaseTimes.leadingSince != nil else { return list }
        list += [
            Metric("propagation_latency", batchTimes.untilApplied, hasQuantiles: true),
            Metric("proposal_ack_creation_latency", batchTimes.untilSynced, hasQuantiles: true),
        ]
        return list
            + batchTimes.untilAcknowledged.map {
                Metric("ack_latency", of: "\($0.peer)", $0.times, hasQuantiles: true)
            }
    }

    /// Commits of this server's reigns, and those that it heard of.
    private var commitsByRole: (asLeader: Int, asLearner: Int) {
        let sinceChange = host.member.counters.commits - commits.atChange
        let leads = isAlone || phaseTimes.leadingSince != nil
        return (commits.asLeader + (leads ? sinceChange : 0), commits.asLearner + (leads ? 0 : sinceChange))
    }

    /// To be called before the phase that counts changes.
    func settleCommits() { commits = (commitsByRole.asLeader, commitsByRole.asLearner, host.member.counters.commits) }

    /// ZooKeeper's words for the part that this server plays and how far it has come.
    var peerState: String {
        switch host.member.peer.phase {
        case .looking: "looking"
        case .preparing: "leading - synchronization"
        case .leading: "leading - broadcast"
        case .joining: configuration.myAddress?.observer == true ? "observing - discovery" : "following - discovery"
        case .following: "following - broadcast"
        case .observing: "observing - broadcast"
        }
    }

    /// What is told before the metrics: keys without `zk_`.
    var monitorHead: [(key: String, value: JSON)] {
        var head: [(key: String, value: JSON)] = [
            ("version", .string(ServerVersion.text)), ("server_state", .string(mode)),
        ]
        guard !isAlone else { return head }
        head.append(("peer_state", .string(peerState)))
        if case .observing(let leader, _) = host.member.peer.phase {
            head.append(("observer_master_id", .int(Int(leader.rawValue))))
        }
        return head
    }

    /// All of it for Prometheus, and zabbench's own figures behind.
    var exposition: String {
        let own = ownStatistics().compactMap { line -> Metric? in
            // What is hexadecimal may look like a number; ZooKeeper's keys are in the metrics.
            guard line.key.hasPrefix("zab_"), !line.key.contains("digest"),
                line.key != Telemetry.MonitorKey.ensemble.rawValue, let value = Int(line.value)
            else { return nil }
            return Metric(line.key, .gauge(value))
        }
        return Metric.exposition(metrics(sinceReset: false) + own)
    }
}

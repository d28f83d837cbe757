import Host
import Log
import Replica
import Zab
import Znodes

/// A figure under ZooKeeper's name for it.
struct Metric {
    enum Value {
        case gauge(Int)
        case fraction(Double)
        case counter(Int)
        /// In milliseconds, but for what has no unit; nil where nobody knows.
        case summary(count: Int, sum: Int, mean: Double, least: Int?, most: Int?, quantiles: LatencyTally?)
    }

    var name: String
    var value: Value

    init(_ name: String, _ value: Value) { (self.name, self.value) = (name, value) }

    /// Of latencies.
    init(_ name: String, _ tally: LatencyTally, hasQuantiles: Bool = false) {
        self.name = name
        value = .summary(
            count: Int(tally.count),
            sum: Int(tally.sum / 1000),
            mean: tally.mean / 1000,
            least: tally.count == 0 ? 0 : Int(tally.least / 1000),
            most: Int(tally.most / 1000),
            quantiles: hasQuantiles ? tally : nil
        )
    }

    /// As `mntr` and the admin server's `monitor` have it, without `zk_`.
    var fields: [(key: String, value: JSON)] {
        switch value {
        case .gauge(let value), .counter(let value): return [(name, .int(value))]
        case .fraction(let value): return [(name, .double(Self.rounded(value)))]
        case .summary(let count, let sum, let mean, let least, let most, let quantiles):
            var fields: [(String, JSON)] = [("avg_" + name, .double(Self.rounded(mean)))]
            if let least { fields.append(("min_" + name, .int(least))) }
            if let most { fields.append(("max_" + name, .int(most))) }
            fields += [("cnt_" + name, .int(count)), ("sum_" + name, .int(sum))]
            guard let quantiles else { return fields }
            for (prefix, q) in [("p50_", 0.5), ("p95_", 0.95), ("p99_", 0.99), ("p999_", 0.999)] {
                fields.append((prefix + name, .int(Int(quantiles.quantile(q) / 1000))))
            }
            return fields
        }
    }

    /// As Prometheus reads it, format 0.0.4.
    var exposition: String {
        var text = "# HELP \(name) \(name)\n# TYPE \(name) "
        switch value {
        case .gauge(let value): text += "gauge\n\(name) \(Double(value))\n"
        case .fraction(let value): text += "gauge\n\(name) \(value)\n"
        case .counter(let value): text += "counter\n\(name) \(Double(value))\n"
        case .summary(let count, let sum, _, _, _, let quantiles):
            text += "summary\n"
            if let quantiles {
                for q in [0.5, 0.9, 0.99] {
                    text += "\(name){quantile=\"\(q)\"} \(Double(quantiles.quantile(q)) / 1000)\n"
                }
            }
            text += "\(name)_count \(Double(count))\n\(name)_sum \(Double(sum))\n"
        }
        return text
    }

    private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}

/// How long the changes of a server's phase took.
struct PhaseTimes {
    private(set) var elections = LatencyTally()
    private(set) var unavailable = LatencyTally()
    private(set) var synchronizations = LatencyTally()
    private(set) var leadingSince: UInt64?
    private var lookingSince: UInt64?
    private var joiningSince: UInt64?
    private var awaySince: UInt64?

    /// - Parameter now: nanoseconds.
    mutating func note(_ phase: Phase, at now: UInt64) {
        switch phase {
        case .looking:
            lookingSince = now
            if awaySince == nil { awaySince = now }
            leadingSince = nil
        case .preparing, .joining:
            Self.end(&lookingSince, elections: &elections, now)
            if case .joining = phase { joiningSince = now }
        case .leading, .following, .observing:
            Self.end(&lookingSince, elections: &elections, now)
            Self.end(&joiningSince, elections: &synchronizations, now)
            Self.end(&awaySince, elections: &unavailable, now)
            if case .leading = phase { leadingSince = now }
        }
    }

    private static func end(_ since: inout UInt64?, elections tally: inout LatencyTally, _ now: UInt64) {
        if let begin = since { tally.add(UInt32(clamping: (now - begin) / 1000)) }
        since = nil
    }
}

/// ZooKeeper's metrics, as far as they mean something here; docs/reference/words.md says what is left out.
extension ServerLoop {
    /// - Parameter sinceReset: what `srst` sets back is counted from there, as for words; from the start otherwise, as
    ///   Prometheus wants its counters.
    func metrics(sinceReset: Bool) -> [Metric] {
        let latencies = requestLatencies
        var list: [Metric] = [
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
            Metric("packets_sent", .gauge(sinceReset ? packetsSent : allPacketsSent)),
            Metric("packets_received", .gauge(sinceReset ? packetsReceived : host.counters.clientPacketsIn)),
            Metric("connection_drop_probability", .fraction(0)),
            Metric("max_file_descriptor_count", .gauge(ProcessDescriptors.limit)),
            Metric("uptime", .gauge(Int((moment - started) / 1_000_000))),
        ]
        if let open = ProcessDescriptors.openCount { list.append(Metric("open_file_descriptor_count", .gauge(open))) }
        list += ensembleMetrics + countedMetrics
        let updates = sinceReset ? updateLatencies : host.member.times.ofUpdates
        let reads = sinceReset ? readLatencies : host.member.times.ofReads
        return list + [
            Metric("updatelatency", updates, hasQuantiles: true), Metric("readlatency", reads, hasQuantiles: true),
            Metric("election_time", phaseTimes.elections), Metric("unavailable_time", phaseTimes.unavailable),
            Metric("follower_sync_time", phaseTimes.synchronizations),
        ]
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
            Metric("leader_uptime", .gauge(Int((moment - since) / 1_000_000))),
            Metric("last_proposal_size", .gauge(sizes.last)), Metric("min_proposal_size", .gauge(sizes.least)),
            Metric("max_proposal_size", .gauge(sizes.most)),
        ]
        return list
    }

    private var countedMetrics: [Metric] {
        let log = storage.statistics
        let counters = host.member.counters
        let isLearner = !isAlone && phaseTimes.leadingSince == nil
        let (syncs, syncTime) = (log.syncCalls, Double(log.totalSyncNanoseconds) / 1_000_000)
        let groups = log.groupCommits
        return [
            Metric("proposal_count", .counter(isAlone ? 0 : counters.proposals)),
            Metric("commit_count", .counter(isAlone || isLearner ? 0 : counters.commits)),
            Metric("learner_commit_received_count", .counter(isLearner ? counters.commits : 0)),
            Metric("bytes_received_count", .counter(host.counters.clientBytesIn)),
            Metric("response_bytes", .counter(host.counters.clientBytesOut)),
            Metric("looking_count", .counter(counters.elections)),
            Metric("stale_sessions_expired", .counter(counters.sessionsExpired)),
            Metric("connection_rejected", .counter(doors.turnedAway)),
            Metric(
                "fsynctime",
                .summary(
                    count: syncs,
                    sum: Int(syncTime),
                    mean: syncs == 0 ? 0 : syncTime / Double(syncs),
                    least: nil,
                    most: Int(log.maxSyncNanoseconds / 1_000_000),
                    quantiles: nil
                )
            ),
            Metric(
                "sync_processor_batch_size",
                .summary(
                    count: groups,
                    sum: log.records,
                    mean: groups == 0 ? 0 : Double(log.records) / Double(groups),
                    least: nil,
                    most: log.recordsPerSyncMax,
                    quantiles: nil
                )
            ),
        ]
    }

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
        var text = metrics(sinceReset: false).map(\.exposition).joined()
        for line in ownStatistics() {
            if let value = Int(line.value), !line.key.contains("digest") {
                text += Metric(line.key, .gauge(value)).exposition
            }
        }
        return text
    }
}

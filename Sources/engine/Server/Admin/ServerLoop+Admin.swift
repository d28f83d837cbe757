import Host
import Log
import Replica
import Zab
import Znodes

/// What the admin server's commands tell, field by field in ZooKeeper's order.
extension ServerLoop {
    var configurationFields: [(String, JSON)] {
        [
            ("client_port", .int(configuration.clientPort ?? -1)), ("data_dir", .string(configuration.dataDir)),
            ("data_log_dir", .string(configuration.dataLogDir)), ("tick_time", .int(configuration.tickTime)),
            ("max_client_cnxns", .int(configuration.maxClientConnections)),
            ("min_session_timeout", .int(Int(sessionTimeouts.lowerBound))),
            ("max_session_timeout", .int(Int(sessionTimeouts.upperBound))),
            ("server_id", .int(isAlone ? 0 : Int(configuration.myself.rawValue))),
            ("client_port_listen_backlog", .int(-1)),
        ]
    }

    /// Of a leader or a server alone, whose sessions they are; the moments are of the monotonic clock, in milliseconds.
    var dumpFields: [(String, JSON)] {
        var sets: [UInt64: [JSON]] = [:]
        if case .leading = host.member.peer.phase {
            let tick = UInt64(configuration.tickTime)
            for session in host.member.sessionDeadlines {
                sets[(session.deadline / 1_000_000 / tick + 1) * tick, default: []].append(.int(Int(session.id)))
            }
        }
        let ephemerals = host.member.state.sessionsWithEphemerals.map { id -> (String, JSON) in
            let paths = host.member.state.ephemerals(of: id).map { JSON.string(String(decoding: $0, as: UTF8.self)) }
            return ("\(id)", .array(paths))
        }
        return [
            ("expiry_time_to_session_ids", .object(sets.keys.sorted().map { ("\($0)", .array(sets[$0]!)) })),
            ("session_id_to_ephemeral_paths", .object(ephemerals)),
        ]
    }

    var leaderFields: [(String, JSON)] {
        guard !isAlone else { return [("error", .string("server is not initialized"))] }
        let leader = host.member.peer.leader
        let address = configuration.servers.first { $0.id == leader }
        return [
            ("is_leader", .bool(leader == configuration.myself)),
            ("leader_id", .int(leader.map { Int($0.rawValue) } ?? -1)), ("leader_ip", .string(address?.host ?? "")),
        ]
    }

    var votingView: JSON {
        .object(
            configuration.servers.filter { !$0.observer }.map { server in
                let isOwn = server.id == configuration.myself
                let port = isOwn ? configuration.clientPort : server.client?.port
                let host = isOwn ? configuration.clientHost : server.client?.host ?? ""
                return (
                    "\(server.id)",
                    .object([
                        ("server_addresses", .array([.string("\(server.host):\(server.quorumPort)")])),
                        ("election_addresses", .array([.string("\(server.host):\(server.electionPort)")])),
                        ("client_address", .string(port.map { "\(host):\($0)" } ?? "")),
                        ("learner_type", .string("participant")),
                    ])
                )
            }
        )
    }

    var zabFields: [(String, JSON)] {
        guard isServing, let mine = configuration.myAddress else {
            return [("voting", .bool(false)), ("zabstate", .string(""))]
        }
        let state =
            switch host.member.peer.phase {
            case .looking: "election"
            case .preparing, .joining: "discovery"
            case .leading, .following, .observing: "broadcast"
            }
        let client = configuration.clientPort.map { "\(configuration.clientHost):\($0)" } ?? ""
        return [
            ("myid", .int(Int(mine.id.rawValue))), ("is_leader", .bool(mode == "leader")),
            ("quorum_address", Self.addresses(mine.host, mine.quorumPort)),
            ("election_address", Self.addresses(mine.host, mine.electionPort)), ("client_address", .string(client)),
            ("voting", .bool(!mine.observer)), ("last_zxid", .string("0x" + String(committed.rawValue, radix: 16))),
            ("zab_epoch", .int(Int(committed.epoch))), ("zab_counter", .int(Int(committed.counter))),
            ("zabstate", .string(state)),
        ]
    }

    private static func addresses(_ host: String, _ port: Int) -> JSON {
        let one = JSON.string("\(host):\(port)")
        return .object([
            ("empty", .bool(false)), ("all_addresses", .array([one])), ("all_reachable_addresses", .array([one])),
            ("one", one), ("reachable_address", one), ("wildcard_addresses", .array([.string("0.0.0.0:\(port)")])),
            ("all_ports", .array([.int(port)])), ("all_host_strings", .array([.string(host)])),
            ("all_reachable_addresses_or_all", .array([one])), ("reachable_or_one", one),
        ])
    }

    func serverStatsFields(_ sizes: DirectorySizes) -> [(String, JSON)] {
        let latencies = requestLatencies
        var fields: [(String, JSON)] = [
            ("version", .string(ServerVersion.text)), ("read_only", .bool(false)),
            (
                "server_stats",
                .object([
                    ("packets_sent", .int(packetsSent)), ("packets_received", .int(packetsReceived)),
                    ("fsync_threshold_exceed_count", .int(storage.statistics.slowGroups)),
                    ("provider_null", .bool(false)), ("server_state", .string(mode)),
                    ("outstanding_requests", .int(outstandingRequests)), ("min_latency", .int(latencies.least)),
                    ("avg_latency", .double((latencies.mean * 10_000).rounded() / 10_000)),
                    ("max_latency", .int(latencies.most)), ("data_dir_size", .int(sizes.data)),
                    ("log_dir_size", .int(sizes.log)), ("last_processed_zxid", .int(Int(committed.rawValue))),
                    ("num_alive_client_connections", .int(connectionCount)),
                    ("uptime", .int(Int((moment - started) / 1_000_000))),
                ])
            ),
        ]
        if mode == "leader" {
            let proposals = host.member.proposalSizes
            fields.append(
                (
                    "proposal_stats",
                    .object([
                        ("last_buffer_size", .int(proposals.last)), ("min_buffer_size", .int(proposals.least)),
                        ("max_buffer_size", .int(proposals.most)),
                    ])
                )
            )
        }
        return fields + [("node_count", .int(nodeCount))]
    }

    /// Clients' connections as the items of a list.
    func connectionObjects(head: String, brief: Bool, tail: @escaping () -> String) -> WordAnswer {
        var next = 0
        var isFirst = true
        return WordAnswer { [unowned self] in
            var text = next == 0 ? head : ""
            let end = next + Self.placesPerPart
            while next < end {
                if let client = seen(next) {
                    text += (isFirst ? "" : ", ") + client.object(brief: brief).text(indent: "  ")
                    isFirst = false
                }
                next += 1
            }
            return next < host.clients.count ? .more(Array(text.utf8)) : .last(Array((text + tail()).utf8))
        }
    }
}

extension ClientSeen {
    func object(brief: Bool) -> JSON {
        var fields: [(String, JSON)] = [
            ("remote_socket_address", .string(String(address.dropFirst()))), ("interest_ops", .int(interest)),
            ("outstanding_requests", .int(report.queued)), ("packets_received", .int(received)),
            ("packets_sent", .int(sent)),
        ]
        guard !brief else { return .object(fields) }
        let isSilent = report.operation == nil
        fields += [
            ("session_id", .int(Int(report.session))), ("last_operation", isSilent ? .null : .string(operation)),
            ("established", .int(Int(established))), ("session_timeout", .int(Int(report.timeout))),
            ("last_cxid", .int(isSilent ? 0 : Int(report.xid))), ("last_zxid", .int(isSilent ? 0 : Int(zxid))),
            ("last_response_time", .int(Int(response))), ("last_latency", .int(Int(report.lastLatency / 1000))),
            ("min_latency", .int(Int(report.leastLatency / 1000))),
            ("avg_latency", .int(Int(report.meanLatency / 1000))),
            ("max_latency", .int(Int(report.mostLatency / 1000))),
        ]
        return .object(fields)
    }
}

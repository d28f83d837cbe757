import Host
import Replica
import Zab
import Znodes

/// The commands of ZooKeeper's admin server, `/commands/NAME`: their names, the first one primary, and JSON for answers.
enum AdminCommand: String, CaseIterable {
    case configuration, connections, dirs, dump, environment, hash, leader, monitor, observers, ruok, stats, watches
    case zabstate
    case connectionStatReset = "connection_stat_reset"
    case getTraceMask = "get_trace_mask"
    case initialConfiguration = "initial_configuration"
    case isReadOnly = "is_read_only"
    case lastSnapshot = "last_snapshot"
    case observerConnectionStatReset = "observer_connection_stat_reset"
    case serverStats = "server_stats"
    case setTraceMask = "set_trace_mask"
    case statReset = "stat_reset"
    case systemProperties = "system_properties"
    case votingView = "voting_view"
    case watchSummary = "watch_summary"
    case watchesByPath = "watches_by_path"

    private static let aliases: [String: AdminCommand] = [
        "conf": .configuration, "config": .configuration, "cons": .connections, "env": .environment,
        "envi": .environment, "lead": .leader, "mntr": .monitor, "obsr": .observers, "stat": .stats, "wchc": .watches,
        "crst": .connectionStatReset, "gtmk": .getTraceMask, "icfg": .initialConfiguration, "isro": .isReadOnly,
        "lsnp": .lastSnapshot, "orst": .observerConnectionStatReset, "srvr": .serverStats, "stmk": .setTraceMask,
        "srst": .statReset, "sysp": .systemProperties, "wchs": .watchSummary, "wchp": .watchesByPath,
    ]

    init?(name: String) {
        guard let command = Self(rawValue: name) ?? Self.aliases[name] else { return nil }
        self = command
    }

    /// Links to all commands, as `/commands` has them.
    static func index(url: String) -> String {
        allCases.map(\.rawValue).sorted().map { "<a href=\"\(url)/\($0)\">\($0)</a>\n<br/>\n" }.joined()
    }

    /// What does not need a server that serves.
    private var isAlwaysAnswered: Bool {
        switch self {
        case .environment, .getTraceMask, .monitor, .setTraceMask, .systemProperties, .zabstate: true
        default: false
        }
    }

    /// - Parameter arguments: of the query.
    func answer(of server: ServerLoop, asked name: String, _ arguments: [String: String]) -> WordAnswer {
        guard server.isServing || isAlwaysAnswered else {
            let fields: [(String, JSON)] = [
                ("command", .string(name)), ("error", .string(FourLetterWord.notServing)),
            ]
            return WordAnswer(JSON.object(fields).text)
        }
        switch self {
        case .connections: return connections(of: server)
        case .stats: return serverStats(of: server, withConnections: true)
        case .serverStats: return serverStats(of: server, withConnections: false)
        case .dirs:
            return server.withDirectorySizes { text([("datadir_size", .int($0.data)), ("logdir_size", .int($0.log))]) }
        case .watches:
            let form = ServerLoop.WatchForm.json(rawValue, "session_id_to_watched_paths", quotes: true)
            return server.watchesByConnection(form) { "\($0)" }
        case .watchesByPath:
            let form = ServerLoop.WatchForm.json(rawValue, "path_to_session_ids", quotes: false)
            return server.watchesByPath(form) { "\($0)" }
        case .watchSummary:
            return server.watchSummary { counts in
                text([
                    ("num_connections", .int(counts.connections)), ("num_paths", .int(counts.paths)),
                    ("num_total_watches", .int(counts.watches)),
                ])
            }
        case .setTraceMask: return WordAnswer(setTraceMask(server, arguments["traceMask"]))
        case .connectionStatReset: server.resetConnectionStatistics()
        case .statReset: server.resetStatistics()
        default: break
        }
        return WordAnswer(text(fields(of: server)))
    }

    private func text(_ fields: [(String, JSON)]) -> String {
        let error: [(String, JSON)] = fields.contains { $0.0 == "error" } ? [] : [("error", .null)]
        return JSON.object(fields + [("command", .string(rawValue))] + error).text
    }

    private func fields(of server: ServerLoop) -> [(String, JSON)] {
        switch self {
        case .configuration: server.configurationFields
        case .dump: server.dumpFields
        case .environment: (ServerEnvironment.entries + ServerEnvironment.memory).map { ($0.key, .string($0.value)) }
        case .getTraceMask: [("tracemask", .int(Int(server.traceMask)))]
        case .hash: server.digestFields
        case .initialConfiguration: [("initial_configuration", server.initialConfiguration)]
        case .isReadOnly: [("read_only", .bool(false))]
        case .lastSnapshot: server.snapshotFields
        case .leader: server.leaderFields
        case .monitor:
            (server.monitorHead + server.metrics(sinceReset: true).flatMap(\.fields)).map { ($0.key, $0.value) }
        case .observers:
            [
                ("synced_observers", .int(server.host.member.peer.synchronizedObservers)),
                ("observers", server.observers),
            ]
        case .systemProperties: server.propertyFields
        case .votingView: [("current_config", server.votingView)]
        case .zabstate: server.zabFields
        default: []
        }
    }

    private func setTraceMask(_ server: ServerLoop, _ argument: String?) -> String {
        let wanted = "setTraceMask requires long traceMask argument"
        guard let argument, let mask = Int64(argument) else {
            let error = argument.map { "\(wanted), got \($0)" } ?? wanted
            return JSON.object([("error", .string(error)), ("command", .string(rawValue))]).text
        }
        server.traceMask = mask
        return text([("tracemask", .int(Int(mask)))])
    }

    // MARK: in parts

    private func connections(of server: ServerLoop) -> WordAnswer {
        let tail = " ],\n  \"secure_connections\" : [ ],\n  \"command\" : \"connections\",\n  \"error\" : null\n}"
        return server.connectionObjects(head: "{\n  \"connections\" : [ ", brief: false) { tail }
    }

    private func serverStats(of server: ServerLoop, withConnections: Bool) -> WordAnswer {
        var inner: WordAnswer?
        let sizes = server.withDirectorySizes { sizes in
            let fields = server.serverStatsFields(sizes)
            guard withConnections else { return text(fields) }
            // The object goes on.
            let whole = JSON.object(fields).text
            let tail = " ],\n  \"secure_connections\" : [ ],\n  \"command\" : \"\(rawValue)\",\n  \"error\" : null\n}"
            inner = server.connectionObjects(head: String(whole.dropLast(2)) + ",\n  \"connections\" : [ ", brief: true)
            {
                tail
            }
            return ""
        }
        return WordAnswer {
            if let inner { return inner.next() }
            let part = sizes.next()
            if case .last = part, let inner { return inner.next() }
            return part
        }
    }
}

import CPlatform
import Foundation
import Log
import Server
import Workload

/// The descriptors that a session's runs take, found before anything is started: a load that gets half of its
/// connections measures nothing.
///
/// Two processes matter: this one, with the sessions, and each server that it starts, which inherits the hard limit
/// and may have all sessions of a load.
struct DescriptorNeeds {
    /// Standard streams, result files, the janitor's pipe, signals, the resolver, what is read of /proc.
    static let runtime = 64
    /// An event loop: epoll, an eventfd, a timer.
    static let perLoop = 3
    /// Words that ask a server (mntr, zbat, zphs), the session that reads it back, and its three ports, which are held.
    static let perServer = 7
    /// What creates and removes znodes, fills the state, holds watches, marks the run.
    static let helpers = 12
    /// Of another system's server. A Java machine's: its jars, its log, its peers; and it raises its own limit, as Go does
    /// for etcd, which needs less.
    static let javaServer = 256
    /// A proxied way between two servers: two listeners, and two connections with two ends each.
    static let perProxiedLink = 6
    /// A limit that nobody can know is not held against anybody.
    private static let limitMost: Int64 = 1 << 20

    struct Run: Hashable {
        var clients: Int
        var own: Int
        /// How many more `own` is for one client more.
        var ownPerClient: Int
        /// Of each server that is started; nil where none is a process of its own.
        var server: Int?
    }

    let limit: Int?
    let runs: [Run]

    /// Raises the soft limit to the hard one.
    ///
    /// - Parameter sides: how many such sessions load at a time in this process.
    init(_ planned: [PlannedRun], sides: Int) {
        let raised = zb_raise_descriptor_limit(Self.limitMost)
        self.init(planned, sides: sides, limit: raised > 0 ? Int(raised) : nil)
    }

    init(_ planned: [PlannedRun], sides: Int, limit: Int?) {
        self.limit = limit
        runs = planned.map { Self.run($0, sides: sides, limit: limit ?? Int(Self.limitMost)) }
    }

    private static func run(_ planned: PlannedRun, sides: Int, limit: Int) -> Run {
        let (clients, size) = (planned.load.sessionsInAll, planned.ensemble.serverCount)
        let shards = planned.ensemble.shards
        // A session has a connection to each shard.
        var session = shards * (clients + perServer * size) + helpers
        if planned.ensemble.links.isProxied { session += shards * perProxiedLink * size * (size - 1) }
        let clientsMax = clients + perServer + helpers
        let server =
            planned.ensemble.system != .zabbench
            ? clientsMax + javaServer
            : ServerNode.descriptorsNeeded(
                clients: clientsMax,
                peers: size - 1,
                inFlight: planned.ensemble.log.commit.inFlight,
                limit: limit
            )
        let loops = perLoop * (ProcessInfo.processInfo.activeProcessorCount + 1)
        let isEmbedded = planned.ensemble.placement == .embedded
        return Run(
            clients: clients,
            own: runtime + loops + sides * (session + (isEmbedded ? shards * size * server : 0)),
            ownPerClient: sides * shards * (isEmbedded ? size + 1 : 1),
            server: planned.ensemble.placement == .processes ? server : nil
        )
    }

    /// - Throws: `UsageError` for the first run that needs more than there is.
    func check() throws {
        guard let limit else { return }
        for run in runs {
            let most = max(run.own, run.server ?? 0)
            guard most > limit else { continue }
            let whose = run.own > limit ? "this process" : "each server"
            let tooMany = max((run.own - limit + run.ownPerClient - 1) / run.ownPerClient, (run.server ?? 0) - limit)
            let spare = run.clients - tooMany
            let advice = spare > 0 ? ", or use \(spare) clients or fewer" : ""
            throw UsageError(
                "load.clients=\(run.clients): \(whose) needs \(most) descriptors for connections and files, and the hard "
                    + "limit is \(limit); raise it to that (ulimit -Hn, LimitNOFILE= of systemd)\(advice)"
            )
        }
    }
}

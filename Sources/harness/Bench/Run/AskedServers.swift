import Client
import Log
import NIOCore
import Targets
import Workload

/// What is known of servers that nobody here has configured: what they tell everybody, and what the processes of those on
/// this machine were told.
struct AskedServers: Sendable {
    struct One: Sendable {
        var server: EnsembleServer
        /// On this machine; nil where it is elsewhere, or cannot be seen.
        var pid: Int32?
        /// By what it calls itself.
        var system: String?
        /// Answers to `conf` and `envi`; without a value where it does not answer.
        var conf: ZooKeeperConf
        var environment: ZooKeeperConf
        var properties: ZooKeeperProperties?
    }

    var all: [One]

    init(_ all: [One]) { self.all = all }

    /// Asks all servers at the same time.
    init(_ ensemble: any Ensemble) async {
        all = await withTaskGroup(of: (Int, One).self) { group in
            let servers = ensemble.servers
            for (place, server) in servers.enumerated() {
                group.addTask { (place, await Self.one(server, of: ensemble)) }
            }
            var found: [(Int, One)] = []
            for await one in group { found.append(one) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func one(_ server: EnsembleServer, of ensemble: any Ensemble) async -> One {
        func answer(_ word: String) async -> ZooKeeperConf {
            let text = try? await fourLetterWord(word, server.endpoint, timeout: .seconds(2))
            return ZooKeeperConf(parsing: text ?? "")
        }
        let pid = ensemble.pid(of: server.id)
        let system = await ensemble.report(of: server)?.system
        let properties = pid.flatMap { ZooKeeperProperties(pid: $0) }
        return One(
            server: server,
            pid: pid,
            system: system,
            conf: await answer("conf"),
            environment: await answer("envi"),
            // Who is neither may read such a file and have other defaults.
            properties: properties?.isOfZooKeeper == true || system == "zabbench" ? properties : nil
        )
    }

    /// Whether all run on this machine, as far as that can be seen.
    var areAllHere: Bool { all.allSatisfy { $0.pid != nil } }

    /// What servers say, each different answer once: `2000`, `2000 and unknown`; nil where none says anything.
    func words(_ value: (One) -> String?) -> String? {
        let values = all.map(value)
        guard values.contains(where: { $0 != nil }) else { return nil }
        var words: [String] = []
        for value in values.map({ $0 ?? "unknown" }) where !words.contains(value) { words.append(value) }
        return words.joined(separator: " and ")
    }

    /// When a server takes a snapshot; nil where only the process knows, and cannot be seen.
    var snapshots: String? {
        words { one in
            one.properties.map { one.system == "zabbench" ? $0["snapCount"] ?? "its own choice" : $0.snapCount }
        }.map { "snapCount=\($0)" }
    }

    /// As `snapshots`.
    var outstandingLimit: String? {
        words { one in one.properties.map { one.system == "zabbench" ? "none" : $0.outstandingLimit } }
            .map { "globalOutstandingLimit=\($0)" }
    }

    // MARK: Durability

    /// How each write becomes durable; nil where only the process knows, and cannot be seen.
    var durability: String? { words { Self.durability($0)?.words } }

    /// Nil where it is not known of all.
    var isSynced: Bool? {
        let known = all.map { Self.durability($0)?.isSynced }
        if known.contains(false) { return false }
        return known.contains(nil) || known.isEmpty ? nil : true
    }

    private static func durability(_ one: One) -> (words: String, isSynced: Bool)? {
        guard let properties = one.properties else { return nil }
        guard one.system == "zabbench" else { return (properties.durability, properties.isSynced) }
        let label = properties["zabbench.log.strategy"] ?? SyncStrategy.recycledFdatasync.label
        guard let strategy = try? SyncStrategy(label: label) else { return nil }
        return (label, strategy.method.waitsForDurability)
    }
}

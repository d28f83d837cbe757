import Client
import Log
import Measure
import NIOCore
import Results
import Server
import Targets
import Workload

/// ZooKeeper as a run starts it.
struct ZooKeeperSite: Sendable {
    let launch: ZooKeeperLaunch
    /// Nil where it does not tell.
    let java: JavaMachine?
}

extension BenchRun {
    /// What the servers run with, asked of one of them, or, where others configured them, of all; nil where they are no
    /// processes, or do not tell.
    func systemSettings() async -> SystemSettings? {
        switch run.planned.ensemble.placement {
        case .embedded: return nil
        case .external:
            // Its words are ZooKeeper's.
            if case .etcd = site.client { return nil }
            return SystemSettings(of: await AskedServers(site.ensemble))
        case .processes: break
        }
        if run.planned.ensemble.system == .yardstick { return SystemSettings(ofYardstickAt: site) }
        if let etcd = site.etcd { return etcdSettings(etcd) }
        if let rival = run.planned.ensemble.system.rival {
            let asked = await AskedServers(site.ensemble)
            return SystemSettings(of: rival, asked, dataRoot: site.dataRoot, disks: site.logDisks)
        }
        guard let zookeeper = site.zookeeper else { return SystemSettings(ofOurs: run.planned.ensemble, at: site) }
        guard let server = site.ensemble.servers.first, let pid = site.ensemble.pid(of: server.id),
            let properties = ZooKeeperProperties(pid: pid)
        else { return nil }
        let conf = try? await fourLetterWord("conf", server.endpoint, timeout: .seconds(2))
        return SystemSettings(
            of: zookeeper,
            properties,
            conf: ZooKeeperConf(parsing: conf ?? ""),
            dataRoot: site.dataRoot
        )
    }
}

extension SystemSettings {
    static let clients = "this machine, in the harness's process"

    /// Of our servers, which do as they are told.
    init(ofOurs planned: PlannedEnsemble, at site: RunSite) {
        let logBytes = DiskNeed.usual.snapshotLogBytes >> 20
        var changes = [
            "tickTime=\(planned.tickTimeMilliseconds), initLimit=\(planned.initLimit), syncLimit=\(planned.syncLimit), "
                + "snapCount=\(planned.snapCount): as the workload has them for every system",
            "maxClientCnxns=0: all sessions come from one address",
        ]
        if !planned.injection.words.isEmpty { changes.append("slowed down on purpose: \(planned.injection.words)") }
        self.init(
            durability: String(planned.log.words.dropFirst(2)),
            isSynced: planned.log.strategy.method.waitsForDurability,
            heapMax: "no limit of its own",
            snapshots: "snapCount=\(planned.snapCount), or as much log as max(\(logBytes) MiB, twice the data)",
            outstandingLimit: "none in requests: bytes are bounded (docs/reference/hardening.md)",
            dataFolder: site.dataRoot,
            fileSystem: Self.fileSystem(of: site.logDisks),
            clients: Self.clients,
            changes: changes
        )
    }

    /// Of ZooKeeper's.
    ///
    /// - Parameters:
    ///   - properties: as the process has them.
    ///   - conf: as the server says it.
    init(of zookeeper: ZooKeeperSite, _ properties: ZooKeeperProperties, conf: ZooKeeperConf, dataRoot: String) {
        let heap = zookeeper.java?.heapBytesMax.map { RunPlan.size(Int(clamping: $0)) } ?? "unknown"
        let installation = zookeeper.launch.installation
        func isHeap(_ flag: String) -> Bool { flag.hasPrefix("-Xmx") || flag.hasPrefix("-XX:Max") }
        let isOfUser = installation.flags.dropFirst(installation.releaseFlags.count).contains(where: isHeap)
        let choice =
            isOfUser
            ? "by ZOOKEEPER_JVMFLAGS"
            : installation.flags.contains(where: isHeap) ? "by conf/java.env" : "its own choice"
        let java = "Java \(zookeeper.java?.version ?? "of unknown version")"
        self.init(
            durability: properties.durability,
            isSynced: properties.isSynced,
            heapMax: "\(heap) (\(java), \(choice))",
            snapshots: "snapCount=\(properties.snapCount), at random from half of it on",
            outstandingLimit: "globalOutstandingLimit=\(properties.outstandingLimit), of all servers together",
            dataFolder: dataRoot,
            fileSystem: Self.fileSystem(of: ["dataDir", "dataLogDir"].compactMap { conf[$0] }),
            clients: Self.clients,
            changes: zookeeper.launch.changes
        )
    }

    /// `ext4 on /dev/vda`, of all folders.
    static func fileSystem(of folders: [String]) -> String {
        let systems = folders.compactMap { StorageFacts(path: $0) }.map { "\($0.fileSystem) on \($0.source)" }
        return systems.isEmpty ? "unknown" : Set(systems).sorted().joined(separator: ", ")
    }
}

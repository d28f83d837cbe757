import Client
import EtcdClient
import Targets
import Workload

/// What a run's servers are.
extension BenchSession {
    /// How long servers may take until they serve. A cold Java machine takes seconds of a processor, and there are several.
    private static let startSeconds = 30.0
    private static let javaStartSeconds = 90.0
    /// How long they may take to stop until they are killed. etcd's leader looks for a successor among servers that stop,
    /// too; its data go with it.
    private static let stopSeconds = 5.0
    private static let etcdStopSeconds = 1.0

    /// ZooKeeper as a run starts it; nil for other systems' runs.
    static func zookeeperSite(_ planned: PlannedRun, _ installation: ZooKeeperInstallation?, _ java: JavaMachine?)
        -> ZooKeeperSite?
    {
        guard planned.ensemble.system == .zookeeper, let installation else { return nil }
        let launch = ZooKeeperLaunch(
            installation: installation,
            settings: ServerSettings(planned.ensemble),
            size: planned.ensemble.size,
            outstanding: planned.load.clients * planned.load.outstanding
        )
        return ZooKeeperSite(launch: launch, java: java)
    }

    /// etcd as a run starts it; nil for other systems' runs.
    static func etcdLaunch(_ planned: PlannedRun, _ installation: EtcdInstallation?) -> EtcdLaunch? {
        guard planned.ensemble.system == .etcd, let installation else { return nil }
        return EtcdLaunch(
            installation: installation,
            size: planned.ensemble.size,
            hasLogFolders: planned.ensemble.log.directories == .separate,
            // With its faults, under which the load goes on.
            seconds: RunTimes.seconds(planned),
            payloadBytes: planned.load.payloadBytes,
            state: planned.faults?.state
        )
    }

    /// Whether a run's servers are etcd's, ours to start or not.
    func isEtcd(_ system: PlannedSystem) -> Bool { options.survey?.isEtcd ?? (system == .etcd) }

    /// How a run's load speaks with its servers.
    func client(of system: PlannedSystem) -> LoadClient {
        if isEtcd(system), let dialer = Etcd.dialer { .etcd(dialer) } else { .zookeeper }
    }

    /// What the Java machine makes of its flags.
    static func askJava(of zookeeper: ZooKeeperInstallation, in data: DataFolder) async throws(TargetError)
        -> JavaMachine?
    {
        let folder = try data.makeFolder(named: "java")
        defer { data.removeFolder(folder) }
        return try await JavaMachine.asked(zookeeper, in: folder, janitor: data.janitor)
    }

    /// The servers of a run; nothing is started.
    ///
    /// - Throws: `TargetError` where the run lacks something, `MissingSystem`.
    func ensemble(
        _ planned: PlannedEnsemble,
        zookeeper: ZooKeeperSite?,
        etcd: EtcdLaunch?,
        folder: String?,
        logFolders: [String],
        data: DataFolder?
    ) throws -> any Ensemble {
        if let endpoints = options.endpoints {
            return ExternalEnsemble(endpoints: endpoints, isEtcd: options.survey?.isEtcd == true)
        }
        guard let folder, let data else { throw TargetError("no folder for the servers' data") }
        let site = OwnSite(zookeeper: zookeeper, etcd: etcd, folder: folder, logFolders: logFolders, data: data)
        guard planned.shards > 1 else { return try own(planned, at: site) }
        return try ShardedEnsemble(
            shards: planned.shards,
            voters: planned.size,
            observers: planned.observers,
            logFolders: logFolders,
            startSeconds: Self.startSeconds(planned.system)
        ) { shard, logFolders in
            var part = site
            part.folder = "\(folder)/shard\(shard + 1)"
            // A folder of logs is one of the shard's, too, so that the same seats of two shards have two logs there.
            part.logFolders = logFolders.map { "\($0)/shard\(shard + 1)" }
            return try own(planned, at: part)
        }
    }

    /// Where servers of ours, and of systems that we start, come to be.
    private struct OwnSite {
        var zookeeper: ZooKeeperSite?
        var etcd: EtcdLaunch?
        var folder: String
        var logFolders: [String]
        var data: DataFolder
    }

    private static func startSeconds(_ system: PlannedSystem) -> Double {
        [.zabbench, .etcd].contains(system) ? startSeconds : javaStartSeconds
    }

    /// One ensemble of servers that the session starts.
    private func own(_ planned: PlannedEnsemble, at site: OwnSite) throws -> any Ensemble {
        let settings = ServerSettings(planned)
        switch planned.placement {
        case .processes:
            let known: (any ServerLaunch)? =
                switch planned.system {
                case .zabbench: ZabbenchLaunch(program: options.serverProgram, settings: settings)
                case .zookeeper: site.zookeeper?.launch
                case .etcd: site.etcd
                case .yardstick: nil
                case .rival(let rival): try RivalLaunch(rival, settings: settings, size: planned.size)
                }
            guard let launch = known else { throw TargetError("\(planned.system.rawValue) is not there") }
            return ProcessEnsemble(
                size: planned.serverCount,
                observers: planned.observers,
                launch: launch,
                links: planned.linksAsInjected,
                folder: site.folder,
                logFolders: site.logFolders,
                janitor: site.data.janitor,
                startSeconds: Self.startSeconds(planned.system),
                stopSeconds: site.etcd == nil ? Self.stopSeconds : Self.etcdStopSeconds
            )
        case .embedded:
            guard let start = embeddedStart else { throw TargetError("this build has no embedded servers") }
            return EmbeddedEnsemble(
                size: planned.serverCount,
                settings: settings,
                folder: site.folder,
                logFolders: site.logFolders,
                startServer: start
            )
        case .external:
            throw TargetError("placement external needs --connect")
        }
    }
}

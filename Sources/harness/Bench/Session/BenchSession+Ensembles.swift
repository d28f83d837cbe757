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
        let settings = ServerSettings(planned)
        if let endpoints = options.endpoints {
            return ExternalEnsemble(endpoints: endpoints, isEtcd: options.survey?.isEtcd == true)
        }
        guard let folder, let data else { throw TargetError("no folder for the servers' data") }
        switch planned.placement {
        case .processes:
            let known: (any ServerLaunch)? =
                switch planned.system {
                case .zabbench: ZabbenchLaunch(program: options.serverProgram, settings: settings)
                case .zookeeper: zookeeper?.launch
                case .etcd: etcd
                case .yardstick: nil
                case .rival(let rival): try RivalLaunch(rival, settings: settings, size: planned.size)
                }
            guard let launch = known else { throw TargetError("\(planned.system.rawValue) is not there") }
            return ProcessEnsemble(
                size: planned.serverCount,
                observers: planned.observers,
                launch: launch,
                links: planned.linksAsInjected,
                folder: folder,
                logFolders: logFolders,
                janitor: data.janitor,
                startSeconds: [.zabbench, .etcd].contains(planned.system) ? Self.startSeconds : Self.javaStartSeconds,
                stopSeconds: etcd == nil ? Self.stopSeconds : Self.etcdStopSeconds
            )
        case .embedded:
            guard let start = embeddedStart else { throw TargetError("this build has no embedded servers") }
            return EmbeddedEnsemble(
                size: planned.serverCount,
                settings: settings,
                folder: folder,
                logFolders: logFolders,
                startServer: start
            )
        case .external:
            throw TargetError("placement external needs --connect")
        }
    }
}

import Client
import Targets
import Workload

/// What a run's servers are.
extension BenchSession {
    /// How long servers may take until they serve. A cold Java machine takes seconds of a processor, and there are several.
    private static let startSeconds = 30.0
    private static let javaStartSeconds = 90.0

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
        folder: String?,
        logFolders: [String],
        data: DataFolder?
    ) throws -> any Ensemble {
        let settings = ServerSettings(planned)
        if let endpoints = options.endpoints { return ExternalEnsemble(endpoints: endpoints) }
        guard let folder, let data else { throw TargetError("no folder for the servers' data") }
        switch planned.placement {
        case .processes:
            let launch: any ServerLaunch
            switch planned.system {
            case .zabbench: launch = ZabbenchLaunch(program: options.serverProgram, settings: settings)
            case .zookeeper:
                guard let zookeeper else { throw TargetError("zookeeper is not there") }
                launch = zookeeper.launch
            case .rival(let rival): launch = try RivalLaunch(rival, settings: settings, size: planned.size)
            }
            return ProcessEnsemble(
                size: planned.size,
                launch: launch,
                links: planned.linksAsInjected,
                folder: folder,
                logFolders: logFolders,
                janitor: data.janitor,
                startSeconds: planned.system == .zabbench ? Self.startSeconds : Self.javaStartSeconds
            )
        case .embedded:
            guard let start = embeddedStart else { throw TargetError("this build has no embedded servers") }
            return EmbeddedEnsemble(
                size: planned.size,
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

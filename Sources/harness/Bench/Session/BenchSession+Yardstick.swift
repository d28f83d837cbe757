import Results
import Targets
import Workload

extension BenchSession {
    /// The servers of a yardstick; nothing is started.
    ///
    /// - Throws: `TargetError` where the run lacks something.
    func yardstick(
        _ planned: PlannedRun,
        folder: String?,
        logFolders: [String],
        data: DataFolder?
    ) throws -> any Ensemble {
        guard let folder, let data else { throw TargetError("no folder for the servers' data") }
        return ProcessEnsemble(
            size: planned.ensemble.size,
            launch: YardstickLaunch(
                // Another build's servers have no yardstick of their own.
                program: try ZabbenchProgram.path(),
                size: planned.ensemble.size,
                shape: YardstickShape(planned.load),
                hasLogFolders: planned.ensemble.log.directories == .separate
            ),
            folder: folder,
            logFolders: logFolders,
            janitor: data.janitor
        )
    }
}

extension BenchRun {
    /// The ledger of a yardstick's load against its servers' logs.
    func yardstickVerification(_ writes: YardstickWrites) -> Verification {
        let hasLogFolders = run.planned.ensemble.log.directories == .separate
        let logs = site.ensemble.servers.compactMap { server in
            (site.ensemble as? ProcessEnsemble).map {
                YardstickLaunch.log(of: $0.serverFolder(server.id), hasLogFolders: hasLogFolders)
            }
        }
        return YardstickProof.verify(writes, logs: logs)
    }
}

extension SystemSettings {
    /// Of a yardstick, which has no settings.
    init(ofYardstickAt site: RunSite) {
        self.init(
            durability: YardstickLaunch.durability,
            isSynced: true,
            heapMax: "no limit of its own: the data of the keys, and 8 MiB",
            snapshots: "none: its log is overwritten in place, and it never recovers",
            outstandingLimit: "8 MiB of writes",
            dataFolder: site.dataRoot,
            fileSystem: Self.fileSystem(of: site.logDisks),
            clients: Self.clients + ", on one connection",
            changes: ["no sessions, reads, elections or recovery: a floor, and no system to run"]
        )
    }
}

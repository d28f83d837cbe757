import Results
import Targets

extension BenchRun {
    /// What etcd's servers run with, by one of their processes; nil where it does not tell.
    func etcdSettings(_ etcd: EtcdLaunch) -> SystemSettings? {
        guard let server = site.ensemble.servers.first, let pid = site.ensemble.pid(of: server.id),
            let flags = EtcdFlags(pid: pid)
        else { return nil }
        return SystemSettings(of: etcd, flags, dataRoot: site.dataRoot)
    }
}

extension SystemSettings {
    /// Of etcd's.
    ///
    /// - Parameter flags: as the process has them.
    init(of etcd: EtcdLaunch, _ flags: EtcdFlags, dataRoot: String) {
        let variables = flags.variables.map { "\($0), by the environment" }
        self.init(
            durability: flags.durability,
            isSynced: flags.isSynced,
            heapMax: "no limit of its own (Go); GOGC and GOMAXPROCS are the environment's, or Go's choice",
            snapshots: "snapshot-count=\(flags.snapshotCount); compaction: \(flags.compaction); \(flags.timeouts)",
            outstandingLimit: "none in requests for each client; quota-backend-bytes=\(flags.quota)",
            dataFolder: dataRoot,
            fileSystem: Self.fileSystem(of: ["data-dir", "wal-dir"].compactMap { flags[$0] }),
            clients: Self.clients,
            changes: etcd.changes + variables
        )
    }
}

import Client
import EtcdClient
import Foundation
import Glibc
import Measure
import Report
import Results
import Targets
import Workload

/// What a user asks of `zabbench run`, as it is written on the command line; nothing of it has been checked.
public struct RunRequest: Sendable {
    /// The path of the workload file.
    public var workload: String
    /// The folder that gets a new folder of results.
    public var results = "results"
    /// Where the servers' data lie while they run.
    public var data = DataFolder.defaultRoot
    /// Folders for the servers' logs, with commas between; nil to have them beside the data.
    public var logData: String?
    public var keepsData = false
    /// `key=value`, each.
    public var overrides: [String] = []
    /// Names of loads, strategies and batchings whose runs alone are made; empty for all.
    public var only: [String] = []
    /// Servers that run already, with commas between; nil to start our own.
    public var connect: String?
    /// `scheme:credential`, each, for servers that run already.
    public var credentials: [String] = []
    /// Another build's program that the servers are started from.
    public var server: String?
    /// The folder of an Apache ZooKeeper; nil for Debian's packages.
    public var zookeeperHome: String?
    /// As `EtcdInstallation` has it.
    public var etcdHome: String?
    /// Whether systems may stand beside each other of which not all sync what they acknowledge.
    public var allowsUnequalDurability = false
    /// Whether the simulator is to try the logs first.
    public var wantsVerdicts = true
    /// The file of a history that gets a line for each load.
    public var history: String?

    /// Before each run, for others to be quiet; nil not to wait.
    public var quiet: QuietWait?

    public init(workload: String) { self.workload = workload }

    /// What `session` would check, and nothing is made or started: what its runs will be, how long they take, and what
    /// room they need. Where they have none, `RunPlan.check` says so.
    ///
    /// - Throws: as `session`.
    public func plan() async throws -> RunPlan {
        if let history { try RunHistory.check(path: history) }
        let (file, _, options) = try await checked()
        for (name, path) in [("--results", results), ("--data", data)] {
            let folder = StorageDevice.nearestFolder(to: path)
            guard access(folder, W_OK | X_OK) == 0 else {
                throw TargetError(
                    "\(folder): cannot be written to: \(SystemReason(code: errno).words(or: "choose another with \(name)"))"
                )
            }
        }
        var plan = try Self.plan(file, options)
        plan.warnings += plan.skipped.map(\.reason)
        plan.warnings += options.survey?.warnings ?? []
        if let leftOut = BenchSession.leftOut(file, options) { plan.warnings.append(leftOut) }
        return plan
    }

    /// - Throws: as `RunHistory.init(path:)`.
    public func runHistory() throws -> RunHistory? { try history.map(RunHistory.init) }

    /// Reads and checks everything before anything is started, looks at servers that run already, and makes the results
    /// folder.
    ///
    /// - Throws: `ExternalMistake`, `UsageError`, `WorkloadError`, `ClientError`, `ResultsError`, `TargetError`, `NoRoom`.
    public func session() async throws -> BenchSession {
        let (file, text, options) = try await checked()
        try Self.plan(file, options).check()
        return try BenchSession(file: file, text: text, options: options)
    }

    /// - Throws: `TargetError` where no run can be made; as `BenchSession.checkedRuns`.
    private static func plan(_ file: WorkloadFile, _ options: BenchSession.Options) throws -> RunPlan {
        let runs = try BenchSession.checkedRuns(of: file, options)
        let offer = SystemOffer(runs, home: options.zookeeperHome, etcdHome: options.etcdHome)
        try offer.check(runs, of: file)
        return RunPlan(runs, file: file, options: options, offer: offer)
    }

    /// Reads and checks everything, and looks at servers that run already.
    private func checked() async throws -> (WorkloadFile, text: String, BenchSession.Options) {
        for (name, path) in [("--results", results), ("--data", data)] where path.isEmpty {
            throw UsageError("\(name) is empty; name a folder")
        }
        let file = try WorkloadFile(path: workload, overrides: overrides, only: only)
        try checkHomes(for: file)
        let survey = try await survey(for: file)
        var options = BenchSession.Options(
            outRoot: results,
            dataRoot: data,
            logRoots: try logData.map { try Self.logRoots($0, file: file, isConnected: connect != nil) } ?? [],
            keepsData: keepsData,
            overrides: overrides,
            survey: survey,
            serverProgram: try server.map(Self.program) ?? ZabbenchProgram.path(),
            commandLine: Self.withoutSecrets(CommandLine.arguments),
            wantsVerdicts: wantsVerdicts
        )
        options.quiet = quiet
        options.zookeeperHome = zookeeperHome
        options.etcdHome = etcdHome
        options.allowsUnequalDurability = allowsUnequalDurability
        return (file, try String(contentsOfFile: workload, encoding: .utf8), options)
    }

    /// - Throws: `UsageError` for a folder that no run is started from, and for one from which none can be.
    private func checkHomes(for file: WorkloadFile) throws(UsageError) {
        if let zookeeperHome {
            guard file.ensemble.systems.contains(.zookeeper) else {
                throw UsageError(
                    "--zookeeper-home: no run of \(file.source) is ZooKeeper's; say systems: [zabbench, zookeeper] in its "
                        + "ensemble section"
                )
            }
            if let objection = ZooKeeperInstallation.objection(toHome: zookeeperHome) {
                throw UsageError("--zookeeper-home \(zookeeperHome): \(objection)")
            }
        }
        guard let etcdHome else { return }
        guard file.ensemble.systems.contains(.etcd) else {
            throw UsageError(
                "--etcd-home: no run of \(file.source) is etcd's; say systems: [zabbench, etcd] in its ensemble section"
            )
        }
        if let objection = EtcdInstallation.objection(toHome: etcdHome) {
            throw UsageError("--etcd-home \(etcdHome): \(objection)")
        }
    }

    private func survey(ofEtcd endpoints: [Endpoint], for file: WorkloadFile) async throws -> ExternalSurvey {
        guard credentials.isEmpty else { throw UsageError("--auth: etcd is spoken to without credentials; remove it") }
        guard Etcd.dialer != nil else { throw UsageError("--connect: \(Etcd.missing)") }
        for run in try BenchSession.runs(of: file, endpoints: endpoints, overrides: overrides) {
            guard let what = run.load.objectionOfEtcd else { continue }
            throw UsageError("--connect: \(file.source) has \(what); leave it out for etcd")
        }
        return try await ExternalSurvey.makeEtcd(endpoints)
    }

    /// Looks at the servers that run already, once everything else is known to be right.
    private func survey(for file: WorkloadFile) async throws -> ExternalSurvey? {
        guard let connect else {
            guard credentials.isEmpty else {
                throw UsageError("--auth: only running servers ask for credentials; add --connect, or remove --auth")
            }
            return nil
        }
        if let etcd = try ExternalSurvey.etcdEndpoints(connect) { return try await survey(ofEtcd: etcd, for: file) }
        let string = try ConnectString(connect)
        guard Set(string.endpoints).count == string.endpoints.count else {
            throw UsageError("--connect: a server is listed twice; list each one once")
        }
        var known: [Credential] = []
        for text in credentials {
            do { known.append(try Credential(text)) } catch { throw UsageError("--auth: \(error)") }
        }
        // Nobody is asked for the sake of a workload that cannot be run on them.
        _ = try BenchSession.runs(of: file, endpoints: string.endpoints, overrides: overrides)
        return try await ExternalSurvey.make(string, credentials: known)
    }

    /// For the manifest, which others read.
    static func withoutSecrets(_ arguments: [String]) -> [String] {
        // What has no scheme may be nothing but a secret.
        func hidden(_ text: Substring) -> String { text.firstIndex(of: ":").map { "\(text[..<$0]):***" } ?? "***" }
        let option = "--auth"
        var isSecret = false
        return arguments.map { argument in
            defer { isSecret = argument == option }
            if isSecret { return hidden(argument[...]) }
            guard argument.hasPrefix(option + "=") else { return argument }
            return option + "=" + hidden(argument.dropFirst(option.count + 1))
        }
    }

    /// - Throws: `UsageError` where the folders say nothing, or no run would use them.
    static func logRoots(_ text: String, file: WorkloadFile, isConnected: Bool) throws -> [String] {
        let roots = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !roots.contains("") else { throw UsageError("--log-data: a folder's name is empty") }
        guard Set(roots.map { URL(fileURLWithPath: $0).standardizedFileURL.path }).count == roots.count else {
            throw UsageError("--log-data: a folder is listed twice; list each one once")
        }
        guard !isConnected else {
            throw UsageError("--log-data: servers that run already (--connect) have their logs where they are")
        }
        guard file.ensemble.logs.contains(where: { $0.directories == .separate }) else {
            throw UsageError(
                "--log-data: no run of \(file.source) has a log folder of its own; say directories: separate in its "
                    + "log section"
            )
        }
        return roots
    }

    private static func program(_ path: String) throws -> String {
        let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
        guard NamedFile.isProgram(absolute) else { throw UsageError("--server: \(path) cannot be executed") }
        return absolute
    }
}

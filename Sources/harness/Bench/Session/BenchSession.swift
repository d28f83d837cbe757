import CPlatform
import Client
import Foundation
import Histogram
import Log
import Measure
import NIOCore
import NIOPosix
import Report
import Results
import Simulator
import Synchronization
import Targets
import Words
import Workload

/// One invocation of `zabbench run`: all runs of a workload, their files, and the verdict.
public actor BenchSession {
    public struct Options: Sendable {
        public var outRoot: String
        public var dataRoot: String
        /// For the servers' logs, where they have folders of their own; empty to have them beside the data.
        public var logRoots: [String]
        public var keepsData: Bool
        public var overrides: [String]
        /// Servers that run already, and how they were found; nil to start our own.
        public var survey: ExternalSurvey?
        public var serverProgram: String
        public var commandLine: [String]
        /// Of Apache ZooKeeper; nil for Debian's packages.
        public var zookeeperHome: String?
        /// As `EtcdInstallation` has it.
        public var etcdHome: String?
        /// Whether systems may stand beside each other of which not all sync what they acknowledge.
        public var allowsUnequalDurability = false
        /// Whether the simulator is to try the logs first.
        public var wantsVerdicts = true
        /// Whether it says beforehand how long it will take; not where it is a part of something longer.
        var saysPlan = true
        /// The part of every load in turns with another session's.
        public var turn: LoadTurn?
        /// Goes behind the name of the folder with the servers' data: two sessions may begin in the same second.
        public var dataSuffix = ""
        var endpoints: [Endpoint]? { survey?.connect.endpoints }
        /// Says nothing on stderr but failures.
        public var isQuiet = false
        /// Before each run, for others to be quiet; nil not to wait.
        public var quiet: QuietWait?
        /// Of the servers' source; nil to look for it beside their program.
        var revision: String?
        /// Samples the servers' functions while their loads run.
        var profile: PerfRecorder?
        /// The generator's loops, which serve nothing else meanwhile.
        public var loops: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

        public init(
            outRoot: String,
            dataRoot: String,
            logRoots: [String],
            keepsData: Bool,
            overrides: [String],
            survey: ExternalSurvey?,
            serverProgram: String,
            commandLine: [String],
            wantsVerdicts: Bool = true
        ) {
            self.outRoot = outRoot
            self.dataRoot = dataRoot
            self.logRoots = logRoots
            self.keepsData = keepsData
            self.overrides = overrides
            self.survey = survey
            self.serverProgram = serverProgram
            self.commandLine = commandLine
            self.wantsVerdicts = wantsVerdicts
        }
    }

    let file: WorkloadFile
    let options: Options
    let runs: [PlannedRun]
    public nonisolated let folder: ResultsFolder
    /// The results folder as the user reaches it.
    public nonisolated var resultsPath: String { "\(options.outRoot)/\(folder.name)" }
    let progress: ProgressLine
    let environment: Measure.Environment
    let commit: String
    let startedAt: Timestamp
    let loops: any EventLoopGroup

    private var manifest: Manifest
    private var rows: [SummaryRow] = []
    private var elections: [ElectionRow] = []
    private var storms: [StormRow] = []
    private var areAllProven = true
    private var isViolated = false
    /// Whether a run was completed, so that `latest` points here.
    private var isLatest = false
    private var warned: Set<Int> = []
    private var verdicts: [StrategyTrial.Candidate: DurabilityVerdict] = [:]
    private var calibrations = DiskCalibrations(folders: [])
    private var bounds = GeneratorBounds()
    private var capacities = CurveCapacities()
    /// What ZooKeeper's servers are started from.
    private var zookeeper: ZooKeeperInstallation?
    private var etcd: EtcdInstallation?
    private var java: JavaMachine?
    /// Which of the systems there are.
    let systems: SystemOffer
    private var failed = FailedRuns([])
    /// How the systems differ in durability, which the user has allowed; nil where they do not.
    private let imbalance: String?
    private var place = LoadPlace()

    /// Makes the results folder and writes the manifest; starts nothing.
    ///
    /// - Throws: `UsageError` for wrong options and for more sessions than descriptors, `TargetError` if all systems are
    ///   missing, `ResultsError` where results cannot be written.
    public init(file: WorkloadFile, text: String, options: Options) throws {
        self.file = file
        self.options = options
        runs = try Self.checkedRuns(of: file, options)
        systems = SystemOffer(runs, home: options.zookeeperHome, etcdHome: options.etcdHome)
        try systems.check(runs, of: file)
        imbalance = options.survey == nil ? DurabilityBalance(runs).complaint : nil
        startedAt = Timestamp(unixNanoseconds: zb_unix_nanoseconds())
        progress = Diagnostics.progressLine(isSilent: options.isQuiet)
        loops = options.loops
        let root = URL(fileURLWithPath: options.outRoot)
        let folder = try ResultsFolder(root: root, workload: file.name, startedAt: startedAt)
        self.folder = folder
        environment = .current(dataPath: StorageDevice.nearestFolder(to: options.dataRoot))
        let program = URL(fileURLWithPath: options.serverProgram).resolvingSymlinksInPath().path
        commit = options.revision ?? ProgramVersion.commit(of: program, own: try? ZabbenchProgram.path())
        let name = folder.name
        let planned = runs.enumerated().map { index, run -> Manifest.Run in
            let isOurs = run.ensemble.hasPlannedLog
            let isStarted = run.ensemble.placement != .external
            return Manifest.Run(
                runID: "\(name)-\(index + 1)",
                repeatNumber: run.repeatNumber,
                system: isStarted ? run.ensemble.system.rawValue : nil,
                ensembleSize: run.ensemble.size,
                placement: run.ensemble.placement.rawValue,
                fsyncStrategy: isOurs ? run.ensemble.log.strategy.label : nil,
                batchPolicy: isOurs ? run.ensemble.log.commit.batching.label : nil,
                inFlight: isOurs ? run.ensemble.log.commit.inFlight : nil,
                logDirectories: isStarted ? run.ensemble.log.directories.rawValue : nil,
                links: run.ensemble.linksInWords.isEmpty ? nil : run.ensemble.linksInWords,
                injected: run.ensemble.injection.words.isEmpty ? nil : run.ensemble.injection.words,
                point: run.loadName,
                load: SummaryRow.Load(run).members(of: run.load).merging(run.faultMembers) { $1 }
                    .merging(run.kindMembers) { $1 }
            )
        }
        var manifest = Manifest(
            workload: file.name,
            startedAt: startedAt,
            zabbenchVersion: ProgramVersion.text,
            commit: commit,
            commandLine: options.commandLine,
            seed: file.seed,
            environment: environment,
            workloadText: text,
            overrides: Self.overrides(of: file, options),
            runs: planned
        )
        // On servers of ours there is nobody else.
        let loadName = Self.loadName(startedAt)
        manifest.keySpace = options.survey.map { "\($0.connect.chroot)/zabbench-\(loadName)" }
        self.manifest = manifest
        try folder.replace("manifest.json", with: manifest.text())
        try folder.checkLatest()
    }

    /// Makes all runs. Never throws: what goes wrong is said on stderr and in the exit code, and what was measured
    /// before stays in the files.
    public func run() async -> SessionOutcome {
        var failure: String?
        do {
            try await makeRuns()
        } catch is CancellationError {
            manifest.interrupted = true
        } catch {
            if Task.isCancelled { manifest.interrupted = true } else { failure = "\(error)" }
        }
        if Task.isCancelled { manifest.interrupted = true }
        manifest.failure = failure
        progress.clear()
        do {
            try noteFloors()
            try writeElections()
            try writeReport()
        } catch { failure = failure ?? "\(error)" }
        if let failure { Diagnostics.line("zabbench: \(failure)") }
        let hasFailed = failure != nil || !failed.list.isEmpty
        let code = exitCode(failed: hasFailed)
        return SessionOutcome(
            exitCode: code,
            rows: rows,
            skipped: manifest.skipped,
            hasSaidSkipped: progress.saysLines || failure != nil && rows.isEmpty,
            failed: manifest.failedRuns,
            systems: manifest.systems,
            elections: elections,
            storms: storms,
            interruption: manifest.interrupted
                ? "Interrupted after \(rows.count) of \(Count(runs.count, "run"))." : nil,
            folder: resultsPath,
            workload: file.name,
            hasFailed: hasFailed
        )
    }

    private func makeRuns() async throws {
        let before = await Self.foreignLoadNow()
        (manifest.foreignShareAtStart, manifest.stealShareAtStart) = (before?.share, before?.steal)
        try folder.replace("manifest.json", with: manifest.text())
        for warning in sayPlan() + (imbalance.map { [$0] } ?? []) { warn(warning) }
        if let survey = options.survey { return try await makeRuns(on: survey) }
        let janitor = try JanitorLink(executable: ZabbenchProgram.path())
        do {
            let data = try DataFolder(
                root: options.dataRoot,
                logRoots: options.logRoots,
                name: folder.name + options.dataSuffix,
                keep: options.keepsData,
                janitor: janitor
            )
            if options.keepsData {
                let folders = [data.path] + data.logPaths
                progress.line("The servers' data stay in \(folders.joined(separator: " and "))")
            }
            calibrations = DiskCalibrations(folders: [data.path] + data.logPaths)
            for warning in calibrations.warnings {
                progress.warn(warning)
                manifest.warnings.append(warning)
            }
            let made = try offeredRuns(in: data)
            // Another build's servers are not what the simulator of this one tries.
            if options.wantsVerdictsOfOwnServers {
                try await prove(made.map { runs[$0].ensemble }.filter(\.hasPlannedLog).map(\.log.candidate))
            }
            if let zookeeper { java = try await Self.askJava(of: zookeeper, in: data) }
            if file.wantsNullTarget { bounds = try await generatorBounds(for: made, data: data) }
            try await makeRuns(made, in: data)
            await janitor.finish()
        } catch {
            await janitor.finish()
            throw error
        }
    }

    /// On servers that are not ours: whoever comes later can tell that we are there, and we see to what others left.
    private func makeRuns(on survey: ExternalSurvey) async throws {
        for warning in survey.warnings + (Self.leftOut(file, options).map { [$0] } ?? []) { warn(warning) }
        // etcd's keys of a run that was killed are there until somebody deletes them: nobody else's are touched.
        let marker = survey.isEtcd ? nil : try await RunMarker.place("\(startedAt.compact)-\(getpid())", survey)
        place = LoadPlace(
            chroot: survey.connect.chroot,
            credentials: survey.credentials,
            owner: marker?.path ?? ""
        )
        do {
            if let marker { for line in await leftovers(beside: marker, survey) { warn(line) } }
            if file.wantsNullTarget { try await boundAlone() }
            expect(Array(runs.indices))
            for index in runs.indices { try await makeRun(index, data: nil) }
            await marker?.remove()
        } catch {
            await marker?.remove()
            throw error
        }
    }

    private func warn(_ line: String) {
        progress.warn(line)
        manifest.warnings.append(line)
    }

    /// The null target beside servers that are not ours: it is a process of ours all the same.
    private func boundAlone() async throws {
        let janitor = try JanitorLink(executable: ZabbenchProgram.path())
        do {
            let data = try DataFolder(root: options.dataRoot, name: folder.name, keep: false, janitor: janitor)
            bounds = try await generatorBounds(for: Array(runs.indices), data: data)
            await janitor.finish()
        } catch {
            await janitor.finish()
            throw error
        }
    }

    private func makeRun(_ index: Int, data: DataFolder?) async throws {
        try Task.checkCancellation()
        progress.began(run: index + 1)
        var planned = runs[index]
        // With the side's suffix: two loads at once must not have one name for their znodes.
        planned.load.runID = "\(Self.loadName(startedAt))-\(index + 1)\(options.dataSuffix)"
        planned.load.place = place
        warnOfCores(planned.ensemble)
        try await options.quiet?.beforeBeginning("run \(index + 1)", say: progress.line)
        let name = "run-\(index + 1)"
        let ensembleFolder = try data?.makeFolder(named: name)
        let isSeparate = planned.ensemble.log.directories == .separate
        let logFolders = isSeparate ? try data?.makeLogFolders(named: name) ?? [] : []
        let zookeeper = Self.zookeeperSite(planned, self.zookeeper, java)
        let etcd = Self.etcdLaunch(planned, self.etcd)
        let isYardstick = planned.ensemble.system == .yardstick
        let ensemble =
            isYardstick
            ? try yardstick(planned, folder: ensembleFolder, logFolders: logFolders, data: data)
            : try self.ensemble(
                planned.ensemble,
                zookeeper: zookeeper,
                etcd: etcd,
                folder: ensembleFolder,
                logFolders: logFolders,
                data: data
            )
        // Fewer servers than disks leave some alone.
        let disks =
            isSeparate && !options.logRoots.isEmpty
            ? Array((data?.logPaths ?? []).prefix(planned.ensemble.serverCount)) : data.map { [$0.path] } ?? []
        let run = BenchRun(
            run: numbered(planned, index),
            site: RunSite(
                ensemble: ensemble,
                logDisks: disks,
                loops: loops,
                profile: options.profile,
                dataRoot: options.dataRoot,
                zookeeper: zookeeper,
                etcd: etcd,
                client: client(of: planned.ensemble.system)
            ),
            machine: MachineFacts(
                environment: environment,
                commit: commit,
                calibrations: calibrations[disks],
                durability: SummaryRow.Durability(of: planned.ensemble.log, verdicts: verdicts),
                generatorBound: GeneratorBounds.isOf(planned.ensemble.system, options.survey)
                    ? bounds[planned.load] : nil,
                stormBoundMilliseconds: bounds[storm: planned.load]
            ),
            outputs: RunOutputs(
                folder: folder,
                progress: progress,
                workload: file.name,
                sessionStart: startedAt
            )
        )
        let outcome = try await execute(run, index)
        for folder in logFolders + (ensembleFolder.map { [$0] } ?? []) { data?.removeFolder(folder) }
        guard let outcome else { return }
        capacities.note(outcome, before: planned)
        try keep(outcome, of: index)
    }

    /// Makes a run, or goes on without it if its servers ended and there are runs of other systems.
    ///
    /// - Returns: nil for a run that failed.
    /// - Throws: what ends the session.
    private func execute(_ run: BenchRun, _ index: Int) async throws -> JudgedRun? {
        do {
            let outcome = try await run.execute()
            failed.made(runs[index])
            return outcome
        } catch {
            await run.site.ensemble.stop()
            guard !Task.isCancelled else { throw error }
            progress.fault(try failed.note(error, of: runs[index], number: index + 1, id: id(of: index)))
            try noteFailed()
            return nil
        }
    }

    /// Makes runs on servers of ours, but for those whose servers have shown that they do not serve.
    ///
    /// - Parameter made: the runs' places.
    private func makeRuns(_ made: [Int], in data: DataFolder) async throws {
        expect(made)
        failed = FailedRuns(made.map { runs[$0] })
        for index in made {
            if let reason = failed.reason(for: runs[index]) {
                failed.leaveOut(runs[index], id: id(of: index), reason: reason)
                try recordSkipped(index, reason)
                try noteFailed()
                continue
            }
            let before = failed.list.count
            try await makeRun(index, data: data)
            if failed.list.count > before { expect(made.filter { failed.reason(for: runs[$0]) == nil }) }
        }
    }

    private func noteFailed() throws {
        manifest.failedRuns = failed.list
        try folder.replace("manifest.json", with: manifest.text())
    }

    private func id(of index: Int) -> String { "\(folder.name)-\(index + 1)" }

    /// - Parameter reason: why the run is not made.
    private func recordSkipped(_ index: Int, _ reason: String) throws {
        let row = EventRow(
            tag: RunTag(runs[index], id: id(of: index), system: runs[index].ensemble.system.rawValue),
            time: Timestamp(unixNanoseconds: zb_unix_nanoseconds()),
            elapsedSeconds: 0,
            event: "skipped",
            detail: reason
        )
        try folder.append(row)
    }

    /// Writes a run's row, and keeps what comes of it.
    ///
    /// - Throws: as the run itself would have, after the row; `TargetError` as `noteSystem`, before it.
    private func keep(_ judged: JudgedRun, of index: Int) throws {
        var outcome = judged
        outcome.row.context.isDurabilityUnequal = imbalance != nil
        try noteSystem(of: outcome)
        rows.append(outcome.row)
        for fault in outcome.elections {
            elections.append(fault)
            try folder.append(fault)
        }
        if let storm = outcome.storm {
            storms.append(storm)
            try folder.append(storm)
        }
        areAllProven = areAllProven && outcome.isProven
        isViolated = isViolated || outcome.isViolated
        try folder.append(outcome.row)
        if !outcome.wasInterrupted, !isLatest {
            try folder.markLatest()
            isLatest = true
        }
        progress.ended(run: index + 1)
        report(outcome.row, number: index + 1, among: rows)
        if outcome.wasInterrupted { throw CancellationError() }
        if let failure = outcome.failure { throw failure }
    }

    private func numbered(_ planned: PlannedRun, _ index: Int) -> NumberedRun {
        NumberedRun(
            planned: planned,
            number: index + 1,
            total: runs.count,
            turn: options.turn,
            capacityPerSecond: capacities[planned]
        )
    }

    /// Which system this was, and what it ran with.
    ///
    /// - Throws: `TargetError` where the processes turn out to differ in durability, and nobody has allowed it.
    private func noteSystem(of outcome: JudgedRun) throws {
        let system = Manifest.System(
            system: outcome.row.tag.system,
            version: outcome.row.systemVersion ?? "unknown",
            settings: outcome.settings
        )
        if !manifest.systems.contains(system) { manifest.systems.append(system) }
        let sides = manifest.systems.compactMap { system in
            system.settings.flatMap { settings in
                settings.isSynced.map {
                    DurabilityBalance.Side(system: system.system, setting: settings.durability, isSynced: $0)
                }
            }
        }
        guard !options.allowsUnequalDurability, let found = DurabilityBalance(sides).complaint else { return }
        throw TargetError("\(found); \(DurabilityBalance.advice)")
    }

    /// The runs whose systems this machine has, and whose strategies it offers where the logs will lie; the others are
    /// reported and skipped.
    ///
    /// - Throws: `TargetError` if none is left, `DiskError` if the disk fails while it is tried, `ResultsError`.
    private func offeredRuns(in data: DataFolder) throws -> [Int] {
        (zookeeper, etcd) = (systems.zookeeper, systems.etcd)
        let logs = try StrategyOffer(runs: runs, data: data.path, logs: data.logPaths) { strategy, folder in
            try PosixDisk().objection(to: strategy, in: folder)
        }
        let skipped = systems.skipped + logs.skipped
        manifest.skipped = skipped
        if !skipped.isEmpty { try folder.replace("manifest.json", with: manifest.text()) }
        func objection(_ run: PlannedRun) -> String? { systems.reason(for: run) ?? logs.reason(for: run) }
        for index in runs.indices { if let reason = objection(runs[index]) { try recordSkipped(index, reason) } }
        let made = runs.indices.filter { objection(runs[$0]) == nil }
        guard !made.isEmpty else { throw SystemOffer.nothingLeft(of: file, skipped) }
        for skip in skipped { progress.line("skipped: \(skip.words)") }
        return made
    }

    /// Has the simulator try each strategy, with each way to make groups that is run with it, before anything is measured.
    /// What this program has tried before it knows.
    ///
    /// - Throws: `CancellationError`, `ResultsError`.
    private func prove(_ candidates: [StrategyTrial.Candidate]) async throws {
        var wanted: [StrategyTrial.Candidate] = []
        for candidate in candidates where !wanted.contains(candidate) { wanted.append(candidate) }
        let trial = Mutex<StrategyTrial?>(nil)
        let progress = progress
        let found = await withTaskCancellationHandler {
            await VerdictStudy.verdicts(for: wanted) { begun in
                trial.withLock { $0 = begun }
                if Task.isCancelled { begun.stop() }
                if !progress.isTerminal {
                    progress.line(
                        "trying the logs in the simulator: \(CountedNoun.text(begun.runCount, "run")), once for each build"
                    )
                }
            } progress: { done, total in
                progress.show(run: max(1, done), of: total, fraction: 0, text: "trying the logs in the simulator")
            }
        } onCancel: {
            trial.withLock { $0 }?.stop()
        }
        guard let found else { throw CancellationError() }
        for (candidate, verdict) in zip(wanted, found) { verdicts[candidate] = verdict }
        manifest.verdicts = found
        try folder.replace("manifest.json", with: manifest.text())
    }

    /// Warns once for each size: then a row measures the machine and not the protocol.
    private func warnOfCores(_ ensemble: PlannedEnsemble) {
        let servers = ensemble.allServers
        guard options.endpoints == nil, servers > environment.cores, warned.insert(servers).inserted else { return }
        let warning =
            "\(Count(servers, "server")) on \(Count(environment.cores, "core")): these rows measure the machine "
            + "(machine_limited in summary.csv)"
        progress.warn(warning)
        manifest.warnings.append(warning)
    }

    /// Completes the rows with what the yardstick's say of them, once all are known.
    private func noteFloors() throws {
        guard let noted = YardstickFloor.noted(rows) else { return }
        rows = noted
        try folder.replace(SummaryRow.file, with: SummaryRow.header + noted.map(\.line).joined())
    }

    /// The medians over all runs, once they are known.
    private func writeElections() throws {
        guard !elections.isEmpty else { return }
        let lines = ElectionSummary.grouped(elections).map(\.line).joined()
        try folder.replace(ElectionSummary.file, with: ElectionSummary.header + lines)
    }

    private func writeReport() throws {
        manifest.finishedAt = Timestamp(unixNanoseconds: zb_unix_nanoseconds()).iso8601
        let text = try manifest.text()
        try folder.replace("manifest.json", with: text)
        try folder.writeScaling()
        try folder.writeReport(ManifestHead(reading: text, name: "manifest.json"))
    }

    /// A lost write outweighs everything; then the interruption, then the failure. A load point without a single valid
    /// run is a failed run: nothing was measured. That a strategy would lose writes in a crash is no failure: nothing
    /// crashed, its speed was measured honestly, and the verdict stands beside it.
    private func exitCode(failed: Bool) -> ExitStatus {
        if isViolated { return .lostWrite }
        if manifest.interrupted { return .interrupted }
        if failed || rows.isEmpty { return .failed }
        if file.faults != nil, !areAllProven || elections.isEmpty { return .failed }
        return LoadPointSummary.status(of: rows, faults: elections)
    }
}

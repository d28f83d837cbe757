import CPlatform
import Client
import Report
import Results
import Targets
import Wire
import Workload

/// An ensemble that serves, and what it said of itself.
struct StartedEnsemble: Sendable {
    /// With its system and version as it tells them; nil where no server says that it leads.
    var leader: (server: EnsembleServer, report: MonitorReport?)? { leaders.first }
    /// One for each shard, in their order.
    var leaders: [(server: EnsembleServer, report: MonitorReport?)]
    var tag: RunTag
    var journal: EventJournal
    /// What the servers run with; nil where they are not ours to ask.
    var settings: SystemSettings?
}

extension BenchRun {
    /// Starts the ensemble, and waits until it serves.
    ///
    /// - Throws: `TargetError`, `ResultsError`.
    func start() async throws -> StartedEnsemble {
        let servers = run.planned.ensemble.allServers
        let isOurs = run.planned.ensemble.placement != .external
        show(isOurs ? "starting \(Count(servers, "server"))" : "looking at \(Count(servers, "server"))")
        let began = zb_unix_nanoseconds()
        let reports: [(server: EnsembleServer, report: MonitorReport?)]
        do {
            try await site.ensemble.start()
            reports = await site.ensemble.reports()
            try checkRival(reports)
        } catch {
            if let failure = error as? TargetError { recordFailedStart(failure, at: began) }
            throw error
        }
        let leaders = reports.filter { $0.report?.isLeading == true }
        let leader = leaders.first
        let tag = RunTag(
            run.planned,
            id: "\(outputs.folder.name)-\(run.number)",
            system: run.planned.ensemble.system.rival?.name ?? leader?.report?.system ?? "unknown"
        )
        let journal = EventJournal(folder: outputs.folder, tag: tag, progress: outputs.progress, startedAt: began)
        journal.record("run_started", detail: summary, at: began)
        for server in site.ensemble.servers {
            let pid = site.ensemble.pid(of: server.id).map { ", pid \($0)" } ?? ""
            journal.record("server_serving", server: server.id, detail: "\(server.endpoint)\(pid)")
        }
        for leader in leaders.isEmpty ? [nil] : leaders.map(Optional.some) {
            let epoch = leader?.report?[.epoch].map { "epoch \($0)" }
            let shard = leader?.server.shard.map { "of shard \($0)" }
            let detail = [epoch, shard].compactMap { $0 }.joined(separator: ", ")
            journal.record("leader_elected", server: leader?.server.id, detail: detail.isEmpty ? nil : detail)
        }
        try journal.check()
        show("ready", leader: leader?.server.id)
        return StartedEnsemble(leaders: leaders, tag: tag, journal: journal, settings: await systemSettings())
    }

    /// The servers as a load must know them.
    ///
    /// - Parameter leaders: those that are known.
    func servers(leaders: [Endpoint]) -> [LoadServers] {
        site.ensemble.shards.map { shard in
            let endpoints = shard.endpoints
            return LoadServers(
                endpoints: endpoints,
                leader: leaders.first { endpoints.contains($0) },
                observers: shard.observers
            )
        }
    }

    /// There are no servers to say which system they are: the row has what was planned.
    private func recordFailedStart(_ failure: TargetError, at began: Int64) {
        let isOurs = run.planned.ensemble.placement != .external
        let tag = RunTag(
            run.planned,
            id: "\(outputs.folder.name)-\(run.number)",
            system: isOurs ? run.planned.ensemble.system.rawValue : "unknown"
        )
        let journal = EventJournal(folder: outputs.folder, tag: tag, progress: outputs.progress, startedAt: began)
        journal.record("failed", detail: failure.summary, isSaid: false)
    }

    /// Says on a terminal what the run does now.
    func show(_ phase: String, leader: Int? = nil) {
        var line = LiveLine(phase: phase, run: run.number, of: run.total)
        line.leader = leader
        outputs.progress.show(line)
    }

    func stop(_ journal: EventJournal) async {
        await site.ensemble.stop()
        if run.planned.ensemble.placement != .external { journal.record("servers_stopped") }
    }

    private var summary: String {
        let ensemble = run.planned.ensemble
        let injected = ensemble.injection.words
        let words = [
            ensemble.serversInWords, loadInWords, run.planned.load.kindInWords,
            ensemble.linksInWords,
            injected.isEmpty ? "" : "injected: \(injected)",
        ]
        return words.filter { !$0.isEmpty }.joined(separator: ", ")
    }
}

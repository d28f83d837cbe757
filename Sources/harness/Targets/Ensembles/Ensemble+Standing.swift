import Client
import NIOCore
import Wire

/// Where a server stands: what it says of itself, and how far it has come.
struct ServerStanding: Sendable {
    var id: Int
    /// Nil if it does not answer, or serves nobody.
    var report: MonitorReport?
    /// The last transaction that it has applied; nil where it does not say.
    var applied: UInt64?
}

extension Ensemble {
    /// What each of some servers says of itself, asked at the same time.
    func reports(of ids: some Collection<Int>) async -> [(server: EnsembleServer, report: MonitorReport?)] {
        let named = Set(ids)
        let reports = await reports { server in
            guard named.contains(server.id) else { return nil }
            return await self.report(of: server)
        }
        return reports.filter { named.contains($0.server.id) }
    }

    /// Where all servers stand.
    func standings() async -> [ServerStanding] {
        let reports = await reports()
        return await withTaskGroup(of: (Int, UInt64?).self) { group in
            for (index, (server, report)) in reports.enumerated() {
                group.addTask { (index, await Self.lastApplied(of: server, saying: report)) }
            }
            var standings = reports.map { ServerStanding(id: $0.server.id, report: $0.report) }
            for await (index, applied) in group { standings[index].applied = applied }
            return standings
        }
    }

    /// ZooKeeper's `mntr` does not say it; its `srvr` does.
    private static func lastApplied(of server: EnsembleServer, saying report: MonitorReport?) async -> UInt64? {
        guard let report, report.isServing else { return nil }
        if let applied = report.hexadecimal(.lastApplied) { return applied }
        let word = Telemetry.Word.summary.rawValue
        guard let text = try? await fourLetterWord(word, server.endpoint, timeout: .seconds(2)) else { return nil }
        return MonitorReport(summary: text).hexadecimal(.lastApplied)
    }

    public func phaseJournal(of server: EnsembleServer) async -> PhaseJournal? {
        let word = Telemetry.Word.phases.rawValue
        let text = try? await fourLetterWord(word, server.endpoint, timeout: .seconds(1))
        return text.map(PhaseJournal.init(parsing:))
    }
}

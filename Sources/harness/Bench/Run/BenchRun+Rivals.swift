import Client
import Targets
import Workload

extension BenchRun {
    /// Whether a rival's servers are what its workload takes them for, once they serve.
    ///
    /// - Throws: `TargetError`, one line.
    func checkRival(_ reports: [(server: EnsembleServer, report: MonitorReport?)]) throws(TargetError) {
        guard let rival = run.planned.ensemble.system.rival else { return }
        for server in site.ensemble.servers {
            guard let started = site.ensemble.pid(of: server.id),
                let listening = ListeningProcess.pid(port: server.endpoint.port), listening != started
            else { continue }
            // It would be measured, signalled and stopped in its server's place.
            throw TargetError(
                "\(rival.name): the command became process \(started), and process \(listening) serves; start the server "
                    + "with exec at the script's end, so that it is one process",
                fault: .neverServed
            )
        }
        guard run.planned.load.connectTo != .spread, !reports.contains(where: { $0.report?.isLeading == true }) else {
            return
        }
        throw TargetError(
            "load.connect_to: \(run.planned.load.connectTo.rawValue): \(rival.name)'s servers answer neither mntr nor srvr, so "
                + "nobody knows which of them leads; say connect_to: spread",
            fault: .neverServed
        )
    }
}

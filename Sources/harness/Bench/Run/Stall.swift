import CPlatform
import Client
import Glibc
import Synchronization
import Targets
import Workload

/// Has the leader's process stand still for a while in the middle of a load: what everybody who waits in a queue feels, and
/// what a load that waits for answers before it asks on does not notice.
final class Stall: Sendable {
    private let injection: PlannedInjection
    private let ensemble: any Ensemble
    private let server: Int
    private let journal: EventJournal
    private let hasBegun = Atomic(false)

    /// - Returns: nil where none is planned.
    init?(_ injection: PlannedInjection, ensemble: any Ensemble, leader: Endpoint?, journal: EventJournal) {
        guard injection.stallForSeconds > 0 else { return nil }
        let servers = ensemble.servers
        guard let server = servers.first(where: { $0.endpoint == leader }) ?? servers.first else { return nil }
        self.injection = injection
        self.ensemble = ensemble
        self.server = server.id
        self.journal = journal
    }

    /// To be told of everything that the load reports: its first second says when the load began.
    func note(_ sample: ProgressSample, of plan: LoadPlan) {
        guard let second = sample.second, !hasBegun.exchange(true, ordering: .relaxed) else { return }
        let pause = plan.warmUpSeconds + injection.stallAtSeconds - second.elapsedSeconds
        // Whatever becomes of the load: a process that stands still would not even end.
        Task.detached { [self] in
            try? await Task.sleep(for: .seconds(max(0, pause)))
            guard (try? await ensemble.kill(server, signal: SIGSTOP)) != nil else { return }
            journal.record("stalled", server: server)
            try? await Task.sleep(for: .seconds(injection.stallForSeconds))
            try? await ensemble.kill(server, signal: SIGCONT)
            journal.record("continued", server: server)
        }
    }
}

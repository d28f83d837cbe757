import CPlatform
import Client
import Glibc
import Results
import Synchronization
import Targets
import Workload

/// Has the leader's process stand still for a while in the middle of a load: what everybody who waits in a queue feels, and
/// what a load that waits for answers before it asks on does not notice.
final class Stall: Sendable {
    /// What has come of it. Moments are nanoseconds of CLOCK_MONOTONIC.
    struct Course: Sendable, Equatable {
        var stoppedAt: UInt64?
        var continuedAt: UInt64?
        /// Why the process could not be stopped.
        var refusal: String?
    }

    private struct State {
        var task: Task<Void, Never>?
        var course = Course()
    }

    /// The part of the stall that has to lie in the measured part: one that ends with the load may begin a moment late.
    private static let wholeShare = 0.9

    private let injection: PlannedInjection
    private let ensemble: any Ensemble
    private let server: Int
    private let journal: EventJournal
    private let state = Mutex(State())

    /// - Returns: nil where none is planned.
    init?(_ injection: PlannedInjection, ensemble: any Ensemble, leader: Endpoint?, journal: EventJournal) {
        guard injection.isStall else { return nil }
        let servers = ensemble.servers
        guard let server = servers.first(where: { $0.endpoint == leader }) ?? servers.first else { return nil }
        self.injection = injection
        self.ensemble = ensemble
        self.server = server.id
        self.journal = journal
    }

    /// To be told of everything that the load reports: its first second says when the load began.
    func note(_ sample: ProgressSample, of plan: LoadPlan) {
        guard let second = sample.second else { return }
        let pause = plan.warmUpSeconds + injection.stallAtSeconds - second.elapsedSeconds
        state.withLock { state in
            guard state.task == nil else { return }
            // Whatever becomes of the load: a process that stands still would not even end.
            state.task = Task.detached { [self] in await play(after: max(0, pause)) }
        }
    }

    /// The load is over: nothing is stopped any more, and what stands still goes on.
    func end() async {
        let task = state.withLock { $0.task }
        task?.cancel()
        await task?.value
    }

    private func play(after pause: Double) async {
        do { try await Task.sleep(for: .seconds(pause)) } catch { return }
        let stoppedAt = zb_monotonic_nanoseconds()
        do {
            try await ensemble.kill(server, signal: SIGSTOP)
        } catch {
            state.withLock { $0.course.refusal = "\(error)" }
            return
        }
        state.withLock { $0.course.stoppedAt = stoppedAt }
        journal.record("stalled", server: server)
        try? await Task.sleep(for: .seconds(injection.stallForSeconds))
        state.withLock { $0.course.continuedAt = zb_monotonic_nanoseconds() }
        try? await ensemble.kill(server, signal: SIGCONT)
        journal.record("continued", server: server)
    }

    /// Why the load was not the one that was planned; nil where the leader stood still as long as it should, while the load
    /// was measured. To be asked after `end`.
    func failing(_ result: LoadResult) -> String? {
        Self.failing(state.withLock { $0.course }, injection, result)
    }

    static func failing(_ course: Course, _ injection: PlannedInjection, _ result: LoadResult) -> String? {
        if let refusal = course.refusal { return "it did not come: \(refusal)" }
        let start = result.startedAtMonotonicNanoseconds
        let end = start + UInt64(max(0, result.measuredSeconds) * 1e9)
        guard let stopped = course.stoppedAt, stopped < end else {
            let (planned, lasted) = (words(injection.stallAtSeconds), words(result.measuredSeconds))
            return "it did not come: it was planned \(planned) s into the measured part, which lasted \(lasted) s"
        }
        let until = min(course.continuedAt ?? end, end)
        let stood = Double(until - min(max(stopped, start), until)) / 1e9
        guard stood < injection.stallForSeconds * wholeShare else { return nil }
        return "\(words(stood)) s of its \(words(injection.stallForSeconds)) s lie in the measured part"
    }

    private static func words(_ seconds: Double) -> String {
        CSVValue.number((seconds * 100).rounded() / 100).plain
    }
}

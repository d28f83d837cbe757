import NIOCore
import Synchronization

/// Runs tasks on an event loop's thread: what they share with the loop needs neither locks nor hops.
///
/// Jobs wait in a queue of their own, which one turn of the loop takes as a whole: a job costs no task of the loop.
public final class LoopExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isScheduled = false
    }

    /// Queues of one turn: then sockets have theirs.
    private static let roundsMax = 8

    private let eventLoop: any EventLoop
    private let state = Mutex(State())

    public init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = state.withLock { state in
            state.jobs.append(job)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if isFirst { eventLoop.execute { self.turn() } }
    }

    private func turn() {
        for _ in 0..<Self.roundsMax {
            let jobs = state.withLock { state in
                if state.jobs.isEmpty { state.isScheduled = false }
                defer { state.jobs = [] }
                return state.jobs
            }
            if jobs.isEmpty { return }
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
        eventLoop.execute { self.turn() }
    }
}

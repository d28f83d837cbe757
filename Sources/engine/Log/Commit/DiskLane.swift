import Synchronization

/// A thread that waits for one call to the disk at a time, so that its owner can go on.
final class DiskLane: @unchecked Sendable {
    private let gate = Gate()
    private let notify: @Sendable () -> Void

    // Guarded by `gate`.
    private var job: (() throws(DiskError) -> Void)?
    private var isStopping = false

    private let isDoneCell = Atomic<Bool>(false)
    /// Written by the thread before `isDoneCell` is set.
    private nonisolated(unsafe) var failure: DiskError?
    private var thread: PosixThread?

    /// - Parameter notify: called on the lane's thread when a job is done.
    init(notify: @escaping @Sendable () -> Void) { self.notify = notify }

    func start(name: String) {
        thread = PosixThread(name: name) { [self] in run() }
    }

    /// Finishes the job under way, and ends.
    func stop() {
        gate.withLock {
            isStopping = true
            gate.wakeAll()
        }
        thread?.join()
        thread = nil
    }

    /// Hands a job over; the one before must have been collected.
    func carryOut(_ job: @escaping () throws(DiskError) -> Void) {
        gate.withLock {
            precondition(self.job == nil)
            self.job = job
            gate.wakeAll()
        }
    }

    /// Whether `collect` has something to give. Looked at by an owner that is about to sleep: see `Doorbell`.
    var isDone: Bool { isDoneCell.load(ordering: .sequentiallyConsistent) }

    /// What became of the job that is done.
    func collect() throws(DiskError) {
        precondition(isDone)
        isDoneCell.store(false, ordering: .relaxed)
        if let failure { throw failure }
    }

    private func run() {
        while let job = next() {
            failure = nil
            do throws(DiskError) { try job() } catch { failure = error }
            gate.withLock { self.job = nil }
            isDoneCell.store(true, ordering: .sequentiallyConsistent)
            notify()
        }
    }

    private func next() -> (() throws(DiskError) -> Void)? {
        gate.withLock {
            while job == nil, !isStopping { gate.wait() }
            return job
        }
    }
}

import CPlatform
import Glibc
import Synchronization

/// Lets one thread sleep until another has work for it, with a system call only if it does sleep.
///
/// The sleeper announces itself, then looks for work once more, then sleeps. The other publishes work, then looks for
/// the announcement. Both in the one order that all threads agree on (sequentially consistent), so at least one of them
/// sees the other: no wake-up is lost. While the sleeper is busy, ringing is one load.
final class Doorbell: Sendable {
    private let descriptor: Int32
    private let isAsleep = Atomic<Bool>(false)

    init() {
        descriptor = zb_eventfd()
        precondition(descriptor >= 0, "no eventfd: \(String(cString: strerror(errno)))")
    }

    deinit { close(descriptor) }

    /// After work was published.
    func ring() {
        guard isAsleep.load(ordering: .sequentiallyConsistent),
            isAsleep.exchange(false, ordering: .sequentiallyConsistent)
        else { return }
        var one: UInt64 = 1
        while write(descriptor, &one, 8) != 8 {
            precondition(errno == EINTR, "eventfd write: \(String(cString: strerror(errno)))")
        }
    }

    /// Sleeps until rung, unless `hasWork` says that there is work. May return without either.
    ///
    /// - Parameter deadline: not longer than this, in nanoseconds of CLOCK_MONOTONIC; the kernel adds its timer slack,
    ///   50 microseconds unless it is told otherwise.
    func wait(until deadline: UInt64? = nil, unless hasWork: () -> Bool) {
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        if hasWork() || !isRung(before: deadline) {
            isAsleep.store(false, ordering: .sequentiallyConsistent)
            return
        }
        var count: UInt64 = 0
        while read(descriptor, &count, 8) != 8 {
            precondition(errno == EINTR, "eventfd read: \(String(cString: strerror(errno)))")
        }
        isAsleep.store(false, ordering: .sequentiallyConsistent)
    }

    /// False if the deadline came first. A ring that comes just then is found by the next wait, which returns at once.
    private func isRung(before deadline: UInt64?) -> Bool {
        guard let deadline else { return true }
        let now = zb_monotonic_nanoseconds()
        guard now < deadline else { return false }
        return zb_wait_readable(descriptor, deadline - now) > 0
    }
}

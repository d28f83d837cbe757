import Glibc

/// The processor time of other processes, read in about a microsecond each: clock_getcpuclockid(3).
///
/// It is what the scheduler accounts, user and system time of all threads together, ended ones included, in
/// nanoseconds; the ticks of /proc/<pid>/stat are ten million of them. A thread that is on a processor is counted up to
/// now.
public struct ProcessClock: Sendable {
    private let clocks: [clockid_t]

    /// - Returns: nil where one of the processes is not there, or may not be looked at.
    public init?(pids: [Int32]) {
        var clocks: [clockid_t] = []
        for pid in pids {
            var clock = clockid_t()
            // Of 0 the call answers with the caller's own clock, and of a negative number with none that works.
            guard pid > 0, clock_getcpuclockid(pid, &clock) == 0 else { return nil }
            clocks.append(clock)
        }
        guard !clocks.isEmpty else { return nil }
        self.clocks = clocks
    }

    /// Of all of them together, since they began; nil once one of them has ended.
    public func nanoseconds() -> UInt64? {
        var sum: UInt64 = 0
        for clock in clocks {
            var time = timespec()
            guard clock_gettime(clock, &time) == 0 else { return nil }
            sum += UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        }
        return sum
    }
}

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The clocks of the generator, in nanoseconds.
enum MonotonicClock {
    /// CLOCK_MONOTONIC, the clock of `NIODeadline` too.
    @inline(__always)
    static func now() -> UInt64 { read(CLOCK_MONOTONIC) }

    /// Wall clock since 1970.
    static func unixNow() -> Int64 { Int64(read(CLOCK_REALTIME)) }

    /// Processor time of the calling thread.
    static func threadCPU() -> UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }

    @inline(__always)
    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}

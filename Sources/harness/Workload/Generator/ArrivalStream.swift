import Randomness

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The planned times of one session's operations in an open loop.
///
/// The streams of all sessions together are the arrival process: Poisson streams add up to a Poisson process of the
/// sum of their rates, evenly spaced ones are offset so that they add up to an evenly spaced one.
struct ArrivalStream {
    /// When the next operation is planned, on the monotonic clock.
    private(set) var next: UInt64
    private let start: UInt64
    private let meanGapNanoseconds: Double
    private let isPoisson: Bool
    /// Nanoseconds from `start` to `next`, with their fraction, so that roundings do not add up.
    private var offset: Double
    private var generator: SplitMix64

    /// - Parameters:
    ///   - ratePerSecond: of all sessions together.
    ///   - session: from 0 to `sessions` - 1.
    ///   - start: the monotonic time at which the load begins.
    init(ratePerSecond: Double, arrivals: Arrivals, session: Int, sessions: Int, seed: UInt64, start: UInt64) {
        self.start = start
        meanGapNanoseconds = 1e9 * Double(sessions) / ratePerSecond
        isPoisson = arrivals == .poisson
        generator = SplitMix64(seed: seed, stream: 0x4152_5249_0000_0000 | UInt64(session))
        offset = 0
        next = start
        if isPoisson {
            advance()
        } else {
            offset = meanGapNanoseconds * Double(session) / Double(sessions)
            next = start + UInt64(offset)
        }
    }

    @inline(__always)
    mutating func advance() {
        offset += isPoisson ? -log(generator.unit()) * meanGapNanoseconds : meanGapNanoseconds
        next = start &+ UInt64(offset)
    }
}

import CPlatform

/// Nanoseconds of the monotonic clock.
enum Stopwatch {
    static var now: UInt64 { zb_monotonic_nanoseconds() }

    static func nanoseconds(_ seconds: Double) -> UInt64 { UInt64(max(0, seconds) * 1e9) }

    static func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }
}

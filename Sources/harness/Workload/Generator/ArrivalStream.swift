import Randomness

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The planned times of one session's operations in an open loop.
///
/// The streams of all sessions together are the arrival process: Poisson streams add up to a Poisson process of the
/// sum of their rates, evenly spaced ones are offset so that they add up to an evenly spaced one. Where the rate changes
/// (`RateProfile`), the same holds of its integral: evenly spaced is then each whole number of operations. Recorded ones
/// are planned when they were recorded.
struct ArrivalStream {
    /// When the next operation is planned, on the monotonic clock; `.max` where no more are.
    private(set) var next: UInt64
    private let start: UInt64
    private let isPoisson: Bool
    /// One rate all the time: said apart, so that streams of one do not touch the reference at each operation.
    private let isEven: Bool
    /// Nil for one rate all the time.
    private let course: Course?
    /// Between two operations of this session: nanoseconds; with a course, operations of all sessions, or, of recorded ones,
    /// of this one.
    private let meanGap: Double
    /// From `start` to `next` in the same unit, with its fraction, so that roundings do not add up.
    private var offset: Double
    private var generator: SplitMix64

    /// What is not evenly planned or drawn at one rate. A reference, so that the streams of one rate, which have none, are no
    /// larger for it.
    private final class Course {
        enum Kind {
            case rates(RateCourse)
            /// Of this session; whoever has them lives longer than the stream.
            case recorded(UnsafeBufferPointer<RecordedOperation>)
        }

        let kind: Kind

        init(_ kind: Kind) { self.kind = kind }

        /// When so many operations have been planned, nanoseconds from the start; nil where no more are.
        @inline(never)
        func nanoseconds(count: Double) -> UInt64? {
            switch kind {
            case .rates(let rates):
                let seconds = rates.seconds(count: count)
                return seconds < ArrivalStream.secondsMax ? UInt64(seconds * 1e9) : nil
            case .recorded(let operations):
                return Int(count) < operations.count ? operations[Int(count)].at : nil
            }
        }
    }

    /// Later times are none that anybody waits for.
    private static let secondsMax = 1e9

    /// - Parameters:
    ///   - ratePerSecond: of all sessions together; with a course, that counts.
    ///   - session: from 0 to `sessions` - 1.
    ///   - start: the monotonic time at which the load begins.
    init(
        ratePerSecond: Double,
        arrivals: Arrivals,
        course: RateCourse? = nil,
        session: Int,
        sessions: Int,
        seed: UInt64,
        start: UInt64
    ) {
        self.start = start
        self.course = course.map { Course(.rates($0)) }
        isEven = course == nil
        meanGap = course == nil ? 1e9 * Double(sessions) / ratePerSecond : Double(sessions)
        isPoisson = arrivals == .poisson
        generator = SplitMix64(seed: seed, stream: 0x4152_5249_0000_0000 | UInt64(session))
        offset = 0
        next = start
        if isPoisson {
            advance()
        } else {
            offset = meanGap * Double(session) / Double(sessions)
            next = planned
        }
    }

    /// - Parameters:
    ///   - operations: those of the session; the stream must not live longer.
    ///   - start: the monotonic time at which the recording begins.
    init(recorded operations: UnsafeBufferPointer<RecordedOperation>, start: UInt64) {
        self.start = start
        course = Course(.recorded(operations))
        meanGap = 1
        isPoisson = false
        isEven = false
        generator = SplitMix64(seed: 0, stream: 0)
        offset = 0
        next = start
        next = planned
    }

    /// Of recorded operations, the place of the next one.
    var index: Int { Int(offset) }

    @inline(__always)
    mutating func advance() {
        guard isEven else { return advanceOnCourse() }
        offset += gap
        next = evenly
    }

    @inline(never)
    private mutating func advanceOnCourse() {
        offset += gap
        next = planned
    }

    /// To the next operation, drawn where it is drawn.
    @inline(__always)
    private var gap: Double {
        mutating get { isPoisson ? -log(generator.unit()) * meanGap : meanGap }
    }

    /// Of one rate. By way of a signed number, which no processor needs two conversions for.
    @inline(__always)
    private var evenly: UInt64 { start &+ UInt64(bitPattern: Int64(offset)) }

    private var planned: UInt64 {
        guard let course else { return evenly }
        return course.nanoseconds(count: offset).map { start &+ $0 } ?? .max
    }
}

/// A profile with the warm-up before it, from the start of the load on.
struct RateCourse: Sendable {
    private let profile: RateProfile
    private let warmUpSeconds: Double
    private let warmUpCount: Double

    init(_ profile: RateProfile, warmUpSeconds: Double) {
        self.profile = profile
        self.warmUpSeconds = warmUpSeconds
        warmUpCount = warmUpSeconds * profile.first
    }

    func seconds(count: Double) -> Double {
        count < warmUpCount
            ? count / profile.first : warmUpSeconds + profile.seconds(count: count - warmUpCount)
    }
}

extension LoadPlan {
    /// The planned times of one session; nil in a closed loop, which plans nothing, and of a recording, which the ledger has.
    func arrivals(session: Int, start: UInt64) -> ArrivalStream? {
        guard replay == nil, case .open(let rate, let arrivals) = mode else { return nil }
        return ArrivalStream(
            ratePerSecond: rate,
            arrivals: arrivals,
            course: profile.map { RateCourse($0, warmUpSeconds: warmUpSeconds) },
            session: session,
            sessions: clients,
            seed: seed,
            start: start
        )
    }
}

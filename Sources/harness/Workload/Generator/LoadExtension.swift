import Statistics
import Synchronization

/// How far the measured part of a load goes on beyond its planned end if too little was done until then.
public struct LoadExtension: Sendable, Hashable {
    /// With as many operations answered without an error the load ends as planned.
    public var fewestOperations: Int
    /// The measured part in all, at most.
    public var longestSeconds: Double
    /// Besides, the interval of the response p99 must be as narrow (`LoadResult.responseP99Precision`); nil for any.
    public var precision: Double?

    public init(fewestOperations: Int, longestSeconds: Double, precision: Double? = nil) {
        self.fewestOperations = fewestOperations
        self.longestSeconds = longestSeconds
        self.precision = precision
    }

    /// The usual bound for a load that was planned to be measured for so long: ten times that and at least a minute, but
    /// no more than ten minutes on top. A load that has too little by then would need another plan, not more patience.
    public static func longestSeconds(planned seconds: Double) -> Double {
        max(60, min(10 * seconds, seconds + 600))
    }
}

/// Where the measured part of one load ends: decided once for each end that comes near, for all of its lanes.
///
/// Each lane asks a little before an end. The first to ask counts what all have completed so far, which can only be too
/// little, and the others get its answer, so no two lanes end in different seconds.
final class MeasuredEnd: Sendable {
    /// How many operations one lane has completed in the measured part, as far as it has said.
    final class Tally: Sendable {
        private let count = Atomic<Int>(0)
        fileprivate var value: Int { count.load(ordering: .relaxed) }
        func note(_ completed: Int) { count.store(completed, ordering: .relaxed) }
    }

    private struct State {
        /// The end that was decided last; nil before anybody asked.
        var end: UInt64?
        var isFinal = false
        /// It was the longest time that ended it.
        var isTimeUp = false
        /// The p99 of each whole second so far.
        var batches: [Double] = []
    }

    /// A part that goes on does so for this long, and then it is asked again.
    static let step: UInt64 = 1_000_000_000
    /// Lanes ask so long before an end, so that all know when it comes; a short part's last tenth.
    private static let lead: UInt64 = 20_000_000

    private let wish: LoadExtension
    private let tallies: [Tally]
    private let state = Mutex(State())

    init(_ wish: LoadExtension, tallies: [Tally]) {
        self.wish = wish
        self.tallies = tallies
    }

    /// When a lane is to ask about `end`; nanoseconds like the others.
    static func askingTime(start: UInt64, end: UInt64) -> UInt64 { end - min(lead, (end - start) / 10) }

    /// A second is over.
    func note(_ second: SecondSample?) {
        guard wish.precision != nil, let p99 = second?.batchP99 else { return }
        state.withLock { $0.batches.append(p99) }
    }

    /// Whether the load was ended by its time, without having what it was to go on for.
    var isTimeUp: Bool { state.withLock { $0.isTimeUp } }

    /// The second that is about to end is not among those that are looked at: its answers are still being counted.
    private func isPrecise(_ batches: [Double]) -> Bool {
        guard let precision = wish.precision else { return true }
        return BatchInterval.relativeHalfWidth(batches).map { $0 <= precision } ?? false
    }

    /// Where the measured part ends that began at `start` and is to end at `end`: there, or later.
    func end(start: UInt64, planned end: UInt64) -> UInt64 {
        state.withLock { state in
            if let decided = state.end, state.isFinal || decided > end { return decided }
            let latest = start + UInt64(max(0, wish.longestSeconds) * 1e9)
            let completed = tallies.reduce(0) { $0 + $1.value }
            let isEnough = completed >= wish.fewestOperations && isPrecise(state.batches)
            state.isTimeUp = !isEnough && end >= latest
            state.isFinal = isEnough || end >= latest
            let decided = state.isFinal ? end : min(end + Self.step, latest)
            state.end = decided
            return decided
        }
    }
}

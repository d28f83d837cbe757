import CPlatform
import Histogram

/// What a recipe's lane counts. Confined to its loop.
final class RecipeCounters {
    private(set) var completed = 0
    private(set) var reads = 0
    private(set) var writes = 0
    private(set) var refusals = 0
    private(set) var response = LoadLane.histogram(.three)
    private var stretch = LoadLane.histogram(.two)
    private(set) var longestSilence: UInt64 = 0
    private var lastAnswer: UInt64 = 0
    private var isMeasuring = false
    private var before = (reads: 0, writes: 0, refusals: 0)
    private(set) var measured = (reads: 0, writes: 0, refusals: 0)

    func open(_ now: UInt64) { lastAnswer = now }

    /// A read was answered, whatever the answer was.
    func read() {
        reads += 1
        answered(zb_monotonic_nanoseconds())
    }

    func wrote() {
        writes += 1
        answered(zb_monotonic_nanoseconds())
    }

    /// A write was refused since another session was faster.
    func cameTooLate() {
        refusals += 1
        answered(zb_monotonic_nanoseconds())
    }

    /// Something came from a server.
    func answered(_ now: UInt64) {
        if isMeasuring { longestSilence = max(longestSilence, now &- lastAnswer) }
        lastAnswer = now
    }

    func completed(in nanoseconds: UInt64, isMeasured: Bool) {
        completed += 1
        _ = stretch.record(nanoseconds)
        if isMeasured { _ = response.record(nanoseconds) }
    }

    /// A recipe without an end took at least so long.
    func unfinished(_ nanoseconds: UInt64) { _ = response.record(nanoseconds) }

    func beginMeasuring() {
        isMeasuring = true
        lastAnswer = max(lastAnswer, zb_monotonic_nanoseconds())
        before = (reads, writes, refusals)
    }

    /// - Parameter end: of the measured part; the silence that it cuts short counts too.
    func endMeasuring(_ end: UInt64) {
        if end > lastAnswer { longestSilence = max(longestSilence, end - lastAnswer) }
        isMeasuring = false
        measured = (reads - before.reads, writes - before.writes, refusals - before.refusals)
    }

    func takeStretch() -> Histogram<UInt64> {
        defer { stretch = LoadLane.histogram(.two) }
        return stretch
    }
}

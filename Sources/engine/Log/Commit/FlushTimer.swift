/// When the log is synced beside the writes, and after they have been acknowledged: an interval after the first write
/// that no sync covers, one sync at a time.
struct FlushTimer {
    private enum State { case resting, begun, done }

    private let interval: UInt64
    private var state = State.resting
    /// When the next sync is to begin; nil if there is nothing to sync, or a sync is under way.
    private(set) var due: UInt64?

    init(milliseconds: Int) { interval = UInt64(milliseconds) * 1_000_000 }

    var isUnderway: Bool { state == .begun }

    mutating func noteWrite(at now: UInt64) {
        if due == nil, state == .resting { due = now + interval }
    }

    mutating func noteDone() {
        precondition(state == .begun)
        state = .done
    }

    mutating func next(at now: UInt64) -> LogScheduler.Step? {
        if state == .done { return .settleFlush }
        guard let due, now >= due else { return nil }
        self.due = nil
        return .beginFlush
    }

    mutating func noteBegun() { state = .begun }

    /// - Parameter isDirty: something was written while it was under way.
    mutating func noteSettled(isDirty: Bool, at now: UInt64) {
        precondition(state == .done)
        state = .resting
        if isDirty { due = now + interval }
    }
}

/// When each of two loads sends, on the monotonic clock: one turn the first, one turn the second, and so on.
struct TurnSchedule: Sendable, Hashable {
    /// Of the first turn; nanoseconds like the other two.
    let start: UInt64
    let length: UInt64
    /// The end of each turn, in which nothing more is sent: the answers come, and the servers fall idle.
    let rest: UInt64
    /// Whether this load has the first turn.
    let isFirst: Bool

    /// Whether this load may send at `time`.
    func isSending(at time: UInt64) -> Bool {
        guard time >= start else { return false }
        let (turn, place) = (time - start).quotientAndRemainder(dividingBy: length)
        return isOwn(turn) && place < length - rest
    }

    /// When this load next begins or ends to send, after `time`.
    func nextChange(after time: UInt64) -> UInt64 {
        guard time >= start else { return isFirst ? start : start + length }
        let (turn, place) = (time - start).quotientAndRemainder(dividingBy: length)
        let begin = start + turn * length
        guard isOwn(turn) else { return begin + length }
        return place < length - rest ? begin + length - rest : begin + 2 * length
    }

    /// The next border before a turn of this load, a rest before it may send, at `time` or after.
    func nextBorder(from time: UInt64) -> UInt64 {
        let first = start - rest + (isFirst ? 0 : length)
        guard time > first else { return first }
        let rounds = (time - first + 2 * length - 1) / (2 * length)
        return first + rounds * 2 * length
    }

    private func isOwn(_ turn: UInt64) -> Bool { turn.isMultiple(of: 2) == isFirst }
}

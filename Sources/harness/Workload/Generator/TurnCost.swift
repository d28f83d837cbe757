/// What one turn of a load cost the servers: the writes sent in it, and the processor time from its border to the
/// border of the load's next turn.
///
/// The last answers of a turn come in the other load's turn, and so does their processor time. At the border before the
/// next turn of its own a load has no request under way and its servers are idle, so both figures are of the same
/// writes, and a reading that is a little late is not wrong. (At the end of a turn a thousand writes may be half done.)
public struct TurnCost: Sendable, Hashable {
    /// CLOCK_MONOTONIC, the border before the turn.
    public var atNanoseconds: UInt64
    /// Answered without an error.
    public var writes: Int
    /// Processor time of all servers together.
    public var processorNanoseconds: UInt64
    /// No request was under way at either border, so nothing of another turn is in it.
    public var isWhole: Bool

    public init(atNanoseconds: UInt64, writes: Int, processorNanoseconds: UInt64, isWhole: Bool) {
        self.atNanoseconds = atNanoseconds
        self.writes = writes
        self.processorNanoseconds = processorNanoseconds
        self.isWhole = isWhole
    }
}

/// What one lane saw at the border before a turn of its load, or when it had its last answer.
struct TurnMark: Sendable {
    /// When it was due; the same in all lanes. `.max` for the end.
    var border: UInt64
    /// When it was made.
    var at: UInt64
    /// Answered since the load began.
    var writes: Int
    /// Of all servers; nil where nobody can know.
    var processor: UInt64?
    var isIdle: Bool
}

extension TurnCost {
    /// Puts the lanes' marks together.
    ///
    /// - Parameters:
    ///   - lanes: each lane's marks in the order of time.
    ///   - from: the first border that counts.
    /// - Returns: the turns in order; none where a mark is missing or the processor time is not known.
    static func costs(_ lanes: [[TurnMark]], from: UInt64) -> [TurnCost] {
        var marks: [TurnMark] = []
        for (place, lane) in lanes.enumerated() {
            let counted = lane.filter { $0.border >= from }
            guard place > 0 else {
                marks = counted
                continue
            }
            guard counted.map(\.border) == marks.map(\.border) else { return [] }
            for (index, mark) in counted.enumerated() {
                // Before a turn the first to look saw it before anyone sent; at the end the last one had its answers.
                let isSooner = mark.at < marks[index].at
                if isSooner == (mark.border != .max) {
                    marks[index].at = mark.at
                    marks[index].processor = mark.processor
                }
                marks[index].writes += mark.writes
                marks[index].isIdle = marks[index].isIdle && mark.isIdle
            }
        }
        guard marks.last?.border == .max else { return [] }
        var costs: [TurnCost] = []
        for (one, next) in zip(marks, marks.dropFirst()) {
            guard let before = one.processor, let after = next.processor, after >= before else { return [] }
            costs.append(
                TurnCost(
                    atNanoseconds: one.border,
                    writes: next.writes - one.writes,
                    processorNanoseconds: after - before,
                    isWhole: one.isIdle && next.isIdle
                )
            )
        }
        return costs
    }
}

import Results
import Workload

extension TurnRow {
    static func rows(_ result: LoadResult, tag: RunTag) -> [TurnRow] {
        result.turns.enumerated().map { index, turn in
            TurnRow(
                tag: tag,
                turn: index + 1,
                elapsedSeconds: Double(turn.atNanoseconds &- result.startedAtMonotonicNanoseconds) / 1e9,
                writes: turn.writes,
                cpuMicroseconds: Double(turn.processorNanoseconds) / 1000,
                isWhole: turn.isWhole
            )
        }
    }

    /// Over all turns; nil where there are none, or no writes.
    static func microsecondsPerWrite(_ turns: [TurnCost]) -> Double? {
        let writes = turns.reduce(0) { $0 + $1.writes }
        guard writes > 0 else { return nil }
        return turns.reduce(0) { $0 + Double($1.processorNanoseconds) } / 1000 / Double(writes)
    }
}

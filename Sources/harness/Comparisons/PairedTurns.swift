import Glibc
import Results

/// The processor time per write of a pair whose two loads took turns, compared turn by turn.
///
/// Over whole runs the processor time per write is as noisy as the throughput and more: where processors are the limit,
/// the servers get about the same processor time in every turn, however many writes come of it, so one is the other
/// turned round, and a turn in which the disk stood still adds its time to nearly no writes. But a turn and the other
/// load's turn after it are 50 ms apart and meet the same neighbours, so it is their ratio that says something, and the
/// middle half of the ratios leaves out what met only one of them.
///
/// What costs something in fewer than a quarter of the turns (a snapshot now and then) is left out, too. Rows hold the
/// whole runs' figures, so it can be seen there.
enum PairedTurns {
    /// Fewer have no middle worth the name.
    static let fewest = 8

    /// How many times A's processor time per write B's is: the interquartile mean over the turns, of the logarithms.
    ///
    /// - Parameters:
    ///   - baseline: microseconds a write of each turn of A; nil of a turn in which nothing was answered.
    ///   - candidate: of B, in the same order.
    /// - Returns: nil where there are too few turns.
    static func ratio(_ baseline: [Double?], _ candidate: [Double?]) -> Double? {
        let logs = zip(baseline, candidate).compactMap { a, b -> Double? in
            guard let a, let b, a > 0, b > 0 else { return nil }
            return log(b / a)
        }.sorted()
        guard logs.count >= fewest else { return nil }
        let middle = logs[logs.count / 4..<logs.count - logs.count / 4]
        return exp(middle.reduce(0, +) / Double(middle.count))
    }

    /// Both sides of a pair with the processor time that their turns give. They keep their geometric mean, so neither
    /// is the measure of the other, and a swap of the sides gives the reciprocal.
    static func values(
        _ a: StoredRuns.Run,
        _ b: StoredRuns.Run
    ) -> (baseline: [String: Double], candidate: [String: Double]) {
        let name = "cpu_us_per_write"
        var (before, after) = (a.values, b.values)
        guard let one = before[name], let other = after[name], one > 0, other > 0,
            let ratio = ratio(a.turnCosts, b.turnCosts)
        else { return (before, after) }
        let middle = (one * other).squareRoot()
        before[name] = middle / ratio.squareRoot()
        after[name] = middle * ratio.squareRoot()
        return (before, after)
    }

    /// By run, microseconds a write of each turn.
    static func costs(_ turns: [TurnRow]) -> [String: [Double?]] {
        Dictionary(grouping: turns, by: \.tag.runID).mapValues { rows in
            rows.map { $0.writes > 0 ? $0.cpuMicroseconds / Double($0.writes) : nil }
        }
    }
}

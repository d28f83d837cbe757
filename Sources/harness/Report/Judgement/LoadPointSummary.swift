import Results
import Statistics

/// All repeats of one combination of system, ensemble and load, with medians over the valid ones.
public struct LoadPointSummary: Sendable {
    public var key: LoadKey
    public var rows: [SummaryRow]

    public var valid: [SummaryRow] { rows.filter(\.isValid) }

    /// Whether every run was asked for more than the servers can do, and nothing else was wrong.
    public var isOverloaded: Bool { rows.allSatisfy { RunValidity.isOverload($0.invalidReasons) } }

    /// Whether each load has a result. In a sweep over logs a rate that is too high for one of them is an answer, as long
    /// as another can do it: then that one has the result. So it is on a curve, as long as a lower rate has one, and where
    /// there is an objective, which is then missed.
    public static func areAnswered(_ groups: [LoadPointSummary]) -> Bool {
        let sweep = LogSweep(groups)
        return groups.allSatisfy { group in
            guard group.valid.isEmpty else { return true }
            if group.key.isOfCurve {
                return group.isBeyondKnee
                    && groups.contains { $0.key.curve == group.key.curve && !$0.valid.isEmpty }
            }
            if group.isOverloaded, group.holdsObjective == false { return true }
            return sweep.isSweep && group.isOverloaded
                && groups.contains { $0.key.isSameLoad(as: group.key) && !$0.valid.isEmpty }
        }
    }

    /// How a session ends that has made these runs, and nothing else went wrong: a lost write outweighs everything; a load
    /// point without a single valid run is a failed run, before an objective that was missed. Where faults are made, they
    /// are what was measured: a rate that was too high, or a short load, is no failure.
    public static func status(of rows: [SummaryRow], faults: [ElectionRow]) -> ExitStatus {
        if rows.contains(where: { $0.invalidReasons.contains { $0.hasPrefix(RunValidity.violation) } }) {
            return .lostWrite
        }
        guard faults.isEmpty else { return faults.allSatisfy(\.isComplete) ? .pass : .failed }
        let groups = grouped(rows)
        guard !rows.isEmpty, areAnswered(groups) else { return .failed }
        let isMissed =
            groups.contains { !$0.key.isOfCurve && $0.holdsObjective == false }
            || LoadCurve.all(of: rows).contains(where: \.missesObjective)
        return isMissed ? .objectiveMissed : .pass
    }

    /// Whether more than half of the runs hold the load's objective; one that was overloaded does not. Nil without an
    /// objective, or where no run can tell.
    public var holdsObjective: Bool? {
        let told = rows.filter { $0.isValid || RunValidity.isOverload($0.invalidReasons) }
            .compactMap(\.holdsObjective)
        return told.isEmpty ? nil : told.count { $0 } * 2 > told.count
    }

    /// Whether it is a curve's point at which all runs were asked for more than the servers, or the generator, can do.
    var isBeyondKnee: Bool { key.isOfCurve && rows.allSatisfy(\.isBeyondKnee) }

    /// Median, least and greatest of one figure over the valid repeats; nil where there is none.
    public func distribution(_ figure: (SummaryRow) -> Double?) -> Distribution? {
        Distribution(valid.compactMap(figure))
    }

    /// Groups rows, ordered by system, ensemble, load and log, so that a shuffled order of runs does not show.
    public static func grouped(_ rows: [SummaryRow]) -> [LoadPointSummary] {
        Dictionary(grouping: rows, by: LoadKey.init).sorted { $0.key < $1.key }
            .map { LoadPointSummary(key: $0.key, rows: $0.value) }
    }

    /// What is proven about the strategy: the same in all rows.
    public var durability: SummaryRow.Durability { rows.first?.durability ?? SummaryRow.Durability() }

    /// As tables and charts name the load.
    public var loadName: String { key.loadName }
}

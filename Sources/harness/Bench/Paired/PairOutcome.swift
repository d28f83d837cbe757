import Report
import Workload

/// How a pair of runs ended, from how its two sides did.
public enum PairOutcome: Sendable, Equatable {
    /// Both sides made all their runs, valid or not.
    case whole
    /// These lost or reordered acknowledged writes; no more pairs are to be made.
    case violated([LoadTurns.Side])
    case interrupted
    /// A run is missing: the pairs after this one would be pairs of different rounds.
    case broken

    /// How one side ended.
    struct SideEnd: Sendable, Equatable {
        /// Of its session.
        var exitCode: ExitStatus
        /// Something went wrong before all runs were made.
        var hasFailed = false
        /// Runs that were made.
        var rows: Int
    }

    /// - Parameters:
    ///   - ends: of the sides that began.
    ///   - wasInterrupted: by the user; a side that was cancelled since the other failed ends alike.
    init(_ ends: [LoadTurns.Side: SideEnd], wasInterrupted: Bool) {
        // A lost write outweighs everything.
        let violated = LoadTurns.Side.allCases.filter { ends[$0]?.exitCode == .lostWrite }
        guard violated.isEmpty else {
            self = .violated(violated)
            return
        }
        guard !wasInterrupted else {
            self = .interrupted
            return
        }
        let rows = Set(ends.values.map(\.rows))
        let isWhole =
            ends.count == LoadTurns.Side.allCases.count && rows.count == 1 && !rows.contains(0)
            && ends.values.allSatisfy { !$0.hasFailed && $0.exitCode != .interrupted }
        self = isWhole ? .whole : .broken
    }
}

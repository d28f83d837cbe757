import Measure
import Results

extension LoadPointSummary {
    /// Whether its rows compare with no other system's.
    var isDurabilityUnequal: Bool { rows.contains(where: \.context.isDurabilityUnequal) }

    /// Valid runs that others disturbed.
    var disturbed: [SummaryRow] { valid.filter { $0.foreign.isMarked == true } }
}

/// How a disturbed row is marked, and what is said of it.
enum ForeignMark {
    static let mark = "!"

    /// - Parameters:
    ///   - text: of a cell.
    ///   - isMarked: whether it is of a disturbed row.
    ///   - isWanted: whether any row of the table is: then the others have a blank, so that the figures line up.
    static func cell(_ text: String, isMarked: Bool, isWanted: Bool) -> String {
        isWanted ? text + (isMarked ? mark : " ") : text
    }

    /// - Parameters:
    ///   - taken: of all processors, by the worst of the marked runs.
    ///   - marked: runs that are marked.
    static func note(taken: Double, marked: Int, of runs: Int) -> String {
        "\(mark) Other programs used up to \(Limiter.percent(taken)) of the processors in \(marked) of \(Count(runs, "run")): "
            + "these rows are not comparable. Repeat them on a quiet machine, or with --wait-quiet."
    }
}

extension SummaryTable {
    /// What others took from these rows, and what is wrong with their calibration or their durability.
    static func trustNotes(_ groups: [LoadPointSummary]) -> [String] {
        var notes: [String] = []
        if groups.contains(where: \.isDurabilityUnequal) {
            notes.append(
                "UNEQUAL DURABILITY: not every system here syncs what it acknowledges (manifest.json says which), so rows of "
                    + "different systems do not compare."
            )
        }
        let disturbed = groups.flatMap(\.disturbed)
        if let worst = disturbed.compactMap(\.foreign.load?.taken).max() {
            let runs = groups.flatMap(\.valid).count
            notes.append(ForeignMark.note(taken: worst, marked: disturbed.count, of: runs))
        }
        for note in groups.flatMap(\.valid).compactMap(\.limits.note) where !notes.contains(note + ".") {
            notes.append(note + ".")
        }
        return notes
    }
}

extension HTMLReport.Group {
    /// The mark of a group with disturbed runs.
    var mark: String { point.disturbed.isEmpty ? "" : " " + ForeignMark.mark }
}

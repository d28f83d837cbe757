import Foundation
import Measure
import Report
import Results
import Workload

/// What others had of the processors while each side of a pair was measured: a row of pairs.csv.
public struct PairRow: Equatable, Sendable {
    /// From 1.
    var pair: Int
    /// The load's place in the workload, from 1.
    var load: Int
    var runIDs: [LoadTurns.Side: String] = [:]
    var loads: [LoadTurns.Side: ForeignLoad] = [:]

    /// A part of all processors by which the two sides' neighbours may differ: beyond it the ratio may be theirs.
    static let differenceMax = 0.02

    /// How much more others had in B's turns than in A's; nil where it is not known of both.
    var difference: Double? { loads[.b].flatMap { b in loads[.a].map { b.taken - $0.taken } } }

    /// - Parameter runs: of the two sides.
    static func rows(pair: Int, runs: [LoadTurns.Side: [SummaryRow]]) -> [PairRow] {
        let count = runs.values.map(\.count).max() ?? 0
        return (0..<count).map { place in
            var row = PairRow(pair: pair, load: place + 1)
            for (side, runs) in runs where place < runs.count {
                row.runIDs[side] = runs[place].tag.runID
                row.loads[side] = runs[place].foreign.load
            }
            return row
        }
    }
}

extension PairRow: CSVRow {
    public static var file: String { "pairs.csv" }

    public static let columns: [Column<PairRow>] =
        [
            Column("schema_version", of: { _ in RunTag.schemaVersion }, "as in the other files"),
            Column("pair", of: \.pair, "from 1"),
            Column("load", of: \.load, "the load's place in the workload, from 1"),
        ]
        + LoadTurns.Side.allCases.flatMap { side in
            [
                Column("\(side)_run_id", of: { $0.runIDs[side] }, "the run of side \(side) in its summary.csv"),
                Column(
                    "\(side)_foreign_cpu_share",
                    of: { $0.loads[side]?.share },
                    "of all processors, used by other processes in the turns of side \(side)"
                ),
                Column("\(side)_steal_share", of: { $0.loads[side]?.steal }, "given to other machines in those turns"),
            ]
        }
}

extension [PairRow] {
    /// What a reader of the verdict must know of the neighbours: a line each, none for a quiet machine.
    var warnings: [String] {
        var lines: [String] = []
        func percent(_ share: Double) -> String { ConsoleTable.threeDigits(share * 100) + " %" }
        let marked = filter { row in row.loads.values.contains(where: \.isAboveBound) }
        if let worst = flatMap({ $0.loads.values.map(\.taken) }).max(), !marked.isEmpty {
            lines.append(
                "others had up to \(percent(worst)) of the processors; in \(marked.count) of \(count) comparisons of a "
                    + "pair it was \(percent(ForeignLoad.bound)) or more: make it again on a quiet machine, or with "
                    + "--wait-quiet"
            )
        }
        let differences = compactMap(\.difference)
        guard !differences.isEmpty else { return lines }
        let mean = differences.reduce(0, +) / Double(differences.count)
        if abs(mean) > PairRow.differenceMax {
            lines.append(
                "others had \(percent(abs(mean))) of the processors more while \(mean > 0 ? "B" : "A") was measured: "
                    + "the difference of the two may be theirs"
            )
        }
        return lines
    }
}

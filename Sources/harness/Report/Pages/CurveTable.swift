import Results
import Statistics

/// The curves for a terminal: a row for each load on each ensemble, with the capacity, the knee and the highest rate
/// that holds the objective.
public enum CurveTable {
    /// Empty where there is no curve.
    public static func text(_ rows: [SummaryRow], on display: Display = .document) -> String {
        let curves = LoadCurve.all(of: rows)
        guard !curves.isEmpty else { return "" }
        let names = SettingNames(curves.map(\.key))
        let hasObjective = curves.contains { !$0.objective.isEmpty }
        var table = ConsoleTable(
            columns: [
                .init("curve", .left, isProse: true, proseMin: 26), .init("capacity/s", .right),
                .init("knee/s", .right),
            ] + (hasObjective ? [.init("objective held up to", .right)] : [])
        )
        for curve in curves {
            table.rows.append(
                [names.setting(curve.key), cell(curve.capacity), kneeCell(curve)]
                    + (hasObjective ? [objectiveCell(curve)] : [])
            )
        }
        return table.text(on: display) + display.paragraphs(notes(curves))
    }

    /// `95,000 ±3 %`; without repeats the figure alone.
    static func cell(_ found: Distribution?) -> String {
        found.map { $0.error.beside(ConsoleTable.grouped($0.median)) } ?? "-"
    }

    /// A knee, or what stands in its place.
    static func kneeCell(_ curve: LoadCurve) -> String {
        guard let knee = curve.knee else { return "-" }
        switch knee.end {
        case .bend: return knee.rate == nil ? "below the lowest rate" : cell(knee.rate)
        case .curve: return "above \(cell(knee.rate))"
        case .generator:
            let bound = curve.generatorBound ?? curve.capacity?.median
            return "none: the generator's bound" + (bound.map { ", \(ConsoleTable.grouped($0))" } ?? "")
        }
    }

    static func objectiveCell(_ curve: LoadCurve) -> String {
        guard !curve.objective.isEmpty else { return "-" }
        guard let rate = curve.objectiveRate else { return curve.missesObjective ? "MISSED at every rate" : "-" }
        return cell(rate) + "/s"
    }

    static func notes(_ curves: [LoadCurve]) -> [String] {
        var notes = [
            "capacity: a closed loop of the same sessions. knee: the highest offered rate of which at least "
                + "\(percent(SummaryRow.keptUpShare)) are achieved, with a p99 of at most "
                + "\(Int(CurvePass.slowdown)) times that at the lowest rate (docs/guides/curve.md)."
        ]
        if let words = curves.first(where: { !$0.objective.isEmpty })?.objective.words {
            notes.append("objective: response \(words).")
        }
        if curves.contains(where: { $0.passes.count == 1 }) {
            notes.append("One curve alone has no interval: --repeats 5 measures it.")
        }
        let rows = curves.flatMap(\.passes).flatMap(\.measured).filter { $0.precision.isTimeUp == true && $0.isValid }
        if !rows.isEmpty {
            let widest = rows.compactMap(\.precision.responseP99).max().map { ", the widest to ±\(percent($0))" } ?? ""
            notes.append(
                "\(Count(rows.count, "point")) ended by time (longest_s) before the p99 was known as well as it was to be"
                    + "\(widest): response_p99_precision in summary.csv."
            )
        }
        for curve in curves {
            guard let knee = curve.knee, knee.passes < curve.passes.count else { continue }
            notes.append(
                "\(curve.key.label): the knee was seen in \(knee.passes) of \(Count(curve.passes.count, "repeat"))."
            )
        }
        return notes
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}

import Report
import Results
import Words

/// What a summary.csv says of itself, where it is not whole.
extension StoredRuns {
    /// A line for each kind of trouble with rows and cells that are left out.
    static func doubts(_ file: ResultsFile<SummaryRow>, path: String) -> [String] {
        var doubts: [String] = []
        if file.cutLine != nil { doubts.append("\(path): the last line breaks off, so its run is left out") }
        let lost = file.linesLeftOut
        if lost > 0 {
            doubts.append(
                "\(path): \(CountedNoun.text(lost, "line is no complete run", "lines are no complete runs")), and left out"
            )
        }
        for metric in ComparedMetric.all {
            let odd =
                file.badCells.filter { $0.column == metric.name }.map(\.text)
                + file.rows.compactMap(metric.figure).filter { !Run.isFigure($0) }.map { "\($0)" }
            guard let first = odd.first else { continue }
            let runs = CountedNoun.text(odd.count, "run")
            doubts.append("\(path): \(metric.name) is no figure in \(runs) (\(first)), and left out of them")
        }
        return doubts
    }

    /// The lengths of the loads' runs in seconds, for folders whose manifest is lost: of each load that was run for a
    /// planned time. The runs of a load with faults end when the faults do, and differ.
    ///
    /// What was planned counts: a run that went on until it had enough operations is a repeat of one that had them.
    static func durations(_ rows: [SummaryRow]) -> String {
        let byLoad = Dictionary(grouping: rows, by: LoadKey.init)
        let planned = byLoad.values.compactMap { rows -> Double? in
            if let planned = rows.compactMap(\.plannedSeconds).first { return planned }
            // Of a version that did not write it, and whose runs all ended as planned.
            let seconds = rows.map(\.durationSeconds)
            guard let low = seconds.min(), let high = seconds.max(), high - low <= 0.05 else { return nil }
            // What was measured is a few milliseconds off.
            return (seconds[0] * 10).rounded() / 10
        }
        return planned.isEmpty ? "unknown" : Set(planned).sorted().map { "\($0)" }.joined(separator: ", ")
    }
}

extension StoredRuns.Run {
    /// None of the metrics can be below zero, or infinite.
    static func isFigure(_ value: Double) -> Bool { value.isFinite && value >= 0 }
}

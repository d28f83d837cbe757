import Results

/// What is said of a run as soon as it is done: its own figures with what they rest on, and, from the second repeat on, what
/// the repeats say together.
public enum RunLine {
    /// - Parameters:
    ///   - row: of the run.
    ///   - log: what tells its log from others' of the sweep; empty where nothing does.
    ///   - rows: of all runs so far, this one among them.
    public static func text(_ row: SummaryRow, log: String, among rows: [SummaryRow]) -> String {
        let key = LoadKey(row)
        let one = LoadPointSummary(key: key, rows: [row])
        let head = "\(row.tag.system), \(key.serversInWords), \(one.loadName)\(log): "
        // A run that is no result says its figures all the same, with the reason.
        var shown = row
        shown.invalidReasons = []
        let point = LoadPointSummary(key: key, rows: [shown])
        func text(_ figure: LoadFigure) -> String { PointFigure(point, figure)?.text ?? "-" }
        var line = head + "\(text(.achieved))/s in \(FigureNotes.windows([row])), response p50 \(text(.responseP50)), "
        line += "p99 \(text(.responseP99))"
        if let operations = PointFigure(point, .responseP99)?.restsOn {
            let all = ConsoleTable.grouped(Double(row.context.operationsCompleted))
            line += " (the slowest \(ConsoleTable.grouped(Double(operations))) of \(all))"
        }
        guard !row.isBeyondKnee else {
            return line + ", beyond the knee: \(row.invalidReasons.joined(separator: "; "))"
        }
        guard row.isValid else { return line + ", not a result: \(row.invalidReasons.joined(separator: "; "))" }
        let all = LoadPointSummary(key: key, rows: rows.filter { LoadKey($0) == key })
        if all.hasRepeats, let median = PointFigure(all, .achieved) {
            line += "; \(all.valid.count) runs so far: \(median.text)/s \(median.errorText)"
        }
        return line
    }
}

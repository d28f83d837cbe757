import Results

/// One load of a results folder in two sentences, for the top of a page: rate, latency, their intervals, what proves them.
public enum Headline {
    /// Of a first screen of 80 columns.
    static let width = 78

    /// - Parameters:
    ///   - rows: of one load on one ensemble.
    ///   - hardware: that servers and generator shared.
    /// - Returns: nil where the rows are of several loads, or are no result: nobody quotes those.
    public static func text(_ rows: [SummaryRow], hardware: String) -> String? {
        let groups = LoadPointSummary.grouped(rows)
        guard groups.count == 1, let point = groups.first, !point.valid.isEmpty, point.valid.count == rows.count,
            let rate = PointFigure(point, .achieved), let median = PointFigure(point, .responseP50),
            let tail = PointFigure(point, .responseP99)
        else { return nil }
        let acknowledged = rows.reduce(0) { $0 + ($1.proof.writesAcknowledged ?? 0) }
        let found = rows.reduce(0) { $0 + ($1.proof.acknowledgedVerified ?? 0) }
        guard acknowledged > 0, acknowledged == found else { return nil }
        let size = point.key.ensembleSize
        let runs = rows.count == 1 ? "one run" : "medians of \(rows.count) runs, ±: 95 % intervals"
        let kind = point.durability.isProven ? "durable writes/s" : "writes/s"
        let rateWords = rate.error.beside(rate.text + " " + kind, rate.figure.text)
        let text =
            "\(size) \(size == 1 ? "server" : "servers"): \(rateWords), p50 \(beside(median)), p99 \(beside(tail)) "
            + "(\(runs)). All \(ConsoleTable.grouped(Double(acknowledged))) acknowledged writes were read back from a quorum. "
            + "Servers and load on one machine: \(hardware)."
        return WrappedText.lines(text, width: width) + "\n"
    }

    private static func beside(_ figure: PointFigure) -> String { figure.error.beside(figure.text, figure.figure.text) }
}

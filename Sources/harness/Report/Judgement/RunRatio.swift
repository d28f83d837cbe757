import Statistics

/// By which factor some runs differ from others, with the interval that belongs to the estimate.
struct RunRatio: Sendable, Equatable {
    /// Hodges and Lehmann's estimate.
    let ratio: Double
    /// 95 %; nil where so few runs cannot have one.
    let interval: ClosedRange<Double>?

    /// Nil where a side has no runs, or a value that is not positive.
    init?(_ candidate: [Double], to baseline: [Double]) {
        guard let runs = try? UnpairedRuns(baseline: baseline, candidate: candidate) else { return nil }
        let found = HodgesLehmann(runs)
        ratio = found.ratio
        interval = found.interval.map { $0.low...$0.high }
    }

    /// Whether the interval leaves 1 out; nil without one, when nothing is known.
    var isDifferent: Bool? { interval.map { !$0.contains(1) } }

    /// ` (4.10 to 4.30)`, ` (too few runs for an interval)`.
    func intervalInWords(_ words: (Double) -> String = ConsoleTable.threeDigits) -> String {
        interval.map { AnswerWords.interval($0, words) } ?? " (too few runs for an interval)"
    }
}

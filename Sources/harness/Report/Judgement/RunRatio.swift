import Results
import Statistics

/// By which factor some runs differ from others, with the interval that belongs to the estimate.
struct RunRatio: Sendable, Equatable {
    /// The median of the rounds' ratios, or Hodges and Lehmann's estimate.
    let ratio: Double
    /// 95 %; nil where so few runs cannot have one.
    let interval: ClosedRange<Double>?

    /// Nil where a side has no runs, or a value that is not positive.
    init?(_ candidate: [Double], to baseline: [Double]) {
        guard let runs = try? UnpairedRuns(baseline: baseline, candidate: candidate) else { return nil }
        let found = HodgesLehmann(runs)
        self.init(ratio: found.ratio, interval: found.interval.map { $0.low...$0.high })
    }

    /// The median of the rounds' ratios, where each round has one run of both sides: what a round's minute does to one it does
    /// to the other. Otherwise as of runs that have nothing to do with each other.
    init?(_ candidate: [SummaryRow], to baseline: [SummaryRow], _ figure: (SummaryRow) -> Double?) {
        let rounds = Self.byRound(baseline)
        let pairs = Self.byRound(candidate).flatMap { ours in rounds.map { (ours, $0) } }
        let ratios = pairs.map { ours, theirs in
            ours.compactMap { round, row -> Double? in
                guard let own = figure(row), let other = theirs[round].flatMap(figure), own > 0, other > 0 else {
                    return nil
                }
                return own / other
            }
        }
        guard let found = ratios.flatMap({ Distribution($0) }) else {
            self.init(candidate.compactMap(figure), to: baseline.compactMap(figure))
            return
        }
        self.init(ratio: found.median, interval: found.interval.map { $0.low...$0.high })
    }

    private init(ratio: Double, interval: ClosedRange<Double>?) {
        self.ratio = ratio
        self.interval = interval
    }

    /// Nil where a round has several runs.
    private static func byRound(_ rows: [SummaryRow]) -> [Int: SummaryRow]? {
        let rounds = Dictionary(grouping: rows, by: \.tag.repeatNumber)
        return rounds.values.allSatisfy { $0.count == 1 } ? rounds.compactMapValues(\.first) : nil
    }

    /// Whether the interval leaves 1 out; nil without one, when nothing is known.
    var isDifferent: Bool? { interval.map { !$0.contains(1) } }

    /// ` (4.10 to 4.30)`, ` (too few runs for an interval)`.
    func intervalInWords(_ words: (Double) -> String = ConsoleTable.threeDigits) -> String {
        interval.map { AnswerWords.interval($0, words) } ?? " (too few runs for an interval)"
    }
}

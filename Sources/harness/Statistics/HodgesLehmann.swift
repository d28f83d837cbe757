import Glibc

/// By which factor the candidate's runs differ from the baseline's: the median of all m·n ratios, whose logarithms' median
/// is Hodges and Lehmann's shift (Annals of Mathematical Statistics 34, 1963).
public struct HodgesLehmann: Sendable, Equatable {
    public let ratio: Double
    /// All factors that Mann and Whitney's test does not reject (Hollander, Wolfe and Chicken, 3rd ed., 4.3): with few
    /// runs its coverage is at least the nominal one. Nil if so few runs cannot reach it: 3 and 3 never give 95 %.
    public let interval: Interval?

    public init(_ runs: UnpairedRuns, confidence: Double = 0.95) {
        precondition(confidence > 0 && confidence < 1)
        let baseline = runs.baseline.map { log($0) }
        let differences = runs.candidate.flatMap { value in baseline.map { log(value) - $0 } }.sorted()
        ratio = exp(differences.medianOfSorted)
        let place = Self.place(runs.candidate.count, runs.baseline.count, tail: (1 - confidence) / 2)
        interval =
            place == 0
            ? nil
            : Interval(
                low: exp(differences[place - 1]),
                high: exp(differences[differences.count - place]),
                confidence: confidence,
                method: .rank
            )
    }

    /// The k of the limits D(k) and D(mn + 1 − k): the largest with P(U ≤ k − 1) ≤ `tail`, 0 if there is none.
    static func place(_ m: Int, _ n: Int, tail: Double) -> Int {
        if max(m, n) > MannWhitney.mostExact {
            let (size, product) = (Double(m + n), Double(m * n))
            // One half for continuity, as in the test.
            let edge =
                product / 2 + 0.5 + NormalDistribution.quantile(tail) * (product * (size + 1) / 12).squareRoot()
            return max(0, Int(edge.rounded(.down)))
        }
        let ways = MannWhitney.arrangements(m, n)
        // A tail of exactly k arrangements is one, whatever (1 − confidence) ÷ 2 was rounded to.
        let allowed = tail * ways.reduce(0, +) * (1 + 1e-12)
        var sum = 0.0
        var place = 0
        while place < ways.count, sum + ways[place] <= allowed {
            sum += ways[place]
            place += 1
        }
        return place
    }
}

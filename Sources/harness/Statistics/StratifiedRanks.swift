import Glibc

/// Stored runs of several loads, judged together: is the candidate slower, whatever the load?
///
/// The statistic is the sum of the loads' U: in how many pairs of runs of one load the candidate's is above the
/// baseline's. Only runs of one load are ever compared, so it does not matter how unlike the loads are (Wilcoxon's test
/// in strata; van Elteren, Bulletin de l'Institut International de Statistique 37, 1960, whose weights are these where
/// all loads have as many runs). If the sides do not differ, the runs of each load could as well have changed sides, so
/// the distribution is that of a sum of independent U, counted exactly. A few runs of many loads decide more than as
/// many runs of one: five and five runs give no p below 0.008, and those of two loads give one of 0.00003.
///
/// A change of one load among many hardly shows here, and changes in both directions cancel: the loads' own tests are
/// for them.
public struct StratifiedRanks: Sendable, Equatable {
    /// Above so many pairs of runs over all loads, or `MannWhitney.mostExact` runs on a side, the sum is taken to be
    /// normal.
    public static var mostExact: Int { 4000 }

    /// The median of candidate ÷ baseline over all pairs of runs of one load: Hodges and Lehmann's shift in strata, the
    /// ratio at which the statistic is what no difference would give.
    public let ratio: Double
    /// All ratios that the test does not reject. Nil where so few runs cannot reach the confidence.
    public let interval: Interval?
    /// Its statistic is the sum of the loads' U.
    public let test: TestResult

    /// - Parameter loads: the runs of each load; at least one load.
    public init(_ loads: [UnpairedRuns], confidence: Double = 0.95) {
        precondition(confidence > 0 && confidence < 1 && !loads.isEmpty)
        var differences: [Double] = []
        for load in loads {
            let baseline = load.baseline.map { log($0) }
            for value in load.candidate { differences += baseline.map { log(value) - $0 } }
        }
        differences.sort()
        ratio = exp(differences.medianOfSorted)
        let strata = loads.map { Stratum(candidate: $0.candidate, baseline: $0.baseline) }
        test = Self.test(strata)
        let place = Self.place(strata, tail: (1 - confidence) / 2)
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

    /// The smallest p that so many runs of each load can give.
    public static func smallestP(_ loads: [(candidate: Int, baseline: Int)]) -> Double {
        let logarithm = loads.reduce(0.0) { sum, load in
            let (m, n) = (Double(load.candidate), Double(load.baseline))
            return sum + lgamma(m + n + 1) - lgamma(m + 1) - lgamma(n + 1)
        }
        return min(1, 2 * exp(-logarithm))
    }

    private struct Stratum {
        let m: Int
        let n: Int
        /// Of the candidate's runs; equal runs count half.
        let u: Double
        let tieSum: Double
        /// Twice the ranks of all runs, which are whole numbers even where ranks are shared.
        let doubled: [Int]

        init(candidate: [Double], baseline: [Double]) {
            m = candidate.count
            n = baseline.count
            let ranks = Ranks(candidate + baseline)
            u = ranks.ranks[..<m].reduce(0, +) - Double(m * (m + 1) / 2)
            tieSum = ranks.tieSum
            doubled = ranks.ranks.map { Int(2 * $0) }
        }

        var product: Int { m * n }
        var isSmall: Bool { max(m, n) <= MannWhitney.mostExact }

        var variance: Double {
            let size = Double(m + n)
            return Double(product) / 12 * (size + 1 - tieSum / (size * (size - 1)))
        }

        /// The probability of each 2U: 0, 1, ... 2mn.
        var distribution: [Double] {
            guard tieSum > 0 else {
                var result = [Double](repeating: 0, count: 2 * product + 1)
                for (u, share) in Self.shares(MannWhitney.arrangements(m, n)).enumerated() { result[2 * u] = share }
                return result
            }
            // ways[k][s]: choices of k of the runs so far whose doubled ranks add up to s.
            let most = doubled.reduce(0, +)
            var ways = [[Double]](repeating: [Double](repeating: 0, count: most + 1), count: m + 1)
            ways[0][0] = 1
            for (seen, rank) in doubled.enumerated() {
                for chosen in stride(from: min(m, seen + 1), through: 1, by: -1) {
                    for sum in rank...most { ways[chosen][sum] += ways[chosen - 1][sum - rank] }
                }
            }
            return Self.shares(Array(ways[m][(m * (m + 1))...(m * (m + 1) + 2 * product)]))
        }

        static func shares(_ ways: [Double]) -> [Double] {
            let all = ways.reduce(0, +)
            return ways.map { $0 / all }
        }
    }

    private static func isExact(_ strata: [Stratum]) -> Bool {
        strata.allSatisfy(\.isSmall) && strata.reduce(0) { $0 + $1.product } <= mostExact
    }

    private static func test(_ strata: [Stratum]) -> TestResult {
        let u = strata.reduce(0) { $0 + $1.u }
        guard isExact(strata) else {
            let variance = strata.reduce(0) { $0 + $1.variance }
            let distance = max(0, abs(u - strata.reduce(0) { $0 + Double($1.product) } / 2) - 0.5)
            let p = variance > 0 ? min(1, 2 * NormalDistribution.cumulative(-distance / variance.squareRoot())) : 1
            return TestResult(statistic: u, p: p, method: .normal)
        }
        let all = convolved(strata.map(\.distribution))
        let place = Int(2 * u)
        let tail = min(all[...place].reduce(0, +), all[place...].reduce(0, +))
        return TestResult(statistic: u, p: min(1, 2 * tail), method: .exact)
    }

    /// The k of the limits D(k) and D(M + 1 − k), as `HodgesLehmann.place`.
    private static func place(_ strata: [Stratum], tail: Double) -> Int {
        guard isExact(strata) else {
            let product = strata.reduce(0) { $0 + Double($1.product) }
            let variance = strata.reduce(0) { $0 + Double($1.product * ($1.m + $1.n + 1)) } / 12
            let edge = product / 2 + 0.5 + NormalDistribution.quantile(tail) * variance.squareRoot()
            return max(0, Int(edge.rounded(.down)))
        }
        let all = convolved(strata.map { Stratum.shares(MannWhitney.arrangements($0.m, $0.n)) })
        let allowed = tail * (1 + 1e-12)
        var sum = 0.0
        var place = 0
        while place < all.count, sum + all[place] <= allowed {
            sum += all[place]
            place += 1
        }
        return place
    }

    private static func convolved(_ distributions: [[Double]]) -> [Double] {
        distributions.reduce([1.0]) { one, other in
            var sum = [Double](repeating: 0, count: one.count + other.count - 1)
            for (place, share) in one.enumerated() where share > 0 {
                for (step, more) in other.enumerated() where more > 0 { sum[place + step] += share * more }
            }
            return sum
        }
    }
}

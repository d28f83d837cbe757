import Glibc

/// The 95 % interval of a median over repeats, for 2 to some dozens of them. A repeat is a run, a round or a fault, never
/// an operation: those of one run share its disk, its neighbours and its luck.
///
/// - *Six and more*: order statistics. The k-th smallest and the k-th largest enclose the median with a probability that is
///   binomial, whatever the noise is like (the sign test turned round; Conover, Practical Nonparametric Statistics, 3.2);
///   between the two k next to 95 % it is interpolated (Hettmansperger and Sheather, Statistics and Probability Letters 4,
///   1986), so that it is 95 % for each number and not 98.4 % for seven.
/// - *Two to five*: these have no such interval, since all of them lie on one side of the median with a chance of
///   2 x 2^(-n), above 5 %. So Student's t on the logarithms, which takes noise to multiply and to be alike in both
///   directions; it is wide, as it should be: ±13 standard errors for two. Where a value is not positive, on the values.
///
/// Coverage by simulation (`MedianIntervalTests`; 100,000 samples each): of lognormal noise 0.95 for 2 to 20 repeats; of
/// Student's t with three degrees as the logarithm's noise, which has wild runs, 0.96 below six and 0.95 from six on; of
/// exponential noise, all of it in one direction, 0.93 to 0.95. From six on t would be the worse one: it is about the mean,
/// which one wild run carries away, and covers the median of skewed noise with 0.83 for twenty.
enum MedianInterval {
    static let confidence = 0.95
    /// Fewer have no interval by order statistics.
    static let fewestForSigns = 6

    /// The t that two to five values need.
    private static let critical = (1..<fewestForSigns - 1).map {
        StudentDistribution.critical(tail: (1 - confidence) / 2, degrees: $0)
    }

    /// Nil for fewer than two values, or one that is not finite. It always holds the values' median.
    static func ofSorted(_ sorted: [Double]) -> Interval? {
        guard sorted.count > 1, sorted[0].isFinite, sorted[sorted.count - 1].isFinite else { return nil }
        guard sorted[0] < sorted[sorted.count - 1] else {
            return Interval(low: sorted[0], high: sorted[0], confidence: confidence, method: .constant)
        }
        if sorted.count >= fewestForSigns { return signs(sorted) }
        return sorted[0] > 0 ? student(sorted.map { log($0) })?.exponentiated : student(sorted)
    }

    private static func student(_ values: [Double]) -> Interval? {
        let reach = critical[values.count - 2] * values.standardDeviation / Double(values.count).squareRoot()
        let mean = values.mean
        return Interval(low: mean - reach, high: mean + reach, confidence: confidence, method: .student)
    }

    private static func signs(_ sorted: [Double]) -> Interval? {
        let count = sorted.count
        // The chance that the k-th smallest and the k-th largest enclose the median, for k from 1 on, until it is too small.
        var outer = 0
        var coverages: [Double] = []
        var left = 0.0
        repeat {
            // Of `outer` values below the median; n choose k by logarithms, for counts of any size.
            let ways = lgamma(Double(count + 1)).0 - lgamma(Double(outer + 1)).0 - lgamma(Double(count - outer + 1)).0
            left += exp(ways - Double(count) * log(2))
            coverages.append(1 - 2 * left)
            outer += 1
        } while 1 - 2 * left >= confidence
        let k = outer - 1
        let excess = (coverages[k - 1] - confidence) / (coverages[k - 1] - coverages[k])
        let inwards = Double(count - k) * excess / (Double(k) + Double(count - 2 * k) * excess)
        let low = sorted[k - 1] + inwards * (sorted[k] - sorted[k - 1])
        let high = sorted[count - k] - inwards * (sorted[count - k] - sorted[count - k - 1])
        return Interval(low: low, high: high, confidence: confidence, method: .signs)
    }
}

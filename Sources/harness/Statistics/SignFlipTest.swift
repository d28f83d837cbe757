import Glibc
import Randomness

/// The paired permutation test. If the binaries do not differ, each pair could as well have had its sides swapped, so all
/// 2ⁿ signs of the log ratios are equally likely (Fisher, The Design of Experiments, 1935, section 21). Nothing is assumed
/// of the noise; that the order within each pair is random is what makes it exact.
///
/// The statistic is the mean log ratio, that of `PairedRuns.ratio`.
public enum SignFlipTest {
    /// Up to so many pairs, all signs are counted.
    public static var mostExact: Int { 30 }

    /// - Parameters:
    ///   - drawn: arrangements beyond `mostExact` pairs.
    ///   - seed: of those.
    public static func run(_ pairs: PairedRuns, drawn: Int = 99_999, seed: UInt64) -> TestResult {
        pairs.count <= mostExact ? exact(pairs.logRatios) : monteCarlo(pairs.logRatios, drawn: drawn, seed: seed)
    }

    /// The smallest p that so many pairs can give: all ratios on one side.
    public static func smallestP(pairs: Int) -> Double { scalbn(1, 1 - pairs) }

    /// The same of `run`: what is drawn and not counted can give no less than one of the arrangements drawn.
    public static func smallestPossible(pairs: Int, drawn: Int = 99_999) -> Double {
        pairs <= mostExact ? smallestP(pairs: pairs) : 1 / Double(drawn + 1)
    }

    /// How many pairs are needed so that p can come to `alpha`, above 0, at all.
    public static func fewestPairs(alpha: Double) -> Int {
        precondition(alpha > 0)
        var count = 1
        while smallestP(pairs: count) > alpha { count += 1 }
        return count
    }

    /// Counts all 2ⁿ signs in about 2^(n/2) steps: every sum is one of the first half's plus one of the second half's, so
    /// both lists are sorted and the pairs beyond the observed sum are counted by walking through them once.
    static func exact(_ values: [Double]) -> TestResult {
        let half = values.count / 2
        let first = signedSums(values[..<half])
        let second = signedSums(values[half...])
        let threshold = threshold(values)
        // By symmetry as many sums lie at −threshold and below as at +threshold and above.
        var atLeast = 0
        var from = second.count
        for sum in first {
            while from > 0, sum + second[from - 1] >= threshold { from -= 1 }
            atLeast += second.count - from
        }
        let p = threshold <= 0 ? 1 : 2 * Double(atLeast) / scalbn(1, values.count)
        return TestResult(statistic: values.mean, p: min(1, p), method: .exact)
    }

    /// The observed arrangement counts as one of those drawn, so p is never 0 and the test keeps its level (Phipson and
    /// Smyth, Statistical Applications in Genetics and Molecular Biology 9, 2010).
    static func monteCarlo(_ values: [Double], drawn: Int, seed: UInt64) -> TestResult {
        var random = SplitMix64(seed: seed)
        let threshold = threshold(values)
        var atLeast = 1
        for _ in 0..<drawn {
            var sum = 0.0
            var bits: UInt64 = 0
            for (index, value) in values.enumerated() {
                if index % 64 == 0 { bits = random.next() }
                sum += bits & 1 == 0 ? value : -value
                bits >>= 1
            }
            if abs(sum) >= threshold { atLeast += 1 }
        }
        return TestResult(statistic: values.mean, p: Double(atLeast) / Double(drawn + 1), method: .monteCarlo)
    }

    /// The observed distance from zero, less what adding in another order may change.
    private static func threshold(_ values: [Double]) -> Double {
        let scale = values.reduce(0) { $0 + abs($1) }
        return abs(values.reduce(0, +)) - 1e-13 * scale
    }

    /// All 2ⁿ sums of ±value, sorted: each value merges the list shifted down with the list shifted up.
    private static func signedSums(_ values: ArraySlice<Double>) -> [Double] {
        var sums = [0.0]
        for value in values {
            let step = abs(value)
            var merged: [Double] = []
            merged.reserveCapacity(2 * sums.count)
            var up = 0
            for sum in sums {
                while up < sums.count, sums[up] + step < sum - step {
                    merged.append(sums[up] + step)
                    up += 1
                }
                merged.append(sum - step)
            }
            while up < sums.count {
                merged.append(sums[up] + step)
                up += 1
            }
            sums = merged
        }
        return sums
    }
}

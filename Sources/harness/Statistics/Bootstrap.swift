import Randomness

/// Resampling runs with replacement (Efron and Tibshirani, An Introduction to the Bootstrap, 1993).
public struct Bootstrap: Sendable, Equatable {
    /// Number of resamples. A limit at a tail probability q rests on about q × resamples of them.
    public var resamples: Int
    public var seed: UInt64

    public init(resamples: Int = 10_000, seed: UInt64) {
        precondition(resamples > 0)
        self.resamples = resamples
        self.seed = seed
    }

    /// The statistic of each resample, sorted. The numbers drawn are one for each value in turn, resample by resample.
    public func distribution(of values: [Double], _ statistic: ([Double]) -> Double) -> [Double] {
        var random = SplitMix64(seed: seed)
        var resample = values
        var result: [Double] = []
        result.reserveCapacity(resamples)
        for _ in 0..<resamples {
            for index in resample.indices { resample[index] = values[random.below(values.count)] }
            result.append(statistic(resample))
        }
        result.sort()
        return result
    }

    /// The same for two samples that are resampled apart: first all values of `a`, then all of `b`.
    public func distribution(of a: [Double], and b: [Double], _ statistic: ([Double], [Double]) -> Double) -> [Double] {
        var random = SplitMix64(seed: seed)
        var first = a
        var second = b
        var result: [Double] = []
        result.reserveCapacity(resamples)
        for _ in 0..<resamples {
            for index in first.indices { first[index] = a[random.below(a.count)] }
            for index in second.indices { second[index] = b[random.below(b.count)] }
            result.append(statistic(first, second))
        }
        result.sort()
        return result
    }
}

import Glibc

/// So many of so many trials, each alike and independent of the others.
public struct Proportion: Sendable, Equatable {
    public let count: Int
    /// At least one, and at least `count`.
    public let total: Int

    public init(_ count: Int, of total: Int) {
        precondition(total >= 1 && (0...total).contains(count))
        self.count = count
        self.total = total
    }

    public var share: Double { Double(count) / Double(total) }

    /// The largest chance that is not refuted: with a larger one, as few as `count` or fewer come up with less than
    /// `1 - confidence`. One-sided, and exact (Clopper and Pearson, Biometrika 26, 1934).
    public func atMost(confidence: Double = 0.95) -> Double {
        guard count < total else { return 1 }
        var (low, high) = (share, 1.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if chanceOfAsFew(middle) > 1 - confidence { low = middle } else { high = middle }
        }
        return high
    }

    /// Of `count` or fewer, if each trial's chance is `chance`, above 0 and below 1.
    private func chanceOfAsFew(_ chance: Double) -> Double {
        let (n, hit, miss) = (Double(total), log(chance), log1p(-chance))
        return (0...count).reduce(0) { sum, k in
            let ways = lgamma(n + 1) - lgamma(Double(k) + 1) - lgamma(n - Double(k) + 1)
            return sum + exp(ways + Double(k) * hit + (n - Double(k)) * miss)
        }
    }
}

import Glibc
import Randomness

@testable import Statistics

/// Synthetic runs: log-normal noise of each run, and above it a slow drift of the machine that both runs of a pair share.
struct RunNoise {
    private var random: SplitMix64
    private var drift = 0.0
    /// Relative spread of a run within its pair.
    let spread: Double

    init(seed: UInt64, spread: Double) {
        random = SplitMix64(seed: seed)
        self.spread = spread
    }

    mutating func normal() -> Double { NormalDistribution.quantile(random.unit() - 0x1p-54) }

    /// Pairs in which the candidate takes `factor` times as long.
    mutating func pairs(_ count: Int, factor: Double) throws(SampleError) -> PairedRuns {
        var baseline: [Double] = []
        var candidate: [Double] = []
        for _ in 0..<count {
            drift += 0.05 * normal()
            baseline.append(100 * exp(drift + spread * normal()))
            candidate.append(100 * factor * exp(drift + spread * normal()))
        }
        return try PairedRuns(baseline: baseline, candidate: candidate)
    }

    /// Stored runs without a drift between them.
    mutating func stored(_ count: Int, factor: Double) throws(SampleError) -> UnpairedRuns {
        try UnpairedRuns(
            baseline: (0..<count).map { _ in 100 * exp(spread * normal()) },
            candidate: (0..<count).map { _ in 100 * factor * exp(spread * normal()) }
        )
    }

    /// The most successes that `count` trials of this probability have but in one of about 3,000 cases (3.4 σ).
    static func most(_ probability: Double, of count: Int) -> Double {
        let mean = probability * Double(count)
        return mean + 3.4 * (mean * (1 - probability)).squareRoot() + 0.5
    }

    static func fewest(_ probability: Double, of count: Int) -> Double {
        Double(count) - most(1 - probability, of: count)
    }
}

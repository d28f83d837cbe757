import Glibc
import Statistics

/// What each part of a write cost on both sides of a comparison, and what grew.
public struct CostBreakdown: Sendable, Equatable {
    /// One pair: microseconds a write of each part, by its name. A part that a side does not have cost it nothing.
    public struct Pair: Sendable, Equatable {
        public var baseline: [String: Double]
        public var candidate: [String: Double]

        public init(baseline: [String: Double], candidate: [String: Double]) {
            self.baseline = baseline
            self.candidate = candidate
        }
    }

    public struct Part: Sendable, Equatable {
        public var name: String
        /// Means over the pairs, microseconds a write.
        public var baseline: Double
        public var candidate: Double
        /// The mean of candidate − baseline.
        public var difference: Double
        /// Half the width of the difference's 95 % interval, by Student's t over the pairs; nil for a single pair.
        public var error: Double?

        /// The interval leaves out no difference at all.
        public var isShown: Bool { error.map { abs(difference) > $0 } ?? false }
    }

    /// `by thread`.
    public let title: String
    public let pairs: Int
    /// What grew most comes first.
    public let parts: [Part]

    public init(title: String, pairs: [Pair]) {
        self.title = title
        self.pairs = pairs.count
        let names = Set(pairs.flatMap { Array($0.baseline.keys) + Array($0.candidate.keys) })
        parts = names.map { name in
            Part(
                name: name,
                baseline: pairs.map { $0.baseline[name] ?? 0 },
                candidate: pairs.map { $0.candidate[name] ?? 0 }
            )
        }.sorted { ($0.difference, $1.name) > ($1.difference, $0.name) }
    }

    /// The share that a function has of samples is that share of the processor time.
    ///
    /// - Parameters:
    ///   - counts: by part.
    ///   - total: microseconds a write of all parts together.
    public static func costs(_ counts: [String: Double], total: Double) -> [String: Double] {
        let all = counts.values.reduce(0, +)
        return all > 0 ? counts.mapValues { $0 / all * total } : [:]
    }
}

extension CostBreakdown.Part {
    init(name: String, baseline: [Double], candidate: [Double]) {
        self.name = name
        let count = Double(baseline.count)
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / count }
        self.baseline = mean(baseline)
        self.candidate = mean(candidate)
        let differences = zip(baseline, candidate).map { $1 - $0 }
        let difference = mean(differences)
        self.difference = difference
        guard baseline.count > 1 else { return }
        let variance = differences.reduce(0) { $0 + ($1 - difference) * ($1 - difference) } / (count - 1)
        let critical = StudentDistribution.critical(tail: 0.025, degrees: baseline.count - 1)
        error = critical * (variance / count).squareRoot()
    }
}

/// The verdicts over all metrics of one comparison, with p adjusted for their number.
public enum JudgedMetrics {
    /// One metric's figures, ready to be judged.
    public struct Evidence: Sendable, Equatable {
        public let ratio: Double
        public let interval: Interval?
        public let p: Double
        public let direction: Direction
        public let margin: Margin

        public init(_ comparison: PairedComparison, direction: Direction, margin: Margin) {
            ratio = comparison.ratio
            interval = comparison.interval
            p = comparison.signFlip.p
            self.direction = direction
            self.margin = margin
        }

        public init(_ comparison: UnpairedComparison, direction: Direction, margin: Margin) {
            ratio = comparison.shift.ratio
            interval = comparison.shift.interval
            p = comparison.mannWhitney.p
            self.direction = direction
            self.margin = margin
        }
    }

    public struct Result: Sendable, Equatable {
        public let adjustedP: Double
        public let judgement: Judgement
    }

    /// In the order given.
    public static func judge(_ metrics: [Evidence], level: Double) throws(SampleError) -> [Result] {
        let adjusted = try Holm.adjusted(metrics.map(\.p))
        return zip(metrics, adjusted).map { metric, adjustedP in
            Result(
                adjustedP: adjustedP,
                judgement: Judgement(
                    ratio: metric.ratio,
                    interval: metric.interval,
                    adjustedP: adjustedP,
                    level: level,
                    margin: metric.margin,
                    direction: metric.direction
                )
            )
        }
    }
}

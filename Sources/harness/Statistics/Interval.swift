import Glibc

/// A confidence interval, in the unit of whatever it encloses.
public struct Interval: Sendable, Equatable {
    public enum Method: String, Sendable {
        /// Quantiles of the bootstrap distribution.
        case percentile
        /// Bias-corrected and accelerated bootstrap.
        case bca
        /// Order statistics of all differences: the inversion of a rank test.
        case rank
        /// Student's t on logarithms, or on the values where one of them has none.
        case student
        /// Two order statistics, interpolated: a sign test turned round.
        case signs
        /// Every pair gave one value: a point, not an estimate of noise.
        case constant
    }

    public let low: Double
    public let high: Double
    /// The nominal coverage, 0.95 for 95 %.
    public let confidence: Double
    public let method: Method

    /// Nil if a limit is no number or they are the wrong way round.
    public init?(low: Double, high: Double, confidence: Double, method: Method) {
        guard low <= high else { return nil }
        self.low = low
        self.high = high
        self.confidence = confidence
        self.method = method
    }

    /// From an interval of log ratios to one of ratios.
    var exponentiated: Interval? { Interval(low: exp(low), high: exp(high), confidence: confidence, method: method) }

    public func contains(_ value: Double) -> Bool { low <= value && value <= high }
}

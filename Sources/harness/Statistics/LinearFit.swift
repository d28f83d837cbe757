import Glibc

/// A straight line through points by least squares, with intervals for both of its numbers (Student's t with n - 2 degrees
/// of freedom, as for independent errors of one spread).
public struct LinearFit: Sendable, Equatable {
    public struct Estimate: Sendable, Equatable {
        public var value: Double
        public var low: Double
        public var high: Double
    }

    private struct Band: Equatable {
        var xMean: Double
        var xSquares: Double
        var reach: Double
    }

    /// Where x is 0.
    public let intercept: Estimate
    public let slope: Estimate
    /// The share of the values' variance that lies on the line; nil where they do not vary.
    public let rSquared: Double?
    public let count: Int
    public let confidence: Double
    /// What an interval of the line anywhere needs: the mean of x, its squared deviations, and t times the residuals' spread.
    private let band: Band

    /// - Throws: `SampleError`: fewer than three points, or all at one x (`tooFew` with the number of different ones), or
    ///   one that is not finite.
    public init(x: [Double], y: [Double], confidence: Double = 0.95) throws(SampleError) {
        guard x.count == y.count else { throw .unpaired(baseline: x.count, candidate: y.count) }
        guard x.count >= 3 else { throw .tooFew(count: x.count, needed: 3) }
        try x.checkFinite()
        try y.checkFinite()
        let places = Set(x).count
        guard places >= 2 else { throw .tooFew(count: places, needed: 2) }
        let n = Double(x.count)
        let (xMean, yMean) = (x.mean, y.mean)
        let xSquares = x.reduce(0) { $0 + ($1 - xMean) * ($1 - xMean) }
        let ySquares = y.reduce(0) { $0 + ($1 - yMean) * ($1 - yMean) }
        let products = zip(x, y).reduce(0) { $0 + ($1.0 - xMean) * ($1.1 - yMean) }
        let slope = products / xSquares
        let intercept = yMean - slope * xMean
        let residual = zip(x, y).reduce(0) { sum, point in
            let error = point.1 - intercept - slope * point.0
            return sum + error * error
        }
        let variance = residual / (n - 2)
        let t = StudentDistribution.critical(tail: (1 - confidence) / 2, degrees: x.count - 2)
        func estimate(_ value: Double, error: Double) -> Estimate {
            Estimate(value: value, low: value - t * error, high: value + t * error)
        }
        self.slope = estimate(slope, error: (variance / xSquares).squareRoot())
        self.intercept = estimate(intercept, error: (variance * (1 / n + xMean * xMean / xSquares)).squareRoot())
        rSquared = ySquares > 0 ? 1 - residual / ySquares : nil
        count = x.count
        self.confidence = confidence
        band = Band(xMean: xMean, xSquares: xSquares, reach: t * variance.squareRoot())
    }

    /// The line at one place, with its interval: of the mean there, not of a single further value.
    public func estimate(at x: Double) -> Estimate {
        let value = intercept.value + slope.value * x
        let distance = x - band.xMean
        let error = band.reach * (1 / Double(count) + distance * distance / band.xSquares).squareRoot()
        return Estimate(value: value, low: value - error, high: value + error)
    }
}

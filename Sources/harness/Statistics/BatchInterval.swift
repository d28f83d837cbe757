/// How well the mean of a series is known of which neighbours depend on each other: by batch means (Law and Kelton,
/// Simulation Modeling and Analysis, ch. 9). Of response times, a batch is a second and its value that second's p99.
///
/// An operation that waits in a queue makes the next one wait, so that an interval over single operations is too narrow.
/// Whole batches are taken to be independent, to have one distribution, and their values to be near enough to normal for
/// Student's t. That fails where something comes back less often than once a batch (a snapshot), and where the series has a
/// trend, as in an overload: then the interval stays wide, or says less than it seems to.
public enum BatchInterval {
    /// Fewer say nothing of how they scatter.
    public static let fewestBatches = 3

    /// Half of the width of the 95 % interval of the mean, as a share of it; nil for too few batches, or none above zero.
    public static func relativeHalfWidth(_ batches: [Double]) -> Double? {
        guard batches.count >= fewestBatches else { return nil }
        let count = Double(batches.count)
        let mean = batches.reduce(0, +) / count
        guard mean > 0 else { return nil }
        let squares = batches.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let error = (squares / (count - 1) / count).squareRoot()
        return StudentDistribution.critical(tail: 0.025, degrees: batches.count - 1) * error / mean
    }
}

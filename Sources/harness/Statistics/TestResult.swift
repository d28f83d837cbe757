/// What a test of "no difference" gives.
public struct TestResult: Sendable, Equatable {
    public enum Method: String, Sendable {
        /// All arrangements were counted.
        case exact
        /// Some arrangements were drawn, from a seed.
        case monteCarlo
        /// The statistic was taken to be normal.
        case normal
    }

    /// The test's own statistic; its documentation says which.
    public let statistic: Double
    /// Two-sided.
    public let p: Double
    public let method: Method
}

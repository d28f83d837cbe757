import Statistics

extension SecondSample {
    /// A second that stands for others: of the measured part, whole, and with answers.
    var batchP99: Double? {
        guard !isWarmUp, lengthSeconds > 0.9 else { return nil }
        return responseP99Nanoseconds.map { Double($0) }
    }
}

extension LoadResult {
    /// Half of the width of the 95 % interval of the response p99, as a share of it (`BatchInterval`, by seconds); nil where
    /// too few seconds were measured.
    public var responseP99Precision: Double? { BatchInterval.relativeHalfWidth(samples.compactMap(\.batchP99)) }
}

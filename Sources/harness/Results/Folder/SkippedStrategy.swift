/// A sync strategy that the kernel, the file system or the device does not offer: its runs were not made, and that is no
/// failure.
public struct SkippedStrategy: Codable, Sendable, Hashable {
    public var strategy: String
    /// What does not offer it, in words.
    public var reason: String

    public init(strategy: String, reason: String) {
        self.strategy = strategy
        self.reason = reason
    }
}

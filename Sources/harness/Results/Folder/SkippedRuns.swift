/// Runs that were not made since this machine does not offer what they need, and that is no failure: a sync strategy that
/// the kernel, the file system or the device lacks, or a system that is not installed.
public struct SkippedRuns: Codable, Sendable, Hashable {
    /// Nil where all runs of a system are meant.
    public var strategy: String?
    /// Nil where runs of one strategy are meant.
    public var system: String?
    /// What does not offer it, in words.
    public var reason: String

    public init(strategy: String, reason: String) {
        self.strategy = strategy
        self.reason = reason
    }

    /// - Parameter reason: names the system.
    public init(system: String, reason: String) {
        self.system = system
        self.reason = reason
    }

    /// `io_uring_append: no io_uring`, `zookeeper is not installed: make peers`.
    public var words: String { strategy.map { "\($0): \(reason)" } ?? reason }
}

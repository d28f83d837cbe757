/// A run that was to be made and has no row, since its servers ended, or had ended in one before it.
public struct FailedRun: Codable, Sendable, Hashable {
    /// Its id.
    public var run: String
    public var system: String
    public var reason: String

    public init(run: String, system: String, reason: String) {
        self.run = run
        self.system = system
        self.reason = reason
    }
}

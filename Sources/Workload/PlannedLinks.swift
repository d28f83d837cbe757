/// What lies between the servers of an ensemble.
public struct PlannedLinks: Sendable, Hashable {
    /// Whether the servers talk through the harness's proxy, which can delay and cut; otherwise they talk directly.
    public var isProxied: Bool

    public init(isProxied: Bool = false) { self.isProxied = isProxied }
}

/// What ZooKeeper stores in place of an owning session for nodes that go by themselves (`EphemeralType`): containers,
/// once their last child is gone, and TTL nodes, when nothing has been written to them for their time and they have no
/// children. 0 stands for all others.
enum ExtendedOwner {
    static let container = Int64.min
    /// Milliseconds: 40 bits, about 34 years.
    static let ttlRange: ClosedRange<Int64> = 1...((1 << 40) - 1)
    private static let ttlMark = Int64(bitPattern: 0xff00_0000_0000_0000)

    /// - Parameter milliseconds: of `ttlRange`.
    static func ttl(_ milliseconds: Int64) -> Int64 { ttlMark | milliseconds }

    /// The milliseconds that a node with this owner has to live without a write; nil for a container.
    static func ttl(of owner: Int64) -> Int64? { owner == container ? nil : owner ^ ttlMark }

    static func isValid(_ owner: Int64) -> Bool { owner == container || ttlRange.contains(owner ^ ttlMark) }
}

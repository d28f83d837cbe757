import Zab

/// The state's digest at every 128th zxid, for who compares servers: as many as ZooKeeper keeps, the newest ones.
public struct DigestLog: Sendable {
    static let interval: UInt32 = 128
    static let capacity = 1024

    public struct Entry: Hashable, Sendable {
        public var zxid: Zxid
        public var digest: UInt64
    }

    private var ring = ContiguousArray<Entry>()
    /// Where the oldest entry is, once all places are taken.
    private var oldest = 0

    /// All room is there from the beginning: no write pays for its growth.
    init() { ring.reserveCapacity(Self.capacity) }

    mutating func note(_ zxid: Zxid, _ digest: UInt64) {
        let entry = Entry(zxid: zxid, digest: digest)
        guard ring.count == Self.capacity else { return ring.append(entry) }
        ring[oldest] = entry
        oldest = (oldest + 1) % Self.capacity
    }

    /// The oldest first.
    public var entries: [Entry] { Array(ring[oldest...] + ring[..<oldest]) }
}

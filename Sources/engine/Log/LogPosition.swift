import Zab

/// A place in the history: a record's zxid, and its checksum, which the next record is chained to.
public struct LogPosition: Hashable, Sendable {
    public var zxid: Zxid
    public var chain: UInt32

    public init(zxid: Zxid, chain: UInt32) {
        self.zxid = zxid
        self.chain = chain
    }

    public static let zero = LogPosition(zxid: .zero, chain: 0)
}

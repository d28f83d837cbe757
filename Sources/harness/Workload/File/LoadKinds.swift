/// What a read must know of what others have written.
public enum ReadConsistency: String, Sendable, Hashable, CaseIterable {
    /// What the session's server has: never behind the session's own writes, but perhaps behind others'.
    case local
    /// Every write that was acknowledged to anybody before the read was sent. On ZooKeeper's protocol a `sync` goes before
    /// it, in the same packet.
    case linearizable
}

extension OperationMix {
    /// Weight of all that changes nothing.
    public var reads: Int { self.get + exists }
    public var writes: Int { self.set + create + delete }
    /// Whether it has both: then their response times are told apart.
    public var isMixed: Bool { reads > 0 && writes > 0 }
}

extension LoadPlan {
    /// Whether setData goes out one by one and nothing else does: the generator's fastest path.
    var isOnlySingleSet: Bool { mix.isOnlySet && multi == 1 }
    /// Whether reads go to other sessions' keys, and are held to what those know to be acknowledged.
    var hasWitnessedReads: Bool { reads == .linearizable && mix.reads > 0 }
    /// What a request may have at most, ZooKeeper's `jute.maxbuffer` with room for paths and headers.
    static let requestBytesMax = 1_000_000
    /// A setData of a transaction, beyond its data and the run's root path.
    static let transactionPartBytes = 128
}

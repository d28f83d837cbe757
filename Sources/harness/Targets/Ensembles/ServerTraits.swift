/// What the harness must know of a system's servers to hurt them, and to read what they say of it.
public struct ServerTraits: Sendable, Hashable {
    /// How a server learns where to dial the others, which decides where the harness's proxy can stand.
    public enum Dialling: Sendable, Hashable {
        /// Each server has a list of its own, so a port of the proxy for each pair can stand there.
        case ownList
        /// So it is, but the first message of an election's connection names its sender's address, where whoever has the
        /// larger id dials back: ZooKeeper. The proxy puts its own port in its place.
        case dialledBack
        /// All servers have the same list, since each announces where it is reached: etcd. One port of the proxy stands for
        /// each server, and the kernel says who dials it.
        case announced
    }

    public var dialling: Dialling
    /// Whether they keep a journal of their phases (`zphs`). Where they do not, an outage has no phases.
    public var hasPhaseJournal: Bool
    /// Whether a client can leave a watch on them that outlives its connection.
    public var hasWatches: Bool

    public init(dialling: Dialling = .ownList, hasPhaseJournal: Bool = false, hasWatches: Bool = true) {
        self.dialling = dialling
        self.hasPhaseJournal = hasPhaseJournal
        self.hasWatches = hasWatches
    }
}

extension ServerLaunch {
    public var traits: ServerTraits { ServerTraits() }
}

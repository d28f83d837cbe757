import Zab

/// One thing that goes wrong, planned before the run begins, so that a run can be repeated without it.
public struct Fault: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// The process dies; the page cache lives on.
        case kill
        /// The machine loses power, at once or at one of the next disk operations.
        case powerLoss = "power-loss"
        /// As before, in the middle of the next thing that the server does seldom: a cut, a snapshot from its leader, an
        /// epoch, a start.
        case powerLossAtRareStep = "power-loss-at-rare-step"
        case killAll = "kill-all"
        case powerLossAll = "power-loss-all"
        /// The process stands still for longer than the timeouts.
        case pause
        /// Nothing gets through between two groups of servers, in both directions.
        case partition
        /// Nothing gets out of one server, everything gets in; or the reverse.
        case mute
        case deafen
        /// Nothing gets through between two servers, which both reach the others.
        case cutPair = "cut-pair"
        /// Nothing gets from one server to another; the way back is open.
        case cutOneWay = "cut-one-way"
        /// Every connection between two servers breaks.
        case reset
        /// Connections between two servers break, and only one of the two hears of it.
        case halfOpen = "half-open"
        /// A leader is left by its followers and does not hear of it; clients reach it still, and some come over to it.
        case forgottenLeader = "forgotten-leader"
        /// For a while, whoever is elected, or rather whoever has just chosen its epoch, is killed or cut off, loses its
        /// connections or a follower, a few times.
        case electionAmbush = "election-ambush"
        /// One server after another is clogged, then freed again in another order.
        case swizzle
        /// Frames between two servers are lost or come twice, as TCP would never allow it.
        case lossy
        case slowNetwork = "slow-network"
        case slowDisk = "slow-disk"
        /// All clients lose their connections at once and come back at once.
        case reconnectStorm = "reconnect-storm"
        /// A client is cut off from its server.
        case cutClient = "cut-client"
        case syncError = "sync-error"
        case writeError = "write-error"
        case shortWrite = "short-write"
        case directorySyncError = "directory-sync-error"
        case readError = "read-error"
        case diskFull = "disk-full"
        /// At rest, while the server is down: a bit flips, a block is found in another's place, a block is an old one.
        case bitFlip = "bit-flip"
        case misdirectedBlock = "misdirected-block"
        case staleBlock = "stale-block"
        /// The clock that clients see jumps by up to an hour.
        case clockJump = "clock-jump"
        /// The power goes for all machines at one moment, whatever each of them is doing; also for those whose process is
        /// down already.
        case blackout
        /// While a server is down, a stranger under its id tells the others of epochs and rounds that cannot be.
        case liar
        /// A server's data are taken away, and those of another ensemble with higher epochs brought to their place.
        case foreignFolder = "foreign-folder"
        /// Connections of clients come to a server, up to thousands, say little, and go.
        case crowd
    }

    public var kind: Kind
    public var at: Nanoseconds
    public var duration: Nanoseconds
    /// Chooses the victims, how and how much, when the fault comes.
    public var choice: UInt64
}

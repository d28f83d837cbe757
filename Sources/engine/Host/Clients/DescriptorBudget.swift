/// What of a process's descriptors is kept for what a server cannot do without, and from which number on clients get none.
///
/// The kernel gives the lowest number that is free. So it is enough that no client's connection ever has one of the last
/// `reserved` numbers: those can only be held by what they are kept for, or be free. Nothing has to be counted, whatever
/// else is open in the process.
public struct DescriptorBudget: Hashable, Sendable {
    /// What one server needs beside its clients.
    public struct Needs: Hashable, Sendable {
        /// Log, snapshots, epochs, the lock, the loop, listeners, and what is accepted before it is looked at.
        public var files: Int
        /// Links with peers, of both kinds and in both directions, twice where a new one replaces an old one.
        public var links: Int
        /// Strangers on the quorum and the election port.
        public var strangers: Int

        /// - Parameters:
        ///   - peers: the other servers.
        ///   - inFlight: groups of the log that are under way at a time; each has an opening of two segments.
        ///   - http: what the ports that speak HTTP may have open.
        public init(peers: Int, inFlight: Int, strangersPerPeerPort: Int, http: Int = 0) {
            files = DescriptorBudget.filesPerServer + 3 * inFlight + peers + http
            links = peers == 0 ? 0 : 6 * peers + 1
            strangers = peers == 0 ? 0 : 2 * strangersPerPeerPort
        }

        public var count: Int { files + links + strangers }
    }

    /// What is open at a time of a server's log (its segment, the next one, the one that is read), epochs, snapshots
    /// (one written, one received, their folders), lock, event loop (3), wake-ups (4), listeners (3), and three batches of
    /// connections that were accepted and not looked at yet (12); and some to spare.
    public static let filesPerServer = 40
    /// For the process: standard streams, signals, the resolver, the runtime.
    public static let runtime = 32
    /// With room for fewer clients than that a server does not start.
    public static let clientsMin = 16
    /// The soft limit is raised to the hard one, but not beyond this.
    public static let limitMax = 1 << 20

    /// Strangers on one peer port: a 16th of the limit, from 16 to 256.
    public static func strangersPerPeerPort(limit: Int) -> Int { min(max(limit / 16, 16), 256) }

    /// The process's limit of open descriptors.
    public let limit: Int
    public private(set) var reserved = DescriptorBudget.runtime

    public init(limit: Int) { self.limit = limit }

    /// A client's connection has a descriptor below this number, or is refused.
    public var clientCeiling: Int { limit - reserved }

    /// Strangers on the client port: half of what there is for clients, at most 1,024.
    public var clientStrangersMax: Int { min(max(clientCeiling / 2, 1), 1024) }

    /// Reserves what one more server in this process needs. False, and nothing is reserved, if there is not enough.
    public mutating func reserve(_ needs: Needs) -> Bool {
        guard limit >= limitNeeded(for: needs) else { return false }
        reserved += needs.count
        return true
    }

    /// The limit with which `reserve` succeeds.
    public func limitNeeded(for needs: Needs) -> Int { reserved + needs.count + Self.clientsMin }

    public mutating func release(_ needs: Needs) { reserved -= needs.count }
}

import Zab

/// The way to one other server's election port. Every server dials every other and only speaks on the connection that it
/// dialled, so there is nothing to agree on about who owns which.
struct ElectionWay<Connection: AnyObject> {
    let peer: ServerID
    private(set) var outbound: Connection?
    /// What the peer dialled and speaks on.
    private(set) var inbound: Connection?
    private var isDialling = false
    /// Tells the pause before the next dial from pauses that were cut short.
    private(set) var attempt: UInt64 = 0
    private var pause = DialPause()

    init(to peer: ServerID) { self.peer = peer }

    var isOpen: Bool { outbound != nil }

    /// True if it is to be dialled now.
    mutating func begin() -> Bool {
        guard outbound == nil, !isDialling else { return false }
        isDialling = true
        attempt += 1
        return true
    }

    /// The pause after this attempt is over. True if it is to be dialled now.
    mutating func isDue(_ attempt: UInt64) -> Bool { attempt == self.attempt && begin() }

    mutating func opened(_ connection: Connection, at now: Nanoseconds) {
        isDialling = false
        outbound = connection
        pause.opened(at: now)
    }

    /// A dial failed. How long to wait before the next.
    mutating func failed(at now: Nanoseconds) -> Nanoseconds {
        isDialling = false
        return pause.next(at: now)
    }

    /// The peer is there: it has just dialled us. True if it is to be dialled without waiting any longer.
    ///
    /// One connection from each peer: the newer one counts, since a peer that dials again has given up what it had. So
    /// whoever says that it is a peer holds one connection and no more.
    ///
    /// - Returns: also the older one, which is to be closed.
    mutating func heard(on connection: Connection) -> (older: Connection?, dials: Bool) {
        let older = inbound
        inbound = connection
        guard outbound == nil, !isDialling else { return (older, false) }
        pause.reset()
        return (older, begin())
    }

    enum End { case unknown, inbound, outbound(redialAfter: Nanoseconds) }

    mutating func closed(_ connection: Connection, at now: Nanoseconds) -> End {
        if outbound === connection {
            outbound = nil
            return .outbound(redialAfter: pause.next(at: now))
        }
        guard inbound === connection else { return .unknown }
        inbound = nil
        return .inbound
    }

    /// Forgets both connections, and returns them.
    mutating func closeAll() -> [Connection] {
        defer { (outbound, inbound) = (nil, nil) }
        return [outbound, inbound].compactMap { $0 }
    }
}

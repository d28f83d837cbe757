import Zab

/// Who may be connected to one port without having said anything: a *stranger* is a connection whose first whole frame
/// (a peer's hello; a client's connect request or four-letter word) has not come. Afterwards other rules bound it: one
/// link a peer, `maxClientCnxns` and sessions for clients.
///
/// Strangers are bounded in number, in all and for each address, and in time. Past the bound the newcomer is let in and
/// the oldest stranger of the address that has most is closed for it. So an address that floods a port pushes out its own,
/// and one that has a single connection is never the one. A peer on the flooding address gets in, too: who speaks at once
/// is a stranger for a moment only, and it can be pushed out only after everything older from its address. The moment is
/// made long enough by `pause`: while the next one to go is younger than `grace`, nothing is accepted, so newcomers wait in
/// the kernel's queue, in the order of their arrival, and what they say waits with them. That also bounds how fast a flood
/// that comes back at once can come back: `strangersMax` in each `grace`.
///
/// No clock: whoever asks says what time it is. Every call is O(`strangersMax`) at most.
public struct Admission {
    /// The place of one connection, in the order of their arrival.
    public typealias Ticket = UInt64

    public struct Limits: Hashable, Sendable {
        /// Strangers in all. One more pushes another one out.
        public var strangersMax: Int
        /// Strangers of one address: three quarters of all. One more pushes its oldest out.
        public var strangersPerAddressMax: Int
        /// How long a stranger may say nothing before it is closed.
        public var patience: Nanoseconds = Admission.patience
        /// How long a stranger is safe from being pushed out by a newcomer.
        public var grace: Nanoseconds = Admission.grace

        public init(strangersMax: Int) {
            precondition(strangersMax > 0)
            self.strangersMax = strangersMax
            strangersPerAddressMax = max(1, strangersMax * 3 / 4)
        }
    }

    /// 5 s: then a connection that has sent no whole frame is closed.
    public static let patience: Nanoseconds = 5_000_000_000
    /// 100 ms: a stranger younger than this is not closed for a newcomer; the newcomers wait.
    public static let grace: Nanoseconds = 100_000_000

    private struct Stranger {
        var ticket: Ticket
        var address: AddressGroup
        var since: Nanoseconds
    }

    public let limits: Limits
    /// Oldest first.
    private var strangers: [Stranger] = []
    private var counts: [AddressGroup: Int] = [:]
    private var next: Ticket = 0

    public init(_ limits: Limits) { self.limits = limits }

    public var strangerCount: Int { strangers.count }

    /// A connection is there. It is let in; `displaced` is to be closed for it.
    public mutating func admit(
        from address: AddressGroup,
        now: Nanoseconds
    ) -> (ticket: Ticket, displaced: Ticket?) {
        var displaced: Ticket?
        if counts[address, default: 0] >= limits.strangersPerAddressMax {
            displaced = oldest(of: address)?.ticket
        } else if strangers.count >= limits.strangersMax {
            displaced = nextToGo?.ticket
        }
        if let displaced { left(displaced) }
        let ticket = next
        next += 1
        strangers.append(Stranger(ticket: ticket, address: address, since: now))
        counts[address, default: 0] += 1
        return (ticket, displaced)
    }

    /// Its first whole frame is there, or it is gone. Nothing happens if it was no stranger any more.
    public mutating func left(_ ticket: Ticket) {
        guard let index = strangers.firstIndex(where: { $0.ticket == ticket }) else { return }
        let address = strangers.remove(at: index).address
        counts[address]! -= 1
        if counts[address] == 0 { counts[address] = nil }
    }

    /// Strangers that have said nothing for `patience`: to be closed, and forgotten here.
    public mutating func takeOverdue(now: Nanoseconds) -> [Ticket] {
        var overdue: [Ticket] = []
        while let first = strangers.first, now >= first.since, now - first.since >= limits.patience {
            overdue.append(first.ticket)
            left(first.ticket)
        }
        return overdue
    }

    /// A stranger of this address that a better known use of its place may push out; forgotten here. Nil if all of them
    /// are younger than `grace`.
    public mutating func takeOldest(of address: AddressGroup, now: Nanoseconds) -> Ticket? {
        guard let stranger = oldest(of: address), age(stranger, now) >= limits.grace else { return nil }
        left(stranger.ticket)
        return stranger.ticket
    }

    /// How long nothing more is to be accepted; 0 to go on. Less, once a stranger has spoken or gone.
    public func pause(now: Nanoseconds) -> Nanoseconds {
        guard isFull, let stranger = nextToGo else { return 0 }
        let age = age(stranger, now)
        return age >= limits.grace ? 0 : limits.grace - age
    }

    private var isFull: Bool {
        strangers.count >= limits.strangersMax || counts.values.contains { $0 >= limits.strangersPerAddressMax }
    }

    /// The oldest of an address that has most.
    private var nextToGo: Stranger? {
        guard let most = counts.values.max() else { return nil }
        return strangers.first { counts[$0.address] == most }
    }

    private func oldest(of address: AddressGroup) -> Stranger? { strangers.first { $0.address == address } }

    private func age(_ stranger: Stranger, _ now: Nanoseconds) -> Nanoseconds {
        now > stranger.since ? now - stranger.since : 0
    }
}

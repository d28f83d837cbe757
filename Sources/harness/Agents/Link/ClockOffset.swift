/// One exchange of timestamps with another host, nanoseconds of each host's CLOCK_MONOTONIC (NTP, RFC 5905, section 8).
public struct ClockExchange: Sendable, Hashable {
    /// When it was asked, here; read and answered, there; when the answer was read, here.
    public var asked: UInt64
    public var heard: UInt64
    public var answered: UInt64
    public var returned: UInt64

    public init(asked: UInt64, heard: UInt64, answered: UInt64, returned: UInt64) {
        self.asked = asked
        self.heard = heard
        self.answered = answered
        self.returned = returned
    }

    /// What it says of the other clock; nil where a clock went backwards.
    var offset: ClockOffset? {
        guard returned >= asked, answered >= heard, returned - asked >= answered - heard else { return nil }
        let there = Int64(bitPattern: heard &- asked)
        let back = Int64(bitPattern: answered &- returned)
        // The sum of two clocks' distances can be longer than 64 bits.
        let middle = there / 2 + back / 2 + (there % 2 + back % 2) / 2
        return ClockOffset(nanoseconds: middle, bound: (returned - asked - (answered - heard) + 1) / 2)
    }
}

/// How far another host's monotonic clock is from ours.
public struct ClockOffset: Sendable, Hashable, Codable {
    /// What has to be added to our clock for theirs.
    public var nanoseconds: Int64
    /// The most by which that can be wrong: half of the time that the question and the answer were under way, since nobody
    /// knows how it was divided between the two.
    public var bound: UInt64

    public init(nanoseconds: Int64, bound: UInt64) {
        self.nanoseconds = nanoseconds
        self.bound = bound
    }

    /// The one of the quickest exchange, which leaves the least to guess; nil without any.
    public init?(best exchanges: some Sequence<ClockExchange>) {
        guard let best = exchanges.compactMap(\.offset).min(by: { $0.bound < $1.bound }) else { return nil }
        self = best
    }

    /// Our time as their clock shows it.
    public func theirs(_ ours: UInt64) -> UInt64 { ours &+ UInt64(bitPattern: nanoseconds) }

    /// Their time as our clock shows it.
    public func ours(_ theirs: UInt64) -> UInt64 { theirs &- UInt64(bitPattern: nanoseconds) }

    /// The most by which a moment is off that two measurements, before and after it, agree on as far as they do: clocks
    /// drift apart meanwhile.
    public func bound(with later: ClockOffset) -> UInt64 {
        max(bound, later.bound) + (later.nanoseconds &- nanoseconds).magnitude
    }
}

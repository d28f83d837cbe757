/// The number of a leader's reign. Each established leader has its own; it never goes back.
public typealias Epoch = UInt32

/// A transaction's place in the total order: the epoch of the leader that proposed it in the upper 32 bits,
/// a counter that starts at 1 in each epoch in the lower 32 (Zab, DSN'11, section III).
public struct Zxid: Hashable, Comparable, Sendable {
    public var rawValue: UInt64

    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

    @inlinable public init(epoch: Epoch, counter: UInt32) {
        rawValue = UInt64(epoch) << 32 | UInt64(counter)
    }

    /// Before every transaction: the zxid of an empty history.
    public static let zero = Zxid(rawValue: 0)

    @inlinable public var epoch: Epoch { Epoch(truncatingIfNeeded: rawValue >> 32) }
    @inlinable public var counter: UInt32 { UInt32(truncatingIfNeeded: rawValue) }

    @inlinable public static func < (left: Zxid, right: Zxid) -> Bool { left.rawValue < right.rawValue }

    /// The zxid `count` places later in the same epoch. Traps if the epoch's counter runs out: the leader must have
    /// ended its epoch before (ZOOKEEPER-1277).
    @inlinable public func advanced(by count: UInt32) -> Zxid {
        let (sum, overflow) = counter.addingReportingOverflow(count)
        precondition(!overflow, "the zxid counter ran out within an epoch")
        return Zxid(epoch: epoch, counter: sum)
    }

    /// True if `next` may directly follow this zxid in a history: the next counter of the same epoch, or the first
    /// of a later one. Anything else is a gap and is refused (ZOOKEEPER-4925).
    @inlinable public func mayBeFollowed(by next: Zxid) -> Bool {
        next.epoch == epoch
            ? counter != .max && next.counter == counter + 1
            : next.epoch > epoch && next.counter == 1
    }
}

extension Zxid: CustomStringConvertible {
    /// `epoch.counter`, both decimal: `3.17`.
    public var description: String { "\(epoch).\(counter)" }
}

import Synchronization
import Zab

/// When one group commit was taken from what waited, and when it was durable.
public struct GroupTiming: Sendable, Hashable {
    /// Everything up to it was durable then.
    public var last: Zxid
    /// CLOCK_MONOTONIC, nanoseconds.
    public var taken: UInt64
    public var synced: UInt64
    public var records: Int
}

/// The timings of group commits, while somebody wants them. The log thread notes them, the loop takes them.
public final class GroupTimings: Sendable {
    private let ring = Ring<GroupTiming>(capacity: 8192)
    private let wanted = Atomic<Bool>(false)
    private let lostCell = Atomic<Int>(0)

    public init() {}

    /// Whether timings are noted. What was noted before stays until it is taken.
    public var isWanted: Bool {
        get { wanted.load(ordering: .relaxed) }
        set { wanted.store(newValue, ordering: .relaxed) }
    }

    /// Timings for which there was no room.
    public var lost: Int { lostCell.load(ordering: .relaxed) }

    /// The loop's thread only: the oldest one that was not taken yet.
    public func take() -> GroupTiming? { ring.pop() }

    /// The log thread only.
    func note(_ timing: @autoclosure () -> GroupTiming) {
        guard isWanted else { return }
        if !ring.push(timing()) { lostCell.wrappingAdd(1, ordering: .relaxed) }
    }
}

import Synchronization

/// The confirmed identity of the ensemble (`Membership`) for the segments and snapshots that are begun from now on; 0
/// for none. Shared by a server's loop, which learns it, and the threads that write.
public final class IdentityMark: Sendable {
    private let value = Atomic<UInt64>(0)

    public init() {}

    public var identity: UInt64 {
        get { value.load(ordering: .relaxed) }
        set { value.store(newValue, ordering: .relaxed) }
    }
}

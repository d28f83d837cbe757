import Zab

/// Holds peers back while the log is behind: what they say makes more to log. Nothing is read of their links until the log
/// has caught up; meanwhile each tick says `MemberInput.held` of each of them, or their silence would be taken for
/// theirs.
public struct PeerBrake: Sendable {
    public enum Change: Sendable { case hold, release }

    public private(set) var isHolding = false

    public init() {}

    /// To be asked after everything that may have changed `DurableStore.isBehind`: appending, news of the log, and the
    /// end of a round, since cuts and snapshots empty the log without news.
    public mutating func change(isBehind: Bool) -> Change? {
        guard isBehind != isHolding else { return nil }
        if !isBehind, PlantedBug.pausedPeerNeverResumed.isPlanted { return nil }
        isHolding = isBehind
        return isBehind ? .hold : .release
    }
}

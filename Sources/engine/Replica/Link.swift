import Zab

/// One quorum link, from its opening to its end. Effects and inputs name links, not peers, so nothing that was meant for a
/// link reaches the one that comes after it.
public struct Link: Hashable, Sendable {
    public let peer: ServerID
    /// Different for each link of a process.
    public let number: UInt64

    public init(_ peer: ServerID, number: UInt64) {
        self.peer = peer
        self.number = number
    }
}

/// That a member wants a link with a would-be leader. Each time that it wants one is another wish.
public struct Wish: Hashable, Sendable {
    public let peer: ServerID
    public let number: UInt64

    public init(_ peer: ServerID, number: UInt64) {
        self.peer = peer
        self.number = number
    }
}

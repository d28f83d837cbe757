import Host
import Replica

/// A host's end of a connection. Whoever steps the host is at the other end.
public final class SteppedSocket {
    public enum Side {
        case client(ConnectionID)
        case peer(PeerConnection<SteppedPlatform>)
    }

    /// Nil until the host has it, and once the connection has ended.
    public internal(set) var side: Side?
    public internal(set) var isOpen = true
    /// The other side reads nothing, for now.
    public internal(set) var isFull = false
    /// What it has not taken.
    var unsent: [UInt8] = []
    var tellsWhenSent = false
    var isRead = true
    /// What has come while it was not read.
    public internal(set) var unread: [UInt8] = []

    public init() {}
}

/// What comes out of a host, in order.
public enum SteppedNews {
    case dial(HostDial)
    /// What was written until it was flushed.
    case bytes(SteppedSocket, [UInt8])
    /// Nothing more will be said to this client.
    case outputShut(SteppedSocket)
    case closed(SteppedSocket)
}

import Host
import Replica

/// A server's end of a connection, and what of its output the connection has not taken.
final class SimulatedSocket {
    enum Side {
        case client(ConnectionID)
        case peer(PeerConnection<SimulatedPlatform>)
    }

    let connection: Connection
    let end: Int
    @exclusivity(unchecked) var side: Side?
    /// Written, and not on its way.
    @exclusivity(unchecked) var unsent: [UInt8] = []
    @exclusivity(unchecked) var tellsWhenSent = false
    /// The hello has gone out, which comes before all frames.
    @exclusivity(unchecked) var hasSaidHello = false

    init(_ connection: Connection, _ end: Int) {
        self.connection = connection
        self.end = end
    }
}

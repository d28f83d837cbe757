import Log
import Replica
import Wire
import Zab

/// One connection between two servers, on the election or the quorum port: a hello from the side that dialled, then frames
/// with a length before each.
public final class PeerConnection<Platform: HostPlatform> {
    public typealias Socket = Platform.Network.Socket
    public typealias Queue = LinkQueue<Platform.Network.Bytes, SnapshotSender<Platform.Storage>>

    public let port: PeerPort
    public let socket: Socket
    /// What it came of, on the side that dialled.
    let dial: HostDial?
    /// Known from the start on the side that dialled; from the hello on the other.
    @exclusivity(unchecked) public internal(set) var peer: ServerID?
    /// As long as this is a quorum link.
    @exclusivity(unchecked) public internal(set) var link: Link?
    /// The first bytes, until the hello is whole.
    var hello: [UInt8] = []
    @exclusivity(unchecked) public internal(set) var frames: FrameBuffer
    /// What is to go out: `LinkQueue` says in which order, the socket says when.
    @exclusivity(unchecked) public internal(set) var queue = Queue()
    /// Nothing is read of it.
    @exclusivity(unchecked) public internal(set) var isPaused = false
    /// Nothing more comes of it or goes to it.
    @exclusivity(unchecked) public internal(set) var isFinished = false

    init(port: PeerPort, socket: Socket, dial: HostDial?) {
        self.port = port
        self.socket = socket
        self.dial = dial
        peer = dial?.peer
        frames = FrameBuffer(FrameBuffer.Bounds(lengths: 1...port.frameMax, readAhead: FrameBuffer.turnBytesMax))
    }
}

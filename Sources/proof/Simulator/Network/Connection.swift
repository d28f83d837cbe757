import DequeModule
import Host
import Wire
import Zab

/// One connection between two hosts, as TCP would have it: bytes arrive in order and once, or not at all any more.
///
/// End 0 is the host that dialled, end 1 the one that was dialled; direction 0 goes from end 0 to end 1.
final class Connection {
    enum Kind: Int { case election, quorum, client }

    enum Packet {
        /// The other side's kernel has taken the connection in.
        case opened
        /// The first word of the side that dialled, a server: bytes like others, but what would lose a frame does not lose
        /// them.
        case hello([UInt8])
        case bytes([UInt8])
        /// The other side says nothing more; or, a reset, there is nobody any more.
        case end(isReset: Bool)

        /// Bytes that the connection takes in.
        var count: Int {
            switch self {
            case .bytes(let bytes), .hello(let bytes): bytes.count
            case .opened, .end: 0
            }
        }
    }

    struct Direction {
        /// With the event that sent it, where somebody wants to know (`EventCauses`).
        var packets: Deque<(packet: Packet, due: Nanoseconds, cause: Int)> = []
        var lastDue: Nanoseconds = 0
        /// Bytes that were sent and not taken yet.
        var buffered = 0
        /// What has arrived and a read has left behind.
        var unread: [UInt8] = []
        /// An arrival was due while the receiver did not read; it comes when it reads again, or with the end.
        var isHeldBack = false
        /// An arrival was due while nothing got through; it comes when the way is open again.
        var isStalled = false
        var isPlanned = false

        func endIsDue(_ now: Nanoseconds) -> Bool {
            packets.contains { packet, due, _ in
                if case .end = packet { due <= now } else { false }
            }
        }

        var hasPackets: Bool { !packets.isEmpty }
        /// Nothing is under way, and nothing has arrived that was not read.
        var isEmpty: Bool { !hasPackets && unread.isEmpty }

        mutating func pop() -> (packet: Packet, cause: Int) {
            let (packet, _, cause) = packets.removeFirst()
            return (packet, cause)
        }
    }

    let number: Int
    let kind: Kind
    /// By end: the host.
    let hosts: (Int, Int)
    /// By end: the host's life at that time; a host that was restarted knows nothing of the connection.
    let lives: (Int, Int)
    @exclusivity(unchecked) var isOpen = (false, false)
    /// By end: this host reads nothing for now.
    @exclusivity(unchecked) private var isPaused = (false, false)
    @exclusivity(unchecked) var directions = (Direction(), Direction())

    /// What end 0, a server, has dialled it for.
    @exclusivity(unchecked) var dial: HostDial?
    /// By end: what a server has of it.
    @exclusivity(unchecked) var sockets: (SimulatedSocket?, SimulatedSocket?)

    /// Bytes that end 1, a server, has had ready for its client.
    @exclusivity(unchecked) var owed = 0
    /// End 1 says nothing more, and was not cut short.
    @exclusivity(unchecked) var isBidden = false
    /// Bytes were lost with it.
    @exclusivity(unchecked) var isBroken = false

    init(number: Int, kind: Kind, hosts: (Int, Int), lives: (Int, Int)) {
        self.number = number
        self.kind = kind
        self.hosts = hosts
        self.lives = lives
    }

    func host(_ end: Int) -> Int { end == 0 ? hosts.0 : hosts.1 }
    func life(_ end: Int) -> Int { end == 0 ? lives.0 : lives.1 }
    func isOpen(_ end: Int) -> Bool { end == 0 ? isOpen.0 : isOpen.1 }

    func isPaused(_ end: Int) -> Bool { end == 0 ? isPaused.0 : isPaused.1 }

    func setPaused(_ end: Int, _ paused: Bool) {
        if end == 0 { isPaused.0 = paused } else { isPaused.1 = paused }
    }

    func socket(_ end: Int) -> SimulatedSocket? { end == 0 ? sockets.0 : sockets.1 }

    func setOpen(_ end: Int, _ open: Bool) {
        if end == 0 { isOpen.0 = open } else { isOpen.1 = open }
    }

    func with<Result>(_ direction: Int, _ body: (inout Direction) -> Result) -> Result {
        direction == 0 ? body(&directions.0) : body(&directions.1)
    }
}

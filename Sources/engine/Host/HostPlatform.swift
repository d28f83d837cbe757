import Log
import Replica
import Wire
import Zab

/// What a `ServerHost` runs on: the Server's threads and sockets, or the simulator's events.
public protocol HostPlatform {
    associatedtype Storage: Disk
    associatedtype Log: LogWorker where Log.D == Storage
    associatedtype Snapshots: SnapshotWorker
    associatedtype Network: HostNetwork
    associatedtype Observer: HostObserver where Observer.Socket == Network.Socket
}

/// The ports on which servers talk to each other.
public enum PeerPort: Hashable, Sendable {
    case election, quorum

    /// The first bytes of every connection to it.
    public var magic: UInt32 { self == .election ? PeerLink.electionMagic : PeerLink.quorumMagic }
    /// The largest frame on it.
    public var frameMax: Int { self == .election ? Notification.encodedSize : PeerLink.frameMax }
}

/// A connection that a host wants to another server. What became of it is told with the same value.
public struct HostDial: Hashable, Sendable {
    public let port: PeerPort
    public let peer: ServerID
    /// Which wish it is to fulfil; nil for election links, which are always wanted.
    public let wish: Wish?
}

/// Something that a host wants to hear of later. It is never taken back: a host knows what has become pointless.
public enum HostTimer: Hashable, Sendable {
    case dialQuorum(Wish)
    case dialElection(ServerID, attempt: UInt64)
}

/// Sockets and time, as a `ServerHost` sees them. All of it happens on the host's thread.
///
/// No method calls the host back: what happens meanwhile is told when the host's own method has returned.
public protocol HostNetwork: AnyObject {
    associatedtype Socket: AnyObject
    /// Bytes that can be written more than once.
    associatedtype Bytes

    /// What time it is: asked when the first bytes of clients come in a turn of the loop, and when answers leave.
    var moment: Nanoseconds { get }

    /// `ServerHost.dialled` or `dialFailed` tells how it went.
    func dial(_ dial: HostDial)

    func makeBytes(_ bytes: UnsafeRawBufferPointer) -> Bytes
    /// Writes behind everything written before. Nothing is refused; what the socket does not take, waits.
    func write(_ bytes: UnsafeRawBufferPointer, on socket: Socket)
    func write(_ bytes: Bytes, on socket: Socket)
    /// What was written goes out now.
    func flush(_ socket: Socket)
    /// False once it is closed, by whomever; `ServerHost.closed` has been told, or follows.
    func isOpen(_ socket: Socket) -> Bool
    /// False while as much waits as should; `ServerHost.becameWritable` tells when that is over.
    func isWritable(_ socket: Socket) -> Bool
    /// Bytes that were written, and that the socket has not taken.
    func unsentBytes(_ socket: Socket) -> Int
    /// Asks for `ServerHost.sentAll` when there are none.
    func tellWhenSent(_ socket: Socket)

    /// Whether the socket is read.
    func setReading(_ isReading: Bool, _ socket: Socket)
    /// Says to the other side that nothing more comes. What it says is still read.
    func shutDownOutput(_ socket: Socket)
    /// Closes at once. `ServerHost.closed` follows.
    func close(_ socket: Socket)

    /// Whether the first four bytes of a client, as a number that is no length, are a word that is answered.
    func isWord(_ word: Int) -> Bool
    /// What to answer to it, after which the connection ends.
    ///
    /// - Parameter behind: what has come behind the word in the same read.
    func answer(toWord word: Int, behind: UnsafeRawBufferPointer) -> WordAnswer

    func schedule(_ timer: HostTimer, after pause: Nanoseconds)
    /// Asks for `ServerHost.endRound`, once: when everything that can be read now has been.
    ///
    /// - Parameter followsRound: a round is just over. The sockets are looked at before the next.
    func scheduleEndOfRound(followsRound: Bool)
}

/// An answer that is made in parts, so that a large one keeps nobody waiting: one part of one answer a round, and only while
/// its client's socket has room.
public final class WordAnswer {
    public enum Part: Sendable {
        case more([UInt8])
        case last([UInt8])
        /// It is not known yet; `ServerHost.answersGoOn` tells.
        case later
    }

    private let make: () -> Part

    public init(_ make: @escaping () -> Part) { self.make = make }
    public convenience init(_ text: String) { self.init { .last(Array(text.utf8)) } }

    public func next() -> Part { make() }
}

/// Who watches a `ServerHost`: the Server for its log, its figures and its times, the simulator for its checkers. Nothing
/// that it does changes what the host does, but for `isAlive`.
public protocol HostObserver: AnyObject {
    associatedtype Socket: AnyObject

    /// False once the machine has lost its power in the middle of an operation: nothing more is carried out.
    var isAlive: Bool { get }

    /// A tick is about to be stepped, and was.
    func willTick()
    func didTick()
    /// The member is about to be stepped, and was.
    func willStep()
    func didStep()
    /// Bytes of a client, or its turn, come before the member.
    func willTakeClient()
    /// A frame comes before the member.
    func willTake(_ frame: PeerFrame, on link: Link)

    func roundBegins()
    /// Everything has been read; what was collected becomes one batch.
    func roundCloses()
    /// All effects of the round have been carried out.
    func roundIsOver()
    /// In order: each effect, before and after it has been carried out.
    func willCarryOut(_ effect: MemberEffect)
    func didCarryOut(_ effect: MemberEffect)
    /// Replies that are ready are about to be sent.
    func willReply()
    /// Everything up to here is synced, and the member is about to hear of it.
    func isDurable(_ zxid: Zxid)
    /// A run of the history was read from the log, since memory does not hold it any more.
    func hasReadFromLog()
    /// A snapshot of this server's own begins; one that began before and is not whole is none any more.
    func beganSnapshot()
    /// A snapshot of this server's own is whole.
    func finishedSnapshot()
    /// Peers are held back from now on, or no longer.
    func holdsPeers(_ isHolding: Bool)

    /// A connection's other side has said who it is: a client's first frame, a server's hello.
    func becameKnown(_ socket: Socket)
    /// This server closes a link that is open.
    func closes(_ link: Link, reason: String?)
    /// A link was closed by the other side, or broke.
    func lost(_ link: Link)
    /// What one learner needs is not to be had: that costs its link.
    func gaveUp(_ link: Link, _ reason: String, _ error: (any Error)?)
    /// An election link has closed that was this server's way to the peer.
    func lostElectionLink(_ peer: ServerID)

    func complains(_ complaint: HostComplaint, about socket: Socket?)
    /// The server cannot go on. Told once.
    func failed(_ reason: String)
}

/// What is wrong with a connection, for the log: a line each, and how often is the log's to say.
public enum HostComplaint: Hashable, Sendable {
    /// A server that may not speak here; the line is nil if it was told not long ago.
    case refused(PeerPort, String?)
    /// What came on a link between servers is none of ours.
    case broken(PeerPort, ServerID?, String)
    /// A server does not read what it is told on its election port.
    case deaf(ServerID)
    /// A reason that the protocol gives for a link's end.
    case closed(Link, String)
    /// The member ends a client's connection.
    case client(String)
    /// A client's bytes are no frames.
    case brokenClient(String)
}

/// Whoever watches only some of it has nothing to say to the rest.
extension HostObserver {
    public func willTick() {}
    public func didTick() {}
    public func willStep() {}
    public func didStep() {}
    public func willTakeClient() {}
    public func willTake(_ frame: PeerFrame, on link: Link) {}
    public func roundBegins() {}
    public func roundCloses() {}
    public func roundIsOver() {}
    public func willCarryOut(_ effect: MemberEffect) {}
    public func didCarryOut(_ effect: MemberEffect) {}
    public func willReply() {}
    public func isDurable(_ zxid: Zxid) {}
    public func hasReadFromLog() {}
    public func beganSnapshot() {}
    public func finishedSnapshot() {}
    public func holdsPeers(_ isHolding: Bool) {}
    public func becameKnown(_ socket: Socket) {}
    public func closes(_ link: Link, reason: String?) {}
    public func lost(_ link: Link) {}
    public func gaveUp(_ link: Link, _ reason: String, _ error: (any Error)?) {}
    public func lostElectionLink(_ peer: ServerID) {}
}

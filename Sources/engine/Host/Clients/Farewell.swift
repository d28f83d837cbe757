import Zab

/// The end of a connection to a client: all that is ready is sent, then this side says that nothing more comes, and the
/// connection is closed when the client has closed its side, or when patience with it is over.
///
/// Closing at once loses what the socket has not taken; and if the client has said anything that was not read, the kernel
/// resets the connection, which takes from the client even what had arrived. So what it still says is read, and forgotten.
public struct Farewell: Sendable {
    /// What the shell does next.
    public enum Step: Hashable, Sendable { case wait, shutDownOutput, close }

    /// No connection takes longer than this to end, or two ticks.
    public static let patienceMin: Nanoseconds = 1_000_000_000
    public static func patience(tick: Nanoseconds) -> Nanoseconds { max(2 * tick, patienceMin) }
    /// How many bytes may wait on all connections together that are ending: one that would be beyond that is closed at
    /// once.
    public static let unsentBytesMax = 64 << 20

    private var isSent = false
    private var clientHasEnded = false

    public init() {}

    /// - Parameter unsent: bytes that wait on all connections that are ending, this one among them.
    public func begin(unsent: Int) -> Step {
        unsent > Self.unsentBytesMax || PlantedBug.closeLosesReplies.isPlanted ? .close : .wait
    }

    /// The socket has taken everything.
    public mutating func sentAll() -> Step {
        isSent = true
        return clientHasEnded ? .close : .shutDownOutput
    }

    /// The client says nothing more.
    public mutating func clientEnded() -> Step {
        clientHasEnded = true
        return isSent ? .close : .wait
    }
}

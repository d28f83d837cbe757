import Replica
import Zab

/// How one client's bytes become a member's inputs: whole frames in their order, as far as the member has room, and pings
/// at once, wherever they stand among those for which there is none.
public struct ClientInlet: Sendable {
    /// What the member is offered.
    public enum Offer {
        /// Whole frames, as `Member.take` wants them.
        case frames(UnsafeRawBufferPointer)
        /// A ping, without its length, that has overtaken frames for which there is no room.
        case heartbeat(UnsafeRawBufferPointer)
    }

    /// So much is read, for the pings in it, while frames wait for room. Beyond that the client's socket holds the client
    /// back, and `MemberInput.heldBack` speaks for it.
    public static let readAheadMax = 64 << 10

    private var frames: FrameBuffer
    private let readAhead: Int

    /// - Parameters:
    ///   - frameMax: the largest frame that a client may send (`jute.maxbuffer`).
    ///   - readAhead: in place of `readAheadMax`.
    public init(frameMax: Int, readAhead: Int = readAheadMax) {
        self.readAhead = readAhead
        let ahead = readAhead + FrameBuffer.turnBytesMax
        frames = FrameBuffer(FrameBuffer.Bounds(lengths: 0...frameMax, readAhead: ahead))
    }

    /// True while whole frames wait for room in the member.
    public var isHolding: Bool { frames.hasWholeFrame }
    /// Whether the connection should be read further.
    public var wantsMore: Bool {
        !isHolding || frames.held < readAhead
    }
    /// See `FrameBuffer`.
    public var held: Int { frames.held }
    public var frameCount: Int { frames.frameCount }
    /// How many whole frames wait, by looking at each.
    public var waitingFrames: Int { frames.waitingFrames }
    public var memory: Int { frames.memory }
    public var memoryMax: Int { frames.memoryMax }

    /// Takes what was read.
    ///
    /// - Parameter offer: says how many bytes of what it is offered are done with.
    /// - Returns: what is wrong with the bytes, once: the connection is to be closed.
    public mutating func receive(_ read: UnsafeRawBufferPointer, _ offer: (Offer) -> Int) -> FrameBuffer.Problem? {
        let before = frames.frameCount
        let problem = frames.receive(read) { offer(.frames($0)) }
        if isHolding, frames.frameCount > before {
            frames.lift { Member.isHeartbeat($0) && offer(.heartbeat($0)) > 0 }
        }
        return problem
    }

    /// Offers again what waits.
    public mutating func resume(_ offer: (Offer) -> Int) { frames.resume { offer(.frames($0)) } }

    /// Nothing more is read.
    public mutating func close() { frames.close() }
}

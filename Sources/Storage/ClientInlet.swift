import Replica
import Zab

/// How one client's bytes become a member's inputs: whole frames in their order, as far as the member has room, and pings
/// at once, wherever they stand among those for which there is none.
public struct ClientInlet: Sendable {
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
    public var frameCount: Int { frames.frameCount }
    public var memory: Int { frames.memory }
    public var memoryMax: Int { frames.memoryMax }

    /// Takes what was read.
    ///
    /// - Parameter step: steps the member and returns `MemberEffects.consumed`.
    /// - Returns: what is wrong with the bytes, once: the connection is to be closed.
    public mutating func receive(
        _ read: UnsafeRawBufferPointer,
        of id: ConnectionID,
        _ step: (MemberInput) -> Int
    ) -> FrameBuffer.Problem? {
        let before = frames.frameCount
        let problem = frames.receive(read) { step(.clientFrames(id, $0)) }
        if isHolding, frames.frameCount > before {
            frames.lift { Member.isHeartbeat($0) && step(.heartbeat(id, $0)) > 0 }
            _ = step(.heard(id))
        }
        return problem
    }

    /// Offers again what waits.
    public mutating func resume(of id: ConnectionID, _ step: (MemberInput) -> Int) {
        frames.resume { step(.clientFrames(id, $0)) }
    }

    /// Nothing more is read.
    public mutating func close() { frames.close() }
}

import Replica

/// How one client's bytes become a member's inputs: whole frames in their order, as far as the member has room.
public struct ClientInlet: Sendable {
    private var frames: FrameBuffer

    /// - Parameter frameMax: the largest frame that a client may send (`jute.maxbuffer`).
    public init(frameMax: Int) {
        frames = FrameBuffer(FrameBuffer.Bounds(lengths: 0...frameMax, readAhead: FrameBuffer.turnBytesMax))
    }

    /// True while whole frames wait for room in the member.
    public var isHolding: Bool { frames.hasWholeFrame }
    /// Whether the connection should be read further.
    public var wantsMore: Bool { !isHolding }
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
        frames.receive(read) { step(.clientFrames(id, $0)) }
    }

    /// Offers again what waits.
    public mutating func resume(of id: ConnectionID, _ step: (MemberInput) -> Int) {
        frames.resume { step(.clientFrames(id, $0)) }
    }

    /// Nothing more is read.
    public mutating func close() { frames.close() }
}

import Wire

/// One answer of a server, read in place; `body` is valid as long as the cursor it came from.
public struct Reply {
    /// The request's xid, or one of `ReservedXid`.
    public var xid: Int32
    /// For a write the zxid of its transaction, for a read that of the last one applied.
    public var zxid: Int64
    /// ZooKeeper's error code; 0 if there was none. With an error the body is empty.
    public var error: Int32
    public var body: UnsafeRawBufferPointer

    @inlinable
    init(xid: Int32, zxid: Int64, error: Int32, body: UnsafeRawBufferPointer) {
        self.xid = xid
        self.zxid = zxid
        self.error = error
        self.body = body
    }
}

/// Walks the whole frames of one read. Valid only during the call that hands it over.
public struct ReplyCursor {
    /// The longest answer that is accepted: a list of children may be much larger than a request (ZooKeeper's client
    /// has 4 MiB; a hundred thousand names need about as much).
    public static let frameMax = 64 << 20
    @usableFromInline static let headerSize = 16

    @usableFromInline var frames: FrameCursor

    @inlinable public init(_ bytes: UnsafeRawBufferPointer) { frames = FrameCursor(bytes) }

    /// How many bytes the frames so far took.
    @inlinable public var consumed: Int { frames.offset }

    /// The next answer; nil when what is left is not a whole frame.
    ///
    /// - Throws: `WireError` if a length cannot be that of an answer.
    @inlinable
    public mutating func next() throws(WireError) -> Reply? {
        guard let length = frames.length else { return nil }
        guard length >= Self.headerSize, length <= Self.frameMax else {
            throw WireError("an answer of \(length) bytes; \(Self.headerSize) to \(Self.frameMax) are possible")
        }
        guard let frame = frames.next() else { return nil }
        return Reply(
            xid: Int32(bigEndian: frame.loadUnaligned(as: Int32.self)),
            zxid: Int64(bigEndian: frame.loadUnaligned(fromByteOffset: 4, as: Int64.self)),
            error: Int32(bigEndian: frame.loadUnaligned(fromByteOffset: 12, as: Int32.self)),
            body: UnsafeRawBufferPointer(rebasing: frame[Self.headerSize...])
        )
    }
}

/// Walks through frames, each with its length (`Int32`, big-endian) before it: the one place that reads such lengths.
public struct FrameCursor {
    @usableFromInline let bytes: UnsafeRawBufferPointer
    /// Where the next frame's length is, or would be.
    public var offset: Int

    @inlinable public init(_ bytes: UnsafeRawBufferPointer, from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    /// The length before the next frame, whatever it is; nil if not all of its bytes are there.
    @inlinable public var length: Int? {
        guard bytes.count - offset >= 4 else { return nil }
        return Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
    }

    /// The next frame, without its length; nil, and nothing changes, if it is not whole.
    @inlinable public mutating func next() -> UnsafeRawBufferPointer? {
        guard let length, length >= 0, bytes.count - offset - 4 >= length else { return nil }
        let frame = UnsafeRawBufferPointer(rebasing: bytes[(offset + 4)..<(offset + 4 + length)])
        offset += 4 + length
        return frame
    }
}

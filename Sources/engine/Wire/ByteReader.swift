/// Bytes from outside that are not what the format says.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// Reads Jute's primitives from bytes that somebody else owns; each read checks the bounds once.
///
/// Nothing is copied: buffers and strings come back as views that are valid as long as the bytes read from.
public struct ByteReader {
    @usableFromInline var cursor: UnsafeRawPointer
    @usableFromInline let end: UnsafeRawPointer

    @inlinable public init(_ bytes: UnsafeRawBufferPointer) {
        // An empty buffer may have no address; any will do, since nothing is read from it.
        cursor = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 16)!
        end = cursor + bytes.count
    }

    @inlinable public var remaining: Int { end - cursor }

    /// What has not been read yet.
    @inlinable public var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: cursor, count: remaining) }

    @inlinable @inline(__always)
    mutating func take(_ count: Int) throws(WireError) -> UnsafeRawPointer {
        guard count <= end - cursor else { throw Self.cutShort(count, left: end - cursor) }
        let start = cursor
        cursor += count
        return start
    }

    /// Out of line, so that the readers stay small enough to be inlined.
    @usableFromInline @inline(never)
    static func cutShort(_ count: Int, left: Int) -> WireError { WireError("\(count) bytes expected, \(left) left") }

    @inlinable public mutating func uint8() throws(WireError) -> UInt8 { try take(1).load(as: UInt8.self) }
    @inlinable public mutating func bool() throws(WireError) -> Bool { try uint8() != 0 }
    @inlinable public mutating func int32() throws(WireError) -> Int32 {
        Int32(bigEndian: try take(4).loadUnaligned(as: Int32.self))
    }
    @inlinable public mutating func uint32() throws(WireError) -> UInt32 {
        UInt32(bigEndian: try take(4).loadUnaligned(as: UInt32.self))
    }
    @inlinable public mutating func int64() throws(WireError) -> Int64 {
        Int64(bigEndian: try take(8).loadUnaligned(as: Int64.self))
    }
    @inlinable public mutating func uint64() throws(WireError) -> UInt64 {
        UInt64(bigEndian: try take(8).loadUnaligned(as: UInt64.self))
    }

    /// `count` raw bytes.
    @inlinable public mutating func bytes(_ count: Int) throws(WireError) -> UnsafeRawBufferPointer {
        guard count >= 0 else { throw WireError("negative length \(count)") }
        return UnsafeRawBufferPointer(start: try take(count), count: count)
    }

    /// A Jute buffer or string; nil if it is null (length -1).
    @inlinable public mutating func buffer() throws(WireError) -> UnsafeRawBufferPointer? {
        let length = try int32()
        if length == -1 { return nil }
        return try bytes(Int(length))
    }

    /// A Jute buffer or string that must not be null.
    @inlinable public mutating func nonNullBuffer() throws(WireError) -> UnsafeRawBufferPointer {
        guard let bytes = try buffer() else { throw WireError("null where a value is needed") }
        return bytes
    }

    /// A Jute string as Swift's; null reads as empty, ill-formed UTF-8 is repaired.
    public mutating func string() throws(WireError) -> String {
        String(decoding: try buffer() ?? UnsafeRawBufferPointer(start: nil, count: 0), as: UTF8.self)
    }

    /// The number of elements of a Jute vector; nil if null. No element is smaller than `minimumSize` bytes, so a
    /// count that the rest of the bytes cannot hold is refused before anything is allocated for it.
    public mutating func vectorCount(minimumSize: Int) throws(WireError) -> Int? {
        let count = try int32()
        if count == -1 { return nil }
        guard count >= 0, Int(count) * max(minimumSize, 1) <= remaining else {
            throw WireError("vector of \(count) elements in \(remaining) bytes")
        }
        return Int(count)
    }
}

/// A growing run of bytes outside Swift's arrays: what encoders write into and sockets and logs read from.
///
/// A class, so that it is filled in place wherever it is held; owned by one thread at a time. Integers are big-endian,
/// as in Jute. Memory is kept on `removeAll`, so a writer in steady use does not allocate.
public final class ByteWriter {
    // Stored behind computed properties: read directly from another module they would be checked for exclusivity on
    // every access, which showed in the profile of the prep step.
    @exclusivity(unchecked) @usableFromInline var start: UnsafeMutableRawPointer
    @exclusivity(unchecked) @usableFromInline var room: Int
    @exclusivity(unchecked) @usableFromInline var used: Int

    @inlinable public var base: UnsafeMutableRawPointer { start }
    @inlinable public var capacity: Int { room }
    @inlinable public var count: Int { used }

    public init(capacity: Int = 256) {
        room = max(capacity, 16)
        start = .allocate(byteCount: max(capacity, 16), alignment: 16)
        used = 0
    }

    deinit { start.deallocate() }

    /// The bytes written so far; valid until the next write.
    @inlinable public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: used) }

    @inlinable public func removeAll() { used = 0 }

    /// Cuts the run back to `count` bytes, at most what it has.
    public func truncate(to count: Int) {
        precondition(count <= used)
        used = count
    }

    /// Appends `size` bytes without setting them, and returns where they begin; valid until the next write.
    @inlinable @inline(__always)
    public func reserve(_ size: Int) -> UnsafeMutableRawPointer {
        if used &+ size > room { grow(toFit: used + size) }
        let place = start + used
        used &+= size
        return place
    }

    @inline(never) @usableFromInline
    func grow(toFit needed: Int) {
        let larger = max(needed, room * 2)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: start, byteCount: used)
        start.deallocate()
        start = moved
        room = larger
    }

    @inlinable public func append(_ value: UInt8) { reserve(1).storeBytes(of: value, as: UInt8.self) }
    @inlinable public func append(_ value: Bool) { append(value ? 1 : 0 as UInt8) }
    @inlinable public func append(_ value: Int32) { reserve(4).storeBytes(of: value.bigEndian, as: Int32.self) }
    @inlinable public func append(_ value: UInt32) { reserve(4).storeBytes(of: value.bigEndian, as: UInt32.self) }
    @inlinable public func append(_ value: Int64) { reserve(8).storeBytes(of: value.bigEndian, as: Int64.self) }
    @inlinable public func append(_ value: UInt64) { reserve(8).storeBytes(of: value.bigEndian, as: UInt64.self) }

    /// Raw bytes, without a length.
    @inlinable public func append(bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        reserve(bytes.count).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
    }

    /// A Jute buffer or string: length, then bytes.
    @inlinable public func append(buffer: UnsafeRawBufferPointer) {
        append(Int32(buffer.count))
        append(bytes: buffer)
    }

    /// A Jute string from Swift's.
    public func append(string: String) {
        var string = string
        string.withUTF8 { append(buffer: UnsafeRawBufferPointer($0)) }
    }

    /// A null Jute buffer, string or vector.
    public func appendNull() { append(Int32(-1)) }

    /// Overwrites four bytes at `offset`: for lengths that are known only after what they count.
    @inlinable public func set(_ value: Int32, at offset: Int) {
        precondition(offset >= 0 && offset + 4 <= count)
        (base + offset).storeBytes(of: value.bigEndian, as: Int32.self)
    }
}

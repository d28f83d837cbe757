/// A growing run of bytes outside Swift's arrays: what encoders write into and sockets and logs read from.
///
/// A class, so that it is filled in place wherever it is held; owned by one thread at a time. Integers are big-endian,
/// as in Jute. Memory is kept on `removeAll`, so a writer in steady use does not allocate.
public final class ByteWriter {
    @exclusivity(unchecked) public private(set) var base: UnsafeMutableRawPointer
    @exclusivity(unchecked) public private(set) var capacity: Int
    @exclusivity(unchecked) public private(set) var count: Int

    public init(capacity: Int = 256) {
        self.capacity = max(capacity, 16)
        base = .allocate(byteCount: self.capacity, alignment: 16)
        count = 0
    }

    deinit { base.deallocate() }

    /// The bytes written so far; valid until the next write.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    public func removeAll() { count = 0 }

    /// Cuts the run back to `count` bytes, at most what it has.
    public func truncate(to count: Int) {
        precondition(count <= self.count)
        self.count = count
    }

    /// Appends `size` bytes without setting them, and returns where they begin; valid until the next write.
    @inline(__always)
    public func reserve(_ size: Int) -> UnsafeMutableRawPointer {
        if count &+ size > capacity { grow(toFit: count + size) }
        let start = base + count
        count &+= size
        return start
    }

    @inline(never)
    private func grow(toFit needed: Int) {
        let larger = max(needed, capacity * 2)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = moved
        capacity = larger
    }

    public func append(_ value: UInt8) { reserve(1).storeBytes(of: value, as: UInt8.self) }
    public func append(_ value: Bool) { append(value ? 1 : 0 as UInt8) }
    public func append(_ value: Int32) { reserve(4).storeBytes(of: value.bigEndian, as: Int32.self) }
    public func append(_ value: UInt32) { reserve(4).storeBytes(of: value.bigEndian, as: UInt32.self) }
    public func append(_ value: Int64) { reserve(8).storeBytes(of: value.bigEndian, as: Int64.self) }
    public func append(_ value: UInt64) { reserve(8).storeBytes(of: value.bigEndian, as: UInt64.self) }

    /// Raw bytes, without a length.
    public func append(bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        reserve(bytes.count).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
    }

    /// A Jute buffer or string: length, then bytes.
    public func append(buffer: UnsafeRawBufferPointer) {
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
    public func set(_ value: Int32, at offset: Int) {
        precondition(offset >= 0 && offset + 4 <= count)
        (base + offset).storeBytes(of: value.bigEndian, as: Int32.self)
    }
}

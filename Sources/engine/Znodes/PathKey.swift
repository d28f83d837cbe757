import CPlatform

/// A znode's path as bytes that somebody else owns, with its hash, which is computed once per operation.
struct PathKey {
    let start: UnsafeRawPointer
    let count: Int
    let hash: UInt64

    @inline(__always)
    init(start: UnsafeRawPointer, count: Int) {
        self.start = start
        self.count = count
        hash = zb_hash(start, count)
    }

    /// - Parameter hash: of the path.
    init(start: UnsafeRawPointer, hash: UInt64, count: Int) {
        self.start = start
        self.count = count
        self.hash = hash
    }

    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        // An empty buffer may have no address; nothing is read from this one.
        self.init(start: bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 16)!, count: bytes.count)
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// The offset of the last slash, or -1.
    var lastSlash: Int {
        var offset = count - 1
        while offset >= 0, start.load(fromByteOffset: offset, as: UInt8.self) != PathRules.slash { offset -= 1 }
        return offset
    }

    /// The path before the last slash at `slash`; "/" if nothing stands before it.
    func parent(slash: Int) -> PathKey {
        PathKey(start: start, count: max(slash, 1))
    }

    var isRoot: Bool { count == 1 }

    /// The bytes as an array of their own, for events and errors.
    var copy: [UInt8] { Array(bytes) }
}

/// Whether `count` bytes at both places are the same: eight at a time, since most paths are 10 to 40 bytes long and a
/// call of `memcmp` costs more than that.
@inline(__always)
func bytesAreEqual(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
    var offset = 0
    while offset &+ 8 <= count {
        if left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            != right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        {
            return false
        }
        offset &+= 8
    }
    if offset == count { return true }
    if count >= 8 {
        return left.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            == right.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
    }
    while offset < count {
        if left.load(fromByteOffset: offset, as: UInt8.self) != right.load(fromByteOffset: offset, as: UInt8.self) {
            return false
        }
        offset &+= 1
    }
    return true
}

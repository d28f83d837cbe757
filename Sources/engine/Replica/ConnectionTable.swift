/// The client connections of a member, by id, in memory that does not move while one is used.
///
/// Not an array: reading one field of an element of an array of structs that hold references copied the whole struct,
/// with its retains and releases, several times for every transaction. An element's address is lent, since with `_read`
/// that happened again as soon as the struct had grown.
struct ConnectionTable: ~Copyable {
    private var base: UnsafeMutablePointer<ClientConnection>
    private var capacity: Int
    private(set) var count = 0

    init() {
        capacity = 16
        base = .allocate(capacity: capacity)
    }

    deinit {
        base.deinitialize(count: count)
        base.deallocate()
    }

    var indices: Range<Int> { 0..<count }

    mutating func append(_ connection: consuming ClientConnection) {
        if count == capacity {
            let larger = UnsafeMutablePointer<ClientConnection>.allocate(capacity: capacity * 2)
            larger.moveInitialize(from: base, count: count)
            base.deallocate()
            base = larger
            capacity *= 2
        }
        (base + count).initialize(to: connection)
        count += 1
    }

    subscript(index: Int) -> ClientConnection {
        @inline(__always) unsafeAddress {
            precondition(index >= 0 && index < count)
            return UnsafePointer(base + index)
        }
        @inline(__always) unsafeMutableAddress {
            precondition(index >= 0 && index < count)
            return base + index
        }
    }
}

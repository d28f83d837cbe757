/// Which record was changed by which transaction, oldest first: a ring that grows to the largest number outstanding.
struct ZxidQueue {
    struct Item {
        var zxid: UInt64
        /// A path change's slot, or `~` a session change's.
        var record: Int32
    }

    private var items: UnsafeMutablePointer<Item>
    private var mask: Int
    /// Positions since the beginning; the ring holds `head..<tail`.
    private(set) var head = 0
    private(set) var tail = 0

    init() {
        items = .allocate(capacity: 64)
        mask = 63
    }

    func deallocate() { items.deallocate() }

    var isEmpty: Bool { head == tail }
    var first: Item { items[head & mask] }

    mutating func append(_ item: Item) {
        if tail - head > mask { grow() }
        items[tail & mask] = item
        tail += 1
    }

    mutating func removeFirst() { head += 1 }

    /// Takes back the newest items.
    mutating func truncate(toTail position: Int) {
        precondition(position >= head && position <= tail)
        tail = position
    }

    mutating func removeAll() { head = tail }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Item>.allocate(capacity: (mask + 1) * 2)
        let largerMask = (mask + 1) * 2 - 1
        for position in head..<tail { larger[position & largerMask] = items[position & mask] }
        items.deallocate()
        items = larger
        mask = largerMask
    }
}

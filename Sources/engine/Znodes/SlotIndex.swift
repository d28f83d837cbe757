/// An open-addressing hash table from hashes to slots of a table kept elsewhere: the keys stay there, so a bucket is
/// eight bytes and eight of them share a cache line.
///
/// Linear probing, at most three quarters full, and deletion by shifting back, so it never fills with tombstones. The
/// owner compares keys: it walks the buckets from `start(_:)` and stops at the first empty one.
struct SlotIndex {
    struct Bucket {
        /// The low half of the hash: its low bits choose the bucket, the others tell most strangers apart.
        var tag: UInt32
        /// -1: the bucket is empty.
        var slot: Int32
    }

    private(set) var buckets: UnsafeMutablePointer<Bucket>
    private(set) var mask: Int
    private(set) var count = 0

    /// - Parameter capacity: a power of two.
    init(capacity: Int = 16) {
        buckets = .allocate(capacity: capacity)
        buckets.initialize(repeating: Bucket(tag: 0, slot: -1), count: capacity)
        mask = capacity - 1
    }

    func deallocate() { buckets.deallocate() }

    @inline(__always) func start(_ hash: UInt64) -> Int { Int(UInt32(truncatingIfNeeded: hash)) & mask }
    @inline(__always) func next(_ position: Int) -> Int { (position &+ 1) & mask }

    mutating func insert(_ hash: UInt64, slot: Int32) {
        if (count + 1) * 4 > (mask + 1) * 3 { grow() }
        place(Bucket(tag: UInt32(truncatingIfNeeded: hash), slot: slot))
        count += 1
    }

    /// Removes the entry of `slot`, which must be there under `hash`.
    mutating func remove(_ hash: UInt64, slot: Int32) {
        var hole = start(hash)
        while buckets[hole].slot != slot {
            precondition(buckets[hole].slot >= 0, "a slot that is not in the index")
            hole = next(hole)
        }
        var position = next(hole)
        while buckets[position].slot >= 0 {
            let home = Int(buckets[position].tag) & mask
            // The bucket may fill the hole unless its home lies between the hole and itself.
            if (position &- home) & mask >= (position &- hole) & mask {
                buckets[hole] = buckets[position]
                hole = position
            }
            position = next(position)
        }
        buckets[hole].slot = -1
        count -= 1
    }

    private mutating func place(_ bucket: Bucket) {
        var position = Int(bucket.tag) & mask
        while buckets[position].slot >= 0 { position = next(position) }
        buckets[position] = bucket
    }

    private mutating func grow() {
        let old = buckets
        let oldCapacity = mask + 1
        buckets = .allocate(capacity: oldCapacity * 2)
        buckets.initialize(repeating: Bucket(tag: 0, slot: -1), count: oldCapacity * 2)
        mask = oldCapacity * 2 - 1
        for position in 0..<oldCapacity where old[position].slot >= 0 { place(old[position]) }
        old.deallocate()
    }
}

import CPlatform

/// All znodes by slot, and the index from paths to slots.
///
/// The table grows by chunks and nodes never move: no pause to copy it, and a pointer to a node stays valid until the
/// node is freed.
struct NodeTable {
    private static let chunkShift = 12
    private static let chunkSize = 1 << chunkShift

    private var chunks: UnsafeMutablePointer<UnsafeMutablePointer<Znode>>
    private var chunkCount = 0
    private var chunkCapacity = 16
    private var index = SlotIndex(capacity: 1024)
    private var firstFree: Int32 = -1
    /// One more than the highest slot ever used.
    private(set) var highWater: Int32 = 0
    private(set) var count = 0
    /// Bytes of all paths and data.
    var byteCount = 0
    private var newestLink: UInt64 = 0

    init() {
        assert(MemoryLayout<Znode>.stride == Znode.stride)
        chunks = .allocate(capacity: chunkCapacity)
    }

    func deallocate() {
        for slot in 0..<highWater where self[slot].pointee.pathCount > 0 { self[slot].pointee.block.deallocate() }
        for chunk in 0..<chunkCount { UnsafeMutableRawPointer(chunks[chunk]).deallocate() }
        chunks.deallocate()
        index.deallocate()
    }

    @inline(__always)
    subscript(_ slot: Int32) -> UnsafeMutablePointer<Znode> {
        let slot = Int(truncatingIfNeeded: slot)
        return chunks[slot &>> Self.chunkShift] + (slot & (Self.chunkSize &- 1))
    }

    /// The slot of the node at `key`, or -1.
    @inline(__always)
    func find(_ key: PathKey) -> Int32 {
        let tag = UInt32(truncatingIfNeeded: key.hash)
        var position = index.start(key.hash)
        while true {
            let bucket = index.buckets[position]
            if bucket.slot < 0 { return -1 }
            if bucket.tag == tag {
                let node = self[bucket.slot]
                if Int(node.pointee.pathCount) == key.count,
                    bytesAreEqual(Znode.path(of: node), key.start, key.count)
                {
                    return bucket.slot
                }
            }
            position = index.next(position)
        }
    }

    /// Prefetches the first three lines of the first node whose tag is right; nearly always the right node.
    func prefetch(_ hash: UInt64) {
        let tag = UInt32(truncatingIfNeeded: hash)
        var position = index.start(hash)
        while true {
            let bucket = index.buckets[position]
            if bucket.slot < 0 { return }
            if bucket.tag == tag {
                let node = UnsafeRawPointer(self[bucket.slot])
                zb_prefetch(node)
                zb_prefetch(node + 64)
                zb_prefetch(node + 128)
                return
            }
            position = index.next(position)
        }
    }

    /// Adds a node at `key`, which must not exist: all zero, no relations, no watches, null data.
    mutating func insert(_ key: PathKey, dataCapacity: Int) -> Int32 {
        let slot: Int32
        if firstFree >= 0 {
            slot = firstFree
            firstFree = self[slot].pointee.nextSibling
        } else {
            if Int(highWater) == chunkCount * Self.chunkSize { addChunk() }
            slot = highWater
            highWater += 1
        }
        let pathCount = Int32(key.count)
        let offset = Znode.dataOffset(pathCount: pathCount)
        let capacity = Self.rounded(dataCapacity)
        let block = UnsafeMutableRawPointer.allocate(byteCount: offset + capacity, alignment: 16)
        self[slot].initialize(
            to: Znode(pathCount: pathCount, block: block, dataCapacity: Int32(capacity), pathHash: key.hash)
        )
        UnsafeMutableRawPointer(mutating: Znode.path(of: self[slot])).copyMemory(
            from: key.start,
            byteCount: key.count
        )
        index.insert(key.hash, slot: slot)
        count += 1
        byteCount += key.count
        return slot
    }

    /// Removes the node and frees its block.
    mutating func remove(_ slot: Int32) {
        let node = self[slot]
        byteCount -= Int(node.pointee.pathCount) + node.pointee.dataSize
        index.remove(node.pointee.pathHash, slot: slot)
        node.pointee.block.deallocate()
        node.pointee.pathCount = 0
        node.pointee.nextSibling = firstFree
        firstFree = slot
        count -= 1
    }

    /// Replaces the node's data, in its old memory if it fits and does not waste much.
    @inline(__always)
    mutating func setData(_ node: UnsafeMutablePointer<Znode>, _ data: UnsafeRawBufferPointer?) {
        let newCount = data?.count ?? 0
        let capacity = Int(node.pointee.dataCapacity)
        if newCount > capacity || (capacity > 4096 && newCount < capacity / 4) { Self.resize(node, newCount) }
        byteCount &+= newCount &- node.pointee.dataSize
        if let data, newCount > 0 {
            node.pointee.data.copyMemory(from: data.baseAddress.unsafelyUnwrapped, byteCount: newCount)
        }
        node.pointee.dataCount = data == nil ? -1 : Int32(truncatingIfNeeded: newCount)
        node.pointee.dataHash = newCount > 0 ? zb_hash(data.unsafelyUnwrapped.baseAddress, newCount) : 0
    }

    /// Adds `child` in front of the children of `parent`.
    mutating func link(_ child: Int32, under parent: Int32) {
        let childNode = self[child]
        let parentNode = self[parent]
        newestLink += 1
        childNode.pointee.linkOrder = newestLink
        parentNode.pointee.nameBytes += Int(childNode.pointee.pathCount) - parentNode.pointee.nameOffset
        childNode.pointee.parent = parent
        childNode.pointee.previousSibling = -1
        childNode.pointee.nextSibling = parentNode.pointee.firstChild
        if parentNode.pointee.firstChild >= 0 { self[parentNode.pointee.firstChild].pointee.previousSibling = child }
        parentNode.pointee.firstChild = child
        parentNode.pointee.childCount += 1
    }

    func unlink(_ child: Int32) {
        let node = self[child].pointee
        self[node.parent].pointee.nameBytes -= Int(node.pathCount) - self[node.parent].pointee.nameOffset
        if node.previousSibling >= 0 {
            self[node.previousSibling].pointee.nextSibling = node.nextSibling
        } else {
            self[node.parent].pointee.firstChild = node.nextSibling
        }
        if node.nextSibling >= 0 { self[node.nextSibling].pointee.previousSibling = node.previousSibling }
        self[node.parent].pointee.childCount -= 1
    }

    private static func rounded(_ size: Int) -> Int { (size + 15) & ~15 }

    /// Gives the node a block for `size` bytes of data. The old data are lost.
    @inline(never)
    private static func resize(_ node: UnsafeMutablePointer<Znode>, _ size: Int) {
        let offset = Znode.dataOffset(pathCount: node.pointee.pathCount)
        let capacity = rounded(size)
        let block = UnsafeMutableRawPointer.allocate(byteCount: offset + capacity, alignment: 16)
        if offset > 0 { block.copyMemory(from: node.pointee.block, byteCount: Int(node.pointee.pathCount)) }
        node.pointee.block.deallocate()
        node.pointee.block = block
        node.pointee.dataCapacity = Int32(capacity)
    }

    private mutating func addChunk() {
        if chunkCount == chunkCapacity {
            let moved = UnsafeMutablePointer<UnsafeMutablePointer<Znode>>.allocate(capacity: chunkCapacity * 2)
            moved.update(from: chunks, count: chunkCount)
            chunks.deallocate()
            chunks = moved
            chunkCapacity *= 2
        }
        chunks[chunkCount] =
            UnsafeMutableRawPointer
            .allocate(byteCount: Self.chunkSize * MemoryLayout<Znode>.stride, alignment: 128)
            .bindMemory(to: Znode.self, capacity: Self.chunkSize)
        chunkCount += 1
    }
}

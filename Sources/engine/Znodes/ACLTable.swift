import CPlatform
import Wire
import Zab

/// Access lists as their Jute bytes, each kept once and counted: a tree has many nodes and few lists.
struct ACLTable {
    struct Entry {
        var bytes: UnsafeMutableRawPointer
        var count: Int
        var hash: UInt64
        var references: Int
        /// The serial of the set of ids that the list was judged for last, 0 for none, and what it allows to them.
        var judgedFor: UInt64 = 0
        var rights: Int32 = 0
    }

    /// `world:anyone` with all permissions: nearly every node's list. Never freed.
    static let openUnsafe: Int32 = 0

    private var entries = Slots<Entry>()
    private var index = SlotIndex()

    /// How many lists there are.
    var live: Int { entries.live }

    init() {
        let writer = ByteWriter()
        ACL.encode(ACL.openUnsafe, into: writer)
        precondition(intern(writer.bytes) == Self.openUnsafe)
    }

    func deallocate() {
        for slot in 0..<entries.highWater where entries[slot].pointee.references > 0 {
            entries[slot].pointee.bytes.deallocate()
        }
        entries.deallocate()
        index.deallocate()
    }

    func bytes(_ slot: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: entries[slot].pointee.bytes, count: entries[slot].pointee.count)
    }

    func hash(_ slot: Int32) -> UInt64 { entries[slot].pointee.hash }

    /// The slot of the list with these bytes, with one reference more.
    mutating func intern(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        let key = PathKey(bytes)
        var position = index.start(key.hash)
        while index.buckets[position].slot >= 0 {
            let slot = index.buckets[position].slot
            let entry = entries[slot]
            if entry.pointee.hash == key.hash, entry.pointee.count == key.count,
                bytesAreEqual(entry.pointee.bytes, key.start, key.count)
            {
                retain(slot)
                return slot
            }
            position = index.next(position)
        }
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(key.count, 1), alignment: 8)
        copy.copyMemory(from: key.start, byteCount: key.count)
        let entry = Entry(bytes: copy, count: key.count, hash: key.hash, references: 1)
        let slot = entries.take(initial: entry)
        entries[slot].pointee = entry
        index.insert(key.hash, slot: slot)
        return slot
    }

    /// One reference more, which costs nothing for nearly every node's list.
    @inline(__always)
    func retain(_ slot: Int32) {
        if slot != Self.openUnsafe { entries[slot].pointee.references += 1 }
    }

    /// What the list allows to the set of ids with this serial: `judge` is asked if somebody else was the last to come.
    func rights(_ slot: Int32, serial: UInt64, _ judge: (UnsafeRawBufferPointer) -> Int32) -> Int32 {
        let entry = entries[slot]
        if entry.pointee.judgedFor != serial,
            entry.pointee.judgedFor == 0 || !PlantedBug.judgementOfAnotherKept.isPlanted
        {
            entry.pointee.rights = judge(bytes(slot))
            entry.pointee.judgedFor = serial
        }
        return entry.pointee.rights
    }

    mutating func release(_ slot: Int32) {
        guard slot != Self.openUnsafe else { return }
        entries[slot].pointee.references -= 1
        guard entries[slot].pointee.references == 0 else { return }
        index.remove(entries[slot].pointee.hash, slot: slot)
        entries[slot].pointee.bytes.deallocate()
        entries.free(slot)
    }
}

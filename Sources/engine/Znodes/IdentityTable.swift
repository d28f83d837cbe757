import CPlatform
import Wire

/// Who somebody is known as: the slot of a set of ids in a state's `IdentityTable`, counted.
public typealias IdentitiesID = Int32

/// Sets of ids as their Jute bytes (a vector of Id), each kept once and counted: thousands of connections from one host are
/// known by the same.
struct IdentityTable {
    struct Entry {
        var bytes: UnsafeMutableRawPointer
        var count: Int
        var hash: UInt64
        var references: Int
        /// Of no other set that was or will be here: slots are used again.
        var serial: UInt64
        var isSuper: Bool
    }

    /// Somebody of whom nothing is known. Never freed.
    static let nobody: IdentitiesID = 0
    /// A connection is known by at most so many ids, of so many bytes together: ZooKeeper takes any number.
    static let idsMax = 64
    static let bytesMax = 4096
    /// What is longer proves nothing: hashing it would keep the others waiting.
    static let secretBytesMax = 1 << 16

    private var entries = Slots<Entry>()
    private var index = SlotIndex()
    private var lastSerial: UInt64 = 0

    /// Sets that somebody has, beside that of nobody.
    var count: Int { entries.live - 1 }

    init() {
        let none: [UInt8] = [0, 0, 0, 0]
        precondition(none.withUnsafeBytes { intern($0) } == Self.nobody)
    }

    func deallocate() {
        for slot in 0..<entries.highWater where entries[slot].pointee.references > 0 {
            entries[slot].pointee.bytes.deallocate()
        }
        entries.deallocate()
        index.deallocate()
    }

    func bytes(_ slot: IdentitiesID) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: entries[slot].pointee.bytes, count: entries[slot].pointee.count)
    }

    func isSuper(_ slot: IdentitiesID) -> Bool { entries[slot].pointee.isSuper }
    func serial(_ slot: IdentitiesID) -> UInt64 { entries[slot].pointee.serial }

    /// The slot of the set with these bytes, which must be a vector of Id without nulls, with one reference more.
    mutating func intern(_ bytes: UnsafeRawBufferPointer) -> IdentitiesID {
        let key = PathKey(bytes)
        var position = index.start(key.hash)
        while index.buckets[position].slot >= 0 {
            let slot = index.buckets[position].slot
            let entry = entries[slot]
            if entry.pointee.hash == key.hash, entry.pointee.count == key.count,
                bytesAreEqual(entry.pointee.bytes, key.start, key.count)
            {
                entry.pointee.references += 1
                return slot
            }
            position = index.next(position)
        }
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(key.count, 1), alignment: 8)
        copy.copyMemory(from: key.start, byteCount: key.count)
        lastSerial += 1
        let kept = UnsafeRawBufferPointer(start: copy, count: key.count)
        let entry = Entry(
            bytes: copy,
            count: key.count,
            hash: key.hash,
            references: 1,
            serial: lastSerial,
            isSuper: IdList(kept).contains { $0.hasScheme("super") }
        )
        let slot = entries.take(initial: entry)
        entries[slot].pointee = entry
        index.insert(key.hash, slot: slot)
        return slot
    }

    func retain(_ slot: IdentitiesID) { entries[slot].pointee.references += 1 }

    mutating func release(_ slot: IdentitiesID) {
        guard slot != Self.nobody else { return }
        entries[slot].pointee.references -= 1
        guard entries[slot].pointee.references == 0 else { return }
        index.remove(entries[slot].pointee.hash, slot: slot)
        entries[slot].pointee.bytes.deallocate()
        entries.free(slot)
    }
}

/// The ids of a vector of Id that has been checked.
struct IdList: Sequence, IteratorProtocol {
    struct Element {
        let scheme: UnsafeRawBufferPointer
        let id: UnsafeRawBufferPointer

        func hasScheme(_ name: StaticString) -> Bool { Self.equal(scheme, name) }

        static func equal(_ bytes: UnsafeRawBufferPointer, _ constant: StaticString) -> Bool {
            bytes.count == constant.utf8CodeUnitCount
                && bytesAreEqual(bytes.baseAddress!, UnsafeRawPointer(constant.utf8Start), bytes.count)
        }

        static func equal(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
            left.count == right.count
                && (left.count == 0 || bytesAreEqual(left.baseAddress!, right.baseAddress!, left.count))
        }
    }

    private var reader: ByteReader

    init(_ bytes: UnsafeRawBufferPointer) {
        reader = ByteReader(bytes)
        _ = try? reader.int32()
    }

    mutating func next() -> Element? {
        guard reader.remaining > 0, let scheme = try? reader.nonNullBuffer(), let id = try? reader.nonNullBuffer()
        else {
            return nil
        }
        return Element(scheme: scheme, id: id)
    }
}

import Wire

/// The paths that have a quota: those for which there is a node of limits, `/zookeeper/quota<path>/zookeeper_limits`.
struct QuotaTable {
    struct Entry {
        var hash: UInt64
        /// A copy of the path.
        var path: UnsafeMutableRawPointer
        var pathCount: Int
        /// The node of limits.
        var limits: Int32
        /// The node of statistics, -1 if there is none.
        var statistics: Int32
        /// No other quota has had this number; 0 in a slot that is free.
        var number: UInt64
    }

    private var entries = Slots<Entry>()
    private var index = SlotIndex()
    private var newestNumber: UInt64 = 0

    @inline(__always) var count: Int { entries.live }

    func deallocate() {
        for position in 0...index.mask where index.buckets[position].slot >= 0 {
            entries[index.buckets[position].slot].pointee.path.deallocate()
        }
        entries.deallocate()
        index.deallocate()
    }

    subscript(_ slot: Int32) -> UnsafeMutablePointer<Entry> { entries[slot] }

    /// The slot of the path's quota, or -1.
    func find(_ key: PathKey) -> Int32 {
        var position = index.start(key.hash)
        while true {
            let slot = index.buckets[position].slot
            if slot < 0 { return -1 }
            let entry = entries[slot].pointee
            if entry.hash == key.hash, entry.pathCount == key.count, bytesAreEqual(entry.path, key.start, key.count) {
                return slot
            }
            position = index.next(position)
        }
    }

    mutating func insert(_ key: PathKey, limits: Int32, statistics: Int32) -> Int32 {
        let path = UnsafeMutableRawPointer.allocate(byteCount: key.count, alignment: 8)
        path.copyMemory(from: key.start, byteCount: key.count)
        newestNumber += 1
        let entry = Entry(
            hash: key.hash,
            path: path,
            pathCount: key.count,
            limits: limits,
            statistics: statistics,
            number: newestNumber
        )
        let slot = entries.take(initial: entry)
        entries[slot].pointee = entry
        index.insert(key.hash, slot: slot)
        return slot
    }

    mutating func remove(_ slot: Int32) {
        index.remove(entries[slot].pointee.hash, slot: slot)
        entries[slot].pointee.path.deallocate()
        entries[slot].pointee.number = 0
        entries.free(slot)
    }
}

/// What a node below "/zookeeper/quota" is of the quota of some path.
struct QuotaNode {
    enum Role {
        case limits
        case statistics
    }

    var role: Role
    /// The path that the quota is of; "/" for the whole tree.
    var path: PathKey

    private static let limits: StaticString = "/zookeeper_limits"
    private static let statistics: StaticString = "/zookeeper_stats"

    /// Nil for every other node.
    @inline(__always)
    init?(_ key: PathKey) {
        // Nearly no path begins like this, or is so long.
        guard key.count > PathRules.quota.utf8CodeUnitCount, key.start.loadUnaligned(as: UInt64.self) == Self.beginning
        else {
            return nil
        }
        self.init(belowZookeeper: key)
    }

    private static var beginning: UInt64 { UInt64(bigEndian: 0x2f7a_6f6f_6b65_6570) }

    @inline(never)
    private init?(belowZookeeper key: PathKey) {
        let prefix = PathRules.quota.utf8CodeUnitCount
        guard bytesAreEqual(key.start, UnsafeRawPointer(PathRules.quota.utf8Start), prefix) else { return nil }
        let rest = UnsafeRawBufferPointer(rebasing: key.bytes[prefix...])
        if Self.ends(rest, with: Self.limits) {
            role = .limits
        } else if Self.ends(rest, with: Self.statistics) {
            role = .statistics
        } else {
            return nil
        }
        guard rest[0] == PathRules.slash else { return nil }
        let name = role == .limits ? Self.limits : Self.statistics
        let count = rest.count - name.utf8CodeUnitCount
        // The slash is there in any case.
        path = PathKey(start: rest.baseAddress!, count: max(count, 1))
    }

    private static func ends(_ bytes: UnsafeRawBufferPointer, with name: StaticString) -> Bool {
        let count = name.utf8CodeUnitCount
        return bytes.count >= count && bytesAreEqual(bytes.baseAddress! + (bytes.count - count), name.utf8Start, count)
    }

    /// The path of the node of statistics of the path's quota.
    static func appendStatisticsPath(of path: UnsafeRawBufferPointer, to writer: ByteWriter) {
        writer.append(
            bytes: UnsafeRawBufferPointer(start: PathRules.quota.utf8Start, count: PathRules.quota.utf8CodeUnitCount)
        )
        if path.count > 1 { writer.append(bytes: path) }
        writer.append(bytes: UnsafeRawBufferPointer(start: statistics.utf8Start, count: statistics.utf8CodeUnitCount))
    }
}

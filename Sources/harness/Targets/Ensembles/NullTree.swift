import CPlatform
import Glibc
import Wire

/// The znodes of a null target: no more than a load needs to find its own writes again, and as fast as memory allows,
/// since every cycle spent here is taken from what the generator is seen to do. Owned by one thread.
final class NullTree {
    struct Node {
        /// The path, then the data.
        fileprivate var bytes: UnsafeMutableRawPointer?
        fileprivate var capacity = 0
        fileprivate var pathCount = 0
        fileprivate var dataCount = 0
        fileprivate var hash: UInt64 = 0
        var children: Int32 = 0
        var stat = Stat()
    }

    private var nodes: [Node] = []
    private var free: [Int] = []
    /// Places in `nodes` by hash, in open addressing; a power of two, never more than half used.
    private var slots: [Int32]
    /// Slots that are not empty, those of deleted nodes included.
    private var used = 0
    private static let empty: Int32 = -1
    private static let deleted: Int32 = -2

    init() {
        slots = Array(repeating: Self.empty, count: 1 << 12)
        let root: StaticString = "/"
        _ = create(UnsafeRawBufferPointer(start: root.utf8Start, count: 1), hash: Self.hash("/"), data: nil, zxid: 0)
    }

    deinit { for node in nodes { node.bytes?.deallocate() } }

    private static func hash(_ path: UnsafeRawBufferPointer) -> UInt64 { zb_hash(path.baseAddress, path.count) }
    private static func hash(_ path: StaticString) -> UInt64 { zb_hash(path.utf8Start, path.utf8CodeUnitCount) }

    /// Nil if there is no such znode.
    func find(_ path: UnsafeRawBufferPointer) -> Int? {
        let hash = Self.hash(path)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != Self.empty {
            let place = Int(slots[slot])
            if place >= 0, nodes[place].hash == hash, nodes[place].pathCount == path.count,
                Self.isEqual(nodes[place].bytes, path)
            {
                return place
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private static func isEqual(_ bytes: UnsafeMutableRawPointer?, _ path: UnsafeRawBufferPointer) -> Bool {
        guard let bytes, let start = path.baseAddress else { return path.isEmpty }
        return memcmp(bytes, start, path.count) == 0
    }

    func data(_ place: Int) -> UnsafeRawBufferPointer {
        let node = nodes[place]
        return UnsafeRawBufferPointer(start: node.bytes.map { $0 + node.pathCount }, count: node.dataCount)
    }

    func stat(_ place: Int) -> Stat {
        var stat = nodes[place].stat
        stat.dataLength = Int32(truncatingIfNeeded: nodes[place].dataCount)
        stat.numChildren = nodes[place].children
        return stat
    }

    func set(_ place: Int, _ data: UnsafeRawBufferPointer?, zxid: Int64) {
        nodes[place].stat.version &+= 1
        nodes[place].stat.mzxid = zxid
        store(place, data)
    }

    private func store(_ place: Int, _ data: UnsafeRawBufferPointer?) {
        let count = data?.count ?? 0
        let pathCount = nodes[place].pathCount
        if pathCount + count > nodes[place].capacity {
            let larger = UnsafeMutableRawPointer.allocate(byteCount: pathCount + count, alignment: 8)
            if let old = nodes[place].bytes {
                larger.copyMemory(from: old, byteCount: pathCount)
                old.deallocate()
            }
            nodes[place].bytes = larger
            nodes[place].capacity = pathCount + count
        }
        if let data, let start = data.baseAddress, count > 0, let bytes = nodes[place].bytes {
            (bytes + pathCount).copyMemory(from: start, byteCount: count)
        }
        nodes[place].dataCount = count
    }

    /// Nil if it was created, otherwise why not.
    func create(_ path: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer?, zxid: Int64) -> ErrorCode? {
        guard path.count > 1, path[0] == UInt8(ascii: "/") else { return .badArguments }
        guard find(path) == nil else { return .nodeExists }
        guard let parent = parent(of: path) else { return .noNode }
        nodes[parent].children += 1
        nodes[parent].stat.cversion &+= 1
        nodes[parent].stat.pzxid = zxid
        return create(path, hash: Self.hash(path), data: data, zxid: zxid)
    }

    private func create(_ path: UnsafeRawBufferPointer, hash: UInt64, data: UnsafeRawBufferPointer?, zxid: Int64)
        -> ErrorCode?
    {
        if (used + 1) * 2 > slots.count { rebuild() }
        let place = free.popLast() ?? nodes.count
        if place == nodes.count { nodes.append(Node()) }
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: path.count + (data?.count ?? 0), alignment: 8)
        if let start = path.baseAddress { bytes.copyMemory(from: start, byteCount: path.count) }
        var node = Node()
        node.bytes = bytes
        node.capacity = path.count + (data?.count ?? 0)
        node.pathCount = path.count
        node.hash = hash
        node.stat.czxid = zxid
        node.stat.mzxid = zxid
        node.stat.pzxid = zxid
        nodes[place] = node
        store(place, data)
        insert(place)
        return nil
    }

    /// Nil if it was deleted, otherwise why not.
    func delete(_ path: UnsafeRawBufferPointer, zxid: Int64) -> ErrorCode? {
        guard path.count > 1 else { return .badArguments }
        guard let place = find(path) else { return .noNode }
        guard nodes[place].children == 0 else { return .notEmpty }
        if let parent = parent(of: path) {
            nodes[parent].children -= 1
            nodes[parent].stat.cversion &+= 1
            nodes[parent].stat.pzxid = zxid
        }
        var slot = Int(truncatingIfNeeded: nodes[place].hash) & (slots.count - 1)
        while slots[slot] != Int32(place) { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Self.deleted
        nodes[place].bytes?.deallocate()
        nodes[place] = Node()
        free.append(place)
        return nil
    }

    private func parent(of path: UnsafeRawBufferPointer) -> Int? {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return find(UnsafeRawBufferPointer(rebasing: path[..<max(slash, 1)]))
    }

    private func insert(_ place: Int) {
        var slot = Int(truncatingIfNeeded: nodes[place].hash) & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        if slots[slot] == Self.empty { used += 1 }
        slots[slot] = Int32(place)
    }

    /// Makes room, and drops what deleted nodes have left.
    private func rebuild() {
        let count = nodes.count - free.count
        var size = slots.count
        while (count + 1) * 4 > size { size *= 2 }
        slots = Array(repeating: Self.empty, count: size)
        used = 0
        for place in nodes.indices where nodes[place].bytes != nil { insert(place) }
    }
}

import CPlatform
import Wire

/// One znode: 192 bytes in a table, and one block of memory that holds its path and its data.
///
/// The fields stand in the order of use, because a lookup among 100,000 nodes is a cache miss per line: the first line
/// is all that a setData needs, the second adds what a Stat shows and what the leader's prep step remembers, the third
/// is the tree.
struct Znode {
    // First line.
    /// Path, padded to 16 bytes, then data. Nil: the slot is free.
    var block: UnsafeMutableRawPointer?
    var pathCount: Int32
    /// -1: null, which ZooKeeper tells from empty.
    var dataCount: Int32
    var dataCapacity: Int32
    var version: Int32
    var mzxid: Int64
    var mtime: Int64
    var dataHash: UInt64
    /// The digest of what setData does not change, kept so that a setData mixes four words and not twelve.
    var structureHash: UInt64
    /// The first of the watches on data and existence, -1 for none.
    var dataWatches: Int32
    /// The last snapshot that this node was written to or is left out of.
    var stamp: UInt32

    // Second line.
    var czxid: Int64
    var ctime: Int64
    var pzxid: Int64
    var ephemeralOwner: Int64
    /// The number of creates below this node. What clients see is `shownCversion`.
    var cversion: Int32
    var aversion: Int32
    var childCount: Int32
    /// The leader's: the version that the proposed setData `pendingZxid` will leave, if `pendingEra` is current.
    var pendingVersion: Int32
    var pendingZxid: UInt64
    var pendingEra: UInt32
    var childWatches: Int32

    // Third line.
    var pathHash: UInt64
    var acl: Int32
    var parent: Int32
    var firstChild: Int32
    var nextSibling: Int32
    var previousSibling: Int32
    /// The owner's slot in the session table, -1 for a persistent node.
    var session: Int32
    var nextEphemeral: Int32
    var previousEphemeral: Int32
    var spare: (Int64, Int64, Int64)

    static let stride = 192

    @inline(__always)
    static func dataOffset(pathCount: Int32) -> Int { (Int(pathCount) &+ 15) & ~15 }

    @inline(__always) var data: UnsafeMutableRawPointer { block! + Self.dataOffset(pathCount: pathCount) }

    var path: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: block!, count: Int(pathCount)) }

    /// Null data count as no bytes.
    @inline(__always) var dataSize: Int { Int(max(dataCount, 0)) }

    /// ZooKeeper stores the number of creates and shows creates plus deletes (`DataNode.copyStat`).
    @inline(__always) var shownCversion: Int32 { cversion &* 2 &- childCount }

    func appendStat(to writer: ByteWriter) {
        let p = writer.reserve(Stat.encodedSize)
        p.storeBytes(of: czxid.bigEndian, as: Int64.self)
        p.storeBytes(of: mzxid.bigEndian, toByteOffset: 8, as: Int64.self)
        p.storeBytes(of: ctime.bigEndian, toByteOffset: 16, as: Int64.self)
        p.storeBytes(of: mtime.bigEndian, toByteOffset: 24, as: Int64.self)
        p.storeBytes(of: version.bigEndian, toByteOffset: 32, as: Int32.self)
        p.storeBytes(of: shownCversion.bigEndian, toByteOffset: 36, as: Int32.self)
        p.storeBytes(of: aversion.bigEndian, toByteOffset: 40, as: Int32.self)
        p.storeBytes(of: ephemeralOwner.bigEndian, toByteOffset: 44, as: Int64.self)
        p.storeBytes(of: Int32(dataSize).bigEndian, toByteOffset: 52, as: Int32.self)
        p.storeBytes(of: childCount.bigEndian, toByteOffset: 56, as: Int32.self)
        p.storeBytes(of: pzxid.bigEndian, toByteOffset: 60, as: Int64.self)
    }

    /// A Jute buffer: null stays null.
    func appendData(to writer: ByteWriter) {
        if dataCount < 0 {
            writer.appendNull()
        } else {
            writer.append(buffer: UnsafeRawBufferPointer(start: data, count: Int(dataCount)))
        }
    }
}

/// How a state is folded into one number. The sum over nodes and sessions does not depend on their order, so it is kept
/// up to date by subtracting what a node was and adding what it is.
enum Digest {
    private static let k0: UInt64 = 0x9e37_79b9_7f4a_7c15
    private static let k1: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    private static let k2: UInt64 = 0x1656_67b1_9e37_79f9
    private static let k3: UInt64 = 0xff51_afd7_ed55_8ccd
    private static let k4: UInt64 = 0xc4ce_b9fe_1a85_ec53

    @inline(__always)
    private static func pair(_ low: Int32, _ high: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: low)) | UInt64(UInt32(bitPattern: high)) << 32
    }

    /// - Parameter aclHash: of the list's bytes, not its slot: slots differ between servers.
    static func structure(of node: UnsafeMutablePointer<Znode>, aclHash: UInt64) -> UInt64 {
        let node = node.pointee
        var hash = zb_mix(node.pathHash ^ k0, UInt64(bitPattern: node.czxid) ^ k1)
        hash = zb_mix(hash ^ k2, UInt64(bitPattern: node.ctime) ^ k3)
        hash = zb_mix(hash ^ k3, UInt64(bitPattern: node.pzxid) ^ k4)
        hash = zb_mix(hash ^ k4, UInt64(bitPattern: node.ephemeralOwner) ^ k0)
        hash = zb_mix(hash ^ k0, pair(node.cversion, node.aversion) ^ k2)
        return zb_mix(hash ^ k1, aclHash ^ k4)
    }

    @inline(__always)
    static func node(_ node: UnsafeMutablePointer<Znode>) -> UInt64 {
        let structure = node.pointee.structureHash
        let times = zb_mix(
            UInt64(bitPattern: node.pointee.mzxid) ^ structure,
            UInt64(bitPattern: node.pointee.mtime) ^ k1
        )
        let content = zb_mix(node.pointee.dataHash ^ k2, pair(node.pointee.version, node.pointee.dataCount) ^ k3)
        return zb_mix(times ^ k4, content ^ structure ^ k0)
    }

    static func session(id: Int64, timeout: Int32) -> UInt64 {
        zb_mix(UInt64(bitPattern: id) ^ k3, zb_mix(UInt64(UInt32(bitPattern: timeout)) ^ k4, k2))
    }

    static func hash(_ value: Int64) -> UInt64 { zb_mix(UInt64(bitPattern: value) ^ k0, k1) }
}

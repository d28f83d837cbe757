import CPlatform
import Wire

/// One znode: four cache lines in a table, and a block of memory for its data.
///
/// The fields stand in the order of use, because among 100,000 nodes each line that an operation touches is a cache
/// miss: the leader's prep step of a setData reads the first line only, its apply the first two and the data, an answer
/// with a Stat the third. The last one is for creates and deletes.
struct Znode {
    // First line: who it is, its version, and who may change it.
    /// The path, if it fits; otherwise it stands at the beginning of the block.
    var inlinePath: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
    /// 0: the slot is free.
    var pathCount: Int32
    var version: Int32 = 0
    /// The slot of the access list.
    var acl: Int32 = 0
    /// The leader's: the proposed setData that will leave `pendingVersion`, if `pendingEra` is current; the epoch of its
    /// zxid is the era's.
    var pendingCounter: UInt32 = 0
    var pendingVersion: Int32 = 0
    var pendingEra: UInt32 = 0

    // Second line: what a setData changes.
    /// The path, padded to 16 bytes, if it is a long one; then data.
    var block: UnsafeMutableRawPointer
    var mzxid: Int64 = 0
    var mtime: Int64 = 0
    var dataHash: UInt64 = 0
    /// The digest of what setData does not change, kept so that a setData mixes four words and not twelve.
    var structureHash: UInt64 = 0
    /// -1: null, which ZooKeeper tells from empty.
    var dataCount: Int32 = -1
    var dataCapacity: Int32
    /// The first of the one-shot watches on data and existence, -1 for none.
    var dataWatches: Int32 = -1
    var childWatches: Int32 = -1
    /// The last snapshot that this node was written to or is left out of.
    var stamp: UInt32 = 0
    var spareOfSecondLine: UInt32 = 0

    // Third line: the rest of the Stat, and the tree.
    var czxid: Int64 = 0
    var ctime: Int64 = 0
    var pzxid: Int64 = 0
    var ephemeralOwner: Int64 = 0
    /// The number of creates below this node. What clients see is `shownCversion`.
    var cversion: Int32 = 0
    var aversion: Int32 = 0
    var childCount: Int32 = 0
    var parent: Int32 = -1
    var firstChild: Int32 = -1
    var nextSibling: Int32 = -1
    var previousSibling: Int32 = -1
    /// The owner's slot in the session table, -1 for a persistent node.
    var session: Int32 = -1

    // Fourth line.
    var pathHash: UInt64
    /// In the list of its session, or in that of the containers and TTL nodes.
    var nextEphemeral: Int32 = -1
    var previousEphemeral: Int32 = -1
    /// The bytes of all children's names: an answer's size is known without a walk.
    var nameBytes = 0
    /// Children are in descending order of this number: each got it when it was linked, in front of the others.
    var linkOrder: UInt64 = 0
    /// How many listings of the children are in progress.
    var listings: Int32 = 0
    /// The first of the persistent watches, and of the persistent recursive ones, whatever events each is for.
    var persistentWatches: Int32 = -1
    /// Of a container or TTL node what `ExtendedOwner` says, 0 of others. Clients do not see it.
    var extendedOwner: Int64 = 0
    var recursiveWatches: Int32 = -1
    /// The quota of this path, -1 for none.
    var quota: Int32 = -1
    var spare: (UInt32, UInt32) = (0, 0)

    static let stride = 256
    static let inlinePathMax = 40

    /// Where data begin in the block.
    @inline(__always)
    static func dataOffset(pathCount: Int32) -> Int {
        pathCount <= inlinePathMax ? 0 : (Int(pathCount) &+ 15) & ~15
    }

    @inline(__always) var data: UnsafeMutableRawPointer { block + Self.dataOffset(pathCount: pathCount) }

    /// The node's path. The bytes stay where they are until the node is freed, or, if the path is long, its data grow.
    @inline(__always)
    static func path(of node: UnsafeMutablePointer<Znode>) -> UnsafeRawPointer {
        // The inline path is the first field.
        node.pointee.pathCount <= inlinePathMax ? UnsafeRawPointer(node) : UnsafeRawPointer(node.pointee.block)
    }

    static func pathBytes(of node: UnsafeMutablePointer<Znode>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: path(of: node), count: Int(node.pointee.pathCount))
    }

    /// Where a child's name begins in its path: behind this node's path and a slash.
    @inline(__always) var nameOffset: Int { pathCount == 1 ? 1 : Int(pathCount) &+ 1 }

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

    var stat: Stat {
        var stat = Stat()
        (stat.czxid, stat.mzxid, stat.pzxid, stat.ctime, stat.mtime) = (czxid, mzxid, pzxid, ctime, mtime)
        (stat.version, stat.cversion, stat.aversion) = (version, shownCversion, aversion)
        (stat.ephemeralOwner, stat.dataLength, stat.numChildren) = (ephemeralOwner, Int32(dataSize), childCount)
        return stat
    }

    /// Nil: null.
    var dataBytes: UnsafeRawBufferPointer? {
        dataCount < 0 ? nil : UnsafeRawBufferPointer(start: data, count: Int(dataCount))
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
        hash = zb_mix(hash ^ k4, UInt64(bitPattern: node.ephemeralOwner ^ node.extendedOwner) ^ k0)
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

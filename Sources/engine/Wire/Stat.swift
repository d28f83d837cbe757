/// A znode's metadata as ZooKeeper's clients see it (`org.apache.zookeeper.data.Stat`): 68 bytes in Jute.
public struct Stat: Hashable, Sendable {
    /// The zxid of the create.
    public var czxid: Int64 = 0
    /// The zxid of the last setData.
    public var mzxid: Int64 = 0
    /// Wall-clock milliseconds since 1970 at the leader.
    public var ctime: Int64 = 0
    public var mtime: Int64 = 0
    public var version: Int32 = 0
    public var cversion: Int32 = 0
    public var aversion: Int32 = 0
    /// The session that owns an ephemeral znode; 0 otherwise.
    public var ephemeralOwner: Int64 = 0
    public var dataLength: Int32 = 0
    public var numChildren: Int32 = 0
    /// The zxid of the last create or delete of a child.
    public var pzxid: Int64 = 0

    public static let encodedSize = 68

    public init() {}

    public func encode(into writer: ByteWriter) {
        let p = writer.reserve(Self.encodedSize)
        p.storeBytes(of: czxid.bigEndian, as: Int64.self)
        p.storeBytes(of: mzxid.bigEndian, toByteOffset: 8, as: Int64.self)
        p.storeBytes(of: ctime.bigEndian, toByteOffset: 16, as: Int64.self)
        p.storeBytes(of: mtime.bigEndian, toByteOffset: 24, as: Int64.self)
        p.storeBytes(of: version.bigEndian, toByteOffset: 32, as: Int32.self)
        p.storeBytes(of: cversion.bigEndian, toByteOffset: 36, as: Int32.self)
        p.storeBytes(of: aversion.bigEndian, toByteOffset: 40, as: Int32.self)
        p.storeBytes(of: ephemeralOwner.bigEndian, toByteOffset: 44, as: Int64.self)
        p.storeBytes(of: dataLength.bigEndian, toByteOffset: 52, as: Int32.self)
        p.storeBytes(of: numChildren.bigEndian, toByteOffset: 56, as: Int32.self)
        p.storeBytes(of: pzxid.bigEndian, toByteOffset: 60, as: Int64.self)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        czxid = try reader.int64()
        mzxid = try reader.int64()
        ctime = try reader.int64()
        mtime = try reader.int64()
        version = try reader.int32()
        cversion = try reader.int32()
        aversion = try reader.int32()
        ephemeralOwner = try reader.int64()
        dataLength = try reader.int32()
        numChildren = try reader.int32()
        pzxid = try reader.int64()
    }
}

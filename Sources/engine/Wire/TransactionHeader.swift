import Zab

/// What stands before each transaction's record (`org.apache.zookeeper.txn.TxnHeader`): 32 bytes in Jute.
///
/// The record that follows is, by type: create (1) `CreateTxn{path, data, acl, ephemeral: bool, parentCVersion: int}`;
/// createContainer (19) `CreateContainerTxn{path, data, acl, parentCVersion: int}`; createTTL (21)
/// `CreateTTLTxn{path, data, acl, parentCVersion: int, ttl: long}`; delete (2) and deleteContainer (20) `DeleteTxn{path}`; setData (5) `SetDataTxn{path, data, version: int}` (the version *after* the write);
/// setACL (7) `SetACLTxn{path, acl, version: int}`; createSession (-10) `CreateSessionTxn{timeOut: int}`;
/// closeSession (-11) `CloseSessionTxn{paths: vector<string>}`; multi (14) `MultiTxn{vector<Txn{type: int, data: buffer}>}`;
/// error (-1) `ErrorTxn{err: int}`, which changes nothing.
/// All are idempotent: they say what is, not what changes.
public struct TransactionHeader: Hashable, Sendable {
    public var sessionID: Int64
    /// The xid of the client's request.
    public var cxid: Int32
    public var zxid: Zxid
    /// Wall-clock milliseconds since 1970 at the leader.
    public var time: Int64
    public var type: Int32

    public static let encodedSize = 32

    /// The type of a transaction that changes nothing; no client can ask for it.
    public static let errorType: Int32 = -1

    @inlinable
    public init(sessionID: Int64, cxid: Int32, zxid: Zxid, time: Int64, type: Int32) {
        self.sessionID = sessionID
        self.cxid = cxid
        self.zxid = zxid
        self.time = time
        self.type = type
    }

    public func encode(into writer: ByteWriter) {
        let p = writer.reserve(Self.encodedSize)
        p.storeBytes(of: sessionID.bigEndian, as: Int64.self)
        p.storeBytes(of: cxid.bigEndian, toByteOffset: 8, as: Int32.self)
        p.storeBytes(of: zxid.rawValue.bigEndian, toByteOffset: 12, as: UInt64.self)
        p.storeBytes(of: time.bigEndian, toByteOffset: 20, as: Int64.self)
        p.storeBytes(of: type.bigEndian, toByteOffset: 28, as: Int32.self)
    }

    @inlinable
    public init(from reader: inout ByteReader) throws(WireError) {
        let p = try reader.take(Self.encodedSize)
        sessionID = Int64(bigEndian: p.loadUnaligned(as: Int64.self))
        cxid = Int32(bigEndian: p.loadUnaligned(fromByteOffset: 8, as: Int32.self))
        zxid = Zxid(rawValue: UInt64(bigEndian: p.loadUnaligned(fromByteOffset: 12, as: UInt64.self)))
        time = Int64(bigEndian: p.loadUnaligned(fromByteOffset: 20, as: Int64.self))
        type = Int32(bigEndian: p.loadUnaligned(fromByteOffset: 28, as: Int32.self))
    }
}

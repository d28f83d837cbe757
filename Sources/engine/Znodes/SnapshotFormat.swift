/// A snapshot's bytes, big-endian:
///
///     header    magic: UInt64 | version: UInt32 | zxid: UInt64
///     record    kind: UInt8 | length: UInt32 | `length` bytes
///
/// Records: sessions (1) `id: int64, timeout: int32`, ascending; nodes (2) in any order, parents not before children,
/// `path: buffer, data: buffer or null, czxid, mzxid, ctime, mtime, pzxid, owner: int64, version, cversion (the number of
/// creates), aversion: int32, flags: uint8, acl: vector of ACL if the flag hasACL is set, else world:anyone:all`; and one
/// trailer (3), the last, `nodes: uint64, sessions: uint64, digest: uint64`. The owner is a session's id or 0, and with
/// the flag hasExtendedOwner what says that the node is a container or has a time to live (`ExtendedOwner`). Who stores
/// the bytes adds the checksum.
///
/// **Consistent, not fuzzy.** ZooKeeper's snapshot is written while writes change what has not been written yet, and is
/// made right by replaying the log over it. That needs every transaction to be harmless on a state that already
/// contains some of its successors, and went wrong for multi (ZOOKEEPER-3127), parents' pzxid and cversion (3249,
/// 3144), sessions and their ephemerals (3145), and the ACL cache (3306). Here a node that is about to change is
/// written first, so the bytes are exactly the state at the snapshot's zxid: replay starts behind it, apply may refuse
/// whatever does not fit, and a digest in the trailer can be checked. The price is a copy of a node at its first change
/// during a snapshot.
enum SnapshotFormat {
    /// "ZABZNODE".
    static let magic: UInt64 = 0x5a41_425a_4e4f_4445
    static let version: UInt32 = 1
    static let headerSize = 20
    static let recordHeaderSize = 5

    static let session: UInt8 = 1
    static let node: UInt8 = 2
    static let trailer: UInt8 = 3

    static let hasACL: UInt8 = 1
    static let hasExtendedOwner: UInt8 = 2

    /// Larger than any node: path, data and ACL each came in a client frame of at most 1 MiB.
    static let recordSizeMax = 4 << 20
}

/// What proposed transactions will have done to one path (`PrepRequestProcessor.ChangeRecord`, but one for each path
/// and not for each change).
struct PathChange {
    /// The last transaction that changes this path. Once it has been applied the state says the same, and the record
    /// goes.
    var zxid: UInt64
    var hash: UInt64
    /// A copy of the path. The buffer stays with the slot when the record goes; nil in a slot that never had one.
    var path: UnsafeMutableRawPointer?
    var pathCapacity: Int
    var pathCount: Int
    var standing: Standing
    /// In the list of ephemeral nodes created by transactions that are not applied yet.
    var isListed: Bool
    var next: Int32
    var previous: Int32
}

/// A node as the prep step has to see it: the state plus what is proposed.
struct Standing {
    var exists: Bool
    var version: Int32
    var cversion: Int32
    var aversion: Int32
    var childCount: Int32
    /// -1: null. Kept up to date only while the limits of quotas hold.
    var dataCount: Int32
    /// The slot of its access list in the state, of which a record has a reference.
    var acl: Int32
    var ephemeralOwner: Int64
    var quota = QuotaReference.ofState

    static let missing = Standing(
        exists: false,
        version: 0,
        cversion: 0,
        aversion: 0,
        childCount: 0,
        dataCount: -1,
        acl: ACLTable.openUnsafe,
        ephemeralOwner: 0
    )
}

/// What proposed transactions will have done to one session.
struct SessionChange {
    var zxid: UInt64
    var id: Int64
    var isAlive: Bool
}

import CPlatform
import Wire
import Zab

/// What ZAB replicates: znodes and sessions, with the watches that this server's clients hold on them, and who they are.
///
/// One owner, one thread. Transactions are applied in zxid order; two servers that applied the same transactions have
/// the same `digest`.
///
/// The order of children in an answer is unspecified, as in ZooKeeper.
public final class ReplicatedState {
    @exclusivity(unchecked) var nodes = NodeTable()
    @exclusivity(unchecked) var sessions = SessionTable()
    @exclusivity(unchecked) var sweepable = SweepableNodes()
    @exclusivity(unchecked) var quotas = QuotaTable()
    let quotaScratch = ByteWriter(capacity: 64)
    @exclusivity(unchecked) var configuration = ShownConfiguration()
    @exclusivity(unchecked) var acls = ACLTable()
    @exclusivity(unchecked) var watches = WatchTable()
    @exclusivity(unchecked) var identities = IdentityTable()
    /// By watcher; see `setIdentities`.
    @exclusivity(unchecked) var watcherIdentities: ContiguousArray<IdentitiesID> = []
    /// To be set before any client comes.
    @exclusivity(unchecked) public var access = AccessPolicy()
    @exclusivity(unchecked) var capture = SnapshotCapture()
    /// Answers to getChildren that are being made in slices; see `continueListing`.
    @exclusivity(unchecked) var listings: ContiguousArray<Listing> = []
    /// The same for getAllChildrenNumber.
    @exclusivity(unchecked) var counts: ContiguousArray<Count> = []
    /// What the events that nobody has taken yet have for bytes, and the watchers for which there was no room.
    @exclusivity(unchecked) var eventBytes = 0
    @exclusivity(unchecked) var overwhelmed: [WatcherID] = []
    /// Of this server's watches, since it was started.
    @exclusivity(unchecked) public var firings = WatchFirings()
    @exclusivity(unchecked) public internal(set) var digestLog = DigestLog()
    /// A change's events together; whoever is due one beyond it hears of none any more (`takeOverwhelmed`).
    @exclusivity(unchecked) public var eventBytesMax = Int.max
    /// The sum of the digests of all nodes and sessions.
    @exclusivity(unchecked) var digestSum: UInt64 = 0
    @exclusivity(unchecked) private var lastEra: UInt32 = 0

    /// The zxid of the last transaction applied or contained in the snapshot loaded.
    @exclusivity(unchecked) public internal(set) var lastApplied = Zxid.zero
    @exclusivity(unchecked) public internal(set) var ephemeralCount = 0

    /// The tree of a new ensemble: "/", "/zookeeper", "/zookeeper/quota" and "/zookeeper/config", all empty, as
    /// ZooKeeper's `DataTree` makes it.
    public init() {
        let root = insertFirst(PathRules.root, under: -1)
        let zookeeper = insertFirst(PathRules.zookeeper, under: root)
        let quota = insertFirst(PathRules.quota, under: zookeeper)
        let config = insertFirst(PathRules.config, under: zookeeper)
        let writer = ByteWriter()
        ACL.encode([ACL(permissions: 1, scheme: "world", id: "anyone")], into: writer)
        nodes[config].pointee.acl = acls.intern(writer.bytes)
        nodes[config].pointee.aversion = -1
        for slot in [root, zookeeper, quota, config] { restructure(nodes[slot]) }
        configuration.slot = config
    }

    /// Nothing at all, not even "/": what the snapshot loader fills.
    init(empty: ()) {}

    deinit {
        nodes.deallocate()
        sessions.deallocate()
        acls.deallocate()
        watches.deallocate()
        identities.deallocate()
        quotas.deallocate()
    }

    /// Nodes, including "/" and those below "/zookeeper".
    public var nodeCount: Int { nodes.count }
    /// As ZooKeeper counts them (`zk_watch_count`): a persistent watch is one on data and one on children.
    public var watchCount: Int { watches.entryCount }
    public var sessionCount: Int { sessions.count }
    /// Bytes of all paths and data (`zk_approximate_data_size`).
    public var approximateDataSize: Int { nodes.byteCount }

    /// Of all nodes (path, data, ACL, stat) and sessions, whatever the order they came in; watches and `lastApplied`
    /// are not part of it. Equal states have equal digests; different states have different ones but for a chance of
    /// about 2^-64.
    public var digest: UInt64 { digestSum }

    /// The session's timeout in milliseconds, nil if it does not exist.
    public func session(_ id: Int64) -> Int32? {
        let slot = sessions.find(id)
        return slot < 0 ? nil : sessions[slot].pointee.timeout
    }

    /// Calls `body` with each session's id and timeout (milliseconds), in ascending order of ids. Allocates.
    public func forEachSession(_ body: (Int64, Int32) -> Void) {
        for session in sessions.sorted() { body(session.id, session.timeout) }
    }

    /// A number that no `OutstandingChanges` has had before: what one of them noted in a node is void for the next.
    func takeEra() -> UInt32 {
        lastEra &+= 1
        if lastEra == 0 { lastEra = 1 }
        return lastEra
    }

    /// Recomputes both digests of a node whose stat, owner or ACL changed. The node's old digest must be subtracted
    /// from the sum before the change: `subtractDigest`.
    func restructure(_ node: UnsafeMutablePointer<Znode>) {
        node.pointee.structureHash = Digest.structure(of: node, aclHash: acls.hash(node.pointee.acl))
        digestSum &+= Digest.node(node)
    }

    @inline(__always)
    func subtractDigest(_ node: UnsafeMutablePointer<Znode>) { digestSum &-= Digest.node(node) }

    private func insertFirst(_ path: StaticString, under parent: Int32) -> Int32 {
        let key = PathKey(start: path.utf8Start, count: path.utf8CodeUnitCount)
        let slot = nodes.insert(key, dataCapacity: 0)
        nodes.setData(nodes[slot], UnsafeRawBufferPointer(start: nil, count: 0))
        nodes[slot].pointee.acl = acls.intern(acls.bytes(ACLTable.openUnsafe))
        if parent >= 0 { nodes.link(slot, under: parent) }
        return slot
    }
}

import Wire
import Zab

/// The tree and its sessions as the committed transactions make them, with the whole history of every path: an
/// independent and simple counterpart of `ReplicatedState`, which knows only the present.
///
/// Paths and sessions have small numbers, given in the order in which they are first named.
struct ZnodeModel {
    /// A node from one transaction on: created, written, its list changed, or deleted.
    struct NodeChange {
        var zxid: UInt64
        var exists: Bool
        /// The name's last ten digits were the parent's number of creates: made by a sequential create.
        var isNumbered: Bool
        /// Where the data stand in `data`; a count of -1 is null.
        var dataStart: Int
        var dataCount: Int32
        var version: Int32
        var aversion: Int32
        /// The access list's number in `acls`.
        var acl: Int32
        var czxid: UInt64
        var mzxid: UInt64
        var ctime: Int64
        var mtime: Int64
        var ephemeralOwner: Int64
        /// What becomes of it by itself.
        var sweeping = Sweeping.never
    }

    enum Sweeping: Hashable {
        case never
        /// It goes when it has lost its last child.
        case container
        /// It goes so many milliseconds after its last write, if it has no children.
        case ttl(Int64)
    }

    /// A node's children from one transaction on.
    struct ChildChange {
        var zxid: UInt64
        /// The child's path; -1 for the node's own creation, with which all begins anew.
        var child: Int32
        var isAdded: Bool
        /// Creates so far: what sequential names are made of. Clients see creates plus deletes.
        var creates: Int32
        var count: Int32
        var pzxid: UInt64
        /// The sum of the names' hashes: two lists of names are equal if their counts and sums are.
        var namesSum: UInt64
    }

    /// What a watch on the path would have reported: `type` is one of `WatchEvent`'s.
    struct Event {
        var zxid: UInt64
        var type: Int32
        /// The number of the node's access list.
        var acl: Int32
    }

    struct Path {
        var parent: Int32 = -1
        /// Of what stands behind the last slash.
        var nameHash: UInt64 = 0
        var changes: [NodeChange] = []
        var children: [ChildChange] = []
        /// Created, deleted and dataChanged, and childrenChanged, in the order in which they happen.
        var events: [Event] = []
    }

    struct Session {
        var id: Int64
        var timeoutMilliseconds: Int32 = 0
        var openedZxid: UInt64?
        var closedZxid: UInt64?
        var ephemerals: [Int32] = []
    }

    struct Transaction {
        var zxid: UInt64
        var session: Int
        var cxid: Int32
        var type: Int32
        var firstStep: Int
        var stepCount: Int
    }

    /// One operation of a transaction, and how it left its path: indices into that path's histories.
    struct Step {
        var type: Int32
        var path: Int32
        /// What its client is told: statistics of a quota are written over by what is counted then.
        var told: Int
        var change: Int
        var children: Int
    }

    /// What is wrong with a transaction.
    struct Finding {
        var kind: ClientChecker.Violation.Kind
        var text: String
    }

    var names = PathNames()
    var paths: [Path] = []
    var data: [UInt8] = []
    /// Every access list that a node has had, once.
    var acls: [[ACL]] = [ACL.openUnsafe, [ACL(permissions: 1, scheme: "world", id: "anyone")]]
    var sessions: [Session] = []
    private var sessionSlots: [Int64: Int] = [:]
    var transactions: [Transaction] = []
    var steps: [Step] = []
    /// The paths whose `events` the last transaction made longer, one for each event, in order.
    var touched: [Int32] = []

    /// The zxid of the newest transaction.
    var newest: UInt64 = 0
    var quotas: [Quota] = []
    /// Hard limits that the last transaction has exceeded.
    var exceeded: [Exceeded] = []

    let root: Int32
    let config: Int32

    /// The tree of a new ensemble.
    init() {
        root = 0
        config = 3
        for text in ["/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"] {
            let path = path(text)
            let change = NodeChange(
                zxid: 0,
                exists: true,
                isNumbered: false,
                dataStart: 0,
                dataCount: 0,
                version: 0,
                aversion: path == config ? -1 : 0,
                acl: path == config ? 1 : 0,
                czxid: 0,
                mzxid: 0,
                ctime: 0,
                mtime: 0,
                ephemeralOwner: 0
            )
            paths[Int(path)].changes.append(change)
            let count: Int32 = path == root ? 1 : text == "/zookeeper" ? 2 : 0
            paths[Int(path)].children.append(
                ChildChange(zxid: 0, child: -1, isAdded: false, creates: 0, count: count, pzxid: 0, namesSum: 0)
            )
        }
        for path in paths.indices.dropFirst() {
            paths[Int(paths[path].parent)].children[0].namesSum &+= paths[path].nameHash
        }
    }

    // MARK: Names

    mutating func path(_ text: String) -> Int32 {
        let number = names.number(text)
        return Int(number) < paths.count ? number : added(number)
    }

    mutating func path(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        let number = names.number(bytes)
        return Int(number) < paths.count ? number : added(number)
    }

    private mutating func added(_ number: Int32) -> Int32 {
        paths.append(Path())
        let slash = UInt8(ascii: "/")
        let (hash, parent) = names.withBytes(of: number) { bytes -> (UInt64, [UInt8]?) in
            let cut = bytes.lastIndex(of: slash)
            let name = UnsafeRawBufferPointer(rebasing: bytes[(cut.map { $0 + 1 } ?? 0)...])
            guard let cut, bytes.count > 1 else { return (PathNames.hash(name), nil) }
            return (PathNames.hash(name), Array(bytes[..<max(cut, 1)]))
        }
        paths[Int(number)].nameHash = hash
        if let parent {
            let above = parent.withUnsafeBytes { path($0) }
            paths[Int(number)].parent = above
        }
        return number
    }

    func text(_ path: Int32) -> String { names.text(path) }

    // MARK: Sessions

    /// The session's number, a new one if it has none yet.
    mutating func session(_ id: Int64) -> Int {
        if let slot = sessionSlots[id] { return slot }
        sessionSlots[id] = sessions.count
        sessions.append(Session(id: id))
        return sessions.count - 1
    }

    // MARK: The past

    /// The index of the newest element that is not after `zxid`, or -1.
    @inline(__always)
    private static func index<Element>(in list: [Element], at zxid: UInt64, _ of: (Element) -> UInt64) -> Int {
        // Nearly all questions are about the last few.
        var low = 0
        var high = list.count
        var width = 1
        while high > 0, of(list[high - 1]) > zxid {
            high -= min(width, high)
            width *= 2
        }
        if width <= 2 { return high - 1 }
        low = high
        high = min(list.count, high + width / 2)
        while low < high {
            let middle = (low + high) / 2
            if of(list[middle]) <= zxid { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    /// How the node was after all transactions up to `zxid`; nil if it was not there.
    func node(_ path: Int32, at zxid: UInt64) -> NodeChange? {
        let list = paths[Int(path)].changes
        let index = Self.index(in: list, at: zxid) { $0.zxid }
        return index >= 0 && list[index].exists ? list[index] : nil
    }

    func children(_ path: Int32, at zxid: UInt64) -> ChildChange? {
        let list = paths[Int(path)].children
        let index = Self.index(in: list, at: zxid) { $0.zxid }
        return index >= 0 ? list[index] : nil
    }

    /// The names below the path as they were at `zxid`, sorted. For lines that people read: it walks the whole history.
    func childNames(_ path: Int32, at zxid: UInt64) -> [String] {
        var present: [Int32] = []
        if path == root { present = [1] }
        if path == 1 { present = [2, 3] }
        for change in paths[Int(path)].children where change.zxid <= zxid && change.zxid > 0 {
            if change.child < 0 {
                present = []
            } else if change.isAdded {
                present.append(change.child)
            } else {
                present.removeAll { $0 == change.child }
            }
        }
        return present.map { String(text($0).split(separator: "/").last ?? "") }.sorted()
    }

    /// The first event after `zxid` among those whose types are in `mask` (bit 1 << type).
    func firstEvent(_ path: Int32, after zxid: UInt64, mask: UInt8) -> Event? {
        let list = paths[Int(path)].events
        var index = Self.index(in: list, at: zxid) { $0.zxid } + 1
        while index < list.count {
            if mask & (1 << UInt8(list[index].type)) != 0 { return list[index] }
            index += 1
        }
        return nil
    }

    /// The index of the transaction with this zxid.
    func transaction(_ zxid: UInt64) -> Int? {
        let index = Self.index(in: transactions, at: zxid) { $0.zxid }
        return index >= 0 && transactions[index].zxid == zxid ? index : nil
    }

    /// The index of the first transaction after `zxid`.
    func firstTransaction(after zxid: UInt64) -> Int {
        Self.index(in: transactions, at: zxid) { $0.zxid } + 1
    }

    func isClosed(_ session: Int, at zxid: UInt64) -> Bool {
        guard let closed = sessions[session].closedZxid else { return false }
        return closed <= zxid
    }

    func stat(_ node: NodeChange, _ children: ChildChange) -> Stat {
        var stat = Stat()
        stat.czxid = Int64(bitPattern: node.czxid)
        stat.mzxid = Int64(bitPattern: node.mzxid)
        stat.ctime = node.ctime
        stat.mtime = node.mtime
        stat.version = node.version
        stat.aversion = node.aversion
        // Creates plus deletes, of which the model counts the creates and what is left.
        stat.cversion = children.creates &+ (children.creates &- children.count)
        stat.ephemeralOwner = node.ephemeralOwner
        stat.dataLength = max(node.dataCount, 0)
        stat.numChildren = children.count
        stat.pzxid = Int64(bitPattern: children.pzxid)
        return stat
    }

    func bytes(of node: NodeChange) -> [UInt8]? {
        node.dataCount < 0 ? nil : Array(data[node.dataStart..<(node.dataStart + Int(node.dataCount))])
    }

    func acl(of node: NodeChange) -> [ACL] { acls[Int(node.acl)] }

    mutating func number(of acl: [ACL]) -> Int32 {
        if let known = acls.firstIndex(of: acl) { return Int32(known) }
        acls.append(acl)
        return Int32(acls.count - 1)
    }

    /// Whether the node's data are these bytes; nil is null.
    func hasData(_ node: NodeChange, _ bytes: UnsafeRawBufferPointer?) -> Bool {
        guard let bytes else { return node.dataCount < 0 }
        guard node.dataCount == bytes.count else { return false }
        for offset in 0..<bytes.count where data[node.dataStart + offset] != bytes[offset] { return false }
        return true
    }
}

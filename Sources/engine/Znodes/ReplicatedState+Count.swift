import Wire
import Zab

/// A getAllChildrenNumber whose answer is being made in slices.
struct Count {
    var watcher: WatcherID
    /// What the paths of the nodes to be counted begin with: the node's and a slash.
    var prefix: [UInt8]
    /// The state that is counted.
    var zxid: Int64
    /// The next slot of the table of nodes to look at.
    var next: Int32 = 0
    var found: Int32 = 0
    var reply: ByteWriter
}

/// getAllChildrenNumber (104): how many nodes there are below one, at any depth, when the read began.
///
/// A subtree may be all of the tree. What has more nodes than a listing's slice is counted in slices of the *table*, in the
/// order of its slots: what has been looked at is then known by its slot, whatever comes and goes meanwhile. A node made
/// since is known by its zxid, and one that is deleted before its turn is counted just before it goes.
extension ReplicatedState {
    func countBelow(
        _ key: PathKey,
        _ watcher: WatcherID,
        _ reply: ByteWriter,
        _ bounds: ListingBounds
    ) -> ReadResult {
        let root = findForRead(key)
        guard root >= 0 else { return .whole(.noNode, children: 0) }
        guard allows(nodes[root].pointee.acl, Permission.read, toWatcher: watcher) else {
            return .whole(.noAuth, children: 0)
        }
        if nodes[root].pointee.parent < 0 {
            // ZooKeeper keeps its root under "" and under "/", and the one is below the other.
            reply.append(Int32(nodes.count - 1 + (key.count == 0 ? 1 : 0)))
            return .whole(.ok, children: 0)
        }
        if let count = walk(root, max: bounds.sliceChildren) {
            reply.append(count)
            return .whole(.ok, children: Int(count))
        }
        counts.append(
            Count(
                watcher: watcher,
                prefix: key.copy + [PathRules.slash],
                zxid: Int64(bitPattern: lastApplied.rawValue),
                reply: reply
            )
        )
        return .begun(bytes: 4)
    }

    /// The number of nodes below `root`; nil if there are more than `max`.
    private func walk(_ root: Int32, max: Int) -> Int32? {
        var count: Int32 = 0
        var slot = nodes[root].pointee.firstChild
        while slot >= 0 {
            count += 1
            guard count <= max else { return nil }
            if nodes[slot].pointee.firstChild >= 0 {
                slot = nodes[slot].pointee.firstChild
                continue
            }
            while slot != root, nodes[slot].pointee.nextSibling < 0 { slot = nodes[slot].pointee.parent }
            if slot == root { break }
            slot = nodes[slot].pointee.nextSibling
        }
        return count
    }

    /// As `continueListing`, for a count.
    func continueCount(of watcher: WatcherID, nodesMax: Int) -> (visited: Int, isWhole: Bool) {
        guard let index = counts.firstIndex(where: { $0.watcher == watcher }) else { return (0, true) }
        let first = counts[index].next
        let end = min(nodes.highWater, first + Int32(clamping: nodesMax))
        for slot in first..<max(first, end) where isCounted(slot, by: index) { counts[index].found += 1 }
        counts[index].next = end
        guard end == nodes.highWater else { return (Int(end - first), false) }
        counts[index].reply.append(counts[index].found)
        counts.remove(at: index)
        return (Int(end - first), true)
    }

    private func isCounted(_ slot: Int32, by index: Int) -> Bool {
        let node = nodes[slot]
        guard node.pointee.pathCount > 0, node.pointee.czxid <= counts[index].zxid else { return false }
        let prefix = counts[index].prefix
        guard Int(node.pointee.pathCount) > prefix.count else { return false }
        return prefix.withUnsafeBytes {
            bytesAreEqual(Znode.path(of: node), $0.baseAddress.unsafelyUnwrapped, $0.count)
        }
    }

    /// A node is about to be deleted: the counts that have not come to it count it now.
    @inline(never)
    func countDeleted(_ slot: Int32) {
        for index in counts.indices where counts[index].next <= slot && isCounted(slot, by: index) {
            counts[index].found += 1
        }
    }
}

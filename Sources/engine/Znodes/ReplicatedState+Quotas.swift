import Wire
import Zab

/// Quotas: how many nodes and bytes of data there are at a path and below, counted in a node of statistics.
///
/// As in ZooKeeper the statistics are data of a node that no transaction writes: every server rewrites them when it
/// applies one. Of quotas inside each other only the deepest counts a change; what there is when a node of statistics is
/// made is counted whole.
extension ReplicatedState {
    /// How many paths have a quota.
    public var quotaCount: Int { quotas.count }

    /// The deepest quota that the node is of; -1 if there is none.
    func quota(of slot: Int32) -> Int32 {
        var above = slot
        while above >= 0 {
            if nodes[above].pointee.quota >= 0 { return nodes[above].pointee.quota }
            above = nodes[above].pointee.parent
        }
        return -1
    }

    /// A node has come. To be called if it may be a part of a quota, or if there are quotas.
    @inline(never)
    func quotaNodeCreated(_ slot: Int32, _ key: PathKey) {
        if quotas.count > 0 { nodes[slot].pointee.quota = quotas.find(key) }
        // What it was created with, if it is to say something else.
        let size = nodes[slot].pointee.dataSize
        if let part = QuotaNode(key) { begin(part, slot) }
        count(at: slot, nodes: 1, bytes: Int64(size))
    }

    /// A node goes; it has left its parent's children, and is there otherwise.
    @inline(never)
    func quotaNodeDeleted(_ slot: Int32, _ key: PathKey) {
        if let part = QuotaNode(key) { end(part, slot) }
        guard !PlantedBug.quotaKeepsDeleted.isPlanted else { return }
        count(at: slot, nodes: -1, bytes: -Int64(nodes[slot].pointee.dataSize))
    }

    /// Adds to the statistics of the node's quota. What is no statistics stays as it is.
    func count(at slot: Int32, nodes difference: Int64, bytes: Int64) {
        let quota = quota(of: slot)
        guard quota >= 0, quotas[quota].pointee.statistics >= 0 else { return }
        let statistics = nodes[quotas[quota].pointee.statistics]
        guard var figures = QuotaFigures(statistics.pointee.dataBytes) else { return }
        figures.count &+= difference
        figures.bytes &+= bytes
        write(figures, to: statistics)
    }

    private func write(_ figures: QuotaFigures, to statistics: UnsafeMutablePointer<Znode>) {
        quotaScratch.removeAll()
        figures.encodeStatistics(into: quotaScratch)
        saveIfCaptured(statistics)
        subtractDigest(statistics)
        nodes.setData(statistics, quotaScratch.bytes)
        digestSum &+= Digest.node(statistics)
    }

    private func begin(_ part: QuotaNode, _ slot: Int32) {
        switch part.role {
        case .limits: beginQuota(of: part.path, limits: slot)
        case .statistics:
            let quota = quotas.find(part.path)
            if quota >= 0 { quotas[quota].pointee.statistics = slot }
            write(figures(below: part.path), to: nodes[slot])
        }
    }

    private func end(_ part: QuotaNode, _ slot: Int32) {
        let quota = quotas.find(part.path)
        guard quota >= 0 else { return }
        switch part.role {
        case .limits:
            let node = nodes.find(part.path)
            if node >= 0 { nodes[node].pointee.quota = -1 }
            quotas.remove(quota)
        case .statistics: quotas[quota].pointee.statistics = -1
        }
    }

    /// From now on there is a quota of the path, whether a node is there or not.
    func beginQuota(of path: PathKey, limits: Int32) {
        // None is of the whole tree: ZooKeeper ends at such limits, and our leader refuses them.
        guard !path.isRoot else { return }
        quotaScratch.removeAll()
        QuotaNode.appendStatisticsPath(of: path.bytes, to: quotaScratch)
        let statistics = nodes.find(PathKey(quotaScratch.bytes))
        let quota = quotas.insert(path, limits: limits, statistics: statistics)
        let node = nodes.find(path)
        if node >= 0 { nodes[node].pointee.quota = quota }
    }

    /// Counts what there is at the path and below.
    private func figures(below path: PathKey) -> QuotaFigures {
        var figures = QuotaFigures(count: 0, bytes: 0)
        forEachNode(below: nodes.find(path)) { node in
            figures.count += 1
            figures.bytes += Int64(node.dataSize)
            return true
        }
        return figures
    }

    /// The number of nodes at the path and below, or one more than `most` if there are more.
    func nodeCount(below path: PathKey, most: Int) -> Int {
        var count = 0
        forEachNode(below: nodes.find(path)) { _ in
            count += 1
            return count <= most
        }
        return count
    }

    /// The node and all below it, until `body` returns false.
    private func forEachNode(below top: Int32, _ body: (Znode) -> Bool) {
        var slot = top
        while slot >= 0 {
            let node = nodes[slot]
            guard body(node.pointee) else { return }
            if node.pointee.firstChild >= 0 {
                slot = node.pointee.firstChild
                continue
            }
            while slot != top, nodes[slot].pointee.nextSibling < 0 { slot = nodes[slot].pointee.parent }
            slot = slot == top ? -1 : nodes[slot].pointee.nextSibling
        }
    }
}

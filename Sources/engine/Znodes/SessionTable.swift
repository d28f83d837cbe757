/// The replicated sessions: id, timeout, and the ephemeral nodes that each owns (a list through the nodes).
struct SessionTable {
    struct Entry {
        var id: Int64
        /// Milliseconds.
        var timeout: Int32
        var firstEphemeral: Int32
        var ephemeralCount: Int32 = 0
        /// Of their paths, each with its length before it.
        var ephemeralBytes = 0
    }

    private var entries = Slots<Entry>(capacity: 16)
    private var index = SlotIndex()

    func deallocate() {
        entries.deallocate()
        index.deallocate()
    }

    var count: Int { entries.live }

    @inline(__always)
    subscript(_ slot: Int32) -> UnsafeMutablePointer<Entry> { entries[slot] }

    /// The slot of the session, or -1.
    @inline(__always)
    func find(_ id: Int64) -> Int32 {
        var position = index.start(Digest.hash(id))
        while true {
            let slot = index.buckets[position].slot
            if slot < 0 || entries[slot].pointee.id == id { return slot }
            position = index.next(position)
        }
    }

    mutating func insert(_ id: Int64, timeout: Int32) -> Int32 {
        let entry = Entry(id: id, timeout: timeout, firstEphemeral: -1)
        let slot = entries.take(initial: entry)
        entries[slot].pointee = entry
        index.insert(Digest.hash(id), slot: slot)
        return slot
    }

    mutating func remove(_ slot: Int32) {
        index.remove(Digest.hash(entries[slot].pointee.id), slot: slot)
        entries.free(slot)
    }

    /// All sessions in ascending order of their ids. Allocates; for captures and administration.
    func sorted() -> [(id: Int64, timeout: Int32)] {
        var list: [(id: Int64, timeout: Int32)] = []
        list.reserveCapacity(count)
        for position in 0...index.mask where index.buckets[position].slot >= 0 {
            let entry = entries[index.buckets[position].slot].pointee
            list.append((entry.id, entry.timeout))
        }
        list.sort { $0.id < $1.id }
        return list
    }

    func link(_ node: Int32, to session: Int32, in nodes: NodeTable) {
        let first = entries[session].pointee.firstEphemeral
        nodes[node].pointee.session = session
        nodes[node].pointee.previousEphemeral = -1
        nodes[node].pointee.nextEphemeral = first
        if first >= 0 { nodes[first].pointee.previousEphemeral = node }
        entries[session].pointee.firstEphemeral = node
        entries[session].pointee.ephemeralCount += 1
        entries[session].pointee.ephemeralBytes += 4 + Int(nodes[node].pointee.pathCount)
    }

    func unlink(_ slot: Int32, in nodes: NodeTable) {
        let node = nodes[slot].pointee
        entries[node.session].pointee.ephemeralCount -= 1
        entries[node.session].pointee.ephemeralBytes -= 4 + Int(node.pathCount)
        if node.previousEphemeral >= 0 {
            nodes[node.previousEphemeral].pointee.nextEphemeral = node.nextEphemeral
        } else {
            entries[node.session].pointee.firstEphemeral = node.nextEphemeral
        }
        if node.nextEphemeral >= 0 {
            nodes[node.nextEphemeral].pointee.previousEphemeral = node.previousEphemeral
        }
    }
}

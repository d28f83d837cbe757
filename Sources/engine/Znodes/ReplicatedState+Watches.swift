import Wire
import Zab

extension ReplicatedState {
    /// Fires and removes all watches of the list that begins at `first`.
    @inline(never)
    func fire(_ first: Int32, _ type: Int32, _ key: PathKey, _ events: inout [WatchEvent]) {
        let path = key.copy
        var slot = first
        while slot >= 0 {
            let watch = watches[slot]
            events.append(WatchEvent(watcher: watch.watcher, type: type, path: path))
            watches.remove(slot, nodes: nodes)
            slot = watch.next
        }
    }

    /// The events of a delete: "deleted" once for each connection that watches the node's data or its children, then
    /// "children changed" for the parent.
    func fireDelete(_ slot: Int32, parent: Int32, _ events: inout [WatchEvent]) {
        let node = nodes[slot]
        let key = PathKey(Znode.pathBytes(of: node))
        var child = node.pointee.childWatches
        while child >= 0 {
            let watch = watches[child]
            if watches.contains(target: slot, kind: .data, watcher: watch.watcher) {
                watches.remove(child, nodes: nodes)
            }
            child = watch.next
        }
        if node.pointee.dataWatches >= 0 { fire(node.pointee.dataWatches, WatchEvent.deleted, key, &events) }
        if node.pointee.childWatches >= 0 {
            let before = events.count
            fire(node.pointee.childWatches, WatchEvent.deleted, key, &events)
            if PlantedBug.childWatchLostOnDelete.isPlanted { events.removeLast(events.count - before) }
        }
        let parentNode = nodes[parent]
        if parentNode.pointee.childWatches >= 0 {
            fire(
                parentNode.pointee.childWatches,
                WatchEvent.childrenChanged,
                PathKey(Znode.pathBytes(of: parentNode)),
                &events
            )
        }
    }

    /// The request of a client that comes back to a server (op 101): `SetWatches{relativeZxid, dataWatches,
    /// existWatches, childWatches}`. What has changed since `relativeZxid` fires at once, the rest is watched
    /// (`DataTree.setWatches`). The answer has no body.
    /// - Returns: `.ok`, or `.marshallingError`, and then nothing has been done.
    public func setWatches(
        body: UnsafeRawBufferPointer,
        watcher: WatcherID,
        events: inout [WatchEvent]
    ) -> ErrorCode {
        do {
            var check = ByteReader(body)
            _ = try check.int64()
            for _ in 0..<3 {
                let count = try check.vectorCount(minimumSize: 4) ?? 0
                for _ in 0..<count { _ = try check.nonNullBuffer() }
            }
            try register(body, watcher, &events)
            return .ok
        } catch {
            return .marshallingError
        }
    }

    private func register(
        _ body: UnsafeRawBufferPointer,
        _ watcher: WatcherID,
        _ events: inout [WatchEvent]
    ) throws(WireError) {
        var reader = ByteReader(body)
        let since = try reader.int64()
        for list in 0..<3 {
            let count = try reader.vectorCount(minimumSize: 4) ?? 0
            for _ in 0..<count {
                let key = PathKey(try reader.nonNullBuffer())
                let type = registerAgain(list, key, since: since, watcher)
                if type != 0, !PlantedBug.missedEventNotTold.isPlanted {
                    events.append(WatchEvent(watcher: watcher, type: type, path: key.copy))
                }
            }
        }
    }

    /// The event that `key` owes the watcher, or 0 if it is watched now.
    private func registerAgain(_ list: Int, _ key: PathKey, since: Int64, _ watcher: WatcherID) -> Int32 {
        let slot = findForRead(key)
        switch list {
        case 0:
            guard slot >= 0 else { return WatchEvent.deleted }
            if nodes[slot].pointee.mzxid > since { return WatchEvent.dataChanged }
            addWatch(key, slot, .data, watcher)
        case 1:
            if slot >= 0 { return WatchEvent.created }
            addWatch(key, slot, .data, watcher)
        default:
            guard slot >= 0 else { return WatchEvent.deleted }
            if nodes[slot].pointee.pzxid > since { return WatchEvent.childrenChanged }
            addWatch(key, slot, .children, watcher)
        }
        return 0
    }

    /// Watches what a read of `key` has found in `slot`, or the path if that is -1.
    func addWatch(_ key: PathKey, _ slot: Int32, _ kind: WatchTable.Kind, _ watcher: WatcherID) {
        if slot >= 0, key.count > 0 {
            watches.add(target: slot, kind: kind, watcher: watcher, nodes: nodes)
        } else if kind == .data {
            let missing = watches.findOrAddMissing(key)
            watches.add(target: ~missing, kind: .data, watcher: watcher, nodes: nodes)
        }
    }

    /// Forgets all watches of a connection that is gone.
    public func removeWatcher(_ id: WatcherID) { watches.removeAll(of: id, nodes: nodes) }
}

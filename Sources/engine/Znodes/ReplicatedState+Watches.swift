import Wire
import Zab

/// Events: what a change tells to whom, as ZooKeeper's `DataTree` and `WatchManager` do.
extension ReplicatedState {
    @inline(never)
    func fireDataChanged(_ slot: Int32, _ key: PathKey, _ events: inout [WatchEvent]) {
        let node = nodes[slot]
        fire(WatchEvent.dataChanged, key, node.pointee.acl, at: slot, below: node.pointee.parent, .data, &events)
    }

    /// A node has been made in `slot`: lasting watches on its path are the node's from now on.
    @inline(never)
    func fireCreated(_ slot: Int32, _ key: PathKey, _ parentKey: PathKey, _ events: inout [WatchEvent]) {
        let parent = nodes[slot].pointee.parent
        let missing = watches.findMissing(key)
        let target = missing < 0 ? slot : ~missing
        let isWatchedOn = missing >= 0 && hasLastingWatches(target)
        var above = parent
        if PlantedBug.recursiveWatchSkipsNewParents.isPlanted, nodes[parent].pointee.czxid == nodes[slot].pointee.czxid
        {
            above = -1
        }
        fire(WatchEvent.created, key, nodes[slot].pointee.acl, at: target, below: above, .data, &events)
        if isWatchedOn { moveLastingWatches(from: target, to: slot) }
        let acl = nodes[parent].pointee.acl
        fire(WatchEvent.childrenChanged, parentKey, acl, at: parent, below: -1, .children, &events)
    }

    /// The node in `slot` is about to go. "Deleted" once for each connection that watches its data or its children, then
    /// "children changed" for the parent. Lasting watches stay, on its path.
    @inline(never)
    func fireDeleted(_ slot: Int32, _ events: inout [WatchEvent]) {
        let key = PathKey(Znode.pathBytes(of: nodes[slot]))
        let parent = nodes[slot].pointee.parent
        fire(WatchEvent.deleted, key, nodes[slot].pointee.acl, at: slot, below: parent, .both, &events)
        if hasLastingWatches(slot) {
            if PlantedBug.persistentWatchDiesWithNode.isPlanted {
                for kind in [WatchTable.Kind.persistent, .recursive] {
                    while let watch = firstWatch(slot, kind) { watches.remove(watch, nodes: nodes) }
                }
            } else {
                moveLastingWatches(from: slot, to: ~watches.findOrAddMissing(key))
            }
        }
        let parentKey = PathKey(Znode.pathBytes(of: nodes[parent]))
        let acl = nodes[parent].pointee.acl
        fire(WatchEvent.childrenChanged, parentKey, acl, at: parent, below: -1, .children, &events)
    }

    private func firstWatch(_ target: Int32, _ kind: WatchTable.Kind) -> Int32? {
        let first = watches.head(target, kind, nodes)
        return first < 0 ? nil : first
    }

    private func hasLastingWatches(_ target: Int32) -> Bool {
        watches.lasting > 0
            && (watches.head(target, .persistent, nodes) >= 0 || watches.head(target, .recursive, nodes) >= 0)
    }

    private func moveLastingWatches(from old: Int32, to new: Int32) {
        watches.move(.persistent, from: old, to: new, nodes: nodes)
        watches.move(.recursive, from: old, to: new, nodes: nodes)
    }

    /// One event, at `target`: tells whoever waits for it there, with a one-shot watch, which goes, or a lasting one, and
    /// whoever watches recursively there or at the nodes from `parent` up; each once. No recursive watch hears that
    /// children have changed: it hears of the children. Who may not read the node hears nothing, and a one-shot watch is
    /// gone all the same (ZooKeeper since 3.8.4, CVE-2024-23944).
    /// - Parameter acl: the access list of the node at `key`.
    private func fire(
        _ type: Int32,
        _ key: PathKey,
        _ acl: Int32,
        at target: Int32,
        below parent: Int32,
        _ sides: WatchTable.Sides,
        _ events: inout [WatchEvent]
    ) {
        let before = events.count
        spread(type, key, acl, at: target, below: parent, sides, &events)
        let told = events.count - before
        if told > 0 { firings.note(type, watchers: told, pathCount: key.count) }
    }

    private func spread(
        _ type: Int32,
        _ key: PathKey,
        _ acl: Int32,
        at target: Int32,
        below parent: Int32,
        _ sides: WatchTable.Sides,
        _ events: inout [WatchEvent]
    ) {
        watches.beginEvent()
        var path: [UInt8] = []
        if watches.lasting > 0 {
            tell(.persistent, at: target, sides, type, key, acl, &path, &events)
            if watches.recursive > 0, type != WatchEvent.childrenChanged {
                tell(.recursive, at: target, sides, type, key, acl, &path, &events)
                var above = parent
                while above >= 0 {
                    tell(.recursive, at: above, sides, type, key, acl, &path, &events)
                    above = nodes[above].pointee.parent
                }
            }
        }
        if sides.contains(.data) { tell(.data, at: target, sides, type, key, acl, &path, &events) }
        guard sides.contains(.children) else { return }
        if PlantedBug.childWatchLostOnDelete.isPlanted, type == WatchEvent.deleted { return }
        tell(.children, at: target, sides, type, key, acl, &path, &events)
    }

    /// The watches of one list. All events but those of `setWatches` are made here.
    /// - Parameter path: the event's, empty as long as nobody has been told.
    @inline(__always)
    private func tell(
        _ kind: WatchTable.Kind,
        at target: Int32,
        _ sides: WatchTable.Sides,
        _ type: Int32,
        _ key: PathKey,
        _ acl: Int32,
        _ path: inout [UInt8],
        _ events: inout [WatchEvent]
    ) {
        let lasts = kind == .persistent || kind == .recursive
        var slot = watches.head(target, kind, nodes)
        while slot >= 0 {
            let watch = watches[slot]
            if !watch.sides.isDisjoint(with: sides), watches.isToBeTold(watch), mayHear(watch.watcher, of: acl) {
                if path.isEmpty { path = key.copy }
                eventBytes += WatchEvent.encodedSize(pathCount: path.count)
                if eventBytes <= eventBytesMax || events.isEmpty {
                    events.append(WatchEvent(watcher: watch.watcher, type: type, path: path))
                } else if watches.isToBeLetGo(watch) {
                    overwhelmed.append(watch.watcher)
                }
                if lasts, PlantedBug.persistentWatchFiresOnce.isPlanted { watches.remove(slot, nodes: nodes) }
            }
            if !lasts { watches.remove(slot, nodes: nodes) }
            slot = watch.next
        }
    }

    // MARK: Watching

    /// A one-shot watch, by a read of `key` that has found `slot`, or -1. It takes the place of a lasting one on the same
    /// side: in ZooKeeper 3.8 a watcher's last word on a path counts (ZOOKEEPER-4466 changed that in 3.9).
    func addWatch(_ key: PathKey, _ slot: Int32, _ kind: WatchTable.Kind, _ watcher: WatcherID) {
        let target = key.count == 0 || slot < 0 ? ~watches.findOrAddMissing(key) : slot
        let side: WatchTable.Sides = kind == .data ? .data : .children
        if watches.find(target, kind, watcher) < 0 { watches.add(target, kind, side, watcher: watcher, nodes: nodes) }
        guard watches.lasting > 0 else { return }
        for kind in [WatchTable.Kind.persistent, .recursive] { _ = removeWatch(target, kind, side, watcher) }
    }

    /// A persistent watch, recursive or not, for all events. It takes the place of all that the watcher has on the path.
    func addLastingWatch(_ key: PathKey, isRecursive: Bool, _ watcher: WatcherID) {
        let slot = key.count == 0 ? -1 : nodes.find(key)
        let target = slot < 0 ? ~watches.findOrAddMissing(key) : slot
        let kind: WatchTable.Kind = isRecursive ? .recursive : .persistent
        let known = watches.find(target, kind, watcher)
        if known >= 0 {
            watches.setSides(known, to: .both)
        } else {
            watches.add(target, kind, .both, watcher: watcher, nodes: nodes)
        }
        for other in [WatchTable.Kind.data, .children, isRecursive ? .persistent : .recursive] {
            _ = removeWatch(target, other, .both, watcher)
        }
    }

    /// Removes what is watched on `sides` at `key`. False if nothing was.
    func removeWatches(_ key: PathKey, _ sides: WatchTable.Sides, _ watcher: WatcherID) -> Bool {
        guard let target = watched(key) else { return false }
        var isFound = false
        for kind in [WatchTable.Kind.data, .children, .persistent, .recursive] {
            // The last one takes a missing path with it.
            guard watched(key) == target else { break }
            if removeWatch(target, kind, sides, watcher) { isFound = true }
        }
        return isFound
    }

    func hasWatch(_ key: PathKey, _ sides: WatchTable.Sides, _ watcher: WatcherID) -> Bool {
        guard let target = watched(key) else { return false }
        return [WatchTable.Kind.data, .children, .persistent, .recursive].contains { kind in
            let slot = watches.find(target, kind, watcher)
            return slot >= 0 && !watches[slot].sides.isDisjoint(with: sides)
        }
    }

    /// Where watches on `key` hang; nil if it does not exist and nobody watches it.
    private func watched(_ key: PathKey) -> Int32? {
        let slot = key.count == 0 ? -1 : nodes.find(key)
        if slot >= 0 { return slot }
        let missing = watches.findMissing(key)
        return missing < 0 ? nil : ~missing
    }

    private func removeWatch(
        _ target: Int32,
        _ kind: WatchTable.Kind,
        _ sides: WatchTable.Sides,
        _ watcher: WatcherID
    ) -> Bool {
        var slot = watches.find(target, kind, watcher)
        if PlantedBug.removeWatchesTakesAnothers.isPlanted, slot < 0 { slot = watches.head(target, kind, nodes) }
        guard slot >= 0 else { return false }
        let held = watches[slot].sides
        guard !held.isDisjoint(with: sides) else { return false }
        if held.isSubset(of: sides) {
            watches.remove(slot, nodes: nodes)
        } else {
            watches.setSides(slot, to: held.subtracting(sides))
        }
        return true
    }

    /// To be called when a change's events have been taken: the watchers that have missed some of them, and must not hear
    /// anything that shows the change.
    public func takeOverwhelmed() -> [WatcherID] {
        eventBytes = 0
        guard !overwhelmed.isEmpty else { return [] }
        defer { overwhelmed = [] }
        return overwhelmed
    }

    /// Forgets all watches of a connection that is gone, and who it was.
    public func removeWatcher(_ id: WatcherID) {
        watches.removeAll(of: id, nodes: nodes)
        if Int(id) < watcherIdentities.count { setIdentities(of: id, to: IdentityTable.nobody) }
    }
}

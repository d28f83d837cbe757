import CPlatform

/// The watches of this server's connections. Not replicated; one-shot.
///
/// A watch hangs in two lists: that of its target (a node's data watches or child watches, or a path that does not
/// exist) and that of its watcher. An index of (target, kind, watcher) keeps a watch from being there twice, as
/// ZooKeeper's sets do, without walking a list that 10,000 clients may be in.
struct WatchTable {
    enum Kind: Int32 {
        /// Also existence, and the only kind on a path that does not exist.
        case data
        case children
    }

    struct Watch {
        var watcher: WatcherID
        /// A node's slot, or `~` the slot of a missing path.
        var target: Int32
        var kind: Kind
        var next: Int32
        var previous: Int32
        var watcherSlot: Int32
        var nextOfWatcher: Int32
        var previousOfWatcher: Int32
    }

    struct Watcher {
        var id: WatcherID
        var first: Int32
    }

    struct MissingPath {
        var bytes: UnsafeMutableRawPointer
        var count: Int
        var hash: UInt64
        var first: Int32
    }

    private var watches = Slots<Watch>()
    private var watchIndex = SlotIndex()
    private var watchers = Slots<Watcher>()
    private var watcherIndex = SlotIndex()
    private var missing = Slots<MissingPath>()
    private var missingIndex = SlotIndex()

    var count: Int { watches.live }
    var missingCount: Int { missing.live }

    func deallocate() {
        for position in 0...missingIndex.mask where missingIndex.buckets[position].slot >= 0 {
            missing[missingIndex.buckets[position].slot].pointee.bytes.deallocate()
        }
        watches.deallocate()
        watchIndex.deallocate()
        watchers.deallocate()
        watcherIndex.deallocate()
        missing.deallocate()
        missingIndex.deallocate()
    }

    subscript(_ slot: Int32) -> Watch { watches[slot].pointee }

    // MARK: Paths that do not exist

    /// The slot of the missing path, or -1.
    func findMissing(_ key: PathKey) -> Int32 {
        guard missing.live > 0 else { return -1 }
        var position = missingIndex.start(key.hash)
        while true {
            let slot = missingIndex.buckets[position].slot
            if slot < 0 { return -1 }
            let path = missing[slot]
            if path.pointee.hash == key.hash, path.pointee.count == key.count,
                bytesAreEqual(path.pointee.bytes, key.start, key.count)
            {
                return slot
            }
            position = missingIndex.next(position)
        }
    }

    mutating func findOrAddMissing(_ key: PathKey) -> Int32 {
        let found = findMissing(key)
        if found >= 0 { return found }
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(key.count, 1), alignment: 8)
        copy.copyMemory(from: key.start, byteCount: key.count)
        let path = MissingPath(bytes: copy, count: key.count, hash: key.hash, first: -1)
        let slot = missing.take(initial: path)
        missing[slot].pointee = path
        missingIndex.insert(key.hash, slot: slot)
        return slot
    }

    func firstOfMissing(_ slot: Int32) -> Int32 { missing[slot].pointee.first }

    // MARK: Watches

    func contains(target: Int32, kind: Kind, watcher: WatcherID) -> Bool {
        findWatch(target, kind, watcher) >= 0
    }

    mutating func add(target: Int32, kind: Kind, watcher: WatcherID, nodes: NodeTable) {
        guard findWatch(target, kind, watcher) < 0 else { return }
        let watcherSlot = findOrAddWatcher(watcher)
        let first = head(target, kind, nodes)
        let firstOfWatcher = watchers[watcherSlot].pointee.first
        let watch = Watch(
            watcher: watcher,
            target: target,
            kind: kind,
            next: first,
            previous: -1,
            watcherSlot: watcherSlot,
            nextOfWatcher: firstOfWatcher,
            previousOfWatcher: -1
        )
        let slot = watches.take(initial: watch)
        watches[slot].pointee = watch
        if first >= 0 { watches[first].pointee.previous = slot }
        if firstOfWatcher >= 0 { watches[firstOfWatcher].pointee.previousOfWatcher = slot }
        setHead(target, kind, nodes, to: slot)
        watchers[watcherSlot].pointee.first = slot
        watchIndex.insert(Self.hash(target, kind, watcher), slot: slot)
    }

    mutating func remove(_ slot: Int32, nodes: NodeTable) {
        let watch = watches[slot].pointee
        if watch.previous >= 0 {
            watches[watch.previous].pointee.next = watch.next
        } else {
            setHead(watch.target, watch.kind, nodes, to: watch.next)
        }
        if watch.next >= 0 { watches[watch.next].pointee.previous = watch.previous }
        if watch.previousOfWatcher >= 0 {
            watches[watch.previousOfWatcher].pointee.nextOfWatcher = watch.nextOfWatcher
        } else {
            watchers[watch.watcherSlot].pointee.first = watch.nextOfWatcher
        }
        if watch.nextOfWatcher >= 0 {
            watches[watch.nextOfWatcher].pointee.previousOfWatcher = watch.previousOfWatcher
        }
        watchIndex.remove(Self.hash(watch.target, watch.kind, watch.watcher), slot: slot)
        watches.free(slot)
        dropIfEmpty(watcher: watch.watcherSlot)
        if watch.target < 0 { dropIfEmpty(missing: ~watch.target) }
    }

    mutating func removeAll(of watcher: WatcherID, nodes: NodeTable) {
        while watches.live > 0 {
            let slot = findWatcher(watcher)
            guard slot >= 0 else { return }
            remove(watchers[slot].pointee.first, nodes: nodes)
        }
    }

    private func head(_ target: Int32, _ kind: Kind, _ nodes: NodeTable) -> Int32 {
        if target < 0 { return missing[~target].pointee.first }
        return kind == .data ? nodes[target].pointee.dataWatches : nodes[target].pointee.childWatches
    }

    private func setHead(_ target: Int32, _ kind: Kind, _ nodes: NodeTable, to watch: Int32) {
        if target < 0 {
            missing[~target].pointee.first = watch
        } else if kind == .data {
            nodes[target].pointee.dataWatches = watch
        } else {
            nodes[target].pointee.childWatches = watch
        }
    }

    private static func hash(_ target: Int32, _ kind: Kind, _ watcher: WatcherID) -> UInt64 {
        Digest.hash(Int64(target) << 33 ^ Int64(kind.rawValue) << 32 ^ Int64(UInt32(bitPattern: watcher)))
    }

    private func findWatch(_ target: Int32, _ kind: Kind, _ watcher: WatcherID) -> Int32 {
        var position = watchIndex.start(Self.hash(target, kind, watcher))
        while true {
            let slot = watchIndex.buckets[position].slot
            if slot < 0 { return -1 }
            let watch = watches[slot].pointee
            if watch.target == target, watch.kind == kind, watch.watcher == watcher { return slot }
            position = watchIndex.next(position)
        }
    }

    private func findWatcher(_ id: WatcherID) -> Int32 {
        var position = watcherIndex.start(Digest.hash(Int64(id)))
        while true {
            let slot = watcherIndex.buckets[position].slot
            if slot < 0 || watchers[slot].pointee.id == id { return slot }
            position = watcherIndex.next(position)
        }
    }

    private mutating func findOrAddWatcher(_ id: WatcherID) -> Int32 {
        let found = findWatcher(id)
        if found >= 0 { return found }
        let slot = watchers.take(initial: Watcher(id: id, first: -1))
        watchers[slot].pointee = Watcher(id: id, first: -1)
        watcherIndex.insert(Digest.hash(Int64(id)), slot: slot)
        return slot
    }

    private mutating func dropIfEmpty(watcher slot: Int32) {
        guard watchers[slot].pointee.first < 0 else { return }
        watcherIndex.remove(Digest.hash(Int64(watchers[slot].pointee.id)), slot: slot)
        watchers.free(slot)
    }

    private mutating func dropIfEmpty(missing slot: Int32) {
        guard missing[slot].pointee.first < 0 else { return }
        missingIndex.remove(missing[slot].pointee.hash, slot: slot)
        missing[slot].pointee.bytes.deallocate()
        missing.free(slot)
    }
}

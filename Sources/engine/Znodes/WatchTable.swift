import CPlatform

/// The watches of this server's connections. Not replicated.
///
/// ZooKeeper has two tables, of data watches and of child watches. In each a watcher has one entry for a path, which is
/// one-shot, persistent or persistent recursive: what it asked for last. Here a persistent watch is one watch for both
/// tables, until it is replaced or removed in one of them.
///
/// A watch hangs in two lists: one of its target (a node, or a path that does not exist) and that of its watcher. A
/// target has a list of each kind, so that an event below a node comes by its recursive watches only. An index of
/// (target, kind, watcher) keeps a watch from being there twice without walking a list that 10,000 clients may be in.
/// Lasting watches (persistent, recursive) move from their node to its path when it is deleted, and back.
struct WatchTable {
    enum Kind: UInt8 {
        /// Also existence.
        case data
        case children
        case persistent
        case recursive
    }

    /// Which of ZooKeeper's tables have a watch.
    struct Sides: OptionSet {
        let rawValue: UInt8
        static let data = Sides(rawValue: 1)
        static let children = Sides(rawValue: 2)
        static let both: Sides = [.data, .children]
    }

    struct Watch {
        var watcher: WatcherID
        /// A node's slot, or `~` the slot of a missing path.
        var target: Int32
        var next: Int32
        var previous: Int32
        var watcherSlot: Int32
        var nextOfWatcher: Int32
        var previousOfWatcher: Int32
        var kind: Kind
        var sides: Sides
    }

    struct Watcher {
        var id: WatcherID
        var first: Int32
        /// The last event that it was told of.
        var told: UInt32
        /// It has missed an event.
        var isLetGo = false
    }

    /// A path without a node, and the first watch of each kind on it.
    struct MissingPath {
        var bytes: UnsafeMutableRawPointer
        var hash: UInt64
        var count: Int32
        var heads: (data: Int32, children: Int32, persistent: Int32, recursive: Int32) = (-1, -1, -1, -1)
    }

    private var watches = Slots<Watch>()
    private var watchIndex = SlotIndex()
    private var watchers = Slots<Watcher>()
    private var watcherIndex = SlotIndex()
    private var missing = Slots<MissingPath>()
    private var missingIndex = SlotIndex()
    /// Numbers events. A watcher that was told of one 2^32 events ago would miss the newest, if it were told of none
    /// between.
    private var event: UInt32 = 0
    /// What ZooKeeper's two tables would have.
    private(set) var entryCount = 0
    private(set) var recursive = 0
    /// The number of persistent and recursive watches: while there is none, a write asks no further.
    private(set) var lasting = 0

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
            if path.pointee.hash == key.hash, Int(path.pointee.count) == key.count,
                bytesAreEqual(path.pointee.bytes, key.start, key.count)
            {
                return slot
            }
            position = missingIndex.next(position)
        }
    }

    /// Whoever calls it adds a watch: a path with none would stay for good.
    mutating func findOrAddMissing(_ key: PathKey) -> Int32 {
        let found = findMissing(key)
        if found >= 0 { return found }
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(key.count, 1), alignment: 8)
        copy.copyMemory(from: key.start, byteCount: key.count)
        let path = MissingPath(bytes: copy, hash: key.hash, count: Int32(key.count))
        let slot = missing.take(initial: path)
        missing[slot].pointee = path
        missingIndex.insert(key.hash, slot: slot)
        return slot
    }

    private mutating func dropIfEmpty(missing slot: Int32) {
        let heads = missing[slot].pointee.heads
        guard heads.data < 0, heads.children < 0, heads.persistent < 0, heads.recursive < 0 else { return }
        missingIndex.remove(missing[slot].pointee.hash, slot: slot)
        missing[slot].pointee.bytes.deallocate()
        missing.free(slot)
    }

    // MARK: Watches

    /// The first watch of the kind at the target, or -1.
    func head(_ target: Int32, _ kind: Kind, _ nodes: NodeTable) -> Int32 {
        if target < 0 {
            let heads = missing[~target].pointee.heads
            return switch kind {
            case .data: heads.data
            case .children: heads.children
            case .persistent: heads.persistent
            case .recursive: heads.recursive
            }
        }
        return switch kind {
        case .data: nodes[target].pointee.dataWatches
        case .children: nodes[target].pointee.childWatches
        case .persistent: nodes[target].pointee.persistentWatches
        case .recursive: nodes[target].pointee.recursiveWatches
        }
    }

    private func setHead(_ target: Int32, _ kind: Kind, _ nodes: NodeTable, to watch: Int32) {
        if target < 0 {
            switch kind {
            case .data: missing[~target].pointee.heads.data = watch
            case .children: missing[~target].pointee.heads.children = watch
            case .persistent: missing[~target].pointee.heads.persistent = watch
            case .recursive: missing[~target].pointee.heads.recursive = watch
            }
            return
        }
        switch kind {
        case .data: nodes[target].pointee.dataWatches = watch
        case .children: nodes[target].pointee.childWatches = watch
        case .persistent: nodes[target].pointee.persistentWatches = watch
        case .recursive: nodes[target].pointee.recursiveWatches = watch
        }
    }

    /// One more than the highest slot of a watch.
    var highWater: Int32 { watches.highWater }

    /// A slot's watch; nil if the slot is free.
    func live(_ slot: Int32) -> Watch? {
        let watch = watches[slot].pointee
        return find(watch.target, watch.kind, watch.watcher) == slot ? watch : nil
    }

    /// The path of a target that has no node.
    func missingPath(_ target: Int32) -> UnsafeRawBufferPointer {
        let path = missing[~target].pointee
        return UnsafeRawBufferPointer(start: path.bytes, count: Int(path.count))
    }

    /// The slot of the watch, or -1.
    func find(_ target: Int32, _ kind: Kind, _ watcher: WatcherID) -> Int32 {
        var position = watchIndex.start(Self.hash(target, kind, watcher))
        while true {
            let slot = watchIndex.buckets[position].slot
            if slot < 0 { return -1 }
            let watch = watches[slot].pointee
            if watch.target == target, watch.kind == kind, watch.watcher == watcher { return slot }
            position = watchIndex.next(position)
        }
    }

    /// Adds a watch that is not there.
    mutating func add(_ target: Int32, _ kind: Kind, _ sides: Sides, watcher: WatcherID, nodes: NodeTable) {
        let watcherSlot = findOrAddWatcher(watcher)
        let first = head(target, kind, nodes)
        let firstOfWatcher = watchers[watcherSlot].pointee.first
        let watch = Watch(
            watcher: watcher,
            target: target,
            next: first,
            previous: -1,
            watcherSlot: watcherSlot,
            nextOfWatcher: firstOfWatcher,
            previousOfWatcher: -1,
            kind: kind,
            sides: sides
        )
        let slot = watches.take(initial: watch)
        watches[slot].pointee = watch
        if first >= 0 { watches[first].pointee.previous = slot }
        if firstOfWatcher >= 0 { watches[firstOfWatcher].pointee.previousOfWatcher = slot }
        setHead(target, kind, nodes, to: slot)
        watchers[watcherSlot].pointee.first = slot
        watchIndex.insert(Self.hash(target, kind, watcher), slot: slot)
        tally(kind, sides, by: 1)
    }

    private mutating func tally(_ kind: Kind, _ sides: Sides, by sign: Int) {
        entryCount += sides == .both ? 2 * sign : sign
        if kind == .persistent || kind == .recursive { lasting += sign }
        if kind == .recursive { recursive += sign }
    }

    /// What the watch is for from now on; not nothing.
    mutating func setSides(_ slot: Int32, to sides: Sides) {
        let old = watches[slot].pointee.sides
        entryCount += (sides == .both ? 2 : 1) - (old == .both ? 2 : 1)
        watches[slot].pointee.sides = sides
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
        tally(watch.kind, watch.sides, by: -1)
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

    /// Moves the watches of a lasting kind to a target that has none of it.
    mutating func move(_ kind: Kind, from old: Int32, to new: Int32, nodes: NodeTable) {
        let first = head(old, kind, nodes)
        setHead(old, kind, nodes, to: -1)
        setHead(new, kind, nodes, to: first)
        var slot = first
        while slot >= 0 {
            let watch = watches[slot].pointee
            watchIndex.remove(Self.hash(old, kind, watch.watcher), slot: slot)
            watches[slot].pointee.target = new
            watchIndex.insert(Self.hash(new, kind, watch.watcher), slot: slot)
            slot = watch.next
        }
        if old < 0, first >= 0 { dropIfEmpty(missing: ~old) }
    }

    private static func hash(_ target: Int32, _ kind: Kind, _ watcher: WatcherID) -> UInt64 {
        Digest.hash(Int64(target) << 34 ^ Int64(kind.rawValue) << 32 ^ Int64(UInt32(bitPattern: watcher)))
    }

    // MARK: Watchers

    /// What follows is one event: whoever waits for it in several ways is told once.
    mutating func beginEvent() { event &+= 1 }

    /// Whether the watch's watcher has not been told of this event, which it is now.
    func isToBeTold(_ watch: Watch) -> Bool {
        guard watchers[watch.watcherSlot].pointee.told != event else { return false }
        watchers[watch.watcherSlot].pointee.told = event
        return true
    }

    /// Whether the watch's watcher has missed no event before this one. There is nothing more for it.
    func isToBeLetGo(_ watch: Watch) -> Bool {
        guard !watchers[watch.watcherSlot].pointee.isLetGo else { return false }
        watchers[watch.watcherSlot].pointee.isLetGo = true
        return true
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
        let watcher = Watcher(id: id, first: -1, told: event)
        let slot = watchers.take(initial: watcher)
        watchers[slot].pointee = watcher
        watcherIndex.insert(Digest.hash(Int64(id)), slot: slot)
        return slot
    }

    private mutating func dropIfEmpty(watcher slot: Int32) {
        guard watchers[slot].pointee.first < 0 else { return }
        watcherIndex.remove(Digest.hash(Int64(watchers[slot].pointee.id)), slot: slot)
        watchers.free(slot)
    }
}

import Zab

/// What administrators are told of watches and of nodes that go with their sessions. All of it is read in slices, between
/// which everything may change: what is told was there when its turn came.
extension ReplicatedState {
    /// A watch on a node's data or existence, as ZooKeeper's words show them; it shows no child watches.
    public struct WatchSeen {
        public var watcher: WatcherID
        public var path: UnsafeRawBufferPointer
        /// It is the one of its path under which all watchers of the path are told.
        public var isFirstOfPath: Bool
        fileprivate var target: Int32
    }

    /// Shows the watches of the next `max` places, beginning with 0; returns where to go on, or nil at the end.
    public func forEachWatch(from place: Int32, max: Int32, _ body: (WatchSeen) -> Void) -> Int32? {
        let end = min(watches.highWater, place + max)
        var slot = place
        while slot < end {
            if let watch = watches.live(slot), watch.sides.contains(.data) {
                body(
                    WatchSeen(
                        watcher: watch.watcher,
                        path: pathOfTarget(watch.target),
                        isFirstOfPath: firstWatch(watch.target) == slot,
                        target: watch.target
                    )
                )
            }
            slot += 1
        }
        return end < watches.highWater ? end : nil
    }

    /// All that watch the path of a watch that was just shown.
    public func watchers(of seen: WatchSeen) -> [WatcherID] {
        var found: [WatcherID] = []
        for kind in Self.dataKinds {
            var slot = watches.head(seen.target, kind, nodes)
            while slot >= 0 {
                let watch = watches[slot]
                if watch.sides.contains(.data) { found.append(watch.watcher) }
                slot = watch.next
            }
        }
        return found
    }

    private static let dataKinds: [WatchTable.Kind] = [.data, .persistent, .recursive]

    private func firstWatch(_ target: Int32) -> Int32 {
        for kind in Self.dataKinds {
            var slot = watches.head(target, kind, nodes)
            while slot >= 0 {
                if watches[slot].sides.contains(.data) { return slot }
                slot = watches[slot].next
            }
        }
        return -1
    }

    private func pathOfTarget(_ target: Int32) -> UnsafeRawBufferPointer {
        target < 0 ? watches.missingPath(target) : Znode.pathBytes(of: nodes[target])
    }

    /// In ascending order.
    public var sessionsWithEphemerals: [Int64] {
        sessions.sorted().map(\.id).filter { sessions[sessions.find($0)].pointee.firstEphemeral >= 0 }
    }

    /// The paths of a session's ephemeral nodes.
    public func ephemerals(of session: Int64) -> [[UInt8]] {
        let slot = sessions.find(session)
        guard slot >= 0 else { return [] }
        var found: [[UInt8]] = []
        var node = sessions[slot].pointee.firstEphemeral
        while node >= 0 {
            found.append(Array(Znode.pathBytes(of: nodes[node])))
            node = nodes[node].pointee.nextEphemeral
        }
        return found
    }
}

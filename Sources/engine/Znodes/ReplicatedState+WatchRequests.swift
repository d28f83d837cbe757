import Wire
import Zab

/// The requests that are about watches alone. They are answered on this server, like reads.
extension ReplicatedState {
    /// Answers setWatches (101), setWatches2 (105), addWatch (106), removeWatches (18) and checkWatches (17).
    ///
    /// - Parameters:
    ///   - reply: gets the response's record if the result is `.ok`. Only addWatch has one.
    ///   - events: gets what setWatches owes the watcher.
    /// - Returns: `.ok`; `.noWatcher` if there is nothing to remove or to be found; `.marshallingError` for bytes that
    ///   are no such request, and for modes and types that do not exist. Nothing has been done then.
    public func answerWatchRequest(
        _ op: OpCode,
        body: UnsafeRawBufferPointer,
        watcher: WatcherID,
        reply: ByteWriter,
        events: inout [WatchEvent]
    ) -> ErrorCode {
        do {
            var reader = ByteReader(body)
            switch op {
            case .setWatches: return try setWatches(reader, lists: 3, watcher, &events)
            case .setWatches2: return try setWatches(reader, lists: 5, watcher, &events)
            case .addWatch: return try addWatch(&reader, watcher, reply)
            case .removeWatches: return try removeWatches(&reader, watcher)
            case .checkWatches: return try checkWatches(&reader, watcher)
            default: return .unimplemented
            }
        } catch {
            return .marshallingError
        }
    }

    /// `AddWatchRequest{path, mode}`. No path is refused, be there a node or not.
    private func addWatch(
        _ reader: inout ByteReader,
        _ watcher: WatcherID,
        _ reply: ByteWriter
    ) throws(WireError) -> ErrorCode {
        let key = PathKey(try reader.nonNullBuffer())
        guard let mode = AddWatchMode(rawValue: try reader.int32()) else { return .marshallingError }
        addLastingWatch(key, isRecursive: mode == .persistentRecursive, watcher)
        // ErrorResponse{err}.
        reply.append(ErrorCode.ok.rawValue)
        return .ok
    }

    /// `RemoveWatchesRequest{path, type}`: whatever the watcher has on that side of the path, one-shot or not. ZooKeeper's
    /// servers send no event for that; its client makes one itself.
    private func removeWatches(_ reader: inout ByteReader, _ watcher: WatcherID) throws(WireError) -> ErrorCode {
        let path = try reader.buffer()
        guard let sides = WatchTable.Sides(type: try reader.int32()) else { return .marshallingError }
        guard let path else { return .noWatcher }
        return removeWatches(PathKey(path), sides, watcher) ? .ok : .noWatcher
    }

    /// `CheckWatchesRequest{path, type}`. ZooKeeper says yes if *anybody* watches the path; see docs/divergence.md. Of the
    /// empty path it says no, whoever watches it.
    private func checkWatches(_ reader: inout ByteReader, _ watcher: WatcherID) throws(WireError) -> ErrorCode {
        let key = PathKey(try reader.nonNullBuffer())
        guard let sides = WatchTable.Sides(type: try reader.int32()) else { return .marshallingError }
        return key.count > 0 && hasWatch(key, sides, watcher) ? .ok : .noWatcher
    }

    // MARK: Coming back

    /// What a client watches that comes back: `SetWatches{relativeZxid, dataWatches, existWatches, childWatches}`, and in
    /// setWatches2 `persistentWatches` and `persistentRecursiveWatches`. What has changed since `relativeZxid` fires at
    /// once, the rest is watched; lasting watches are owed nothing (`DataTree.setWatches`). The answer has no body.
    private func setWatches(
        _ reader: ByteReader,
        lists: Int,
        _ watcher: WatcherID,
        _ events: inout [WatchEvent]
    ) throws(WireError) -> ErrorCode {
        var check = reader
        _ = try check.int64()
        for _ in 0..<lists {
            for _ in 0..<(try Self.pathCount(&check) ?? 0) { _ = try check.buffer() }
        }
        var reader = reader
        let since = try reader.int64()
        for list in 0..<lists {
            // What stands before a null list or path has been done, as in ZooKeeper.
            guard let count = try Self.pathCount(&reader) else { return .marshallingError }
            for _ in 0..<count {
                guard let path = try reader.buffer() else { return .marshallingError }
                let key = PathKey(path)
                guard list < 3 else {
                    if PlantedBug.setWatches2ForgetsPersistent.isPlanted { continue }
                    addLastingWatch(key, isRecursive: list == 4, watcher)
                    continue
                }
                let type = registerAgain(list, key, since: since, watcher)
                guard type != 0, mayHear(watcher, of: key) else { continue }
                if !PlantedBug.missedEventNotTold.isPlanted {
                    events.append(WatchEvent(watcher: watcher, type: type, path: key.copy))
                }
            }
        }
        return .ok
    }

    /// Of a vector: nil if it is null; any other negative length is that of an empty one.
    private static func pathCount(_ reader: inout ByteReader) throws(WireError) -> Int? {
        var ahead = reader
        guard try ahead.int32() < -1 else { return try reader.vectorCount(minimumSize: 4) }
        reader = ahead
        return 0
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
}

extension WatchTable.Sides {
    /// ZooKeeper's `Watcher.WatcherType`, of 3.8: 1 children, 2 data, 3 any.
    init?(type: Int32) {
        switch type {
        case 1: self = .children
        case 2: self = .data
        case 3: self = .both
        default: return nil
        }
    }
}

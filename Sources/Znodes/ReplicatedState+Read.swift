import Wire
import Zab

extension ReplicatedState {
    /// Answers exists (3), getData (4), getACL (6), getChildren (8) and getChildren2 (12) from this server's state.
    ///
    /// - Parameters:
    ///   - body: the request's record after its RequestHeader: `{path, watch: bool}`, for getACL `{path}`.
    ///   - watcher: who gets the watch if the request asks for one; an exists on a missing node sets one too.
    ///   - reply: gets the response's record if the result is `.ok`, nothing otherwise.
    /// - Returns: `.ok`, `.noNode`, `.badArguments` for a path that no node can have, `.marshallingError` for bytes
    ///   that are no such request, `.unimplemented` for other operations.
    public func read(
        _ op: OpCode,
        body: UnsafeRawBufferPointer,
        watcher: WatcherID,
        reply: ByteWriter
    ) -> ErrorCode {
        do {
            var reader = ByteReader(body)
            let key = PathKey(try reader.nonNullBuffer())
            switch op {
            case .exists: return exists(key, watch: try reader.bool(), watcher, reply)
            case .getData: return data(key, watch: try reader.bool(), watcher, reply)
            case .getChildren: return children(key, watch: try reader.bool(), watcher, withStat: false, reply)
            case .getChildren2: return children(key, watch: try reader.bool(), watcher, withStat: true, reply)
            case .getACL: return list(key, reply)
            default: return .unimplemented
            }
        } catch {
            return .marshallingError
        }
    }

    /// Why there is nothing at `key`.
    private func absence(_ key: PathKey) -> ErrorCode { PathRules.isValid(key.bytes) ? .noNode : .badArguments }

    private func exists(_ key: PathKey, watch: Bool, _ watcher: WatcherID, _ reply: ByteWriter) -> ErrorCode {
        let slot = nodes.find(key)
        guard slot >= 0 else {
            let reason = absence(key)
            if watch, reason == .noNode { watchMissing(key, watcher) }
            return reason
        }
        if watch { watches.add(target: slot, kind: .data, watcher: watcher, nodes: nodes) }
        nodes[slot].pointee.appendStat(to: reply)
        return .ok
    }

    private func data(_ key: PathKey, watch: Bool, _ watcher: WatcherID, _ reply: ByteWriter) -> ErrorCode {
        let slot = nodes.find(key)
        guard slot >= 0 else { return absence(key) }
        if watch { watches.add(target: slot, kind: .data, watcher: watcher, nodes: nodes) }
        nodes[slot].pointee.appendData(to: reply)
        nodes[slot].pointee.appendStat(to: reply)
        return .ok
    }

    private func children(
        _ key: PathKey,
        watch: Bool,
        _ watcher: WatcherID,
        withStat: Bool,
        _ reply: ByteWriter
    ) -> ErrorCode {
        let slot = nodes.find(key)
        guard slot >= 0 else { return absence(key) }
        let node = nodes[slot]
        if watch { watches.add(target: slot, kind: .children, watcher: watcher, nodes: nodes) }
        reply.append(node.pointee.childCount)
        // A name is what the parent's path and a slash leave of the child's path.
        let nameOffset = node.pointee.pathCount == 1 ? 1 : Int(node.pointee.pathCount) + 1
        var child = node.pointee.firstChild
        while child >= 0 {
            let childNode = nodes[child]
            reply.append(buffer: UnsafeRawBufferPointer(rebasing: Znode.pathBytes(of: childNode)[nameOffset...]))
            child = childNode.pointee.nextSibling
        }
        if withStat { node.pointee.appendStat(to: reply) }
        return .ok
    }

    private func list(_ key: PathKey, _ reply: ByteWriter) -> ErrorCode {
        let slot = nodes.find(key)
        guard slot >= 0 else { return absence(key) }
        reply.append(bytes: acls.bytes(nodes[slot].pointee.acl))
        nodes[slot].pointee.appendStat(to: reply)
        return .ok
    }
}

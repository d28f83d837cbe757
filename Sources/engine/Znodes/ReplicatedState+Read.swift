import Wire
import Zab

/// What came of a read.
public enum ReadResult {
    /// It is answered; `children` names were visited for it.
    case whole(ErrorCode, children: Int)
    /// The answer's record will have this many bytes, and has none yet: `ReplicatedState.continueListing` makes it.
    case begun(bytes: Int)
}

extension ReplicatedState {
    /// Answers exists (3), getData (4), getACL (6), getChildren (8), getChildren2 (12), multiRead (22),
    /// getAllChildrenNumber (104) and whoAmI (107) from this server's state.
    ///
    /// - Parameters:
    ///   - body: the request's record after its RequestHeader: `{path, watch: bool}`, for getACL `{path}`.
    ///   - watcher: who gets the watch if the request asks for one; an exists on a missing node sets one too.
    ///   - reply: gets the response's record if the result is `.ok`, nothing otherwise.
    ///   - bounds: a listing beyond them is only begun, or refused.
    /// - Returns: `.ok`, `.noNode`, also for a path that no node can have, `.noAuth` if `watcher` may not
    ///   (`setIdentities`), `.marshallingError` for bytes that are no such request and for a listing that is too large,
    ///   `.unimplemented` for other operations.
    public func read(
        _ op: OpCode,
        body: UnsafeRawBufferPointer,
        watcher: WatcherID,
        reply: ByteWriter,
        bounds: ListingBounds
    ) -> ReadResult {
        if op == .whoAmI {
            appendClientInfo(of: watcher, to: reply)
            return .whole(.ok, children: 0)
        }
        do {
            var reader = ByteReader(body)
            if op == .multiRead { return try multiRead(&reader, watcher, reply, bounds) }
            let key = PathKey(try reader.nonNullBuffer())
            switch op {
            case .exists: return .whole(exists(key, watch: try reader.bool(), watcher, reply), children: 0)
            case .getData: return .whole(data(key, watch: try reader.bool(), watcher, reply), children: 0)
            case .getChildren, .getChildren2:
                return children(key, op, watch: try reader.bool(), watcher, reply, bounds)
            case .getACL: return .whole(list(key, watcher, reply), children: 0)
            case .getAllChildrenNumber: return countBelow(key, watcher, reply, bounds)
            default: return .whole(.unimplemented, children: 0)
            }
        } catch {
            return .whole(.marshallingError, children: 0)
        }
    }

    /// The same with the whole of every listing.
    public func read(
        _ op: OpCode,
        body: UnsafeRawBufferPointer,
        watcher: WatcherID,
        reply: ByteWriter
    ) -> ErrorCode {
        switch read(op, body: body, watcher: watcher, reply: reply, bounds: .unlimited) {
        case .whole(let code, _): return code
        case .begun: preconditionFailure("a listing without bounds is whole")
        }
    }

    /// About how many bytes the record of a read's answer would have now, and how many children it would visit.
    public func cost(
        of op: OpCode,
        body: UnsafeRawBufferPointer,
        bounds: ListingBounds = .unlimited
    ) -> (bytes: Int, children: Int) {
        if op == .multiRead { return (costOfMultiRead(body, bounds), 0) }
        if op == .whoAmI { return (IdentityTable.bytesMax, 0) }
        var reader = ByteReader(body)
        guard let path = try? reader.nonNullBuffer() else { return (0, 0) }
        let slot = findForRead(PathKey(path))
        guard slot >= 0 else { return (0, 0) }
        switch op {
        case .exists: return (Stat.encodedSize, 0)
        case .getData: return (4 + nodes[slot].pointee.dataSize + Stat.encodedSize, 0)
        case .getACL: return (acls.bytes(nodes[slot].pointee.acl).count + Stat.encodedSize, 0)
        case .getChildren, .getChildren2:
            return (listingSize(nodes[slot], withStat: op == .getChildren2), Int(nodes[slot].pointee.childCount))
        case .getAllChildrenNumber: return (4, nodes[slot].pointee.parent < 0 ? 0 : nodes.count)
        default: return (0, 0)
        }
    }

    /// The slot of the node that a read of `key` is about, or -1. Reads do not validate paths (ZooKeeper keeps its root
    /// under "" also).
    func findForRead(_ key: PathKey) -> Int32 { key.count == 0 ? nodes.find(PathRules.rootKey) : nodes.find(key) }

    private func exists(_ key: PathKey, watch: Bool, _ watcher: WatcherID, _ reply: ByteWriter) -> ErrorCode {
        let slot = findForRead(key)
        if slot < 0, key.bytes.contains(0) { return .badArguments }
        if watch { addWatch(key, slot, .data, watcher) }
        guard slot >= 0 else { return .noNode }
        appendStat(of: slot, to: reply)
        return .ok
    }

    private func data(_ key: PathKey, watch: Bool, _ watcher: WatcherID, _ reply: ByteWriter) -> ErrorCode {
        let slot = findForRead(key)
        guard slot >= 0 else { return .noNode }
        guard allows(nodes[slot].pointee.acl, Permission.read, toWatcher: watcher) else { return .noAuth }
        if watch { addWatch(key, slot, .data, watcher) }
        appendData(of: slot, to: reply)
        appendStat(of: slot, to: reply)
        return .ok
    }

    private func children(
        _ key: PathKey,
        _ op: OpCode,
        watch: Bool,
        _ watcher: WatcherID,
        _ reply: ByteWriter,
        _ bounds: ListingBounds
    ) -> ReadResult {
        let slot = findForRead(key)
        guard slot >= 0 else { return .whole(.noNode, children: 0) }
        let node = nodes[slot]
        guard allows(node.pointee.acl, Permission.read, toWatcher: watcher) else {
            return .whole(.noAuth, children: 0)
        }
        let size = listingSize(node, withStat: op == .getChildren2)
        guard size <= bounds.bytesMax else { return .whole(.marshallingError, children: 0) }
        if watch { addWatch(key, slot, .children, watcher) }
        let count = Int(node.pointee.childCount)
        guard count <= bounds.sliceChildren, size <= bounds.sliceBytes else {
            begin(op, slot, watcher, reply)
            return .begun(bytes: size)
        }
        appendChildren(of: node, to: reply)
        if op == .getChildren2 { appendStat(of: slot, to: reply) }
        return .whole(.ok, children: count)
    }

    /// The names of all children, as a vector.
    func appendChildren(of node: UnsafeMutablePointer<Znode>, to reply: ByteWriter) {
        reply.append(node.pointee.childCount)
        let nameOffset = node.pointee.nameOffset
        var child = node.pointee.firstChild
        while child >= 0 {
            let childNode = nodes[child]
            reply.append(buffer: UnsafeRawBufferPointer(rebasing: Znode.pathBytes(of: childNode)[nameOffset...]))
            child = childNode.pointee.nextSibling
        }
    }

    /// Who may read a node sees who may use it, and only who may set that sees with which digests.
    private func list(_ key: PathKey, _ watcher: WatcherID, _ reply: ByteWriter) -> ErrorCode {
        let slot = findForRead(key)
        guard slot >= 0 else { return .noNode }
        let acl = nodes[slot].pointee.acl
        guard allows(acl, Permission.read | Permission.admin, toWatcher: watcher) else { return .noAuth }
        if allows(acl, Permission.admin, toWatcher: watcher) || PlantedBug.digestsNotMasked.isPlanted {
            reply.append(bytes: acls.bytes(acl))
        } else {
            AccessRights.appendMasked(acls.bytes(acl), to: reply)
        }
        appendStat(of: slot, to: reply)
        return .ok
    }
}

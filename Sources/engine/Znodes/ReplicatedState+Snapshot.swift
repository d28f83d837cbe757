import Wire
import Zab

/// The progress of the snapshot that is being taken, if one is.
struct SnapshotCapture {
    enum Phase {
        case idle
        case header
        case nodes
        case trailer
    }

    var phase = Phase.idle
    /// Of the current or last snapshot: a node with this stamp has been written to it or is not part of it.
    var generation: UInt32 = 0
    var zxid = Zxid.zero
    var sessions: [(id: Int64, timeout: Int32)] = []
    var sessionsWritten = 0
    var nodeCount = 0
    var digest: UInt64 = 0
    /// The next slot to look at, and the end of those that were in use at the beginning.
    var nextSlot: Int32 = 0
    var slotLimit: Int32 = 0
    /// Nodes as they were before a change, waiting for the next chunk.
    var saved = ByteWriter(capacity: 16)
    var savedTaken = 0
}

extension ReplicatedState {
    public var isSnapshotting: Bool { capture.phase != .idle }

    /// Begins a snapshot of the state as it is now, at `lastApplied`; costs a copy of the sessions. A snapshot that was
    /// under way is abandoned.
    public func beginSnapshot() {
        abandonSnapshot()
        capture.phase = .header
        capture.generation &+= 1
        capture.zxid = lastApplied
        capture.sessions = sessions.sorted()
        capture.nodeCount = nodes.count
        capture.digest = digestSum
        capture.nextSlot = 0
        capture.slotLimit = nodes.highWater
    }

    /// Appends the next part of the snapshot to `writer`: about `maxBytes`, more by at most one record (a node's path,
    /// data and ACL). To be called between batches; what changes in between is copied at most once per node, and is
    /// handed out first.
    /// - Returns: whether there is more. The call that returns false has written the end.
    public func nextSnapshotChunk(into writer: ByteWriter, maxBytes: Int) -> Bool {
        precondition(capture.phase != .idle, "no snapshot has been begun")
        let end = writer.count + max(maxBytes, 1)
        if capture.phase == .header { writeHeaderAndSessions(to: writer, end: end) }
        guard capture.phase == .nodes || capture.phase == .trailer else { return true }
        drainSaved(to: writer, end: end)
        if capture.phase == .nodes { writeNodes(to: writer, end: end) }
        guard capture.phase == .trailer, capture.savedTaken == capture.saved.count, writer.count < end else {
            return true
        }
        writer.append(SnapshotFormat.trailer)
        writer.append(Int32(24))
        writer.append(UInt64(capture.nodeCount))
        writer.append(UInt64(capture.sessions.count))
        writer.append(capture.digest)
        abandonSnapshot()
        return false
    }

    /// Ends the snapshot under way, if there is one.
    public func abandonSnapshot() {
        capture.phase = .idle
        capture.sessions = []
        capture.sessionsWritten = 0
        // The buffer may have grown with the tree; a snapshot is rare, so the memory goes back.
        capture.saved = ByteWriter(capacity: 16)
        capture.savedTaken = 0
    }

    /// To be called before a node is changed or removed.
    @inline(__always)
    func saveIfCaptured(_ node: UnsafeMutablePointer<Znode>) {
        if capture.phase != .idle, node.pointee.stamp != capture.generation, !PlantedBug.fuzzySnapshot.isPlanted {
            save(node)
        }
    }

    @inline(never)
    private func save(_ node: UnsafeMutablePointer<Znode>) {
        node.pointee.stamp = capture.generation
        // Once there is nothing left to hand out, the buffer begins anew.
        if capture.savedTaken == capture.saved.count {
            capture.saved.removeAll()
            capture.savedTaken = 0
        }
        appendNode(node, to: capture.saved)
    }

    private func writeHeaderAndSessions(to writer: ByteWriter, end: Int) {
        if capture.sessionsWritten == 0 {
            writer.append(SnapshotFormat.magic)
            writer.append(SnapshotFormat.version)
            writer.append(capture.zxid.rawValue)
        }
        while capture.sessionsWritten < capture.sessions.count {
            let session = capture.sessions[capture.sessionsWritten]
            writer.append(SnapshotFormat.session)
            writer.append(Int32(12))
            writer.append(session.id)
            writer.append(session.timeout)
            capture.sessionsWritten += 1
            if writer.count >= end, capture.sessionsWritten < capture.sessions.count { return }
        }
        capture.phase = .nodes
    }

    private func drainSaved(to writer: ByteWriter, end: Int) {
        let waiting = capture.saved.count - capture.savedTaken
        let taken = min(waiting, end - writer.count)
        guard taken > 0 else { return }
        writer.append(
            bytes: UnsafeRawBufferPointer(
                rebasing: capture.saved.bytes[capture.savedTaken..<capture.savedTaken + taken]
            )
        )
        capture.savedTaken += taken
    }

    private func writeNodes(to writer: ByteWriter, end: Int) {
        // A record must not begin in the middle of a saved one that was handed out in part.
        guard capture.savedTaken == capture.saved.count else { return }
        while capture.nextSlot < capture.slotLimit {
            if writer.count >= end { return }
            let node = nodes[capture.nextSlot]
            capture.nextSlot += 1
            guard node.pointee.pathCount > 0, node.pointee.stamp != capture.generation else { continue }
            node.pointee.stamp = capture.generation
            appendNode(node, to: writer)
        }
        capture.phase = .trailer
    }

    private func appendNode(_ node: UnsafeMutablePointer<Znode>, to writer: ByteWriter) {
        writer.append(SnapshotFormat.node)
        let lengthOffset = writer.count
        writer.append(Int32(0))
        writer.append(buffer: Znode.pathBytes(of: node))
        node.pointee.appendData(to: writer)
        writer.append(node.pointee.czxid)
        writer.append(node.pointee.mzxid)
        writer.append(node.pointee.ctime)
        writer.append(node.pointee.mtime)
        writer.append(node.pointee.pzxid)
        writer.append(node.pointee.ephemeralOwner ^ node.pointee.extendedOwner)
        writer.append(node.pointee.version)
        writer.append(node.pointee.cversion)
        writer.append(node.pointee.aversion)
        var flags: UInt8 = node.pointee.acl != ACLTable.openUnsafe ? SnapshotFormat.hasACL : 0
        if node.pointee.extendedOwner != 0 { flags |= SnapshotFormat.hasExtendedOwner }
        writer.append(flags)
        if node.pointee.acl != ACLTable.openUnsafe { writer.append(bytes: acls.bytes(node.pointee.acl)) }
        writer.set(Int32(writer.count - lengthOffset - 4), at: lengthOffset)
    }
}

import Wire
import Zab

/// Builds a state from a snapshot's bytes as they come in, cut anywhere.
///
/// The bytes may be anything: all lengths are bounded before they are believed, memory stays proportional to what was
/// fed in, and a state comes out only if the counts and the digest in the trailer are those of what was read.
public final class SnapshotLoader {
    private let state = ReplicatedState(empty: ())
    /// The beginning of a header or record whose rest has not come yet.
    private let partial = ByteWriter(capacity: 64)
    private var zxid: Zxid?
    private var trailer: (nodes: UInt64, sessions: UInt64, digest: UInt64)?
    private var lastSession: Int64?
    private var failure: WireError?

    public init() {}

    /// Reads the next bytes of the stream.
    /// - Throws: `WireError` for bytes that are no snapshot; the loader then refuses everything.
    public func feed(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        if let failure { throw failure }
        do {
            try consume(bytes)
        } catch {
            failure = error
            throw error
        }
    }

    /// The loaded state, with `lastApplied` as in the snapshot. The loader is used up.
    /// - Throws: `WireError` if the stream is not complete, or not what its trailer says.
    public func finish() throws(WireError) -> ReplicatedState {
        if let failure { throw failure }
        failure = WireError("snapshot: the loader is used up")
        guard let zxid, let trailer, partial.count == 0 else { throw WireError("snapshot: the end is missing") }
        guard trailer.nodes == state.nodes.count, trailer.sessions == state.sessionCount else {
            throw WireError(
                "snapshot: \(state.nodeCount) nodes and \(state.sessionCount) sessions, "
                    + "\(trailer.nodes) and \(trailer.sessions) expected"
            )
        }
        try linkTree()
        findQuotas()
        guard trailer.digest == state.digest else {
            throw WireError("snapshot: digest \(state.digest), \(trailer.digest) expected")
        }
        state.lastApplied = zxid
        state.configuration.slot = state.nodes.find(
            PathKey(start: PathRules.config.utf8Start, count: PathRules.config.utf8CodeUnitCount)
        )
        return state
    }

    private func consume(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        var rest = bytes
        // First what is left of a part that began in earlier bytes.
        while partial.count > 0 {
            let needed = try partSize(partial.bytes)
            let taken = min(needed - partial.count, rest.count)
            partial.append(bytes: UnsafeRawBufferPointer(rebasing: rest[..<taken]))
            rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
            if partial.count < needed { return }
            // The size grows once the record's length can be read.
            if try partSize(partial.bytes) > needed { continue }
            try readPart(partial.bytes)
            partial.removeAll()
        }
        while rest.count > 0 {
            let needed = try partSize(rest)
            guard needed <= rest.count else { break }
            try readPart(UnsafeRawBufferPointer(rebasing: rest[..<needed]))
            rest = UnsafeRawBufferPointer(rebasing: rest[needed...])
        }
        partial.append(bytes: rest)
    }

    /// The size of the header or record that begins with `bytes`, as far as they say.
    private func partSize(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Int {
        if zxid == nil { return SnapshotFormat.headerSize }
        guard trailer == nil else { throw WireError("snapshot: bytes after the end") }
        guard bytes.count >= SnapshotFormat.recordHeaderSize else { return SnapshotFormat.recordHeaderSize }
        let length = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
        guard length <= SnapshotFormat.recordSizeMax else { throw WireError("snapshot: record of \(length) bytes") }
        return SnapshotFormat.recordHeaderSize + Int(length)
    }

    private func readPart(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        var reader = ByteReader(bytes)
        if zxid == nil {
            guard try reader.uint64() == SnapshotFormat.magic else { throw WireError("not a snapshot of znodes") }
            let version = try reader.uint32()
            guard version == SnapshotFormat.version else {
                throw WireError("snapshot of version \(version), \(SnapshotFormat.version) expected")
            }
            zxid = Zxid(rawValue: try reader.uint64())
            return
        }
        let kind = try reader.uint8()
        _ = try reader.uint32()
        switch kind {
        case SnapshotFormat.session: try readSession(&reader)
        case SnapshotFormat.node: try readNode(&reader)
        case SnapshotFormat.trailer:
            trailer = (try reader.uint64(), try reader.uint64(), try reader.uint64())
        default: throw WireError("snapshot: record of kind \(kind)")
        }
        guard reader.remaining == 0 else { throw WireError("snapshot: \(reader.remaining) bytes left in a record") }
    }

    private func readSession(_ reader: inout ByteReader) throws(WireError) {
        let id = try reader.int64()
        let timeout = try reader.int32()
        guard state.nodes.count == 0 else { throw WireError("snapshot: a session after a node") }
        guard id != 0 else { throw WireError("snapshot: a session with the id 0, which stands for none") }
        if let lastSession, lastSession >= id { throw WireError("snapshot: sessions out of order") }
        lastSession = id
        state.applySession(id, timeout: timeout)
    }

    private func readNode(_ reader: inout ByteReader) throws(WireError) {
        let path = try reader.nonNullBuffer()
        guard PathRules.isValid(path) else { throw WireError("snapshot: an invalid path") }
        let key = PathKey(path)
        guard state.nodes.find(key) < 0 else { throw misfit("twice", key) }
        let data = try reader.buffer()
        let slot = state.nodes.insert(key, dataCapacity: data?.count ?? 0)
        let node = state.nodes[slot]
        state.nodes.setData(node, data)
        node.pointee.czxid = try reader.int64()
        node.pointee.mzxid = try reader.int64()
        node.pointee.ctime = try reader.int64()
        node.pointee.mtime = try reader.int64()
        node.pointee.pzxid = try reader.int64()
        let owner = try reader.int64()
        node.pointee.version = try reader.int32()
        node.pointee.cversion = try reader.int32()
        node.pointee.aversion = try reader.int32()
        let flags = try reader.uint8()
        guard flags <= SnapshotFormat.hasACL | SnapshotFormat.hasExtendedOwner else {
            throw misfit("with flags of \(flags)", key)
        }
        if flags & SnapshotFormat.hasACL != 0 {
            node.pointee.acl = state.acls.intern(try ACLRules.rawList(&reader))
        } else {
            node.pointee.acl = state.acls.intern(state.acls.bytes(ACLTable.openUnsafe))
        }
        if flags & SnapshotFormat.hasExtendedOwner != 0 {
            guard ExtendedOwner.isValid(owner), !key.isRoot else { throw misfit("with an owner of \(owner)", key) }
            node.pointee.extendedOwner = owner
            if !PlantedBug.sweepableLostInSnapshot.isPlanted { state.sweepable.link(slot, in: state.nodes) }
        } else if owner != 0 {
            let session = state.sessions.find(owner)
            guard session >= 0 else { throw misfit("owned by an unknown session", key) }
            guard !key.isRoot else { throw misfit("that is no session's", key) }
            node.pointee.ephemeralOwner = owner
            state.sessions.link(slot, to: session, in: state.nodes)
            state.ephemeralCount += 1
        }
        state.restructure(node)
    }

    /// Nodes come in any order, so parents are looked up when all are there.
    private func linkTree() throws(WireError) {
        for slot in 0..<state.nodes.highWater {
            let key = PathKey(Znode.pathBytes(of: state.nodes[slot]))
            if key.isRoot { continue }
            let parent = state.nodes.find(key.parent(slash: key.lastSlash))
            guard parent >= 0 else { throw misfit("without a parent", key) }
            guard state.nodes[parent].pointee.ephemeralOwner == 0 else { throw misfit("below an ephemeral node", key) }
            state.nodes.link(slot, under: parent)
        }
        guard state.nodes.find(PathKey(start: PathRules.root.utf8Start, count: 1)) >= 0 else {
            throw WireError("snapshot: no root")
        }
    }

    /// The statistics are data of their nodes, and are right.
    private func findQuotas() {
        guard !PlantedBug.quotaLostInSnapshot.isPlanted else { return }
        for slot in 0..<state.nodes.highWater {
            guard let part = QuotaNode(PathKey(Znode.pathBytes(of: state.nodes[slot]))), part.role == .limits else {
                continue
            }
            state.beginQuota(of: part.path, limits: slot)
        }
    }

    private func misfit(_ what: String, _ key: PathKey) -> WireError {
        WireError("snapshot: node \(what): \(String(decoding: key.bytes, as: UTF8.self))")
    }
}

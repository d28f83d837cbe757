import Wire
import Zab

extension ReplicatedState {
    /// Applies one committed transaction: `TransactionHeader` and its record.
    ///
    /// A transaction that is already part of the state (its zxid is not above `lastApplied`) is skipped: snapshots are
    /// exact, so replay needs no merging and is idempotent by this rule. A zxid that leaves a gap (ZOOKEEPER-4925) and
    /// a record that cannot follow from the state (a create of what exists, a write to what does not) say that this
    /// history is not the one that the state came from; they throw.
    ///
    /// - Parameters:
    ///   - reply: gets the body of the answer for the client who asked: create: path; create2, createContainer,
    ///     createTTL: path and Stat; setData, setACL: Stat; multi: MultiResponse; all others nothing.
    ///   - events: gets the watches that fired.
    /// - Returns: the transaction's header.
    /// - Throws: `WireError` for bytes that are no transaction or do not fit the state. The state may then hold part of
    ///   a multi and must not be used any more.
    public func apply(
        _ payload: UnsafeRawBufferPointer,
        reply: ByteWriter?,
        events: inout [WatchEvent]
    ) throws(WireError) -> TransactionHeader {
        var reader = ByteReader(payload)
        let header = try TransactionHeader(from: &reader)
        guard header.zxid > lastApplied else { return header }
        guard lastApplied.mayBeFollowed(by: header.zxid) else {
            throw WireError("transaction \(header.zxid) after \(lastApplied): a gap")
        }
        switch header.type {
        case OpCode.setData.rawValue: try applySetData(reader, header, reply, &events)
        case OpCode.multi.rawValue: try applyMulti(&reader, header, reply, &events)
        case TransactionHeader.errorType: break
        default: try applyRecord(&reader, type: header.type, header, reply, &events)
        }
        lastApplied = header.zxid
        if header.zxid.counter % DigestLog.interval == 0 { digestLog.note(header.zxid, digestSum) }
        return header
    }

    /// One transaction that is no multi, or one part of a multi.
    private func applyRecord(
        _ reader: inout ByteReader,
        type: Int32,
        _ header: TransactionHeader,
        _ reply: ByteWriter?,
        _ events: inout [WatchEvent]
    ) throws(WireError) {
        switch OpCode(rawValue: type) {
        case .setData: try applySetData(reader, header, reply, &events)
        case .create, .create2, .createContainer, .createTTL:
            try applyCreate(&reader, type: type, header, reply, &events)
        case .delete, .deleteContainer: try applyDelete(&reader, header, &events)
        case .setACL: try applySetACL(&reader, header, reply)
        case .createSession:
            guard header.sessionID != 0 else { throw WireError("transaction \(header.zxid): a session with the id 0") }
            applySession(header.sessionID, timeout: try reader.int32())
        case .closeSession: try applyCloseSession(&reader, header, &events)
        case .check: break
        default: throw WireError("transaction \(header.zxid) of unknown type \(type)")
        }
    }

    @inline(__always)
    private func applySetData(
        _ reader: ByteReader,
        _ header: TransactionHeader,
        _ reply: ByteWriter?,
        _ events: inout [WatchEvent]
    ) throws(WireError) {
        guard let record = SetDataRecord(reader.rest) else {
            throw WireError("transaction \(header.zxid): a setData cut short")
        }
        let key = PathKey(record.path)
        let slot = nodes.find(key)
        guard slot >= 0 else { throw misfit("setData of a missing node", key, header) }
        let node = nodes[slot]
        if quotas.count > 0 {
            setDataBelowQuota(slot, record, header, reply)
        } else {
            setData(of: node, record, header)
            if let reply { node.pointee.appendStat(to: reply) }
        }
        if node.pointee.dataWatches >= 0 || watches.lasting > 0 { fireDataChanged(slot, key, &events) }
    }

    @inline(__always)
    private func setData(of node: UnsafeMutablePointer<Znode>, _ record: SetDataRecord, _ header: TransactionHeader) {
        saveIfCaptured(node)
        subtractDigest(node)
        nodes.setData(node, record.data)
        node.pointee.version = record.version
        node.pointee.mzxid = Int64(bitPattern: header.zxid.rawValue)
        node.pointee.mtime = header.time
        digestSum &+= Digest.node(node)
    }

    @inline(never)
    private func setDataBelowQuota(
        _ slot: Int32,
        _ record: SetDataRecord,
        _ header: TransactionHeader,
        _ reply: ByteWriter?
    ) {
        let before = nodes[slot].pointee.dataSize
        setData(of: nodes[slot], record, header)
        if let reply { nodes[slot].pointee.appendStat(to: reply) }
        count(at: slot, nodes: 0, bytes: Int64(nodes[slot].pointee.dataSize - before))
    }

    private func applyCreate(
        _ reader: inout ByteReader,
        type: Int32,
        _ header: TransactionHeader,
        _ reply: ByteWriter?,
        _ events: inout [WatchEvent]
    ) throws(WireError) {
        let record = try CreateRecord(&reader, type: type)
        guard PathRules.isValid(record.path) else { throw WireError("transaction \(header.zxid): invalid path") }
        let key = PathKey(record.path)
        guard nodes.find(key) < 0 else { throw misfit("create of an existing node", key, header) }
        let parentKey = key.parent(slash: key.lastSlash)
        let parent = nodes.find(parentKey)
        guard parent >= 0 else { throw misfit("create without a parent", key, header) }
        guard nodes[parent].pointee.ephemeralOwner == 0 else { throw misfit("create below an ephemeral", key, header) }
        let session = record.isEphemeral ? sessions.find(header.sessionID) : -1
        guard !record.isEphemeral || session >= 0 else { throw misfit("ephemeral of an unknown session", key, header) }

        let parentNode = nodes[parent]
        let zxid = Int64(bitPattern: header.zxid.rawValue)
        saveIfCaptured(parentNode)
        subtractDigest(parentNode)
        let slot = nodes.insert(key, dataCapacity: record.data?.count ?? 0)
        let node = nodes[slot]
        nodes.link(slot, under: parent)
        // -1 in transactions of ZooKeeper before 3.4.
        parentNode.pointee.cversion =
            record.parentCversion == -1 ? parentNode.pointee.cversion &+ 1 : record.parentCversion
        parentNode.pointee.pzxid = zxid
        restructure(parentNode)

        nodes.setData(node, record.data)
        node.pointee.czxid = zxid
        node.pointee.mzxid = zxid
        node.pointee.pzxid = zxid
        node.pointee.ctime = header.time
        node.pointee.mtime = header.time
        node.pointee.acl = acls.intern(record.list)
        node.pointee.stamp = capture.generation
        if record.isEphemeral {
            node.pointee.ephemeralOwner = header.sessionID
            sessions.link(slot, to: session, in: nodes)
            ephemeralCount += 1
        } else if record.extendedOwner != 0 {
            node.pointee.extendedOwner = record.extendedOwner
            sweepable.link(slot, in: nodes)
        }
        restructure(node)
        // Its client is told of what it has made, also where statistics of a quota are written over at once.
        if let reply {
            reply.append(buffer: record.path)
            if type != OpCode.create.rawValue { node.pointee.appendStat(to: reply) }
        }
        if quotas.count > 0 || QuotaNode(key) != nil { quotaNodeCreated(slot, key) }
        if watches.count > 0 { fireCreated(slot, key, parentKey, &events) }
    }

    private func applyDelete(
        _ reader: inout ByteReader,
        _ header: TransactionHeader,
        _ events: inout [WatchEvent]
    ) throws(WireError) {
        let key = PathKey(try reader.nonNullBuffer())
        let slot = nodes.find(key)
        guard slot >= 0, !key.isRoot else { throw misfit("delete of a missing node", key, header) }
        guard nodes[slot].pointee.childCount == 0 else { throw misfit("delete of a node with children", key, header) }
        removeNode(slot, zxid: header.zxid, &events)
    }

    /// Takes the node, which has no children, out of the tree.
    func removeNode(_ slot: Int32, zxid: Zxid, _ events: inout [WatchEvent]) {
        let node = nodes[slot]
        let parent = node.pointee.parent
        let parentNode = nodes[parent]
        saveIfCaptured(node)
        saveIfCaptured(parentNode)
        subtractDigest(node)
        subtractDigest(parentNode)
        if parentNode.pointee.listings > 0 { nameDeleted(slot, under: parent) }
        if !counts.isEmpty { countDeleted(slot) }
        nodes.unlink(slot)
        parentNode.pointee.pzxid = Int64(bitPattern: zxid.rawValue)
        restructure(parentNode)
        if node.pointee.session >= 0 {
            sessions.unlink(slot, in: nodes)
            ephemeralCount -= 1
        } else if node.pointee.extendedOwner != 0 {
            sweepable.unlink(slot, in: nodes)
        }
        if watches.count > 0 { fireDeleted(slot, &events) }
        let key = PathKey(start: Znode.path(of: node), hash: node.pointee.pathHash, count: Int(node.pointee.pathCount))
        if quotas.count > 0 || QuotaNode(key) != nil { quotaNodeDeleted(slot, key) }
        acls.release(node.pointee.acl)
        nodes.remove(slot)
    }

    private func applySetACL(
        _ reader: inout ByteReader,
        _ header: TransactionHeader,
        _ reply: ByteWriter?
    ) throws(WireError) {
        let key = PathKey(try reader.nonNullBuffer())
        let list = try ACLRules.rawList(&reader)
        let version = try reader.int32()
        let slot = nodes.find(key)
        guard slot >= 0 else { throw misfit("setACL of a missing node", key, header) }
        let node = nodes[slot]
        saveIfCaptured(node)
        subtractDigest(node)
        let old = node.pointee.acl
        node.pointee.acl = acls.intern(list)
        acls.release(old)
        node.pointee.aversion = version
        restructure(node)
        if let reply { appendStat(of: slot, to: reply) }
    }

    func applySession(_ id: Int64, timeout: Int32) {
        let slot = sessions.find(id)
        if slot >= 0 {
            digestSum &-= Digest.session(id: id, timeout: sessions[slot].pointee.timeout)
            sessions[slot].pointee.timeout = timeout
        } else {
            _ = sessions.insert(id, timeout: timeout)
        }
        digestSum &+= Digest.session(id: id, timeout: timeout)
    }

    /// A null or absent list of paths stands for all that the session owns, which is the same on every server because
    /// transactions are applied in one order to exact states. ZooKeeper needs the list for its fuzzy snapshots
    /// (ZOOKEEPER-3145); the leader leaves it out only where it would not fit into one transaction.
    private func applyCloseSession(
        _ reader: inout ByteReader,
        _ header: TransactionHeader,
        _ events: inout [WatchEvent]
    ) throws(WireError) {
        let session = sessions.find(header.sessionID)
        guard session >= 0 else {
            throw WireError("transaction \(header.zxid): closeSession of an unknown session")
        }
        let count = reader.remaining == 0 ? nil : try reader.vectorCount(minimumSize: 4)
        for _ in 0..<(count ?? 0) {
            let key = PathKey(try reader.nonNullBuffer())
            let slot = nodes.find(key)
            guard slot >= 0, nodes[slot].pointee.session == session, nodes[slot].pointee.childCount == 0 else {
                throw misfit("closeSession names what the session does not own", key, header)
            }
            removeNode(slot, zxid: header.zxid, &events)
        }
        if PlantedBug.ephemeralOutlivesSessionBelow.isPlanted {
            while sessions[session].pointee.firstEphemeral >= 0 {
                let left = sessions[session].pointee.firstEphemeral
                sessions.unlink(left, in: nodes)
                nodes[left].pointee.session = -1
            }
        }
        if count != nil, sessions[session].pointee.firstEphemeral >= 0 {
            throw WireError("transaction \(header.zxid): closeSession leaves an ephemeral node behind")
        }
        while sessions[session].pointee.firstEphemeral >= 0 {
            removeNode(sessions[session].pointee.firstEphemeral, zxid: header.zxid, &events)
        }
        digestSum &-= Digest.session(id: header.sessionID, timeout: sessions[session].pointee.timeout)
        sessions.remove(session)
    }

    private func applyMulti(
        _ reader: inout ByteReader,
        _ header: TransactionHeader,
        _ reply: ByteWriter?,
        _ events: inout [WatchEvent]
    ) throws(WireError) {
        let count = try reader.vectorCount(minimumSize: 8) ?? 0
        for _ in 0..<count {
            let type = try reader.int32()
            var record = ByteReader(try reader.nonNullBuffer())
            switch OpCode(rawValue: type) {
            case .create, .create2, .createContainer, .createTTL, .delete, .setData, .check: break
            default: throw WireError("transaction \(header.zxid): type \(type) inside a multi")
            }
            if let reply { MultiResponse.appendHeader(type: MultiResponse.type(of: type), to: reply) }
            try applyRecord(&record, type: type, header, reply, &events)
        }
        if let reply { MultiResponse.appendEnd(to: reply) }
    }

    @inline(never)
    private func misfit(_ what: StaticString, _ key: PathKey, _ header: TransactionHeader) -> WireError {
        WireError("transaction \(header.zxid): \(what): \(String(decoding: key.bytes, as: UTF8.self))")
    }
}

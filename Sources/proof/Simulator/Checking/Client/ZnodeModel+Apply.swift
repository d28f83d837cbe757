import Wire
import Zab
import Znodes

extension ZnodeModel {
    /// Adds the next committed transaction: `TransactionHeader` and its record.
    ///
    /// A transaction that does not fit is applied as far as it makes sense, so that one mistake is one finding.
    /// - Returns: what is wrong with it, nil if nothing is.
    mutating func apply(zxid: Zxid, payload: UnsafeRawBufferPointer, at time: Nanoseconds) -> Finding? {
        touched.removeAll(keepingCapacity: true)
        exceeded.removeAll(keepingCapacity: true)
        do {
            var reader = ByteReader(payload)
            let header = try TransactionHeader(from: &reader)
            guard header.zxid == zxid else {
                return Finding(kind: .malformed, text: "the transaction at \(zxid) says that it is \(header.zxid)")
            }
            guard zxid.rawValue > newest else {
                return Finding(kind: .zxidOrder, text: "\(zxid) is committed after \(Zxid(rawValue: newest))")
            }
            newest = zxid.rawValue
            let session = session(header.sessionID)
            transactions.append(
                Transaction(
                    zxid: zxid.rawValue,
                    session: session,
                    cxid: header.cxid,
                    type: header.type,
                    firstStep: steps.count,
                    stepCount: 0
                )
            )
            if header.type == TransactionHeader.errorType { return nil }
            let isNobodys = header.type == OpCode.deleteContainer.rawValue && header.sessionID == 0
            let standing =
                isNobodys || header.type == OpCode.createSession.rawValue ? nil : revival(session, header)
            let found = try record(&reader, header, session)
            transactions[transactions.count - 1].stepCount =
                steps.count - transactions[transactions.count - 1].firstStep
            return standing ?? found
        } catch {
            return Finding(kind: .malformed, text: "transaction \(zxid): \(error)")
        }
    }

    private func revival(_ session: Int, _ header: TransactionHeader) -> Finding? {
        let known = sessions[session]
        if let closed = known.closedZxid {
            return Finding(
                kind: .sessionRevived,
                text: "\(show(header)), whose session was closed at \(Zxid(rawValue: closed))"
            )
        }
        guard known.openedZxid == nil else { return nil }
        return Finding(kind: .sessionRevived, text: "\(show(header)), whose session was never opened")
    }

    func show(_ header: TransactionHeader) -> String {
        "transaction \(header.zxid) (type \(header.type), session \(ClientChecker.hex(header.sessionID)), cxid \(header.cxid))"
    }

    private mutating func record(
        _ reader: inout ByteReader,
        _ header: TransactionHeader,
        _ session: Int
    ) throws(WireError) -> Finding? {
        switch OpCode(rawValue: header.type) {
        case .createSession: return try createSession(&reader, header, session)
        case .closeSession: return try closeSession(&reader, header, session)
        case .multi:
            var found: Finding?
            let count = try reader.vectorCount(minimumSize: 8) ?? 0
            for _ in 0..<count {
                let type = try reader.int32()
                var part = ByteReader(try reader.nonNullBuffer())
                let finding = try operation(&part, type: type, header, session)
                found = found ?? finding
            }
            return found
        default: return try operation(&reader, type: header.type, header, session)
        }
    }

    private mutating func operation(
        _ reader: inout ByteReader,
        type: Int32,
        _ header: TransactionHeader,
        _ session: Int
    ) throws(WireError) -> Finding? {
        let path = path(try reader.nonNullBuffer())
        let told = paths[Int(path)].changes.count
        let finding: Finding?
        switch OpCode(rawValue: type) {
        case .create, .create2, .createContainer, .createTTL:
            finding = try create(path, type, &reader, header, session)
        case .delete: finding = delete(path, header)
        case .deleteContainer: finding = sweep(path, header)
        case .setData: finding = try setData(path, &reader, header)
        case .setACL:
            let acl = number(of: try ACL.decodeList(from: &reader))
            let version = try reader.int32()
            guard var node = node(path, at: newest) else { return misfit("setACL of a missing node", path, header) }
            let expected = node.aversion &+ 1
            node.aversion = version
            node.acl = acl
            finding = version == expected ? nil : misfit("ACL version \(version) after \(expected - 1)", path, header)
            add(node, to: path, header)
        case .check:
            let version = try reader.int32()
            guard let node = node(path, at: newest) else { return misfit("check of a missing node", path, header) }
            finding =
                version == node.version &+ 1
                ? nil : misfit("check of version \(version - 1), but it is \(node.version)", path, header)
        default: throw WireError("unknown type \(type)")
        }
        let known = paths[Int(path)]
        steps.append(
            Step(
                type: type,
                path: path,
                told: told,
                change: known.changes.count - 1,
                children: known.children.count - 1
            )
        )
        return finding
    }

    func misfit(_ what: String, _ path: Int32, _ header: TransactionHeader) -> Finding {
        Finding(kind: .impossibleTransaction, text: "\(show(header)): \(what): \(text(path))")
    }

    mutating func add(_ change: NodeChange, to path: Int32, _ header: TransactionHeader) {
        var change = change
        change.zxid = header.zxid.rawValue
        paths[Int(path)].changes.append(change)
    }

    private mutating func note(_ type: Int32, _ path: Int32, _ header: TransactionHeader) {
        let acl = paths[Int(path)].changes.last?.acl ?? 0
        paths[Int(path)].events.append(Event(zxid: header.zxid.rawValue, type: type, acl: acl))
        touched.append(path)
    }

    /// Takes over the bytes of data; their place and count.
    mutating func keep(_ bytes: UnsafeRawBufferPointer?) -> (Int, Int32) {
        guard let bytes else { return (0, -1) }
        data.append(contentsOf: bytes)
        return (data.count - bytes.count, Int32(bytes.count))
    }

    // MARK: Nodes

    private mutating func setData(
        _ path: Int32,
        _ reader: inout ByteReader,
        _ header: TransactionHeader
    ) throws(WireError) -> Finding? {
        let bytes = try reader.buffer()
        let version = try reader.int32()
        guard var node = node(path, at: newest) else { return misfit("setData of a missing node", path, header) }
        let expected = node.version &+ 1
        let before = max(node.dataCount, 0)
        (node.dataStart, node.dataCount) = keep(bytes)
        node.version = version
        node.mzxid = header.zxid.rawValue
        node.mtime = header.time
        add(node, to: path, header)
        account(path, nodes: 0, bytes: Int(max(node.dataCount, 0) - before), header)
        note(WatchEvent.dataChanged, path, header)
        return version == expected ? nil : misfit("version \(version) after \(expected - 1)", path, header)
    }

    private mutating func create(
        _ path: Int32,
        _ type: Int32,
        _ reader: inout ByteReader,
        _ header: TransactionHeader,
        _ session: Int
    ) throws(WireError) -> Finding? {
        let bytes = try reader.buffer()
        let acl = number(of: try ACL.decodeList(from: &reader))
        let isPlain = type == OpCode.create.rawValue || type == OpCode.create2.rawValue
        let isEphemeral = isPlain ? try reader.bool() : false
        let parentCreates = try reader.int32()
        let ttl = type == OpCode.createTTL.rawValue ? try reader.int64() : nil
        let parent = paths[Int(path)].parent
        guard parent >= 0, let above = node(parent, at: newest), let siblings = children(parent, at: newest) else {
            return misfit("create without a parent", path, header)
        }
        let isNumbered = hasNumber(path, parentCreates &- 1)
        let finding = objection(toCreate: path, isNumbered, parentCreates, below: above, siblings, header)
        let zxid = header.zxid.rawValue
        let isNew = node(path, at: newest) == nil
        let (start, count) = keep(bytes)
        add(
            NodeChange(
                zxid: zxid,
                exists: true,
                isNumbered: isNumbered,
                dataStart: start,
                dataCount: count,
                version: 0,
                aversion: 0,
                acl: acl,
                czxid: zxid,
                mzxid: zxid,
                ctime: header.time,
                mtime: header.time,
                ephemeralOwner: isEphemeral ? header.sessionID : 0,
                sweeping: isPlain ? .never : ttl.map { .ttl($0) } ?? .container
            ),
            to: path,
            header
        )
        guard isNew else { return finding }
        paths[Int(path)].children.append(
            ChildChange(zxid: zxid, child: -1, isAdded: false, creates: 0, count: 0, pzxid: zxid, namesSum: 0)
        )
        paths[Int(parent)].children.append(
            ChildChange(
                zxid: zxid,
                child: path,
                isAdded: true,
                creates: parentCreates,
                count: siblings.count + 1,
                pzxid: zxid,
                namesSum: siblings.namesSum &+ paths[Int(path)].nameHash
            )
        )
        if isEphemeral { sessions[session].ephemerals.append(path) }
        quotaPartCreated(path, header)
        account(path, nodes: 1, bytes: Int(max(count, 0)), header)
        note(WatchEvent.created, path, header)
        note(WatchEvent.childrenChanged, parent, header)
        return finding
    }

    /// Why this node cannot be created now; nil if it can.
    private func objection(
        toCreate path: Int32,
        _ isNumbered: Bool,
        _ parentCreates: Int32,
        below above: NodeChange,
        _ siblings: ChildChange,
        _ header: TransactionHeader
    ) -> Finding? {
        if isNumbered,
            paths[Int(path)].changes.contains(where: { $0.exists && $0.isNumbered && $0.czxid > above.czxid })
        {
            return Finding(kind: .sequentialNameRepeats, text: "\(show(header)): \(text(path))")
        } else if node(path, at: newest) != nil {
            return misfit("create of an existing node", path, header)
        } else if above.ephemeralOwner != 0 {
            return misfit("create below an ephemeral node", path, header)
        } else if parentCreates != siblings.creates &+ 1 {
            return misfit(
                "the parent's number of creates is \(parentCreates) after \(siblings.creates)",
                path,
                header
            )
        }
        return nil
    }

    /// Whether the path ends with the number in ten digits.
    func hasNumber(_ path: Int32, _ number: Int32) -> Bool {
        guard number >= 0 else { return false }
        return names.withBytes(of: path) { bytes in
            guard bytes.count > 10 else { return false }
            var rest = number
            for offset in 1...10 {
                guard bytes[bytes.count - offset] == UInt8(ascii: "0") + UInt8(rest % 10) else { return false }
                rest /= 10
            }
            return true
        }
    }

    mutating func delete(_ path: Int32, _ header: TransactionHeader) -> Finding? {
        guard let old = node(path, at: newest), path > config else {
            return misfit("delete of a missing node", path, header)
        }
        let finding =
            children(path, at: newest)?.count == 0 ? nil : misfit("delete of a node with children", path, header)
        remove(path, old, header)
        return finding
    }

    private mutating func remove(_ path: Int32, _ old: NodeChange, _ header: TransactionHeader) {
        var gone = old
        gone.exists = false
        add(gone, to: path, header)
        let parent = paths[Int(path)].parent
        if var siblings = children(parent, at: newest) {
            siblings.zxid = header.zxid.rawValue
            siblings.child = path
            siblings.isAdded = false
            siblings.count -= 1
            siblings.pzxid = header.zxid.rawValue
            siblings.namesSum &-= paths[Int(path)].nameHash
            paths[Int(parent)].children.append(siblings)
        }
        if old.ephemeralOwner != 0 {
            let owner = session(old.ephemeralOwner)
            sessions[owner].ephemerals.removeAll { $0 == path }
        }
        quotaPartDeleted(path)
        account(path, nodes: -1, bytes: -Int(max(old.dataCount, 0)), header)
        note(WatchEvent.deleted, path, header)
        note(WatchEvent.childrenChanged, parent, header)
    }

    // MARK: Sessions

    private mutating func createSession(
        _ reader: inout ByteReader,
        _ header: TransactionHeader,
        _ session: Int
    ) throws(WireError) -> Finding? {
        let timeout = try reader.int32()
        let known = sessions[session]
        sessions[session].timeoutMilliseconds = timeout
        guard known.openedZxid == nil else {
            sessions[session].closedZxid = nil
            return Finding(
                kind: known.closedZxid == nil ? .impossibleTransaction : .sessionRevived,
                text: "\(show(header)) opens a session that was opened at \(Zxid(rawValue: known.openedZxid!)) already"
            )
        }
        sessions[session].openedZxid = header.zxid.rawValue
        return nil
    }

    private mutating func closeSession(
        _ reader: inout ByteReader,
        _ header: TransactionHeader,
        _ session: Int
    ) throws(WireError) -> Finding? {
        var finding: Finding?
        let count = reader.remaining == 0 ? nil : try reader.vectorCount(minimumSize: 4)
        for _ in 0..<(count ?? 0) {
            let path = path(try reader.nonNullBuffer())
            guard let node = node(path, at: newest), node.ephemeralOwner == header.sessionID else {
                finding = finding ?? misfit("the session does not own", path, header)
                continue
            }
            remove(path, node, header)
        }
        // A list that is left out stands for everything that the session owns.
        let left = sessions[session].ephemerals
        if count != nil, let first = left.first {
            finding =
                finding
                ?? Finding(kind: .ephemeralOutlivesSession, text: "\(show(header)) leaves \(text(first)) behind")
        }
        for path in left {
            if let node = node(path, at: newest) { remove(path, node, header) }
        }
        sessions[session].closedZxid = header.zxid.rawValue
        return finding
    }
}

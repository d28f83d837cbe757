import Wire
import Zab

/// Replies, against the state at their zxid.
extension ClientChecker {
    /// A reply arrived: the ReplyHeader's zxid and error, and the record behind it, as the server sent it.
    mutating func replied(
        id: Int,
        headerZxid: Zxid,
        code: Int32,
        body: UnsafeRawBufferPointer,
        at time: Nanoseconds
    ) {
        lastTime = time
        operationsChecked += 1
        guard takeTurn(id, at: time) else { return }
        let zxid = headerZxid.rawValue
        if case .more(.auth(let scheme, let secret)) = operations[id].operation {
            // It has no zxid.
            if zxid != 0 { report(.malformed, at: time, "the reply to \(show(id)) is from \(headerZxid)") }
            return checkAuth(id, scheme, secret, code, at: time)
        }
        guard checkZxid(id, zxid, at: time) else { return }
        checkDueEvents(id, zxid, at: time)
        do {
            if code != 0 {
                operations[id].state = .failed
                checkError(id, zxid, code, at: time)
                registerMissing(id, code)
                if Self.lists(operations[id].operation) != nil {
                    clients[Int(operations[id].client)].unansweredSetWatches -= 1
                }
            } else {
                try checkSuccess(id, zxid, body, at: time)
            }
        } catch {
            report(.malformed, at: time, "the reply to \(show(id)): \(error)")
        }
    }

    /// Whether this reply is the next one that its connection owes. Pings overtake.
    private mutating func takeTurn(_ id: Int, at time: Nanoseconds) -> Bool {
        let operation = operations[id]
        let client = Int(operation.client)
        guard operation.state == .pending, operation.connection == clients[client].connection else {
            report(.replyOrder, at: time, "a second reply, or one on another connection, to \(show(id))")
            return false
        }
        operations[id].state = .read
        if case .ping = operation.operation { return true }
        let head = clients[client].unansweredHead
        let oldest = clients[client].unanswered[head]
        if oldest == id {
            clients[client].unansweredHead += 1
            if head + 1 == clients[client].unanswered.count {
                clients[client].unanswered.removeAll(keepingCapacity: true)
                clients[client].unansweredHead = 0
            }
        } else {
            report(.replyOrder, at: time, "\(show(id)) is answered before \(show(oldest))")
            let place = clients[client].unanswered[head...].firstIndex(of: id)!
            clients[client].unanswered.remove(at: place)
        }
        return true
    }

    private mutating func checkZxid(_ id: Int, _ zxid: UInt64, at time: Nanoseconds) -> Bool {
        let client = Int(operations[id].client)
        let session = Int(operations[id].session)
        let floor = max(views[session].floor, clients[client].floor)
        guard zxid == 0 || model.transaction(zxid) != nil else {
            report(
                .uncommittedZxid,
                at: time,
                "the reply to \(show(id)) is from \(Zxid(rawValue: zxid)), which is not committed; the newest is \(Zxid(rawValue: model.newest))"
            )
            return false
        }
        if zxid < floor {
            report(
                .zxidWentBack,
                at: time,
                "the reply to \(show(id)) is from \(Zxid(rawValue: zxid)); its session has seen \(Zxid(rawValue: floor))"
            )
        }
        views[session].floor = max(views[session].floor, zxid)
        return true
    }

    private mutating func checkSuccess(
        _ id: Int,
        _ zxid: UInt64,
        _ body: UnsafeRawBufferPointer,
        at time: Nanoseconds
    ) throws(WireError) {
        let operation = operations[id]
        let found = violations.count
        var reader = ByteReader(body)
        switch operation.operation {
        case .ping: return
        case .sync: checkSync(id, zxid, at: time)
        case .setWatches: checkSetWatches(id, zxid, at: time)
        case .more(let more): try checkMore(id, zxid, more, &reader, at: time)
        case .getData, .exists, .getACL, .getChildren: try checkRead(id, zxid, &reader, at: time)
        case .multi(let parts):
            if !parts.isEmpty, let failure = try Self.multiFailure(body, parts.count) {
                operations[id].state = .failed
                return checkMultiFailure(id, zxid, failure, at: time)
            }
            try checkAcknowledged(id, zxid, &reader, at: time)
        case .setData, .create, .createSwept, .delete, .check, .setACL, .closeSession:
            try checkAcknowledged(id, zxid, &reader, at: time)
        }
        if reader.remaining > 0, violations.count == found, !Self.keepsRest(operation.operation) {
            report(.malformed, at: time, "\(reader.remaining) bytes too many in the reply to \(show(id))")
        }
    }

    private mutating func checkSync(_ id: Int, _ zxid: UInt64, at time: Nanoseconds) {
        let before = operations[id].committedBefore
        guard zxid < before, !allowances.contains(.staleSyncs) else { return }
        report(
            .staleSync,
            at: time,
            "\(show(id)) is answered from \(Zxid(rawValue: zxid)); \(Zxid(rawValue: before)) was committed before"
        )
    }

    /// A sync's reply repeats the path.
    private static func keepsRest(_ operation: ClientOperation) -> Bool {
        if case .sync = operation { true } else { false }
    }

    // MARK: Reads

    /// What a read returned is the node as it was at that zxid, and a watch on it begins there.
    private mutating func checkRead(
        _ id: Int,
        _ zxid: UInt64,
        _ reader: inout ByteReader,
        at time: Nanoseconds
    ) throws(WireError) {
        let operation = operations[id]
        let path = operation.path
        guard let node = model.node(path, at: zxid), let children = model.children(path, at: zxid) else {
            return wrongRead(id, zxid, "the node does not exist", at: time)
        }
        guard readCode(id, path, zxid) == .ok else {
            return wrongRead(id, zxid, "its client may not read it", at: time)
        }
        let expected = model.stat(node, children)
        switch operation.operation {
        case .getData(_, let watch):
            let data = try reader.buffer()
            if !model.hasData(node, data) {
                let shown = ClientOperation.show(model.bytes(of: node))
                wrongRead(id, zxid, "\(ClientOperation.show(data.map(Array.init))) read, \(shown) expected", at: time)
            }
            checkStat(id, zxid, try Stat(from: &reader), expected, at: time)
            if watch { register(id, path, .data) }
        case .exists(_, let watch):
            checkStat(id, zxid, try Stat(from: &reader), expected, at: time)
            if watch { register(id, path, .data) }
        case .getACL:
            let (acl, whole) = (try ACL.decodeList(from: &reader), model.acl(of: node))
            let expectedACL = allows(id, ZnodeModel.admin, node) ? whole : ZnodeModel.masked(whole)
            if acl != expectedACL {
                let shown = ClientOperation.show(expectedACL)
                wrongRead(id, zxid, "\(ClientOperation.show(acl)) read, \(shown) expected", at: time)
            }
            checkStat(id, zxid, try Stat(from: &reader), expected, at: time)
        case .getChildren(_, let watch, let wantsStat):
            let body = reader.rest
            let names = try Self.names(&reader)
            if names.count != children.count || names.sum != children.namesSum {
                wrongChildren(id, zxid, body, at: time)
            }
            if wantsStat { checkStat(id, zxid, try Stat(from: &reader), expected, at: time) }
            if watch { register(id, path, .children) }
        default: break
        }
    }

    mutating func wrongRead(_ id: Int, _ zxid: UInt64, _ what: String, at time: Nanoseconds) {
        report(.wrongRead, at: time, "\(show(id)) at \(Zxid(rawValue: zxid)): \(what)")
    }

    private mutating func checkStat(
        _ id: Int,
        _ zxid: UInt64,
        _ stat: Stat,
        _ expected: Stat,
        at time: Nanoseconds
    ) {
        guard stat != expected else { return }
        wrongRead(id, zxid, "\(stat) read, \(expected) expected", at: time)
    }

    /// How many names there are, and the sum of their hashes.
    static func names(_ reader: inout ByteReader) throws(WireError) -> (count: Int32, sum: UInt64) {
        let count = try reader.vectorCount(minimumSize: 4) ?? 0
        var sum: UInt64 = 0
        for _ in 0..<count { sum &+= PathNames.hash(try reader.nonNullBuffer()) }
        return (Int32(count), sum)
    }

    private mutating func wrongChildren(
        _ id: Int,
        _ zxid: UInt64,
        _ body: UnsafeRawBufferPointer,
        at time: Nanoseconds
    ) {
        var reader = ByteReader(body)
        var names: [String] = []
        let count = (try? reader.vectorCount(minimumSize: 4)) ?? 0
        for _ in 0..<count { names.append((try? reader.string()) ?? "") }
        let expected = model.childNames(operations[id].path, at: zxid)
        wrongRead(id, zxid, "\(names.sorted()) read, \(expected) expected", at: time)
    }

    // MARK: Writes

    private mutating func checkAcknowledged(
        _ id: Int,
        _ zxid: UInt64,
        _ reader: inout ByteReader,
        at time: Nanoseconds
    ) throws(WireError) {
        operations[id].state = .acknowledged
        let operation = operations[id]
        guard operation.transaction >= 0 else {
            return report(
                .acknowledgedNotCommitted,
                at: time,
                "\(show(id)) is acknowledged at \(Zxid(rawValue: zxid)), and no transaction of it is committed"
            )
        }
        let transaction = model.transactions[operation.transaction]
        guard transaction.zxid == zxid else {
            return report(
                .acknowledgedNotCommitted,
                at: time,
                "\(show(id)) is acknowledged at \(Zxid(rawValue: zxid)), but it is \(show(transaction))"
            )
        }
        acknowledged = max(acknowledged, zxid)
        let steps = transaction.firstStep..<(transaction.firstStep + transaction.stepCount)
        guard case .multi = operation.operation else {
            if let first = steps.first { try checkResult(id, model.steps[first], &reader, at: time) }
            return
        }
        for index in steps {
            let step = model.steps[index]
            let type = try reader.int32()
            _ = try reader.bool()
            _ = try reader.int32()
            // What brings a Stat is answered as a create2.
            let isSwept = step.type == OpCode.createContainer.rawValue || step.type == OpCode.createTTL.rawValue
            guard type == (isSwept ? OpCode.create2.rawValue : step.type) else {
                return wrongWriteReply(id, "a result of type \(type) for one of type \(step.type)", at: time)
            }
            try checkResult(id, step, &reader, at: time)
        }
        let (type, isDone) = (try reader.int32(), try reader.bool())
        _ = try reader.int32()
        if type != -1 || !isDone { wrongWriteReply(id, "more results than operations", at: time) }
    }

    private mutating func wrongWriteReply(_ id: Int, _ what: String, at time: Nanoseconds) {
        report(.wrongWriteReply, at: time, "\(show(id)): \(what)")
    }

    /// One operation's result: what the step left behind.
    private mutating func checkResult(
        _ id: Int,
        _ step: ZnodeModel.Step,
        _ reader: inout ByteReader,
        at time: Nanoseconds
    ) throws(WireError) {
        switch OpCode(rawValue: step.type) {
        case .create, .create2, .createContainer, .createTTL:
            let path = try reader.nonNullBuffer()
            let isSame = model.names.withBytes(of: step.path) { $0.elementsEqual(path) }
            if !isSame {
                let text = String(decoding: path, as: UTF8.self)
                wrongWriteReply(id, "\(text) returned, \(model.text(step.path)) created", at: time)
            }
            guard step.type != OpCode.create.rawValue else { return }
        case .setData, .setACL: break
        default: return
        }
        let stat = try Stat(from: &reader)
        let known = model.paths[Int(step.path)]
        guard step.change >= 0, step.children >= 0 else { return }
        let expected = model.stat(known.changes[step.told], known.children[step.children])
        if stat != expected { wrongWriteReply(id, "\(stat) returned, \(expected) expected", at: time) }
    }
}

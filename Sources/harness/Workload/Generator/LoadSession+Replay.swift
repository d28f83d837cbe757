import CPlatform
import Client
import NIOCore
import Wire

/// Playing a session's part of a recording.
extension LoadSession {
    /// So many bytes go to the socket at once, at least.
    private static let flushBytes = 256 << 10

    /// When its operations are planned; nil in a closed loop.
    func plannedArrivals(from start: UInt64) -> ArrivalStream? {
        recorded.map { ArrivalStream(recorded: $0.operations, start: start) }
            ?? lane.plan.arrivals(session: index, start: start)
    }

    /// Sends what is due, as far as the window allows.
    func pump(_ part: ReplayPart, over connection: SessionConnection<LoadSession>) {
        let before = tail
        var unsent = 0
        while inFlight < window, let next = arrivals?.next, next < lane.endOfLoad {
            let now = zb_monotonic_nanoseconds()
            guard next <= now else { break }
            unsent += send(arrivals!.index, of: part, planned: next, now: now, over: connection)
            if next >= lane.nextCut { sentBeyondCut &+= 1 }
            arrivals!.advance()
            guard unsent >= Self.flushBytes else { continue }
            connection.flush()
            unsent = 0
        }
        lane.sent &+= tail &- before
        if unsent > 0 { connection.flush() }
        lane.setDue(index, nextDue)
    }

    /// - Returns: the request's bytes.
    private func send(
        _ place: Int,
        of part: ReplayPart,
        planned: UInt64,
        now: UInt64,
        over connection: SessionConnection<LoadSession>
    ) -> Int {
        let recorded = part.operations[place]
        let record = part.ledger.records.baseAddress! + Int(recorded.key)
        let isPossible = record.pointee.willBeThere != (recorded.kind == .create)
        var number: UInt32 = isPossible ? 1 : 0
        switch recorded.kind {
        case .get, .exists: break
        case .set, .create, .delete:
            guard isPossible else { break }
            record.pointee.sent &+= 1
            number = record.pointee.sent
            record.pointee.willBeThere = recorded.kind != .delete
        }
        let xid = takeXid()
        let most = templates.longest + recorded.bytes
        var size = 0
        connection.append(capacity: most) { buffer in
            size = encode(recorded, of: part, write: number, xid: xid, at: buffer.baseAddress!)
            return size
        }
        note(
            Operation(
                planned: planned,
                sent: now,
                sequence: UInt64(place),
                key: recorded.key,
                write: number,
                xid: xid,
                kind: .recorded
            )
        )
        return size
    }

    private func encode(
        _ recorded: RecordedOperation,
        of part: ReplayPart,
        write: UInt32,
        xid: Int32,
        at place: UnsafeMutableRawPointer
    ) -> Int {
        let key = recorded.key
        switch recorded.kind {
        case .get:
            templates.get.store(xid: xid, number: key, at: place)
            return templates.get.count
        case .exists:
            templates.exists.store(xid: xid, number: key, at: place)
            return templates.exists.count
        case .delete:
            templates.deleteKey.store(xid: xid, number: key, at: place)
            return templates.deleteKey.count
        case .set, .create:
            let template = recorded.kind == .set ? templates.set : templates.createKey
            return template.store(xid: xid, number: key, payload: recorded.bytes, at: place) {
                part.ledger.fill($0, bytes: recorded.bytes, session: index, key: key, write: write)
            }
        }
    }

    // MARK: Answers

    func settleRecorded(_ operation: Operation, _ reply: Reply, now: UInt64) throws(WireError) {
        guard let part = recorded else { return }
        let asked = part.operations[Int(operation.sequence)]
        let record = part.ledger.records.baseAddress! + Int(operation.key)
        if operation.write == 0, record.pointee.isKnown {
            let state = asked.kind == .create ? "there" : "not there"
            writes.noteReordered("a \(asked.kind.name) of the znode \(operation.key) was answered, which was \(state)")
        }
        var reader = ByteReader(reply.body)
        switch asked.kind {
        case .get:
            let bytes = try reader.buffer()?.count ?? 0
            judgeRead(record.pointee, operation.key, version: try Stat(from: &reader).version, bytes: bytes)
            return lane.read(planned: operation.planned, sent: operation.sent, now: now)
        case .exists:
            let stat = try Stat(from: &reader)
            judgeRead(record.pointee, operation.key, version: stat.version, bytes: Int(stat.dataLength))
            return lane.read(planned: operation.planned, sent: operation.sent, now: now)
        case .set:
            let stat = try Stat(from: &reader)
            if !record.pointee.mayBeSet(to: stat) {
                writes.noteReordered(
                    "write \(operation.write) of the znode \(operation.key) gave version \(stat.version) and mzxid "
                        + "\(stat.mzxid), after version \(record.pointee.version) and mzxid \(record.pointee.mzxid) with "
                        + "\(record.pointee.ambiguous) unanswered writes in between"
                )
            }
            (record.pointee.version, record.pointee.mzxid) = (stat.version, stat.mzxid)
        case .create:
            // Its answer has the path alone; the zxid of the reply is its own, or one that came after.
            (record.pointee.version, record.pointee.mzxid) = (0, reply.zxid)
        case .delete: record.pointee.mzxid = reply.zxid
        }
        record.pointee.settle(isAsPlanned: operation.write > 0)
        record.pointee.isThere = asked.kind != .delete
        record.pointee.isExact = asked.kind == .set
        record.pointee.bytes = UInt32(asked.bytes)
        record.pointee.lastWrite = operation.write
        record.pointee.acknowledged &+= 1
        writes.didWrite(zxid: reply.zxid)
        noteWrite(operation, reply, now: now)
    }

    /// All writes of a znode are this session's, and answered in order: a read finds what the last one left, or one without
    /// an answer after it.
    private func judgeRead(_ record: ReplayLedger.Record, _ key: UInt32, version: Int32, bytes: Int) {
        guard !record.mayBeRead(version: version, bytes: bytes) else { return }
        writes.noteReordered(
            "a read of the znode \(key) gave version \(version) with \(bytes) bytes, where its session had left version "
                + "\(record.version) with \(record.bytes)"
        )
    }

    /// Whether an error is the answer that the recording itself asks for.
    func isRefusedAsRecorded(_ operation: Operation, code: Int32) -> Bool {
        guard operation.write == 0, let part = recorded else { return false }
        let isCreate = part.operations[Int(operation.sequence)].kind == .create
        return code == (isCreate ? ErrorCode.nodeExists : .noNode).rawValue
    }

    /// A znode that must be there is not, or one that must be gone is: what was acknowledged before was lost.
    func judgeRecordedRefusal(_ operation: Operation, code: Int32) {
        guard operation.write > 0, let part = recorded, part.ledger.records[Int(operation.key)].isKnown else { return }
        let kind = part.operations[Int(operation.sequence)].kind
        guard code == (kind == .create ? ErrorCode.nodeExists : .noNode).rawValue else { return }
        let state = kind == .create ? "gone" : "there"
        writes.noteReordered("a \(kind.name) of the znode \(operation.key) was refused, which had to be \(state)")
    }

    /// An answer that says that nothing was to be done is one.
    func noteRefused(_ operation: Operation, now: UInt64) {
        if isWrite(operation) {
            lane.answered(planned: operation.planned, sent: operation.sent, now: now)
        } else {
            lane.read(planned: operation.planned, sent: operation.sent, now: now)
        }
    }

    func isWrite(_ operation: Operation) -> Bool {
        guard operation.kind == .recorded, let recorded else { return operation.kind.isWrite }
        let kind = recorded.operations[Int(operation.sequence)].kind
        return kind != .get && kind != .exists
    }

    /// Nothing was done, for a reason that the recording does not give: what is sent after it may meet anything.
    func refuseRecorded(_ operation: Operation) {
        recorded?.ledger.records[Int(operation.key)].isUncertain = true
    }

    func loseRecorded(_ operation: Operation) {
        guard let part = recorded else { return }
        let kind = part.operations[Int(operation.sequence)].kind
        guard kind != .get, kind != .exists else { return }
        let record = part.ledger.records.baseAddress! + Int(operation.key)
        // What was to be refused is, unless nobody knows what it met.
        guard operation.write > 0 || !record.pointee.isKnown else { return }
        record.pointee.ambiguous &+= 1
        if kind != .set { record.pointee.mayBeGone = true }
        writes.lostWrite()
    }
}

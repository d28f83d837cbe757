import Wire
import Zab

extension OutstandingChanges {
    /// `MultiTransactionRecord`, a row of `MultiHeader{type, done, err}` and request up to a header that says done, to
    /// `MultiTxn{txns: vector of Txn{type, data}}`: all or nothing, under one zxid.
    func multi(
        _ reader: inout ByteReader,
        _ zxid: UInt64,
        session: Int64,
        _ state: ReplicatedState,
        _ writer: ByteWriter,
        from start: Int
    ) throws(WireError) -> ErrorCode {
        var counter = reader
        let operationCount = try Self.countOperations(&counter)
        journal.begin(queueCount: queue.count)
        if enforcesQuotas { quotaNotes.beginMulti() }
        defer { endJournal(state) }
        writer.append(Int32(operationCount))
        for index in 0..<operationCount {
            let result: ErrorCode
            do {
                result = try operation(&reader, zxid, session: session, state, writer)
            } catch {
                rollBack(state)
                throw error
            }
            if result != .ok {
                rollBack(state)
                multiFailure = MultiFailure(operationCount: operationCount, failedIndex: index, error: result)
                return result
            }
        }
        guard writer.count - start <= RecordLayout.payloadMax else {
            rollBack(state)
            return .marshallingError
        }
        return .ok
    }

    private func operation(
        _ reader: inout ByteReader,
        _ zxid: UInt64,
        session: Int64,
        _ state: ReplicatedState,
        _ writer: ByteWriter
    ) throws(WireError) -> ErrorCode {
        let type = try reader.int32()
        _ = try reader.bool()
        _ = try reader.int32()
        writer.append(type)
        let lengthOffset = writer.count
        writer.append(Int32(0))
        let result: ErrorCode
        switch OpCode(rawValue: type) {
        case .create?, .create2?, .createContainer?, .createTTL?:
            let request = try CreateRequest(&reader, OpCode(rawValue: type)!, for: self, state)
            let kind = try request.partOfMulti
            writer.set(kind.rawValue, at: lengthOffset - 4)
            result = try create(request, as: kind, zxid, session: session, state, writer)
        case .delete: result = try delete(&reader, zxid, state, writer)
        case .setData: result = try setData(&reader, zxid, state, writer)
        case .check: result = try check(&reader, state, writer)
        default: throw WireError("operation \(type) in a multi")
        }
        writer.set(Int32(writer.count - lengthOffset - 4), at: lengthOffset)
        return result
    }

    /// `CheckVersionRequest{path, version}` to `CheckVersionTxn{path, version}`, which does nothing.
    private func check(
        _ reader: inout ByteReader,
        _ state: ReplicatedState,
        _ writer: ByteWriter
    ) throws(WireError) -> ErrorCode {
        let key = PathKey(try reader.nonNullBuffer())
        let expected = try reader.int32()
        let node = standing(of: key, in: state)
        guard node.exists else { return absence(key) }
        guard mayAsk(Permission.read, of: node.acl, state) else { return .noAuth }
        guard matches(expected, node.version) else { return .badVersion }
        writer.append(buffer: key.bytes)
        writer.append(node.version &+ 1)
        return .ok
    }

    /// Walks over the whole request, so that an answer for all its operations can be given when an early one fails.
    private static func countOperations(_ reader: inout ByteReader) throws(WireError) -> Int {
        var count = 0
        while true {
            let type = try reader.int32()
            let isDone = try reader.bool()
            _ = try reader.int32()
            if isDone { return count }
            count += 1
            _ = try reader.nonNullBuffer()
            switch OpCode(rawValue: type) {
            case .create, .create2, .createContainer, .createTTL:
                _ = try reader.buffer()
                _ = try ACLRules.rawList(&reader)
                _ = try reader.int32()
                if type == OpCode.createTTL.rawValue { _ = try reader.int64() }
            case .setData:
                _ = try reader.buffer()
                _ = try reader.int32()
            case .delete, .check:
                _ = try reader.int32()
            default:
                throw WireError("operation \(type) in a multi")
            }
        }
    }

    /// The journal's references to access lists end with it.
    private func endJournal(_ state: ReplicatedState) {
        for step in journal.steps {
            if case .changed(_, _, let standing, _) = step { state.acls.release(standing.acl) }
        }
        journal.end()
    }

    /// Takes back what the multi did, newest first.
    private func rollBack(_ state: ReplicatedState) {
        for step in journal.steps.reversed() {
            switch step {
            case .added(let slot):
                forgetPath(slot, in: state)
            case .changed(let slot, let zxid, var standing, let isListed):
                paths[slot].pointee.zxid = zxid
                if PlantedBug.multiKeepsHalf.isPlanted { standing.cversion = paths[slot].pointee.standing.cversion }
                state.acls.retain(standing.acl)
                replace(paths[slot], standing, in: state)
                setListed(slot, isListed)
            case .noted(let slot, let version, let counter, let era):
                let node = state.nodes[slot]
                node.pointee.pendingVersion = version
                node.pointee.pendingCounter = counter
                node.pointee.pendingEra = era
            }
        }
        queue.removeLast(queue.count - journal.queueCount)
        if enforcesQuotas { quotaNotes.rollBack() }
    }
}

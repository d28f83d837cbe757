import Wire
import Zab

/// Error replies: some state that the leader may have had in front of it must give that error.
extension ClientChecker {
    mutating func checkError(_ id: Int, _ zxid: UInt64, _ code: Int32, at time: Nanoseconds) {
        let operation = operations[id]
        guard operation.operation.isWrite else { return checkReadError(id, zxid, code, at: time) }
        if operation.transaction >= 0 {
            let transaction = model.transactions[operation.transaction]
            report(.errorButCommitted, at: time, "\(show(id)) fails with \(code), but it is \(show(transaction))")
            return
        }
        guard checkSessionError(id, zxid, code, at: time) else { return }
        justify(id, zxid, "error \(code)", at: time) { rehearsal, model in
            code == ErrorCode.quotaExceeded.rawValue && rehearsal.isNearALimit([operation.operation], &model)
                || rehearsal.outcome(
                    operation.operation,
                    path: operation.path,
                    session: Int(operation.session),
                    &model
                ).rawValue == code
        }
    }

    private mutating func checkReadError(_ id: Int, _ zxid: UInt64, _ code: Int32, at time: Nanoseconds) {
        let operation = operations[id]
        if case .more(let more) = operation.operation {
            return checkMoreError(id, zxid, more, code, at: time)
        }
        if case .sync = operation.operation {
            if checkSessionError(id, zxid, code, at: time) {
                report(.unjustifiedError, at: time, "\(show(id)) fails with \(code)")
            }
            return
        }
        let expected = operation.path < 0 ? .ok : readCode(id, operation.path, zxid)
        if expected.rawValue != code {
            report(
                operation.path < 0 ? .unjustifiedError : .wrongRead,
                at: time,
                "\(show(id)) fails with \(code) at \(Zxid(rawValue: zxid)), where its result is \(expected)"
            )
        }
    }

    /// Errors that have to do with the session or the leader, and not with the tree.
    /// - Returns: true if it is none of them.
    private mutating func checkSessionError(_ id: Int, _ zxid: UInt64, _ code: Int32, at time: Nanoseconds) -> Bool {
        let session = Int(operations[id].session)
        switch ErrorCode(rawValue: code) {
        case .connectionLoss:
            // The epoch is about to end, and takes no more transactions.
            return false
        case .sessionMoved:
            if views[session].connects < 2 {
                report(.unjustifiedError, at: time, "\(show(id)) fails with \(code); its session has one connection")
            }
            return false
        case .sessionExpired:
            if !model.isClosed(session, at: zxid), !allowances.contains(.expiryBeforeClose) {
                report(
                    .expiredWithoutClose,
                    at: time,
                    "\(show(id)) fails with \(code) at \(Zxid(rawValue: zxid)), where its session is open"
                )
            }
            return false
        default: return true
        }
    }

    mutating func checkMultiFailure(_ id: Int, _ zxid: UInt64, _ failure: MultiOutcome, at time: Nanoseconds) {
        let operation = operations[id]
        guard case .multi(let parts) = operation.operation else { return }
        if operation.transaction >= 0 {
            let transaction = model.transactions[operation.transaction]
            report(.errorButCommitted, at: time, "\(show(id)) is rolled back, but it is \(show(transaction))")
            return
        }
        guard failure.isWellFormed else {
            return report(.malformed, at: time, "the results of \(show(id)) are not those of a rolled-back multi")
        }
        let text = "error \(failure.code) of operation \(failure.index)"
        justify(id, zxid, text, at: time) { rehearsal, model in
            if failure.code == ErrorCode.quotaExceeded.rawValue, failure.index >= 0, failure.index < parts.count {
                let before = rehearsal.multi(Array(parts[..<failure.index]), session: Int(operation.session), &model)
                let isNear = rehearsal.isNearALimit(Array(parts[...failure.index]), &model)
                return before.index == failure.index && isNear
            }
            let found = rehearsal.multi(parts, session: Int(operation.session), &model)
            return found.index == failure.index && found.error.rawValue == failure.code
        }
    }

    /// Looks for a state in which `explains` is true: from the newest that was committed when the operation was
    /// invoked, and from the connection's write before it, up to the reply's zxid, and before the connection's next
    /// write.
    private mutating func justify(
        _ id: Int,
        _ zxid: UInt64,
        _ what: String,
        at time: Nanoseconds,
        _ explains: (inout Rehearsal, inout ZnodeModel) -> Bool
    ) {
        let operation = operations[id]
        var first = operation.committedBefore
        var last = zxid
        for write in clients[Int(operation.client)].committedWrites.reversed() {
            if write.operation < id {
                first = max(first, write.zxid)
                break
            }
            last = min(last, write.zxid - 1)
        }
        let ids = identities(of: id)
        if first <= last, isExplained(first, last, ids, explains) { return }
        // What was right earlier is another kind of mistake.
        if isExplained(0, min(last, first), ids, explains) {
            guard !allowances.contains(.staleErrors) else { return }
            report(
                .staleError,
                at: time,
                "\(show(id)): \(what) at \(Zxid(rawValue: zxid)) is from before \(Zxid(rawValue: first)), which was there when it was sent"
            )
            return
        }
        report(
            .unjustifiedError,
            at: time,
            "\(show(id)): no state from \(Zxid(rawValue: first)) to \(Zxid(rawValue: last)) gives \(what)"
        )
    }

    /// Whether the state at `first`, or after any transaction from there to `last`, explains it; the newest first.
    private mutating func isExplained(
        _ first: UInt64,
        _ last: UInt64,
        _ ids: [Identity],
        _ explains: (inout Rehearsal, inout ZnodeModel) -> Bool
    ) -> Bool {
        var index = model.firstTransaction(after: last) - 1
        while index >= 0, model.transactions[index].zxid > first {
            var rehearsal = Rehearsal(at: model.transactions[index].zxid, as: ids)
            if explains(&rehearsal, &model) { return true }
            index -= 1
        }
        var rehearsal = Rehearsal(at: first, as: ids)
        return explains(&rehearsal, &model)
    }

    // MARK: Results of a multi

    /// Which operation of a multi failed, as the reply's body says.
    struct MultiOutcome {
        var index = -1
        var code: Int32 = 0
        /// 0 before it, -2 after it, and as many as there were operations.
        var isWellFormed = true
    }

    /// Nil if the body is that of a multi that was done: its first result has an operation's type.
    static func multiFailure(_ body: UnsafeRawBufferPointer, _ count: Int) throws(WireError) -> MultiOutcome? {
        var reader = ByteReader(body)
        var outcome = MultiOutcome()
        for index in 0..<count {
            let type = try reader.int32()
            if index == 0, type != -1 { return nil }
            let isDone = try reader.bool()
            _ = try reader.int32()
            let code = try reader.int32()
            if type != -1 || isDone { outcome.isWellFormed = false }
            if outcome.index < 0, code != 0 {
                outcome.index = index
                outcome.code = code
            } else if code != (outcome.index < 0 ? 0 : ErrorCode.runtimeInconsistency.rawValue) {
                outcome.isWellFormed = false
            }
        }
        let isEnd = try reader.int32() == -1
        let isDone = try reader.bool()
        _ = try reader.int32()
        if !isEnd || !isDone || outcome.index < 0 || reader.remaining > 0 { outcome.isWellFormed = false }
        return outcome
    }
}

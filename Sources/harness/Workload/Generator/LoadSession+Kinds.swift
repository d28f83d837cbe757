import Client
import Randomness
import Wire

/// Transactions, and reads behind a sync: what no load of plain operations touches.
extension LoadSession {
    typealias Kinds = (set: Kind, get: Kind, exists: Kind)

    /// What setData, getData and exists are in a load. What is a plain setData alone keeps the fastest path.
    static func kinds(of plan: LoadPlan) -> Kinds {
        let set: Kind = plan.multi > 1 ? .transaction : plan.hasWitnessedReads ? .witnessedSet : .set
        return plan.hasWitnessedReads ? (set, .syncingGet, .syncingExists) : (set, .get, .exists)
    }

    // MARK: Transactions

    /// `multi` setData on neighbouring keys of the session's slice, from a random one on, so that no two are alike.
    func encodeTransaction(_ operation: inout Operation, at place: UnsafeMutableRawPointer) -> Int {
        guard let template = templates.transaction else { return 0 }
        template.store(xid: operation.xid, at: place)
        let first = generator.below(slice.count)
        let numbers = writeNumbers + (tail & ringMask) * multi
        operation.key = UInt32(truncatingIfNeeded: first)
        for part in 0..<multi {
            let key = self.key(part, from: first)
            let (sequence, write) = writes.willSet(key)
            if part == 0 { operation.sequence = sequence }
            numbers[part] = write
            template.store(
                part: part,
                session: UInt32(truncatingIfNeeded: index),
                key: UInt32(truncatingIfNeeded: slice.first &+ key),
                sequence: sequence,
                write: write,
                at: place
            )
        }
        return template.count
    }

    /// The key of a transaction's part, within the slice.
    private func key(_ part: Int, from first: Int) -> Int {
        let key = first &+ part
        return key < slice.count ? key : key &- slice.count
    }

    func settleTransaction(
        _ place: UnsafeMutablePointer<Operation>,
        _ reply: Reply,
        now: UInt64
    ) throws(WireError) {
        let operation = place.pointee
        let answer = try TransactionAnswer(reply.body, writes: multi)
        if let failure = answer.failure { return settleError(place, code: failure, now: now) }
        let numbers = writeNumbers + (place - ring) * multi
        for part in 0..<multi {
            let key = self.key(part, from: Int(operation.key))
            let (version, mzxid) = answer.written(part)
            writes.didSet(
                key,
                part: part,
                sequence: operation.sequence &+ UInt64(part),
                write: numbers[part],
                version: version,
                mzxid: mzxid
            )
            ledger.witness(slice.first + key, version: version)
        }
        noteWrite(operation, reply, now: now)
    }

    func loseTransaction(_ operation: Operation) {
        for part in 0..<multi { writes.lostSet(key(part, from: Int(operation.key))) }
        writes.lostTransaction(firstKey: Int(operation.key), sequence: operation.sequence)
    }

    // MARK: Reads behind a sync

    /// A sync, and the read right behind it: the server answers the read once it has caught up. Of all keys, so that most
    /// are other sessions', about whose writes a session's own order says nothing.
    ///
    /// - Parameter key: among all.
    func encodeSyncedRead(_ operation: inout Operation, key: Int, at place: UnsafeMutableRawPointer) -> Int {
        operation.key = UInt32(truncatingIfNeeded: key)
        operation.write = UInt32(bitPattern: ledger.witnessed(key))
        let number = UInt32(truncatingIfNeeded: key)
        templates.sync.store(xid: operation.xid, number: number, at: place)
        let read = operation.kind == .syncingGet ? templates.get : templates.exists
        read.store(xid: takeXid(), number: number, at: place + templates.sync.count)
        return templates.sync.count + read.count
    }

    /// The sync was answered, and the operation is what is in flight until its read is.
    func awaitRead(_ place: UnsafeMutablePointer<Operation>, syncError: Int32?) {
        head &-= 1
        let xid = place.pointee.xid
        place.pointee.xid = xid == .max ? 1 : xid &+ 1
        if let syncError {
            place.pointee.kind = .unsynced
            place.pointee.write = UInt32(bitPattern: syncError)
        } else {
            place.pointee.kind = place.pointee.kind == .syncingGet ? .syncedGet : .syncedExists
        }
    }

    /// Holds a read to what was acknowledged to anybody before it was sent, and to all that its own session wrote.
    func judgeRead(_ operation: Operation, version: Int32) {
        let key = Int(operation.key)
        let least = Int32(bitPattern: operation.write)
        if version < least {
            writes.noteReordered(
                "a linearizable read of key \(key) gave version \(version), and version \(least) had been acknowledged "
                    + "before it was sent"
            )
        } else if key >= slice.first, key < slice.first + slice.count {
            writes.didRead(key - slice.first, version: version)
        }
    }

    // MARK: Refusals

    /// The keys are created before the load and never deleted in it: whoever has none has lost its create.
    func judgeRefusal(_ operation: Operation, code: Int32) {
        let key: Int
        switch operation.kind {
        case .set, .witnessedSet, .transaction, .get, .exists: key = slice.first + Int(operation.key)
        case .syncedGet, .syncedExists: key = Int(operation.key)
        case .recorded: return judgeRecordedRefusal(operation, code: code)
        case .create, .delete, .syncingGet, .syncingExists, .unsynced: return
        }
        guard code == ErrorCode.noNode.rawValue else { return }
        writes.noteReordered("a \(isWrite(operation) ? "set" : "read") of key \(key) was answered with noNode")
    }
}

extension LoadSession.Kind {
    /// Of a recorded operation its recording says it: `LoadSession.isWrite`.
    var isWrite: Bool {
        switch self {
        case .set, .witnessedSet, .transaction, .create, .delete: true
        case .get, .exists, .syncingGet, .syncingExists, .syncedGet, .syncedExists, .unsynced, .recorded: false
        }
    }

    /// Whether the next answer is to its sync.
    var isSyncing: Bool { self == .syncingGet || self == .syncingExists }
}

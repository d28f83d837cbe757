import Wire

/// What the operations of a recording have left on the run's znodes, as their answers say: what the `Verifier` holds the
/// servers to.
///
/// All operations on a znode are one session's, in their recorded order, and no connection is made twice. So each answer is
/// known beforehand, up to zxids, and a znode can only be behind where an answer is still out at the end of the load.
final class ReplayLedger {
    /// All that is known of one znode. A create sets its version to 0; each set raises it by one.
    struct Record {
        /// After everything that was sent.
        var willBeThere: Bool
        /// After everything that was answered, like the others.
        var isThere: Bool
        /// Whether `mzxid` is that of the last write, and not just a bound of it.
        var isExact = false
        /// An operation was refused for a reason that the recording does not give.
        var isUncertain = false
        /// A create or a delete has no answer, and no write after it has one.
        var mayBeGone = false
        /// Writes without an answer, sent after the last one that has one.
        var ambiguous: UInt32 = 0
        /// Writes sent that were to be carried out, over the znode's lives.
        var sent: UInt32 = 0
        var acknowledged: UInt32 = 0
        /// Of the last acknowledged write; 0 for the znode as it was at the start.
        var lastWrite: UInt32 = 0
        var bytes: UInt32
        var version: Int32 = 0
        var mzxid: Int64 = 0

        /// Whether it is certain to be there, or not to be.
        var isKnown: Bool { !isUncertain && !mayBeGone }

        /// A write was answered: what became of those before it no longer matters.
        ///
        /// - Parameter isAsPlanned: whether it was to be carried out. If not, an unanswered one has turned the recording's
        ///   course, and what comes next is anybody's guess.
        mutating func settle(isAsPlanned: Bool) {
            if !isAsPlanned { isUncertain = true }
            ambiguous = 0
            mayBeGone = false
        }

        /// Whether a set may be answered with this Stat, each unanswered write before it carried out or not.
        func mayBeSet(to stat: Stat) -> Bool {
            if isUncertain { return true }
            let rise = Int(stat.version) - Int(version)
            return stat.mzxid > mzxid && (mayBeGone || (1...1 + Int(ambiguous)).contains(rise))
        }

        func mayBeRead(version found: Int32, bytes length: Int) -> Bool {
            guard isKnown else { return true }
            if found == version { return length == Int(bytes) }
            return found > version && Int(found) - Int(version) <= Int(ambiguous)
        }
    }

    let schedule: ReplaySchedule
    let records: UnsafeMutableBufferPointer<Record>
    /// Znodes that are there before the first operation.
    let startingKeys: [UInt32]
    let startingBytesMax: Int
    private let plan: LoadPlan
    private let filler: [UInt8]
    /// All operations, those of a session together.
    private let operations: UnsafeMutableBufferPointer<RecordedOperation>
    /// Where each session's operations begin, and the total at the end.
    private let starts: [Int]

    init(_ schedule: ReplaySchedule, plan: LoadPlan) {
        self.schedule = schedule
        self.plan = plan
        records = .allocate(capacity: plan.keys)
        records.initialize(repeating: Record(willBeThere: false, isThere: false, bytes: 0))
        var keys: [UInt32] = []
        for (key, node) in schedule.start.enumerated() where node.isThere {
            records[key] = Record(willBeThere: true, isThere: true, bytes: node.bytes)
            keys.append(UInt32(key))
        }
        startingKeys = keys
        startingBytesMax = Int(schedule.start.map(\.bytes).max() ?? 0)
        let longest = max(startingBytesMax, schedule.operations.map(\.bytes).max() ?? 0)
        filler = Payload.filler(size: max(0, longest - Payload.headerSize), seed: plan.seed)

        // By session, each in the order of time.
        let owners = (0..<plan.keys).map { UInt32(KeySlice.owner(of: $0, plan: plan)) }
        var counts = [Int](repeating: 0, count: plan.clients + 1)
        for operation in schedule.operations { counts[Int(owners[Int(operation.key)]) + 1] += 1 }
        for session in 0..<plan.clients { counts[session + 1] += counts[session] }
        starts = counts
        operations = .allocate(capacity: schedule.operations.count)
        for operation in schedule.operations {
            let owner = Int(owners[Int(operation.key)])
            (operations.baseAddress! + counts[owner]).initialize(to: operation)
            counts[owner] += 1
        }
    }

    deinit {
        records.deallocate()
        operations.deallocate()
    }

    func part(of session: Int) -> ReplayPart {
        let range = starts[session]..<starts[session + 1]
        return ReplayPart(ledger: self, operations: UnsafeBufferPointer(rebasing: operations[range]))
    }

    // MARK: Data

    /// Writes `bytes` bytes of the data of one write to `place`: the payload's header and filler, as much of them as fits.
    func fill(_ place: UnsafeMutableRawPointer, bytes: Int, session: Int, key: UInt32, write: UInt32) {
        withUnsafeTemporaryAllocation(byteCount: Payload.headerSize, alignment: 8) { header in
            Payload.store(
                session: UInt32(session),
                key: key,
                sequence: UInt64(write),
                write: write,
                at: header.baseAddress!
            )
            place.copyMemory(from: header.baseAddress!, byteCount: min(bytes, Payload.headerSize))
        }
        guard bytes > Payload.headerSize else { return }
        filler.withUnsafeBytes {
            (place + Payload.headerSize).copyMemory(from: $0.baseAddress!, byteCount: bytes - Payload.headerSize)
        }
    }

    /// The create of a znode that is there before the first operation; returns its length.
    func encodeStart(_ key: UInt32, _ templates: RequestTemplates, xid: Int32, at place: UnsafeMutableRawPointer) -> Int
    {
        let bytes = Int(records[Int(key)].bytes)
        let owner = KeySlice.owner(of: Int(key), plan: plan)
        return templates.createKey.store(xid: xid, number: key, payload: bytes, at: place) {
            fill($0, bytes: bytes, session: owner, key: key, write: 0)
        }
    }

    private func isData(_ data: UnsafeRawBufferPointer, of key: Int, bytes: Int, write: UInt32) -> Bool {
        guard data.count == bytes else { return false }
        let owner = KeySlice.owner(of: key, plan: plan)
        return withUnsafeTemporaryAllocation(byteCount: max(1, data.count), alignment: 8) { expected in
            fill(expected.baseAddress!, bytes: data.count, session: owner, key: UInt32(key), write: write)
            return data.elementsEqual(UnsafeRawBufferPointer(rebasing: expected[..<data.count]))
        }
    }

    /// Whether a znode may be what an unanswered write after the last acknowledged one has left.
    private func isOfUnanswered(
        _ key: Int,
        _ record: Record,
        _ found: (data: UnsafeRawBufferPointer, stat: Stat)
    ) -> Bool {
        // Of a create the zxid is only a bound.
        guard record.ambiguous > 0, found.stat.mzxid > record.mzxid || (record.isThere && !record.isExact) else {
            return false
        }
        let rise = Int(found.stat.version) - Int(record.version)
        guard !record.isKnown || (1...Int(record.ambiguous)).contains(rise) else { return false }
        return writesAfter(record.lastWrite, of: key, isKnown: record.isKnown).contains { write in
            isData(found.data, of: key, bytes: write.bytes, write: write.number)
        }
    }

    /// The sets and creates of a znode with a number after `last`, numbered as they are when they are sent; where it is not
    /// known what they met, those that were to be refused, too, with the number 0.
    private func writesAfter(_ last: UInt32, of key: Int, isKnown: Bool) -> [(number: UInt32, bytes: Int)] {
        let owner = KeySlice.owner(of: key, plan: plan)
        var willBeThere = schedule.start[key].isThere
        var number: UInt32 = 0
        var found: [(number: UInt32, bytes: Int)] = []
        for operation in operations[starts[owner]..<starts[owner + 1]] where Int(operation.key) == key {
            guard operation.kind != .get, operation.kind != .exists else { continue }
            let isPossible = willBeThere != (operation.kind == .create)
            if isPossible {
                number += 1
                willBeThere = operation.kind != .delete
            }
            guard operation.kind != .delete, isPossible ? number > last : !isKnown else { continue }
            found.append((isPossible ? number : 0, operation.bytes))
        }
        return found
    }

    // MARK: Proof

    /// How a server's znode contradicts what was answered.
    struct Finding {
        /// Acknowledged writes that are not there; 0 if it holds what it must not instead.
        var missing: UInt32
        var expected: String
        var found: String
    }

    /// What is wrong with what a server holds of a znode; nil if nothing is.
    func finding(_ key: Int, _ found: (data: UnsafeRawBufferPointer, stat: Stat)?) -> Finding? {
        let record = records[key]
        guard let found else {
            guard record.isThere, !record.mayBeGone else { return nil }
            return Finding(missing: record.acknowledged, expected: Self.words(record), found: "no znode")
        }
        let stat = found.stat
        if isOfUnanswered(key, record, found) { return nil }
        let held = "version \(stat.version), mzxid \(stat.mzxid), \(found.data.count) bytes"
        guard record.isThere else {
            let isLater = record.ambiguous > 0 && stat.mzxid > record.mzxid
            let missing = isLater ? 0 : min(1, record.acknowledged)
            return Finding(missing: missing, expected: Self.words(record), found: held)
        }
        let isRight = record.isExact ? stat.mzxid == record.mzxid : stat.mzxid <= record.mzxid || record.lastWrite == 0
        let isLast = isData(found.data, of: key, bytes: Int(record.bytes), write: record.lastWrite)
        if stat.version == record.version, isRight, isLast { return nil }
        let behind = stat.version < record.version ? UInt32(record.version - stat.version) : 0
        return Finding(missing: min(behind, record.acknowledged), expected: Self.words(record), found: held)
    }

    private static func words(_ record: Record) -> String {
        let state =
            record.isThere
            ? "version \(record.version) with \(record.bytes) bytes by write \(record.lastWrite)" : "no znode"
        return "\(state) (\(record.acknowledged) writes acknowledged, \(record.ambiguous) unanswered)"
    }
}

/// What one session plays of a recording.
final class ReplayPart {
    let ledger: ReplayLedger
    /// In the order of time; they live as long as the ledger.
    let operations: UnsafeBufferPointer<RecordedOperation>

    init(ledger: ReplayLedger, operations: UnsafeBufferPointer<RecordedOperation>) {
        self.ledger = ledger
        self.operations = operations
    }
}

/// One session's part of the ledger. Confined to the session's loop while the load runs.
///
/// Answers of a session come in the order of its operations. So the versions that its setData on one key are answered
/// with must rise by exactly one per write, except that each write without an answer in between may have raised it by
/// one more; and the zxids of its writes must rise strictly, except that those of one transaction share one.
final class SessionWrites: @unchecked Sendable {
    /// The session's own keys, indexed from its first one.
    let records: UnsafeMutablePointer<AcknowledgedWrites.KeyRecord>
    /// setData sent so far, over all keys.
    @exclusivity(unchecked) private(set) var sequence: UInt64 = 0
    @exclusivity(unchecked) private var lastMzxid: Int64 = 0
    @exclusivity(unchecked) private var lastZxid: Int64 = 0
    @exclusivity(unchecked) var acknowledged = 0
    @exclusivity(unchecked) var ambiguous = 0
    /// Of a session whose requests overtake each other: see `ConcurrentWrites.swift`.
    var concurrent = ConcurrentWrites()
    @exclusivity(unchecked) private(set) var reordered = 0
    /// The first answer that was out of order, in words.
    private(set) var firstReordered: String?
    let created = CreatedNodes()
    /// Without an answer, in the order in which they were sent.
    private(set) var lostTransactions: [LostTransaction] = []

    /// A transaction that was carried out as a whole or not at all.
    struct LostTransaction: Hashable {
        /// Within the session's keys; its other parts are of the next ones, behind the last of the first.
        var firstKey: Int
        /// Of its first part; its other parts have the next ones.
        var sequence: UInt64
    }

    init(records: UnsafeMutablePointer<AcknowledgedWrites.KeyRecord>) { self.records = records }

    /// A setData on the session's key number `key` is about to be sent.
    @inline(__always)
    func willSet(_ key: Int) -> (sequence: UInt64, write: UInt32) {
        sequence &+= 1
        records[key].sent &+= 1
        return (sequence, records[key].sent)
    }

    /// A setData was answered with the Stat's `version` and `mzxid`.
    @inline(__always)
    func didSet(_ key: Int, sequence: UInt64, write: UInt32, version: Int32, mzxid: Int64) {
        acknowledged &+= 1
        let record = records + key
        record.pointee.acknowledged &+= 1
        let rise = Int(version) - Int(record.pointee.lastVersion)
        if rise != 1 || mzxid <= lastMzxid {
            judge(rise: rise, key: key, write: write, version: version, mzxid: mzxid)
        }
        record.pointee.lastWrite = write
        record.pointee.lastVersion = version
        record.pointee.lastSequence = sequence
        record.pointee.lastMzxid = mzxid
        record.pointee.ambiguousSince = 0
        lastMzxid = mzxid
    }

    /// A part of a transaction was answered; the parts are told in their order.
    func didSet(_ key: Int, part: Int, sequence: UInt64, write: UInt32, version: Int32, mzxid: Int64) {
        guard part > 0 else {
            return didSet(key, sequence: sequence, write: write, version: version, mzxid: mzxid)
        }
        let common = lastMzxid
        if mzxid != common { noteReordered("the writes of one transaction got the mzxids \(common) and \(mzxid)") }
        // All that is asked of a write alone, but that its zxid be a later one.
        lastMzxid = mzxid &- 1
        didSet(key, sequence: sequence, write: write, version: version, mzxid: mzxid)
        lastMzxid = max(common, mzxid)
    }

    func lostTransaction(firstKey: Int, sequence: UInt64) {
        lostTransactions.append(LostTransaction(firstKey: firstKey, sequence: sequence))
    }

    @inline(never)
    private func judge(rise: Int, key: Int, write: UInt32, version: Int32, mzxid: Int64) {
        let record = records[key]
        if rise < 1 || rise > 1 + Int(record.ambiguousSince) {
            noteReordered(
                "write \(write) of the session's key \(key) gave version \(version) after \(record.lastVersion) with "
                    + "\(record.ambiguousSince) unanswered writes in between"
            )
        } else if mzxid <= lastMzxid {
            noteReordered("a write got the mzxid \(mzxid) after the session's \(lastMzxid)")
        }
    }

    /// A setData's connection broke before its answer.
    func lostSet(_ key: Int) {
        ambiguous += 1
        records[key].ambiguousSince &+= 1
    }

    /// A read was answered; it must not be behind the session's own acknowledged writes.
    @inline(__always)
    func didRead(_ key: Int, version: Int32) {
        if version < records[key].lastVersion { staleRead(key, version: version) }
    }

    @inline(never)
    private func staleRead(_ key: Int, version: Int32) {
        noteReordered(
            "a read of the session's key \(key) gave version \(version) after its own write of version "
                + "\(records[key].lastVersion)"
        )
    }

    /// A create or delete was answered with the reply's zxid: that of the last transaction applied, so it may stand
    /// still but not fall.
    func didWrite(zxid: Int64) {
        acknowledged += 1
        if zxid < lastZxid { noteReordered("a write was answered with the zxid \(zxid) after \(lastZxid)") }
        lastZxid = zxid
    }

    func lostWrite() { ambiguous += 1 }

    func noteReordered(_ text: String) {
        reordered += 1
        if firstReordered == nil { firstReordered = text }
    }
}

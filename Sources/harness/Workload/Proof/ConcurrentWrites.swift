/// What the ledger of a session knows besides, whose requests are carried out in any order while they are in flight, as
/// etcd does with those of one connection.
///
/// What is demanded is what remains: a write that was sent after another one's answer has a later revision; no two have the
/// same; a key was put as often as was acknowledged, and as many times more at most as writes of it were never answered;
/// and in the end it holds the acknowledged write with the latest revision, or an unanswered one that came later.
struct ConcurrentWrites {
    /// Of all answers to the session's writes.
    fileprivate(set) var newestRevision: Int64 = 0
    /// Puts without an answer: the session's key in the upper half, the number of its write in the lower one.
    private var lost: Set<UInt64> = []

    func isLost(_ key: Int, write: UInt32) -> Bool { lost.contains(UInt64(key) << 32 | UInt64(write)) }

    fileprivate mutating func lose(_ key: Int, write: UInt32) { lost.insert(UInt64(key) << 32 | UInt64(write)) }
}

extension SessionWrites {
    /// A put was answered with `revision`.
    ///
    /// - Parameter floor: `newestRevision` when it was sent.
    func didSet(_ key: Int, sequence: UInt64, write: UInt32, revision: Int64, after floor: Int64) {
        let record = records + key
        record.pointee.acknowledged &+= 1
        didWrite(revision: revision, after: floor)
        guard revision >= record.pointee.lastMzxid else { return }
        if revision == record.pointee.lastMzxid {
            noteReordered("two writes of the session's key \(key) got the revision \(revision)")
        }
        record.pointee.lastMzxid = revision
        record.pointee.lastWrite = write
        record.pointee.lastSequence = sequence
    }

    /// A write was answered with `revision`.
    func didWrite(revision: Int64, after floor: Int64) {
        acknowledged &+= 1
        if revision <= floor {
            noteReordered("a write got the revision \(revision), and was sent after \(floor) had been acknowledged")
        }
        if revision > concurrent.newestRevision { concurrent.newestRevision = revision }
    }

    /// A put's connection broke before its answer.
    func lostSet(_ key: Int, write: UInt32) {
        ambiguous += 1
        records[key].ambiguousSince &+= 1
        concurrent.lose(key, write: write)
    }

    /// A read was answered with the revision of the key's last put.
    ///
    /// - Parameter floor: what it must not be behind.
    func didRead(_ key: Int, revision: Int64, after floor: Int64) {
        guard revision < floor else { return }
        noteReordered("a read of the session's key \(key) gave revision \(revision) after its own write of \(floor)")
    }
}

/// What one server holds of a key, held against the ledger of such a session.
struct ConcurrentJudgement: Equatable {
    /// Acknowledged writes that are not there.
    var missing: UInt32 = 0
    /// It holds what none of the possible writes has left.
    var isUnexpected = false

    /// - Parameters:
    ///   - version: 1 where nobody has put it since it was created.
    ///   - write: the number in its value; 0 for what it was created with.
    ///   - isLost: whether that write was never answered.
    init(
        _ record: AcknowledgedWrites.KeyRecord,
        version: Int64,
        revision: Int64,
        write: UInt32,
        sequence: UInt64,
        isLost: Bool
    ) {
        let puts = version - 1
        let (acknowledged, ambiguous) = (Int64(record.acknowledged), Int64(record.ambiguousSince))
        if puts < acknowledged { missing = UInt32(acknowledged - max(puts, 0)) }
        if puts > acknowledged + ambiguous { isUnexpected = true }
        if write == 0 {
            // As it was created: every put is missing.
            if puts > 0 { isUnexpected = true }
        } else if revision < record.lastMzxid {
            missing = max(missing, 1)
        } else if revision == record.lastMzxid {
            if write != record.lastWrite || sequence != record.lastSequence { isUnexpected = true }
        } else if !isLost {
            isUnexpected = true
        }
    }
}

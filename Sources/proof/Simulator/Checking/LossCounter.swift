import Wire
import Zab

/// A write whose client was told that it is done.
struct AcknowledgedWrite: Hashable {
    var operation: ClientOperation
    var client: Int
    var session: Int64
    var xid: Int32
    /// Of its transaction, as the answer says.
    var zxid: Zxid
    var at: Nanoseconds
}

/// Counts the writes that clients were told are done, and those of them that are not in the history on which the
/// ensemble agrees when it has come back for the last time.
///
/// It asks nothing of anybody in between: a write that a later leader has dropped does not come back, since the servers
/// that still have it are cut to that leader's history.
struct LossCounter {
    private static let examplesMax = 5

    /// What tells a write from all others: who asked for it, and where its transaction stands. Sessions and their xids
    /// alone may come twice once a session has been forgotten.
    private struct Identity: Hashable {
        var session: Int64
        var xid: Int32
        var zxid: Zxid
    }

    private(set) var report = LossReport()
    private(set) var answers = 0
    private var writes: [AcknowledgedWrite] = []
    /// In the order of their acknowledgement; known once it is settled.
    private(set) var lostWrites: [AcknowledgedWrite] = []

    /// A client has got an answer that is not an error. True if it is the acknowledgement of a write.
    mutating func answered(_ write: AcknowledgedWrite, body: UnsafeRawBufferPointer) throws(WireError) -> Bool {
        answers += 1
        guard write.operation.isWrite else { return false }
        if case .multi(let parts) = write.operation, !parts.isEmpty,
            try ClientChecker.multiFailure(body, parts.count) != nil
        {
            return false
        }
        writes.append(write)
        report.acknowledged += 1
        return true
    }

    /// A server is of no use any more until it is emptied.
    mutating func excluded(_ reason: Violation) {
        report.excluded += 1
        if report.firstExclusion == nil { report.firstExclusion = reason }
    }

    /// The ensemble is at rest, and this is its history: the payloads of all its transactions.
    mutating func settle(with history: [[UInt8]]) {
        var kept = Set<Identity>(minimumCapacity: history.count)
        for payload in history {
            payload.withUnsafeBytes {
                var reader = ByteReader($0)
                guard let header = try? TransactionHeader(from: &reader) else { return }
                kept.insert(Identity(session: header.sessionID, xid: header.cxid, zxid: header.zxid))
            }
        }
        lostWrites = writes.filter {
            !kept.contains(Identity(session: $0.session, xid: $0.xid, zxid: $0.zxid))
        }
        report.lost = lostWrites.count
        report.examples = lostWrites.prefix(Self.examplesMax).map(Self.line)
        report.isSettled = true
    }

    private static func line(_ write: AcknowledgedWrite) -> String {
        "\(write.operation) of client \(write.client + 1), acknowledged at \(write.at / 1_000_000) ms with zxid \(write.zxid)"
    }
}

/// What a run says about acknowledged writes.
public struct LossReport: Hashable, Sendable {
    public var acknowledged = 0
    /// Of these, not there in the end. Says something only if `isSettled`.
    public var lost = 0
    /// The first few of those, one line each.
    public var examples: [String] = []
    /// How often a server had to be emptied, since it refused its own data, or they contradicted the ensemble's.
    public var excluded = 0
    public var firstExclusion: Violation?
    /// The ensemble came to rest, so that there is a history to look into.
    public var isSettled = false

    public init() {}

    /// The same in words, with what is lost. Nil if everything is there, on every server.
    var violation: Violation? {
        if lost > 0 {
            let first = examples.first.map { ", first \($0)" } ?? ""
            return Violation(kind: .durability, text: "\(lost) of \(acknowledged) acknowledged writes are lost\(first)")
        }
        return firstExclusion
    }
}

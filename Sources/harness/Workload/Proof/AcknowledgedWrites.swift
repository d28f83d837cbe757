import Wire

/// What a load has written and what the servers have acknowledged: the ledger that the `Verifier` holds them to.
///
/// During the load each key and each session is written by one loop only, without a lock and without an allocation per
/// operation; it is read when the load is over.
public final class AcknowledgedWrites: @unchecked Sendable {
    public let plan: LoadPlan
    let templates: RequestTemplates
    let keys: UnsafeMutableBufferPointer<KeyRecord>
    let sessions: [SessionWrites]
    /// Of a recording, in place of what is known of `keys`.
    let replay: ReplayLedger?

    /// All that is known of one key. Its znode has version 0 when it is created; each setData that is carried out
    /// raises it by one.
    struct KeyRecord {
        /// setData sent: the number of the last one.
        var sent: UInt32 = 0
        var acknowledged: UInt32 = 0
        /// Of the last acknowledged setData; version 0 and number 0 if there was none.
        var lastWrite: UInt32 = 0
        var lastVersion: Int32 = 0
        var lastSequence: UInt64 = 0
        var lastMzxid: Int64 = 0
        /// setData without an answer, sent after the last acknowledged one.
        var ambiguousSince: UInt32 = 0
    }

    init(plan: LoadPlan) {
        self.plan = plan
        templates = RequestTemplates(plan: plan)
        replay = plan.replay.map { ReplayLedger($0, plan: plan) }
        keys = .allocate(capacity: plan.keys)
        keys.initialize(repeating: KeyRecord())
        let records = keys
        sessions = (0..<plan.clients).map { session in
            let slice = KeySlice(session: session, plan: plan)
            return SessionWrites(records: records.baseAddress! + slice.first)
        }
    }

    deinit { keys.deallocate() }

    /// Writes that were acknowledged: setData, create and delete, warm-up included.
    public var writesAcknowledged: Int { sessions.reduce(0) { $0 + $1.acknowledged } }
    /// Writes that were sent and never answered.
    public var ambiguous: Int { sessions.reduce(0) { $0 + $1.ambiguous } }
    /// Answers that contradict the order of their session's operations.
    public var reordered: Int { sessions.reduce(0) { $0 + $1.reordered } }
}

/// The keys that one session owns: no other session writes them, so the order of writes to a key is that of a session.
struct KeySlice: Hashable {
    let first: Int
    let count: Int

    init(session: Int, plan: LoadPlan) {
        first = plan.keys * session / plan.clients
        count = plan.keys * (session + 1) / plan.clients - first
    }

    /// The session that owns `key`.
    static func owner(of key: Int, plan: LoadPlan) -> Int {
        var session = key * plan.clients / plan.keys
        while plan.keys * (session + 1) / plan.clients <= key { session += 1 }
        return session
    }
}

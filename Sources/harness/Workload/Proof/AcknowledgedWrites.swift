import Synchronization
import Wire

/// What a load has written and what the servers have acknowledged: the ledger that the `Verifier` holds them to.
///
/// During the load each key and each session is written by one loop only, without a lock and without an allocation per
/// operation; it is read when the load is over.
public final class AcknowledgedWrites: @unchecked Sendable {
    public let plan: LoadPlan
    let templates: RequestTemplates
    /// Which shard has which key, and which of them this is the ledger of.
    let deal: KeyDeal
    /// The keys that lie here, ascending; nil for all. What is known of others stays as it is at the start.
    let heldKeys: [Int]?
    let keys: UnsafeMutableBufferPointer<KeyRecord>
    let sessions: [SessionWrites]
    /// By key the version of its newest acknowledged setData, or the revision of a put of etcd's, for reads of other sessions, on other loops too; nil where no
    /// read is held to it. Only a key's owner stores, in the order of its answers, so the version never falls. A reader
    /// loads it before its request is encoded: what it sees had been acknowledged by then. The number is all that passes
    /// between the loops, so no order of other memory is needed.
    private let witnesses: UnsafeMutablePointer<Atomic<Int64>>?
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

    convenience init(plan: LoadPlan) { self.init(plan: plan, deal: KeyDeal(keys: plan.keys, shards: 1), shard: 0) }

    /// Of the keys of one shard, from 0.
    init(plan: LoadPlan, deal: KeyDeal, shard: Int) {
        self.plan = plan
        self.deal = deal
        heldKeys = deal.keys(of: shard)
        templates = RequestTemplates(plan: plan)
        replay = plan.replay.map { ReplayLedger($0, plan: plan) }
        keys = .allocate(capacity: plan.keys)
        keys.initialize(repeating: KeyRecord())
        witnesses = plan.hasWitnessedReads ? UnsafeMutablePointer<Atomic<Int64>>.allocate(capacity: plan.keys) : nil
        if let witnesses { for key in 0..<plan.keys { (witnesses + key).initialize(to: Atomic(0)) } }
        let records = keys
        sessions = (0..<plan.clients).map { session in
            let slice = KeySlice(session: session, plan: plan)
            return SessionWrites(records: records.baseAddress! + slice.first)
        }
    }

    deinit {
        keys.deallocate()
        witnesses?.deinitialize(count: plan.keys).deallocate()
    }

    /// The key with the given place among those that lie here.
    func key(_ place: Int) -> Int { heldKeys?[place] ?? place }

    /// A setData of `key`, which is the caller's, was answered.
    func witness(_ key: Int, version: Int32) {
        guard let witnesses else { return }
        witnesses[key].store(Int64(version), ordering: .relaxed)
    }

    /// The version of `key` that somebody knows to be acknowledged; 0 where nobody asks.
    func witnessed(_ key: Int) -> Int32 {
        guard let witnesses else { return 0 }
        return Int32(truncatingIfNeeded: witnesses[key].load(ordering: .relaxed))
    }

    /// As `witness` and `witnessed`, of a system whose writes have revisions.
    func witness(_ key: Int, revision: Int64) { witnesses?[key].store(revision, ordering: .relaxed) }
    func witnessedRevision(_ key: Int) -> Int64 { witnesses?[key].load(ordering: .relaxed) ?? 0 }

    /// Writes that were acknowledged: setData, each of a transaction's, create and delete, warm-up included.
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

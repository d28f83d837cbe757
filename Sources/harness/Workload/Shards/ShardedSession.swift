import CPlatform
import Client
import NIOCore
import Randomness

/// One session of a load on several shards: a ZooKeeper session on each, one window over all, and one stream of operations,
/// of which each goes where its key is. Confined to its lane's loop.
///
/// It draws the same operations from the same seed as a session on one ensemble does. Its members keep what is one
/// connection's: what is in flight there, its order, and what is to be proven of it.
final class ShardedSession: LaneSession {
    let index: Int
    private let members: [LoadSession]
    private unowned(unsafe) let lane: LoadLane
    private let deal: KeyDeal
    private let plan: LoadPlan
    private let slice: KeySlice
    private let isOnlySet: Bool
    private let kinds: LoadSession.Kinds
    private let batchMax: Int
    private var generator: SplitMix64
    /// What goes out next, by shard.
    private var dealt: [[LoadSession.Dealt]]
    private var isTouched: [Bool]
    private var awaited: Int

    var arrivals: ArrivalStream?
    var ahead: ArrivalStream?
    var aheadCount = 0
    var sentBeyondCut = 0

    init(index: Int, lane: LoadLane, parts: [ShardPart]) {
        self.index = index
        self.lane = lane
        plan = parts[0].ledger.plan
        deal = parts[0].ledger.deal
        slice = KeySlice(session: index, plan: plan)
        isOnlySet = plan.isOnlySingleSet
        kinds = LoadSession.kinds(of: plan)
        generator = SplitMix64(seed: plan.seed, stream: LoadSession.stream(index))
        members = parts.map {
            LoadSession(index: index, lane: lane, endpoints: $0.choice(index), ledger: $0.ledger)
        }
        batchMax = members[0].batchMax
        dealt = Array(repeating: [], count: parts.count)
        isTouched = Array(repeating: false, count: parts.count)
        awaited = parts.count
        for member in members { member.group = self }
    }

    var isConnected: Bool { members.allSatisfy(\.isConnected) }
    var sentCount: Int { members.reduce(0) { $0 &+ $1.sentCount } }
    var inFlight: Int { members.reduce(0) { $0 &+ $1.inFlight } }
    var oldestPlanned: UInt64? { members.compactMap(\.oldestPlanned).min() }

    func plannedArrivals(from start: UInt64) -> ArrivalStream? { plan.arrivals(session: index, start: start) }

    // MARK: Sending

    func pump() {
        guard isConnected, lane.isSending, !lane.isResting else { return }
        while true {
            let room = min(plan.outstanding &- inFlight, batchMax)
            guard room > 0 else { break }
            let now = zb_monotonic_nanoseconds()
            if arrivals == nil {
                for _ in 0..<room { choose(planned: now) }
            } else {
                guard arrivals!.next <= now, arrivals!.next < lane.endOfLoad else { break }
                dealDue(room: room, now: now)
            }
            for place in members.indices where !dealt[place].isEmpty {
                members[place].append(dealt[place], now: now)
                dealt[place].removeAll(keepingCapacity: true)
                isTouched[place] = true
            }
        }
        for place in members.indices where isTouched[place] {
            members[place].connection?.flush()
            isTouched[place] = false
        }
        if arrivals != nil { lane.setDue(index, nextDue) }
    }

    private var nextDue: UInt64 {
        guard isConnected, inFlight < plan.outstanding, let next = arrivals?.next, next < lane.endOfLoad else {
            return .max
        }
        return next
    }

    private func dealDue(room: Int, now: UInt64) {
        var left = room
        let end = min(now &+ 1, lane.endOfLoad)
        while left > 0, arrivals!.next < end {
            choose(planned: arrivals!.next)
            if arrivals!.next >= lane.nextCut { sentBeyondCut &+= 1 }
            arrivals!.advance()
            left &-= 1
        }
    }

    /// Chooses the next operation, and puts it where its key is.
    private func choose(planned: UInt64) {
        let kind = isOnlySet ? .set : LoadSession.choose(plan.mix, kinds, &generator)
        // Reads behind a sync are of all keys, and name them so.
        let isOfAll = kind.isSyncing
        let key = isOfAll ? generator.below(plan.keys) : generator.below(slice.count)
        let shard = deal.shard(of: isOfAll ? key : slice.first &+ key)
        dealt[shard].append(LoadSession.Dealt(planned: planned, key: key, kind: kind))
    }

    // MARK: The members

    func connect() { for member in members { member.connect() } }
    func tick(_ now: NIODeadline) { for member in members { member.tick(now) } }
    func stopListening() { for member in members { member.stopListening() } }

    func loseInFlight(_ each: (LostOperation) -> Void) -> Int {
        members.reduce(0) { $0 + $1.loseInFlight(each) }
    }

    func close() {
        awaited = members.count
        for member in members { member.close() }
    }

    /// A member has its first connection.
    func memberReady() {
        awaited -= 1
        if awaited == 0 { lane.sessionReady() }
    }

    /// A member's connection is gone for good.
    func memberClosed() {
        awaited -= 1
        if awaited == 0 { lane.sessionClosed() }
    }
}

extension LoadSession {
    /// An operation that its group has chosen for it; the key as `Operation` has it.
    struct Dealt {
        var planned: UInt64
        var key: Int
        var kind: Kind
    }

    /// Sends what its group has dealt to it, but for the flush.
    func append(_ operations: [Dealt], now: UInt64) {
        guard let connection else { return }
        connection.append(capacity: operations.count &* templates.longest) { buffer in
            var place = buffer.baseAddress!
            for operation in operations { place += encode(operation, now: now, at: place) }
            return place - buffer.baseAddress!
        }
        lane.sent &+= operations.count
    }

    private func encode(_ dealt: Dealt, now: UInt64, at place: UnsafeMutableRawPointer) -> Int {
        var operation = Operation(
            planned: dealt.planned,
            sent: now,
            sequence: 0,
            key: 0,
            write: 0,
            xid: takeXid(),
            kind: dealt.kind
        )
        let size: Int
        switch dealt.kind {
        case .set, .witnessedSet: size = encodeSet(&operation, key: dealt.key, at: place)
        case .get, .exists: size = encodeRead(&operation, key: dealt.key, at: place)
        case .syncingGet, .syncingExists: size = encodeSyncedRead(&operation, key: dealt.key, at: place)
        case .transaction, .create, .delete, .syncedGet, .syncedExists, .unsynced, .recorded:
            preconditionFailure("a plan with shards has keys alone")
        }
        note(operation)
        return size
    }

    /// The session, or the group that it is a member of, is ready.
    func noteReady() { if let group { group.memberReady() } else { lane.sessionReady() } }
    func noteClosed() { if let group { group.memberClosed() } else { lane.sessionClosed() } }
}

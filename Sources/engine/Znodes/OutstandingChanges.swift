import CPlatform
import DequeModule
import Wire
import Zab

/// The leader's prep step: checks requests against the state *and* what the transactions proposed but not yet applied
/// will have done to it, and makes idempotent transactions of them (`PrepRequestProcessor`'s outstandingChanges).
///
/// Two ways of remembering. A setData of a node that exists, by far the most frequent write, leaves its version and
/// zxid in the node itself and needs no undoing: once its transaction is applied the state says the same, and a note
/// from an earlier reign carries another era. Everything else (creates, deletes, ACLs, and a parent's counters) makes a
/// record under the path; while a path has a record, its setData go there too.
///
/// One thread, the same as the state's, and one `OutstandingChanges` for a state at a time. In steady state nothing is
/// allocated.
public final class OutstandingChanges {
    @exclusivity(unchecked) var paths = Slots<PathChange>(capacity: 64)
    @exclusivity(unchecked) var pathIndex = SlotIndex(capacity: 128)
    @exclusivity(unchecked) var sessionChanges = Slots<SessionChange>(capacity: 16)
    @exclusivity(unchecked) var sessionIndex = SlotIndex()
    /// Which record was changed by which transaction, oldest first: the slot of a path's change, or `~` that of a session's.
    @exclusivity(unchecked) var queue: Deque<(zxid: UInt64, record: Int32)> = []
    /// The first of the ephemeral nodes whose creation is outstanding, newest first.
    @exclusivity(unchecked) var firstListed: Int32 = -1
    @exclusivity(unchecked) var journal = UndoJournal()

    /// Which notes in nodes are this object's; 0: none is, and a new era begins with the next request.
    @exclusivity(unchecked) var era: UInt32 = 0
    /// All transactions up to this one are in the state.
    @exclusivity(unchecked) var applied: UInt64 = 0
    @exclusivity(unchecked) var firstPrepared: UInt64 = 0
    @exclusivity(unchecked) var lastPrepared: UInt64 = 0
    /// The lower half of `applied`, 0 if that is of an earlier epoch than the era.
    @exclusivity(unchecked) var appliedCounter: UInt32 = 0

    /// Who asks for what is being prepared.
    @exclusivity(unchecked) var asker = IdentityTable.nobody
    /// By how many bytes the access lists in the request may still grow.
    @exclusivity(unchecked) var room = 0

    let pathScratch = ByteWriter(capacity: 64)
    let listScratch = ByteWriter(capacity: 64)

    /// Why the last `prepare` of a multi failed; nil if it did not, or was of something else, or its bytes were no
    /// multi.
    @exclusivity(unchecked) public internal(set) var multiFailure: MultiFailure?

    /// Whether nodes with a time to live may be made (`zookeeper.extendedTypesEnabled`).
    let extendedTypesEnabled: Bool

    /// Whether the limits of quotas hold (`zookeeper.enforceQuota`).
    let enforcesQuotas: Bool
    @exclusivity(unchecked) var quotaNotes = QuotaNotes()
    @exclusivity(unchecked) var softLimitExceeded: SoftLimit?
    /// How many nodes may be counted for quotas now; less than 0 after one that had more.
    @exclusivity(unchecked) var countable = OutstandingChanges.countableMax

    public init(extendedTypesEnabled: Bool = false, enforcesQuotas: Bool = false) {
        self.extendedTypesEnabled = extendedTypesEnabled
        self.enforcesQuotas = enforcesQuotas
        queue.reserveCapacity(64)
    }

    deinit {
        for slot in 0..<paths.highWater { paths[slot].pointee.path?.deallocate() }
        paths.deallocate()
        pathIndex.deallocate()
        sessionChanges.deallocate()
        sessionIndex.deallocate()
    }

    /// The number of transactions prepared and not yet applied.
    public var count: Int {
        guard lastPrepared > applied else { return 0 }
        return Int(lastPrepared - max(applied, firstPrepared - 1))
    }

    /// Forgets what the transactions up to `zxid` did. They must have been applied to the state.
    public func committed(through zxid: Zxid, in state: ReplicatedState) {
        applied = max(applied, zxid.rawValue)
        noteAppliedCounter()
        forget(through: zxid.rawValue, in: state)
    }

    func noteAppliedCounter() {
        appliedCounter = applied >> 32 == firstPrepared >> 32 ? UInt32(truncatingIfNeeded: applied) : 0
    }

    /// Forgets everything: the leader's reign is over, and what it proposed may never be committed.
    public func removeAll(in state: ReplicatedState) {
        forget(through: .max, in: state)
        era = 0
        applied = 0
        appliedCounter = 0
        firstPrepared = 0
        lastPrepared = 0
        multiFailure = nil
    }

    private func forget(through zxid: UInt64, in state: ReplicatedState) {
        if enforcesQuotas { quotaNotes.forget(through: zxid) }
        while !queue.isEmpty, queue[0].zxid <= zxid {
            let item = queue.removeFirst()
            // A record that a later transaction changed again has a later item in the queue.
            if item.record < 0 {
                if sessionChanges[~item.record].pointee.zxid == item.zxid { forgetSession(~item.record) }
            } else if paths[item.record].pointee.zxid == item.zxid {
                forgetPath(item.record, in: state)
            }
        }
    }

    // MARK: Paths

    /// The slot of the path's record, or -1.
    @inline(__always)
    func findPath(_ key: PathKey) -> Int32 {
        guard paths.live > 0 else { return -1 }
        let tag = UInt32(truncatingIfNeeded: key.hash)
        var position = pathIndex.start(key.hash)
        while true {
            let bucket = pathIndex.buckets[position]
            if bucket.slot < 0 { return -1 }
            if bucket.tag == tag {
                let change = paths[bucket.slot]
                if change.pointee.pathCount == key.count,
                    bytesAreEqual(change.pointee.path.unsafelyUnwrapped, key.start, key.count)
                {
                    return bucket.slot
                }
            }
            position = pathIndex.next(position)
        }
    }

    /// The version of a node without a record.
    @inline(__always)
    func version(of node: UnsafeMutablePointer<Znode>) -> Int32 {
        node.pointee.pendingEra == era && node.pointee.pendingCounter > appliedCounter
            ? node.pointee.pendingVersion : node.pointee.version
    }

    func standing(of key: PathKey, in state: ReplicatedState) -> Standing {
        let record = findPath(key)
        return record >= 0 ? paths[record].pointee.standing : standingWithoutRecord(of: key, in: state)
    }

    private func standingWithoutRecord(of key: PathKey, in state: ReplicatedState) -> Standing {
        let slot = state.nodes.find(key)
        guard slot >= 0 else { return .missing }
        let node = state.nodes[slot]
        return Standing(
            exists: true,
            version: version(of: node),
            cversion: node.pointee.cversion,
            aversion: node.pointee.aversion,
            childCount: node.pointee.childCount,
            dataCount: node.pointee.dataCount,
            acl: node.pointee.acl,
            ephemeralOwner: node.pointee.ephemeralOwner
        )
    }

    /// The record of the path, made from the state if there is none, and put down as changed by `zxid`. The caller then
    /// changes its standing.
    func record(_ key: PathKey, zxid: UInt64, in state: ReplicatedState) -> UnsafeMutablePointer<PathChange> {
        var slot = findPath(key)
        if slot < 0 {
            let standing = standingWithoutRecord(of: key, in: state)
            state.acls.retain(standing.acl)
            slot = addPath(key, standing, zxid: zxid)
        } else {
            let change = paths[slot]
            if journal.isActive { recordBefore(slot, change, in: state) }
            if change.pointee.zxid == zxid { return change }
            change.pointee.zxid = zxid
        }
        queue.append((zxid, slot))
        return paths[slot]
    }

    @inline(never)
    private func recordBefore(_ slot: Int32, _ change: UnsafeMutablePointer<PathChange>, in state: ReplicatedState) {
        state.acls.retain(change.pointee.standing.acl)
        journal.append(
            .changed(
                slot,
                zxid: change.pointee.zxid,
                standing: change.pointee.standing,
                isListed: change.pointee.isListed
            )
        )
    }

    private func addPath(_ key: PathKey, _ standing: Standing, zxid: UInt64) -> Int32 {
        let slot = paths.take(
            initial: PathChange(
                zxid: 0,
                hash: 0,
                path: nil,
                pathCapacity: 0,
                pathCount: 0,
                standing: .missing,
                isListed: false,
                next: -1,
                previous: -1
            )
        )
        let change = paths[slot]
        if change.pointee.pathCapacity < key.count {
            change.pointee.path?.deallocate()
            change.pointee.pathCapacity = (key.count + 31) & ~31
            change.pointee.path = .allocate(byteCount: change.pointee.pathCapacity, alignment: 8)
        }
        change.pointee.path!.copyMemory(from: key.start, byteCount: key.count)
        change.pointee.pathCount = key.count
        change.pointee.hash = key.hash
        change.pointee.zxid = zxid
        change.pointee.standing = standing
        change.pointee.isListed = false
        pathIndex.insert(key.hash, slot: slot)
        if journal.isActive { journal.append(.added(slot)) }
        return slot
    }

    func forgetPath(_ slot: Int32, in state: ReplicatedState) {
        setListed(slot, false)
        state.acls.release(paths[slot].pointee.standing.acl)
        pathIndex.remove(paths[slot].pointee.hash, slot: slot)
        // A huge path would otherwise keep its memory for good.
        if paths[slot].pointee.pathCapacity > 1024 {
            paths[slot].pointee.path?.deallocate()
            paths[slot].pointee.path = nil
            paths[slot].pointee.pathCapacity = 0
        }
        paths.free(slot)
    }

    /// Puts the record into the list of outstanding ephemeral creates, or takes it out.
    func setListed(_ slot: Int32, _ isListed: Bool) {
        let change = paths[slot]
        guard change.pointee.isListed != isListed else { return }
        change.pointee.isListed = isListed
        if isListed {
            change.pointee.next = firstListed
            change.pointee.previous = -1
            if firstListed >= 0 { paths[firstListed].pointee.previous = slot }
            firstListed = slot
            return
        }
        if change.pointee.previous >= 0 {
            paths[change.pointee.previous].pointee.next = change.pointee.next
        } else {
            firstListed = change.pointee.next
        }
        if change.pointee.next >= 0 { paths[change.pointee.next].pointee.previous = change.pointee.previous }
    }

    // MARK: Sessions

    /// Whether the session exists, and no transaction is under way that closes it.
    @inline(__always)
    func isAlive(_ session: Int64, in state: ReplicatedState) -> Bool {
        if sessionChanges.live > 0 {
            let slot = findSession(session)
            if slot >= 0 { return sessionChanges[slot].pointee.isAlive }
        }
        return state.sessions.find(session) >= 0
    }

    private func findSession(_ id: Int64) -> Int32 {
        var position = sessionIndex.start(Digest.hash(id))
        while true {
            let slot = sessionIndex.buckets[position].slot
            if slot < 0 || sessionChanges[slot].pointee.id == id { return slot }
            position = sessionIndex.next(position)
        }
    }

    func setAlive(_ id: Int64, _ isAlive: Bool, zxid: UInt64) {
        var slot = findSession(id)
        if slot < 0 {
            slot = sessionChanges.take(initial: SessionChange(zxid: 0, id: 0, isAlive: false))
            sessionIndex.insert(Digest.hash(id), slot: slot)
        }
        sessionChanges[slot].pointee = SessionChange(zxid: zxid, id: id, isAlive: isAlive)
        queue.append((zxid, ~slot))
    }

    private func forgetSession(_ slot: Int32) {
        sessionIndex.remove(Digest.hash(sessionChanges[slot].pointee.id), slot: slot)
        sessionChanges.free(slot)
    }
}

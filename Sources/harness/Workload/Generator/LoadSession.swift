import CPlatform
import Client
import NIOCore
import Randomness
import Wire

/// One session of a load: what it sends, what it awaits, what came back. Confined to its lane's loop.
///
/// Operations in flight stand in a ring, in the order of their xids, which is the order of the answers. Nothing is
/// allocated per operation: a request is a template copied into the connection's buffer, an answer is read in place.
final class LoadSession: LaneSession, SessionDelegate, @unchecked Sendable {
    enum Kind: UInt8 {
        case set, get, exists, create, delete
        /// setData whose version other sessions' reads are held to.
        case witnessedSet
        /// Several setData that are one write.
        case transaction
        /// A read behind a sync that has no answer yet; then one whose sync has one, or was refused.
        case syncingGet, syncingExists, syncedGet, syncedExists, unsynced
        /// Of a recording, where `sequence` is its place in the session's part and `write` is 0 if it is to be refused.
        case recorded
    }

    /// An operation in flight.
    struct Operation {
        var planned: UInt64
        var sent: UInt64
        var sequence: UInt64
        /// The key within the session's slice, the first one of a transaction's, or the number of a created znode; of a read
        /// behind a sync, the key among all.
        var key: UInt32
        /// Of a read behind a sync, the bits of the version that it must not be behind, or of the sync's error.
        var write: UInt32
        var xid: Int32
        var kind: Kind
    }

    let index: Int
    /// The lane owns its sessions and waits in `closeAll` until no connection will call them any more, so it is always
    /// there; a checked reference would cost a fifth of the processor time per operation.
    unowned(unsafe) let lane: LoadLane
    /// Where this session may connect, the first choice first.
    let endpoints: [Endpoint]
    let slice: KeySlice
    let writes: SessionWrites
    let templates: RequestTemplates
    let ledger: AcknowledgedWrites
    private let mix: OperationMix
    private let isOnlySet: Bool
    /// What setData, getData and exists are in this load.
    private let kinds: Kinds
    /// setData of a transaction, and their numbers within their keys by the transaction's place in the ring.
    let multi: Int
    let writeNumbers: UnsafeMutablePointer<UInt32>
    let window: Int
    /// What it plays of a recording; nil where it chooses.
    let recorded: ReplayPart?
    let batchMax: Int

    @exclusivity(unchecked) var generator: SplitMix64
    let ring: UnsafeMutablePointer<Operation>
    let ringMask: Int
    /// Operations sent and answered since the start; their difference is in flight.
    @exclusivity(unchecked) private(set) var tail = 0
    @exclusivity(unchecked) var head = 0
    @exclusivity(unchecked) var nextXid: Int32 = 1

    @exclusivity(unchecked) var arrivals: ArrivalStream?
    var ahead: ArrivalStream?
    var aheadCount = 0

    @exclusivity(unchecked) var sentBeyondCut = 0

    @exclusivity(unchecked) var connection: SessionConnection<LoadSession>?
    @exclusivity(unchecked) var isConnected = false
    @exclusivity(unchecked) var lastAnswer: UInt64 = 0
    /// The newest zxid that an answer has carried: no server that is behind it may take the session over.
    @exclusivity(unchecked) var lastZxid: Int64 = 0
    @exclusivity(unchecked) var link = SessionLink()
    /// The session on several shards of which this is one's; nil for a session of its own. Its lane keeps it as it keeps this.
    unowned(unsafe) var group: ShardedSession?

    init(index: Int, lane: LoadLane, endpoints: [Endpoint], ledger: AcknowledgedWrites) {
        let plan = ledger.plan
        self.ledger = ledger
        self.index = index
        self.lane = lane
        self.endpoints = endpoints
        slice = KeySlice(session: index, plan: plan)
        writes = ledger.sessions[index]
        templates = ledger.templates
        mix = plan.mix
        isOnlySet = plan.isOnlySingleSet
        kinds = Self.kinds(of: plan)
        multi = plan.multi
        window = plan.outstanding
        recorded = ledger.replay?.part(of: index)
        batchMax = max(1, min(plan.outstanding, (256 << 10) / templates.longest))
        generator = SplitMix64(seed: plan.seed, stream: Self.stream(index))
        var capacity = 1
        while capacity < plan.outstanding { capacity *= 2 }
        ring = .allocate(capacity: capacity)
        ringMask = capacity - 1
        writeNumbers = .allocate(capacity: plan.multi > 1 ? capacity * plan.multi : 1)
    }

    deinit {
        ring.deallocate()
        writeNumbers.deallocate()
    }

    /// Of the random numbers that a session chooses by.
    static func stream(_ index: Int) -> UInt64 { 0x4f50_0000_0000_0000 | UInt64(index) }

    var sentCount: Int { tail }
    var inFlight: Int { tail &- head }
    var oldestPlanned: UInt64? { head == tail ? nil : ring[head & ringMask].planned }

    func stopListening() { link.isClosing = true }

    // MARK: Sending

    func pump() {
        if let group { return group.pump() }
        guard isConnected, lane.isSending, !lane.isResting, let connection else { return }
        if let recorded { return pump(recorded, over: connection) }
        var sentAny = false
        while true {
            let room = min(window &- inFlight, batchMax)
            guard room > 0 else { break }
            let before = tail
            let now = zb_monotonic_nanoseconds()
            if arrivals == nil {
                connection.append(capacity: room &* templates.longest) { buffer in
                    var place = buffer.baseAddress!
                    for _ in 0..<room { place += encodeNext(planned: now, now: now, at: place) }
                    return place - buffer.baseAddress!
                }
            } else {
                guard arrivals!.next <= now, arrivals!.next < lane.endOfLoad else { break }
                connection.append(capacity: room &* templates.longest) { buffer in
                    encodeDue(room: room, now: now, at: buffer.baseAddress!)
                }
            }
            lane.sent &+= tail &- before
            sentAny = true
        }
        if sentAny { connection.flush() }
        if arrivals != nil { lane.setDue(index, nextDue) }
    }

    /// When this session next has something to send; `.max` if it cannot send or has nothing more.
    var nextDue: UInt64 {
        guard isConnected, inFlight < window, let next = arrivals?.next, next < lane.endOfLoad else { return .max }
        return next
    }

    private func encodeDue(room: Int, now: UInt64, at start: UnsafeMutableRawPointer) -> Int {
        var place = start
        var left = room
        let end = min(now &+ 1, lane.endOfLoad)
        while left > 0, arrivals!.next < end {
            place += encodeNext(planned: arrivals!.next, now: now, at: place)
            if arrivals!.next >= lane.nextCut { sentBeyondCut &+= 1 }
            arrivals!.advance()
            left &-= 1
        }
        return place - start
    }

    @inline(__always)
    func takeXid() -> Int32 {
        let xid = nextXid
        nextXid = xid == .max ? 1 : xid &+ 1
        return xid
    }

    /// Notes what is being sent in the ring.
    @inline(__always)
    func note(_ operation: Operation) {
        ring[tail & ringMask] = operation
        tail &+= 1
    }

    /// Chooses the next operation, writes its request to `place` and notes it in the ring.
    @inline(__always)
    private func encodeNext(planned: UInt64, now: UInt64, at place: UnsafeMutableRawPointer) -> Int {
        let xid = takeXid()
        var operation = Operation(
            planned: planned,
            sent: now,
            sequence: 0,
            key: 0,
            write: 0,
            xid: xid,
            kind: isOnlySet ? .set : Self.choose(mix, kinds, &generator)
        )
        let size: Int
        if operation.kind == .set {
            size = encodeSet(&operation, key: generator.below(slice.count), at: place)
        } else {
            size = encodeOther(&operation, at: place)
        }
        note(operation)
        return size
    }

    @inline(__always)
    func encodeSet(_ operation: inout Operation, key: Int, at place: UnsafeMutableRawPointer) -> Int {
        let numbers = writes.willSet(key)
        operation.key = UInt32(truncatingIfNeeded: key)
        operation.sequence = numbers.sequence
        operation.write = numbers.write
        let global = UInt32(truncatingIfNeeded: slice.first &+ key)
        templates.set.store(
            xid: operation.xid,
            number: global,
            session: UInt32(truncatingIfNeeded: index),
            key: global,
            sequence: numbers.sequence,
            write: numbers.write,
            at: place
        )
        return templates.set.count
    }

    static func choose(_ mix: OperationMix, _ kinds: Kinds, _ generator: inout SplitMix64) -> Kind {
        var draw = generator.below(mix.total)
        if draw < mix.set { return kinds.set }
        draw -= mix.set
        if draw < mix.get { return kinds.get }
        draw -= mix.get
        if draw < mix.exists { return kinds.exists }
        draw -= mix.exists
        return draw < mix.create ? .create : .delete
    }

    private func encodeOther(_ operation: inout Operation, at place: UnsafeMutableRawPointer) -> Int {
        switch operation.kind {
        case .set, .witnessedSet: return encodeSet(&operation, key: generator.below(slice.count), at: place)
        case .transaction: return encodeTransaction(&operation, at: place)
        case .syncingGet, .syncingExists, .syncedGet, .syncedExists, .unsynced:
            return encodeSyncedRead(&operation, key: generator.below(ledger.plan.keys), at: place)
        case .get, .exists: return encodeRead(&operation, key: generator.below(slice.count), at: place)
        case .create, .delete:
            // While nothing is there to delete, a delete of the mix creates instead.
            if operation.kind == .delete, let number = writes.created.willDelete() {
                operation.key = number
                templates.delete.store(xid: operation.xid, number: number, at: place)
                templates.delete.storeSession(UInt32(index), at: place)
                return templates.delete.count
            }
            operation.kind = .create
            let number = writes.created.willCreate()
            operation.key = number
            templates.create.store(
                xid: operation.xid,
                number: number,
                session: UInt32(index),
                key: Payload.createdKey,
                sequence: UInt64(number),
                write: 0,
                at: place
            )
            templates.create.storeSession(UInt32(index), at: place)
            return templates.create.count
        case .recorded: preconditionFailure("a recording says what is sent")
        }
    }

    func encodeRead(_ operation: inout Operation, key: Int, at place: UnsafeMutableRawPointer) -> Int {
        operation.key = UInt32(key)
        let template = operation.kind == .get ? templates.get : templates.exists
        template.store(xid: operation.xid, number: UInt32(slice.first + key), at: place)
        return template.count
    }

    // MARK: Answers

    func repliesArrived(_ replies: inout ReplyCursor) throws(WireError) {
        let now = zb_monotonic_nanoseconds()
        let writesBefore = lane.writesCompleted
        var answered = false
        while let reply = try replies.next() {
            guard reply.xid >= 0, !link.isClosing else { continue }
            guard head != tail else { throw WireError("an answer that nobody asked for") }
            let operation = ring + (head & ringMask)
            guard operation.pointee.xid == reply.xid else {
                throw WireError("the answer to \(reply.xid) came where that to \(operation.pointee.xid) was due")
            }
            head &+= 1
            answered = true
            if reply.error == 0 {
                if operation.pointee.kind == .set {
                    _ = try settleSet(operation.pointee, reply, now: now)
                } else {
                    try settleOther(operation, reply, now: now)
                }
            } else {
                settleError(operation, code: reply.error, now: now)
            }
            if reply.zxid > lastZxid { lastZxid = reply.zxid }
        }
        if lane.writesCompleted != writesBefore { lane.noteWrites(now, zxid: lastZxid) }
        if answered { noteAnswer(now) }
    }

    func readCompleted() {
        pump()
        if lane.isDraining { lane.checkDrained() }
    }

    /// - Returns: the version that the setData gave its key.
    @inline(__always)
    private func settleSet(_ operation: Operation, _ reply: Reply, now: UInt64) throws(WireError) -> Int32 {
        guard reply.body.count >= Stat.encodedSize else { throw WireError("a Stat cut short") }
        let stat = reply.body.baseAddress!
        let version = Int32(bigEndian: stat.loadUnaligned(fromByteOffset: 32, as: Int32.self))
        writes.didSet(
            Int(operation.key),
            sequence: operation.sequence,
            write: operation.write,
            version: version,
            mzxid: Int64(bigEndian: stat.loadUnaligned(fromByteOffset: 8, as: Int64.self))
        )
        noteWrite(operation, reply, now: now)
        return version
    }

    /// - Parameter place: in the ring, where it is the head's no more.
    private func settleOther(_ place: UnsafeMutablePointer<Operation>, _ reply: Reply, now: UInt64) throws(WireError) {
        let operation = place.pointee
        switch operation.kind {
        case .set: break
        case .witnessedSet:
            let version = try settleSet(operation, reply, now: now)
            ledger.witness(slice.first + Int(operation.key), version: version)
        case .transaction: try settleTransaction(place, reply, now: now)
        case .get, .exists:
            writes.didRead(Int(operation.key), version: try Self.version(in: reply, hasData: operation.kind == .get))
            lane.read(planned: operation.planned, sent: operation.sent, now: now)
        case .syncingGet, .syncingExists: awaitRead(place, syncError: nil)
        case .syncedGet, .syncedExists:
            let version = try Self.version(in: reply, hasData: operation.kind == .syncedGet)
            judgeRead(operation, version: version)
            lane.read(planned: operation.planned, sent: operation.sent, now: now)
        case .unsynced: settleError(place, code: Int32(bitPattern: operation.write), now: now)
        case .create, .delete:
            if operation.kind == .create {
                writes.created.didCreate(operation.key, .acknowledged)
            } else {
                writes.created.didDelete(operation.key, .acknowledged)
            }
            writes.didWrite(zxid: reply.zxid)
            noteWrite(operation, reply, now: now)
        case .recorded: try settleRecorded(operation, reply, now: now)
        }
    }

    private static func version(in reply: Reply, hasData: Bool) throws(WireError) -> Int32 {
        var reader = ByteReader(reply.body)
        if hasData { _ = try reader.buffer() }
        return try Stat(from: &reader).version
    }

    /// A write was answered without an error.
    @inline(__always)
    func noteWrite(_ operation: Operation, _ reply: Reply, now: UInt64) {
        lane.wrote(
            planned: operation.planned,
            sent: operation.sent,
            now: now,
            zxid: reply.zxid,
            server: link.server
        )
        lane.answered(planned: operation.planned, sent: operation.sent, now: now)
    }

    /// - Parameter place: in the ring, where it is the head's no more.
    func settleError(_ place: UnsafeMutablePointer<Operation>, code: Int32, now: UInt64) {
        let operation = place.pointee
        // Its read is still to come, and to be taken for what it is.
        if operation.kind.isSyncing { return awaitRead(place, syncError: code) }
        if operation.kind == .recorded, isRefusedAsRecorded(operation, code: code) {
            return noteRefused(operation, now: now)
        }
        lane.failed(planned: operation.planned, code: code)
        judgeRefusal(operation, code: code)
        guard isWrite(operation) else { return }
        lane.noteRefusedWrite()
        guard Self.saysNothingWasDone(code) else { return loseWrite(operation) }
        switch operation.kind {
        case .create: writes.created.didCreate(operation.key, .refused)
        case .delete: writes.created.didDelete(operation.key, .refused)
        case .recorded: refuseRecorded(operation)
        default: break
        }
    }

    /// Whether an error says for sure that the operation was not carried out.
    private static func saysNothingWasDone(_ code: Int32) -> Bool {
        switch ErrorCode(rawValue: code) {
        case nil, .ok, .systemError, .runtimeInconsistency, .dataInconsistency, .connectionLoss, .operationTimeout:
            false
        default: true
        }
    }

    private func loseWrite(_ operation: Operation) {
        switch operation.kind {
        case .set, .witnessedSet: writes.lostSet(Int(operation.key))
        case .transaction: loseTransaction(operation)
        case .create:
            writes.created.lostCreate(operation.key)
            writes.lostWrite()
        case .delete: writes.lostWrite()
        case .recorded: loseRecorded(operation)
        case .get, .exists, .syncingGet, .syncingExists, .syncedGet, .syncedExists, .unsynced: break
        }
    }

    func loseInFlight(_ each: (LostOperation) -> Void) -> Int {
        let count = inFlight
        while head != tail {
            let operation = ring[head & ringMask]
            head &+= 1
            loseWrite(operation)
            each(LostOperation(planned: operation.planned, isWrite: isWrite(operation)))
        }
        return count
    }
}

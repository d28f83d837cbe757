import CPlatform
import Client
import NIOCore
import Randomness
import Wire

/// One session of a load: what it sends, what it awaits, what came back. Confined to its lane's loop.
///
/// Operations in flight stand in a ring, in the order of their xids, which is the order of the answers. Nothing is
/// allocated per operation: a request is a template copied into the connection's buffer, an answer is read in place.
final class LoadSession: SessionDelegate, @unchecked Sendable {
    enum Kind: UInt8 {
        case set, get, exists, create, delete
        /// Of a recording, where `sequence` is its place in the session's part and `write` is 0 if it is to be refused.
        case recorded
    }

    /// An operation in flight.
    struct Operation {
        var planned: UInt64
        var sent: UInt64
        var sequence: UInt64
        /// The key within the session's slice, or the number of a created znode.
        var key: UInt32
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
    private let mix: OperationMix
    private let isOnlySet: Bool
    let window: Int
    /// What it plays of a recording; nil where it chooses.
    let recorded: ReplayPart?
    private let batchMax: Int

    @exclusivity(unchecked) private var generator: SplitMix64
    private let ring: UnsafeMutablePointer<Operation>
    private let ringMask: Int
    /// Operations sent and answered since the start; their difference is in flight.
    @exclusivity(unchecked) private(set) var tail = 0
    @exclusivity(unchecked) private(set) var head = 0
    @exclusivity(unchecked) private var nextXid: Int32 = 1

    @exclusivity(unchecked) var arrivals: ArrivalStream?
    /// Arrivals counted ahead of what could be sent, for the offered rate of a session that is behind.
    var ahead: ArrivalStream?
    var aheadCount = 0

    /// Operations sent that were planned for after the end of the current second, since its cut is late.
    @exclusivity(unchecked) var sentBeyondCut = 0

    @exclusivity(unchecked) var connection: SessionConnection<LoadSession>?
    @exclusivity(unchecked) var isConnected = false
    @exclusivity(unchecked) var lastAnswer: UInt64 = 0
    /// The newest zxid that an answer has carried: no server that is behind it may take the session over.
    @exclusivity(unchecked) var lastZxid: Int64 = 0
    @exclusivity(unchecked) var link = SessionLink()

    init(index: Int, lane: LoadLane, endpoints: [Endpoint], ledger: AcknowledgedWrites) {
        let plan = ledger.plan
        self.index = index
        self.lane = lane
        self.endpoints = endpoints
        slice = KeySlice(session: index, plan: plan)
        writes = ledger.sessions[index]
        templates = ledger.templates
        mix = plan.mix
        isOnlySet = plan.mix.isOnlySet
        window = plan.outstanding
        recorded = ledger.replay?.part(of: index)
        batchMax = max(1, min(plan.outstanding, (256 << 10) / templates.longest))
        generator = SplitMix64(seed: plan.seed, stream: 0x4f50_0000_0000_0000 | UInt64(index))
        var capacity = 1
        while capacity < plan.outstanding { capacity *= 2 }
        ring = .allocate(capacity: capacity)
        ringMask = capacity - 1
    }

    deinit { ring.deallocate() }

    var inFlight: Int { tail &- head }

    // MARK: Sending

    /// Sends as much as the window and the plan allow.
    func pump() {
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
            kind: isOnlySet ? .set : chooseKind()
        )
        let size: Int
        if operation.kind == .set {
            let key = generator.below(slice.count)
            let numbers = writes.willSet(key)
            operation.key = UInt32(truncatingIfNeeded: key)
            operation.sequence = numbers.sequence
            operation.write = numbers.write
            let global = UInt32(truncatingIfNeeded: slice.first &+ key)
            templates.set.store(
                xid: xid,
                number: global,
                session: UInt32(truncatingIfNeeded: index),
                key: global,
                sequence: numbers.sequence,
                write: numbers.write,
                at: place
            )
            size = templates.set.count
        } else {
            size = encodeOther(&operation, at: place)
        }
        note(operation)
        return size
    }

    private func chooseKind() -> Kind {
        var draw = generator.below(mix.total)
        if draw < mix.set { return .set }
        draw -= mix.set
        if draw < mix.get { return .get }
        draw -= mix.get
        if draw < mix.exists { return .exists }
        draw -= mix.exists
        return draw < mix.create ? .create : .delete
    }

    private func encodeOther(_ operation: inout Operation, at place: UnsafeMutableRawPointer) -> Int {
        switch operation.kind {
        case .get, .exists, .set:
            let key = generator.below(slice.count)
            operation.key = UInt32(key)
            let template = operation.kind == .get ? templates.get : templates.exists
            template.store(xid: operation.xid, number: UInt32(slice.first + key), at: place)
            return template.count
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
                    guard reply.body.count >= Stat.encodedSize else { throw WireError("a Stat cut short") }
                    let stat = reply.body.baseAddress!
                    writes.didSet(
                        Int(operation.pointee.key),
                        sequence: operation.pointee.sequence,
                        write: operation.pointee.write,
                        version: Int32(bigEndian: stat.loadUnaligned(fromByteOffset: 32, as: Int32.self)),
                        mzxid: Int64(bigEndian: stat.loadUnaligned(fromByteOffset: 8, as: Int64.self))
                    )
                    lane.wrote(
                        planned: operation.pointee.planned,
                        sent: operation.pointee.sent,
                        now: now,
                        zxid: reply.zxid,
                        server: link.server
                    )
                } else {
                    try settleOther(operation.pointee, reply, now: now)
                }
                lane.answered(planned: operation.pointee.planned, sent: operation.pointee.sent, now: now)
            } else {
                settleError(operation.pointee, code: reply.error, now: now)
            }
            if reply.zxid > lastZxid { lastZxid = reply.zxid }
        }
        if lane.writesCompleted != writesBefore { lane.noteWrites(now, zxid: lastZxid) }
        if answered { noteAnswer(now) }
    }

    /// How many operations were planned before `time`; in a closed loop, how many were sent.
    func plannedCount(until time: UInt64) -> Int {
        guard let arrivals else { return tail }
        if arrivals.next >= time { return tail &- sentBeyondCut }
        if ahead == nil || ahead!.next < arrivals.next {
            ahead = arrivals
            aheadCount = tail
        }
        while ahead!.next < time {
            aheadCount += 1
            ahead!.advance()
        }
        return aheadCount
    }

    func readCompleted() {
        pump()
        if lane.isDraining { lane.checkDrained() }
    }

    private func settleOther(_ operation: Operation, _ reply: Reply, now: UInt64) throws(WireError) {
        switch operation.kind {
        case .set: break
        case .get, .exists:
            var reader = ByteReader(reply.body)
            if operation.kind == .get { _ = try reader.buffer() }
            writes.didRead(Int(operation.key), version: try Stat(from: &reader).version)
        case .create:
            writes.created.didCreate(operation.key, .acknowledged)
            noteWrite(operation, reply, now: now)
        case .delete:
            writes.created.didDelete(operation.key, .acknowledged)
            noteWrite(operation, reply, now: now)
        case .recorded: try settleRecorded(operation, reply, now: now)
        }
    }

    func noteWrite(_ operation: Operation, _ reply: Reply, now: UInt64) {
        writes.didWrite(zxid: reply.zxid)
        lane.wrote(
            planned: operation.planned,
            sent: operation.sent,
            now: now,
            zxid: reply.zxid,
            server: link.server
        )
    }

    private func settleError(_ operation: Operation, code: Int32, now: UInt64) {
        if operation.kind == .recorded, isRefusedAsRecorded(operation, code: code) {
            return lane.answered(planned: operation.planned, sent: operation.sent, now: now)
        }
        lane.failed(planned: operation.planned, code: code)
        switch operation.kind {
        case .set, .create, .delete, .recorded: lane.noteRefusedWrite()
        case .get, .exists: break
        }
        guard Self.saysNothingWasDone(code) else { return loseWrite(operation) }
        switch operation.kind {
        case .create: writes.created.didCreate(operation.key, .refused)
        case .delete: writes.created.didDelete(operation.key, .refused)
        case .recorded: refuseRecorded(operation)
        case .set, .get, .exists: break
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
        case .set: writes.lostSet(Int(operation.key))
        case .create:
            writes.created.lostCreate(operation.key)
            writes.lostWrite()
        case .delete: writes.lostWrite()
        case .recorded: loseRecorded(operation)
        case .get, .exists: break
        }
    }

    /// Gives up on what is in flight: it may or may not be carried out.
    ///
    /// - Parameter each: called with the planned time of each of them.
    func loseInFlight(_ each: (UInt64) -> Void) -> Int {
        let count = inFlight
        while head != tail {
            let operation = ring[head & ringMask]
            head &+= 1
            loseWrite(operation)
            each(operation.planned)
        }
        return count
    }
}

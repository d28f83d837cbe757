import Wire
import Zab
import Znodes

/// Replies that wait to be taken: how many bytes there may be, and what goes on when there is room again.
///
/// Questions that come for every request, frame or round are inlined or `mutating`, although nothing changes: for any other
/// call the caller copies the whole member first (1,464 bytes).
extension Member {
    /// What a child of a listing counts in `MemberLimits.roundBytesMax` beside its name: a cache miss takes as long as
    /// copying this.
    static var childCost: Int { 256 }
    /// A connection may have this many bytes of replies, however many the others have.
    private static var replyBytesMin: Int { 4096 }

    /// How many bytes of replies a connection may have before its next frames wait. A share of what is left, so that
    /// many that do not read never leave nothing for the others (dynamic thresholds, as switches share their buffers).
    private var replyBound: Int {
        min(limits.replyBytesMax, max(Self.replyBytesMin, (limits.replyBytesTotalMax - replyBytes) / 4))
    }

    /// Whether a connection's next frame may be taken, by the member's bounds.
    @inline(__always)
    public func accepts(_ id: ConnectionID) -> Bool { !isSaturated && hasRoom(id) }

    /// As `accepts`, but for what all connections have under way.
    @inline(__always)
    func hasRoom(_ id: ConnectionID) -> Bool {
        roundBytes < limits.roundBytesMax && connections[Int(id)].counted < replyBound
            && !connections[Int(id)].isListing && connections[Int(id)].pendingCount < limits.connectionRequestsMax
            && connections[Int(id)].deferredReads < limits.deferredReadsMax
    }

    /// Whether a connection's frames can wait for anything but for its client to read.
    @inline(__always)
    public func repliesHaveRoom(_ id: ConnectionID) -> Bool { connections[Int(id)].out.count < replyBound }

    /// Whether answers wait that another round would go on with. They wait no longer than for that, or for their
    /// replies' being taken.
    public mutating func hasAnswersLeft() -> Bool {
        for id in unfinished where connections[Int(id)].state != .closed && repliesHaveRoom(id) { return true }
        return false
    }

    /// Hands the bytes that are ready for a connection to `body`, once, and forgets them. A reply in slices comes in
    /// several parts.
    public mutating func takeReplies(_ id: ConnectionID, _ body: (UnsafeRawBufferPointer) -> Void) {
        connections[Int(id)].dirty = false
        connections[Int(id)].overdrawn = 0
        connections[Int(id)].lastAnswerAt = 0
        if connections[Int(id)].tally.op != nil { closeTally(id) }
        let out = connections[Int(id)].out
        if out.count > 0 { body(out.bytes) }
        if out.capacity > ClientConnection.outKeptMax, !connections[Int(id)].isListing {
            connections[Int(id)].out = ByteWriter(capacity: ClientConnection.outCapacity)
        } else {
            out.removeAll()
        }
        recount(id)
    }

    /// To be called after a connection's replies, or what is reserved for them, have changed.
    @inline(__always)
    mutating func recount(_ id: ConnectionID) {
        guard connections[Int(id)].state != .closed else { return }
        let size = connections[Int(id)].replySize
        replyBytes += size - connections[Int(id)].counted
        connections[Int(id)].counted = size
    }

    @inline(__always)
    mutating func markDirty(_ id: ConnectionID, into effects: MemberEffects) {
        recount(id)
        guard !connections[Int(id)].dirty else { return }
        connections[Int(id)].dirty = true
        connections[Int(id)].dirtySince = rounds
        effects.dirty.append(id)
    }

    // MARK: reads

    /// Answers a read. False if its reply is only begun: the connection's oldest request must be this one then.
    mutating func read(
        _ id: ConnectionID,
        op: OpCode,
        xid: Int32,
        body: UnsafeRawBufferPointer,
        into effects: MemberEffects
    ) -> Bool {
        let out = connections[Int(id)].out
        let start = out.count
        connections[Int(id)].lastAnswerAt = start
        beginReply(out, xid: xid, zxid: state.lastApplied)
        var code = ErrorCode.ok
        switch op {
        case .ping: break
        case .setWatches, .setWatches2, .addWatch, .removeWatches, .checkWatches:
            code = state.answerWatchRequest(op, body: body, watcher: id, reply: out, events: &events)
        default:
            switch result(of: op, body: body, for: id) {
            case .whole(let found, let children):
                code = found
                roundBytes += children * Self.childCost
            case .begun(let size):
                out.set(Int32(16 + size), at: start)
                out.set(ErrorCode.ok.rawValue, at: start + 16)
                connections[Int(id)].isListing = true
                return false
            }
        }
        if code != .ok { out.truncate(to: start + 20) }
        endReply(out, start: start, code: code)
        roundBytes += out.count - start
        // Only setWatches has any: what its client has missed is heard before its reply, as ZooKeeper does it.
        if !events.isEmpty { deliverEvents(before: start, of: id, areOwed: true, into: effects) }
        markDirty(id, into: effects)
        return true
    }

    private mutating func result(of op: OpCode, body: UnsafeRawBufferPointer, for id: ConnectionID) -> ReadResult {
        let out = connections[Int(id)].out
        if op == .getEphemerals {
            let session = connections[Int(id)].sessionID
            return state.readEphemerals(of: session, body: body, reply: out, bounds: readBounds)
        }
        return state.read(op, body: body, watcher: id, reply: out, bounds: readBounds)
    }

    private var readBounds: ListingBounds {
        ListingBounds(
            sliceChildren: limits.listingSliceMax,
            sliceBytes: limits.replyBytesMax,
            bytesMax: limits.listingBytesMax,
            costMax: limits.wholeReadMax,
            childCost: Self.childCost
        )
    }

    private mutating func cost(
        of op: OpCode,
        body: UnsafeRawBufferPointer,
        for id: ConnectionID
    ) -> (bytes: Int, children: Int) {
        op == .getEphemerals
            ? (state.costOfEphemerals(of: connections[Int(id)].sessionID), 0)
            : state.cost(of: op, body: body, bounds: readBounds)
    }

    /// A read that waits behind a write.
    mutating func pushRead(
        _ id: ConnectionID,
        op: OpCode,
        xid: Int32,
        frame: Int,
        body: UnsafeRawBufferPointer
    ) {
        let cost = cost(of: op, body: body, for: id)
        var answer = max(cost.bytes, Int(connections[Int(id)].largestWrite))
        // Nothing is taken behind it, so that it can be made in slices.
        if cost.children > limits.listingSliceMax { answer = max(answer, limits.replyBytesMax) }
        push(
            PendingRequest(
                kind: .read,
                op: op,
                xid: xid,
                size: 0,
                reserved: Int32(min(20 + answer + frame, 1 << 30)),
                body: Array(body)
            ),
            on: id
        )
    }

    /// The read whose reply was begun just now, with nothing before it.
    mutating func pushListing(_ id: ConnectionID, op: OpCode, xid: Int32) {
        push(PendingRequest(kind: .read, op: op, xid: xid, size: 0), on: id)
        listUnfinished(id)
    }

    // MARK: going on

    private mutating func mayAnswer(_ id: ConnectionID) -> Bool {
        repliesHaveRoom(id) && roundBytes < limits.roundBytesMax || PlantedBug.drainUnbounded.isPlanted
    }

    private mutating func listUnfinished(_ id: ConnectionID) {
        guard !connections[Int(id)].isUnfinished else { return }
        connections[Int(id)].isUnfinished = true
        unfinished.append(id)
    }

    /// Answers whatever stands at the front and no longer waits: settled requests and the reads behind them, as far as
    /// there is room.
    ///
    /// From what the tree shows, and not from `history.applied`: this is also called just before a transaction is
    /// applied, which the history counts already.
    /// - Parameter mustEnd: the connection's next write is about to be applied, and what stands before it must be
    ///   answered from the state before. There is room for that, since it was reserved, unless answers have grown in
    ///   between: a connection with too much of that is closed.
    mutating func drain(_ id: ConnectionID, mustEnd: Bool = false, into effects: MemberEffects) {
        while connections[Int(id)].state != .closed, let head = connections[Int(id)].head {
            guard head.kind != .write else { return }
            if head.kind == .settled, head.after > state.lastApplied, !PlantedBug.replyBeforeCommit.isPlanted {
                if !connections[Int(id)].awaitsCommit { awaitingCommit.append(id) }
                connections[Int(id)].awaitsCommit = true
                return
            }
            if mustEnd {
                guard !connections[Int(id)].isListing, connections[Int(id)].overdrawn <= limits.replyBytesMax else {
                    return refuse(id, Self.outgrown, into: effects)
                }
            } else {
                guard !connections[Int(id)].isListing, mayAnswer(id) else { return listUnfinished(id) }
            }
            let start = connections[Int(id)].out.count
            if head.kind == .settled {
                answerSettled(id, head, into: effects)
            } else {
                let frame = head.body ?? []
                let isWhole = frame.withUnsafeBytes { read(id, op: head.op, xid: head.xid, body: $0, into: effects) }
                guard isWhole else {
                    if mustEnd { return refuse(id, Self.outgrown, into: effects) }
                    listUnfinished(id)
                    return markDirty(id, into: effects)
                }
                connections[Int(id)].overdrawn +=
                    max(0, connections[Int(id)].out.count - start - Int(head.reserved))
            }
            if mustEnd { connections[Int(id)].lastAnswerAt = 0 }
            let size = connections[Int(id)].popHead()
            noteAnswer(head.op, from: head.arrival)
            if head.kind == .settled { if !PlantedBug.errorReplyLeaksBound.isPlanted { release(size) } }
            recount(id)
            if head.op == .notification { return refuse(id, "it asks for an unknown operation", into: effects) }
            if head.op == .auth {
                authenticated(id, head.code, into: effects)
                if head.code != .ok { return }
            }
        }
    }

    private static var outgrown: String { "answers to its reads have outgrown what may wait for a client" }

    private mutating func answerSettled(_ id: ConnectionID, _ request: PendingRequest, into effects: MemberEffects) {
        let out = connections[Int(id)].out
        let start = out.count
        connections[Int(id)].lastAnswerAt = start
        beginReply(out, xid: request.xid, zxid: headerZxid(request.op))
        if let body = request.body { body.withUnsafeBytes { out.append(bytes: $0) } }
        endReply(out, start: start, code: request.code)
        markDirty(id, into: effects)
    }

    /// A round ends: what it could not answer goes on, with half of the next one's budget; the other half is for what
    /// is read then. Whoever got nothing comes first the next time.
    mutating func goOn(into effects: MemberEffects) {
        roundBytes = 0
        rounds += 1
        if replyBytes > limits.replyBytesTotalMax { closeWhoDoesNotRead(into: effects) }
        guard !unfinished.isEmpty else { return }
        let turns = unfinished
        unfinished.removeAll(keepingCapacity: true)
        var left: [ConnectionID] = []
        for id in turns {
            guard connections[Int(id)].state != .closed, connections[Int(id)].isUnfinished else { continue }
            guard roundBytes < max(1, limits.roundBytesMax / 2), connections[Int(id)].out.count < replyBound else {
                left.append(id)
                continue
            }
            connections[Int(id)].isUnfinished = false
            if connections[Int(id)].isListing { goOnListing(id, into: effects) } else { drain(id, into: effects) }
        }
        unfinished = left + unfinished
        roundBytes = min(roundBytes, limits.roundBytesMax / 2)
    }

    private mutating func goOnListing(_ id: ConnectionID, into effects: MemberEffects) {
        let out = connections[Int(id)].out
        let start = out.count
        let (visited, isWhole) = state.continueListing(
            of: id,
            childrenMax: limits.listingSliceMax,
            bytesMax: replyBound
        )
        roundBytes += out.count - start + visited * Self.childCost
        // Its client takes what it gets, and is alive, although its pings stand behind the reply.
        connections[Int(id)].touched = true
        guard isWhole else {
            listUnfinished(id)
            return markDirty(id, into: effects)
        }
        connections[Int(id)].isListing = false
        if let held = connections[Int(id)].heldEvents { out.append(bytes: held.bytes) }
        connections[Int(id)].heldEvents = nil
        _ = connections[Int(id)].popHead()
        times.noteRead(from: connections[Int(id)].tally.arrival)
        markDirty(id, into: effects)
        drain(id, into: effects)
    }

    /// Where a connection's events go: behind the reply that is being made.
    mutating func eventSink(_ id: ConnectionID) -> ByteWriter {
        guard connections[Int(id)].isListing else { return connections[Int(id)].out }
        if let held = connections[Int(id)].heldEvents { return held }
        let held = ByteWriter(capacity: 256)
        connections[Int(id)].heldEvents = held
        return held
    }

    /// A transaction may have put names into replies in progress.
    mutating func recountListings(into effects: MemberEffects) {
        for id in unfinished where connections[Int(id)].state != .closed && connections[Int(id)].isListing {
            markDirty(id, into: effects)
        }
    }

    private mutating func closeWhoDoesNotRead(into effects: MemberEffects) {
        while replyBytes > limits.replyBytesTotalMax {
            var largest = -1
            for index in connections.indices
            where connections[index].state != .closed && connections[index].dirty
                && connections[index].dirtySince + 1 < rounds
            {
                if largest < 0 || connections[index].counted > connections[largest].counted { largest = index }
            }
            guard largest >= 0 else { return }
            let count = connections[largest].counted
            refuse(ConnectionID(largest), "its client does not read: \(count) bytes of replies wait", into: effects)
        }
    }

    // MARK: checks

    /// What is wrong with the counts that the bounds rest upon; nil if nothing is. Looks at every request under way:
    /// for tests and the simulator.
    public var boundsViolation: String? {
        var sums = (bytes: 0, requests: 0, replies: 0)
        for index in connections.indices where connections[index].state != .closed {
            let held = connections[index].pendingSums
            sums.bytes += held.bytes
            sums.requests += held.requests
            sums.replies += connections[index].counted
            let name = "connection \(index)"
            if connections[index].counted != connections[index].replySize {
                return
                    "\(name) has \(connections[index].replySize) bytes of replies, \(connections[index].counted) counted"
            }
            if connections[index].deferredReads != held.reads || connections[index].reserved != held.reserved {
                return "\(name) has \(held.reads) reads waiting, \(connections[index].deferredReads) counted"
            }
            if connections[index].lastAnswerAt >= limits.replyBytesMax {
                return "\(name) is answered on top of \(connections[index].lastAnswerAt) bytes of replies"
            }
            if connections[index].isListing, !connections[index].isUnfinished {
                return "\(name) has a reply that nobody goes on with"
            }
        }
        guard sums == (pendingBytes, pendingRequests, replyBytes) else {
            return "\(sums) bytes and requests pending and bytes of replies, "
                + "\((pendingBytes, pendingRequests, replyBytes)) counted"
        }
        return nil
    }
}
